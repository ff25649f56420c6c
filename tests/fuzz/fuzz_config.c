/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration parser, on an exact-size copy of any bytes.  What it accepts must also
 * make a command line for the switch. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/switch_args.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	char err[300], *text = malloc(size != 0 ? size : 1);
	int result;

	memcpy(text, data, size);
	err[0] = '\0';
	result = config_parse(text, size, &config, err, sizeof err);
	free(text);
	if (result == 0) {
		char **argv = switch_args(&config, "switch", (struct switch_owner){-1, -1});

		if (argv == NULL || config.interfaces == 0 || config.forwarding.n != 1)
			abort();
		free(argv);
	} else if (err[0] == '\0') {
		abort(); /* refused without a word */
	}
	return 0;
}

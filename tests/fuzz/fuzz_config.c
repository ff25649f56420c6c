/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration parser, on an exact-size copy of any bytes.  What it accepts must also
 * make a command line that the switch takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/options.h"
#include "relay/config.h"
#include "relay/switch_args.h"

/* Does the switch take the command line that CONFIG makes? */
static bool
is_taken(const struct config *config)
{
	char **argv = switch_args(config, "switch", (struct switch_owner){-1, -1});
	static struct options options;
	int argc = 0, result = -1;

	while (argv != NULL && argv[argc] != NULL)
		argc++;
	if (argc > 0)
		result = options_parse(&options, argc, argv);
	free(argv);
	return result == 0 && options.interfaces == config->interfaces &&
	       options.cpus == config->forwarding.n;
}

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
	if (result == 0 ? !is_taken(&config) : err[0] == '\0')
		abort(); /* or refused without a word */
	return 0;
}

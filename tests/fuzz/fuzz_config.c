/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration parser, on an exact-size copy of any bytes.  What it accepts must also
 * make a command line that the switch takes, and be the same when its texts are read again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/options.h"
#include "relay/config.h"
#include "relay/config_merge.h"
#include "relay/switch_args.h"
#include "tests/relay/config_file.h"

/* Does the switch take the command line that CONFIG makes? */
static bool
is_taken(const struct config *config)
{
	char **argv = switch_args(config, "switch", (struct switch_start){-1, -1, false});
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

static void
differs(void *arg, const struct config_change *change)
{
	abort();
}

/* Printed and read again, it is what it was. */
static void
read_back(const struct config *config)
{
	static struct config again, running;
	char err[300], *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	config_file_print(config, f);
	fclose(f);
	if (config_parse(text, size, &again, err, sizeof err) != 0)
		abort();
	free(text);
	running = *config;
	config_merge(&running, &again, UINT32_MAX, differs, NULL);
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
	if (result == 0)
		read_back(&config);
	return 0;
}

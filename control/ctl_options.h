/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl's command line -> which method to call where, and with which parameters.
 * Touches nothing else: no file, no socket. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "control/ctl_command.h"

struct ctl_options {
	const struct ctl_command
		*command; /* NULL: --help, --version or --print-completion alone */
	const char *method;
	json_t *params;     /* an object; NULL: they come from stdin */
	char socket[108];   /* path */
	bool this_socket;   /* and no other of that node will do */
	const char *output; /* of -o; NULL: not given */
	const char *shell;  /* of --print-completion; NULL: not given */
	bool json;          /* -j */
	bool all;           /* --all */
	bool help;
	bool version;
	char words[64];  /* of the command, as far as said */
	char error[512]; /* what is wrong, for people */
};

/* 0; -EINVAL with o->error.  O->method and O->output point into ARGV.  A parameter that stands
 * in a file is that file's name yet. */
int ctl_options_parse(struct ctl_options *o, int argc, char *const *argv);
void ctl_options_fini(struct ctl_options *o);

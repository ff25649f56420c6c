/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl's commands: one row each, with the method that it calls and how its arguments
 * become that method's parameters. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "control/rpc.h"

/* An option of one command. */
struct ctl_option {
	const char *name;   /* "--limit" */
	const char *value;  /* "N"; NULL: it takes none, and says true */
	const char *param;  /* the parameter that it sets; NULL: all, as a JSON object */
	enum rpc_type type; /* RPC_ARRAY: of texts, RPC_OBJECT: of legs (ctl_leg.h), one each
			       time that it is given */
	const char *help;
};

enum ctl_look {
	CTL_TABLES,   /* the answer as names with values, and tables */
	CTL_BUSY,     /* likewise, without rows that count nothing, unless --all */
	CTL_DESCRIBE, /* the answer of rpc.describe */
	CTL_JSON,     /* as it is */
	CTL_RECORD,   /* its record alone, to -o FILE or stdout */
	CTL_EVENTS,   /* ctl_events.h; its options are in the parameters */
	CTL_TOP,      /* ctl_top.h; its options are in the parameters */
};

struct ctl_command {
	const char *words;    /* "call show" */
	const char *argument; /* what it is called in the help; NULL: takes none */
	const char *method;   /* NULL: the first argument is, and a second all parameters; or
				 none is */
	const char *param;    /* the parameter that the argument is ... */
	enum rpc_type takes;  /* RPC_STRING or RPC_INT: what it is ... */
	bool from_file;       /* ... or that stands in the file of that name */
	const struct ctl_option *options; /* rows end with a NULL name; NULL: none */
	bool stdin_params;    /* without any option the parameters come as JSON on stdin */
	const char *pages;    /* the array that a long answer gives in parts; NULL */
	const char *page_key; /* what in its elements is the next call's "after" */
	enum ctl_look look;
	const char *help;
};

/* Rows of the same words differ in taking an argument or none.  The last has NULL words. */
extern const struct ctl_command ctl_commands[];

/* Options of every command; .param is not used. */
extern const struct ctl_option ctl_options_all[];

/* The row of WORDS with or without an argument; if there is but one row of these words, that
 * one.  NULL: no such command. */
const struct ctl_command *ctl_command_find(const char *words, bool argument);

bool ctl_command_begins(const char *words); /* are these the first words of a command? */
const char *ctl_command_nearest(const char *words);

/* All commands; or those of WORDS, with their options. */
void ctl_command_usage(FILE *f, const char *words);

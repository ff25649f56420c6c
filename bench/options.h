/* SPDX-License-Identifier: Apache-2.0
 *
 * Command lines of subcommands: one row an option, which the parser and --help share.  Each
 * kind of value has a function that takes its text into a field. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Take TEXT into FIELD; false when it does not fit. */
typedef bool options_take(const char *text, void *field, double min, double max);

struct option_row {
	const char *name;
	const char *arg; /* as help calls it; NULL: takes none */
	options_take *take;
	size_t at; /* offset of the field in what options_fill() fills */
	double min, max;
	const char *help;
};

struct option_table {
	const char *command; /* "load" */
	const char *about;   /* what it does: a sentence or two */
	const struct option_row *row;
	unsigned rows;
	void (*more_help)(void); /* NULL: there is no more to say */
};

enum { OPTION_ROWS = 64 };

/* Fill CONF, which has its defaults, from the command line.  0; 1: help was printed; -EINVAL
 * after a message on stderr. */
int options_fill(const struct option_table *t, void *conf, int argc, char **argv);

options_take options_real;    /* double */
options_take options_count;   /* unsigned */
options_take options_word;    /* const char * */
options_take options_flag;    /* bool */
options_take options_address; /* struct sw_addr, without its port */
options_take options_port;    /* port of a struct sw_addr */
options_take options_ports;   /* unsigned[2]: FIRST-LAST, or one that is both */
options_take options_mac;     /* uint8_t[6] */

/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of all sections and keys of the configuration file: a new key is a field of struct
 * config and a row here.  Constant; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_type;

enum {
	CONFIG_SECTIONS = 13,
	CONFIG_KEYS = 66,
};

/* What it takes for another value to be the one in force. */
enum config_effect {
	CONFIG_STROWGER, /* strowger is started again; calls go on meanwhile */
	CONFIG_SWITCH,   /* strowger-switch is, with the command line that strowger makes */
	CONFIG_BOTH,     /* both are stopped, and with them the calls */
	CONFIG_AT_ONCE,  /* config.reload */
};

struct config_section {
	const char *name;
	bool named; /* [interface NAME]; several, each its own struct config_interface */
	const char *help;
};

/* One key. */
struct config_key {
	const char *section;
	const char *name;
	const struct config_type *type;
	const char *fallback;     /* its default; "": none */
	const char *example;      /* what to print when there is no default */
	size_t at, room;          /* where the field is, and its bytes */
	int64_t min, max;         /* config_type_number, _time (ms), _cpu, _cpu_list (max) */
	const char *const *words; /* config_type_choice: NULL-ended; the index is stored */
	bool required;
	enum config_effect effect; /* of a change */
	const char *help;
};

extern const struct config_section config_sections[CONFIG_SECTIONS];
extern const struct config_key config_keys[CONFIG_KEYS];

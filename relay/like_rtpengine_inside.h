/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind like_rtpengine.h share, in an order in which each knows only those
 * before it; like_rtpengine.c comes last.  Nobody else's. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/switch.h"
#include "relay/config.h"

enum {
	LIKE_GIVEN = 256, /* options, with those of the file */
	LIKE_LINES = 64,  /* of the configuration, but for its interfaces */
	LIKE_TEXT = 512,  /* bytes of a value with its NUL: the longest of the configuration */
	LIKE_PLACES = SW_DEVICES * CONFIG_NAMES,
	LIKE_ALIASES = 16,
};

/* One option as it was given. */
struct like_given {
	const struct like_option *option;
	const char *name; /* as it was written, but for letters; LEN bytes */
	size_t len;
	char *value; /* NULL: it takes none */
};

struct like_line {
	char section[16], key[32], value[LIKE_TEXT];
};

/* One address under one name of a logical interface. */
struct like_place {
	char name[SW_NAME];
	char device[IF_NAMESIZE];
	char address[INET6_ADDRSTRLEN];
	char advertised[INET6_ADDRSTRLEN]; /* empty: the address itself */
	uint16_t port_min, port_max;       /* 0: as all have them */
	bool takes_turns;                  /* with others of its name: NAME:SUFFIX */
};

/* What NAME is called, too. */
struct like_alias {
	char name[SW_NAME], alias[SW_NAME];
};

/* One section of the file that is an interface; texts are the file's, NULL: not said. */
struct like_section {
	const char *name, *address, *advertised, *alias;
	const char *port_min, *port_max;
};

struct like {
	FILE *said;
	struct like_rtpengine *result;
	const char *file; /* that is read; NULL: none is, yet */
	struct like_given given[LIKE_GIVEN];
	unsigned n_given;
	struct like_line line[LIKE_LINES];
	unsigned n_lines;
	struct like_place place[LIKE_PLACES];
	unsigned n_places;
	struct like_alias alias[LIKE_ALIASES];
	unsigned n_aliases;
	uint16_t port_min, port_max;
	const char *device; /* "xdp", "packet"; NULL: as it fits */
	bool remote;        /* somebody may ask who is not on this host */
	bool allowed;       /* ... and is allowed to */
	bool over;          /* strowger is not to start */
};

enum like_takes {
	LIKE_FLAG,
	LIKE_VALUE,  /* one; of several the last counts */
	LIKE_VALUES, /* several */
};

struct like_option {
	const char *name; /* with a star behind it: all that begin so */
	char letter;      /* 0: none */
	enum like_takes takes;
	/* Do what VALUE asks for; 0 or -EINVAL.  NULL: it is left out, and WHY is said, unless
	 * that is NULL, too. */
	int (*take)(struct like *l, const struct like_option *o, const char *value);
	const char *section, *key; /* for TAKE */
	const char *why;
};

/* ---- like_rtpengine_lines.c ---- */

/* A line for people about OPTION; -EINVAL. */
int like_say(const struct like *l, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "KEY = VALUE" in SECTION; -EINVAL: there are too many, or it is too long. */
int like_put(struct like *l, const char *section, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Is there one already? */
bool like_has(const struct like *l, const char *section, const char *key);

/* VALUE, which O was given, into N.  0; -EINVAL: it is no whole number. */
int like_read_number(
	const struct like *l, const struct like_option *o, const char *value, long *n);

/* ---- like_rtpengine_places.c ---- */

static inline bool
like_is_v6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* P, which this host has, unless it is left out.  0; -EINVAL. */
int like_place_add(struct like *l, const struct like_place *p);

/* As [interface NAME] of a configuration, one for each interface of the kernel's. */
void like_interfaces_print(const struct like *l, FILE *to);

/* ---- like_rtpengine_find.c: which places this host has ---- */

bool like_is_address(const char *text); /* and no name */

/* P, whose name is set, at each address of this host's that is WANTED: an address, an
 * interface, any, or the name of a host; known outside as ADVERTISED if that is not empty.  P
 * is overwritten.  0; -EINVAL: there is none, or one cannot be. */
int like_place_find(
	struct like *l, struct like_place *p, const char *wanted, const char *advertised);

/* ---- like_rtpengine_media.c ---- */

/* [NAME/]ADDRESS[!ADVERTISED], or ALIAS=NAME.  0; -EINVAL. */
int like_interface_add(struct like *l, const char *text);

/* The same as a section of the file.  0; -EINVAL. */
int like_interface_add_section(struct like *l, const struct like_section *s);

/* All are added: aliases get their addresses.  0; -EINVAL. */
int like_interfaces_end(struct like *l);

/* ---- like_rtpengine_listen.c ---- */

/* O's key gets the addresses of VALUE, [ADDRESS:]PORT; a port alone is one of all addresses.
 * And the same of HTTP, which then has NG beside the pages that are looked at.  0; -EINVAL. */
int like_listen(struct like *l, const struct like_option *o, const char *value);
int like_listen_http(struct like *l, const struct like_option *o, const char *value);

/* ---- like_rtpengine_options.c: the table ---- */

/* NULL: there is none. */
const struct like_option *like_option_find(const char *name, size_t len);
const struct like_option *like_option_letter(char letter);
const struct like_option *like_option_next(const struct like_option *o); /* NULL: the first */

/* ---- like_rtpengine_given.c ---- */

/* What the option of NAME was given last; NULL: it was not.  One row stands for several names.
 */
struct like_given *like_given_find(struct like *l, const char *name, size_t len);
/* NEW stays what it points to.  0; -EINVAL: there are too many. */
int like_give(struct like *l, struct like_given new);
/* What is most like the LEN bytes of WORD; NULL. */
const char *like_meant(const char *word, size_t len);
/* Those of ARGV, NULL-ended.  0; -EINVAL. */
int like_read_words(struct like *l, char **argv);

/* ---- like_rtpengine_file.c ---- */

/* Those of the file, as far as no word gives them; one that nobody named need not be there.
 * TEXT, which stays the options' memory, and a COPY of it for like_take_interfaces() are to be
 * released.  0; -EINVAL; -ENOMEM. */
int like_read_file(struct like *l, char **text, char **copy);
/* Interfaces that are sections of the file, TEXT (NULL: there is none), stand behind those of
 * --interface.  0; -EINVAL. */
int like_take_interfaces(struct like *l, char *text);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind config_parse() share.  Nobody else's. */
#pragma once

#include "relay/config.h"
#include "relay/config_keys.h"

/* A file that is being read. */
struct config_parser {
	struct config *config;
	char *err;
	size_t err_size;
	unsigned line;
	const struct config_section *section; /* NULL: before the first */
	void *fields;                         /* of the section: the config, or an interface */
	unsigned section_line[CONFIG_SECTIONS]; /* where each began; 0: not yet */
	unsigned interface_line[SW_DEVICES];
	uint32_t *key_line; /* where each key was set; of the config, or the interface */
};

/* LINE 0: no single line is to blame.  Always -EINVAL. */
int config_fail(struct config_parser *p, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* All lines are read: what keys say together must fit, and what is left out may follow from
 * others.  0 or -EINVAL. */
int config_check(struct config_parser *p);

/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration that was read again meets the one in force: what differs, key by key, and
 * what of it can be had at once.  Control's one thread; pure. */
#pragma once

#include "relay/config_keys.h"

struct config;
struct config_interface;

struct config_change {
	const struct config_key *key;
	const char *interface;     /* NULL: of no interface's section */
	const char *from, *to;     /* as the file says it; empty: nothing */
	enum config_effect effect; /* CONFIG_AT_ONCE: it is in force now */
};

/* Tell EACH how FILE differs from RUNNING, and copy to RUNNING what takes effect at once.  Of
 * an interface that only one of them has, its device is told.  CALLS: as many as the switch's
 * memory has room for. */
void config_merge(struct config *running, const struct config *file, uint32_t calls,
	void (*each)(void *arg, const struct config_change *change), void *arg);

/* The field of KEY, which belongs to interface IT, or to C itself when it is NULL. */
const void *config_field(const struct config_key *key, const struct config *c,
	const struct config_interface *it);

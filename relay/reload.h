/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the configuration file again, at SIGHUP or when asked: what can take effect at once
 * does, of the rest it says what must be started anew.  A file that is wrong changes nothing.
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "relay/config_merge.h"

struct event_base;
struct node;
struct reload;

struct reload_conf {
	struct event_base *base;
	const char *path;       /* of the file */
	struct config *running; /* changed by a reload */
	struct node *node;
};

/* CONF is copied; what it points to must outlive it.  NULL: errno. */
struct reload *reload_open(const struct reload_conf *conf);
void reload_close(struct reload *r); /* NULL is fine */

/* Do it; EACH is told of every key that differs.  0, or -errno and in ERR (of SIZE bytes) one
 * line that says what is wrong in which line of the file. */
int reload_now(struct reload *r, void (*each)(void *arg, const struct config_change *change),
	void *arg, char *err, size_t size);

/* What the file said when it was read last. */
const struct config *reload_file(const struct reload *r);
const char *reload_path(const struct reload *r);

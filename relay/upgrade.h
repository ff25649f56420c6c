/* SPDX-License-Identifier: Apache-2.0
 *
 * Can the program on disk take our place?  Asks it, in a child process: strowger with our
 * arguments and --check-upgrade reads the configuration and says its version, that of switch.h
 * and its run directory.  The last two must be ours: the switch that runs will not change, and
 * neither will the lock and the socket that are handed on.  Control's one thread, on libevent.
 */
#pragma once

struct event_base;
struct upgrade;

struct upgrade_conf {
	struct event_base *base;
	const char *program; /* path of it, and of ours */
	char *const *argv;   /* ours */
	const char *run_dir; /* ours */
	/* It is of VERSION and right; or VERSION is NULL and ERROR says what is wrong with it,
	 * in a sentence. */
	void (*checked)(void *arg, const char *version, const char *error);
	void *arg;
};

/* CONF is copied; what it points to must outlive it.  NULL: errno. */
struct upgrade *upgrade_open(const struct upgrade_conf *conf);
void upgrade_close(struct upgrade *u); /* a check that runs is ended; NULL is fine */

/* CHECKED will be called, from the event loop.  0; -EBUSY: a check runs already; -errno. */
int upgrade_check(struct upgrade *u);

/* What --check-upgrade prints. */
void upgrade_say_version(const char *run_dir);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding a switch: whether one lives is asked of its lock, which goes with its process and
 * works for one that somebody else has started, too: what hung up may still be ending.  One
 * that is there is connected to, else the launcher is asked for one.  Of keeper.h.  Control's
 * one thread. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/keeper_inside.h"
#include "relay/launcher.h"
#include "relay/switch_events.h"

enum {
	DYING_MS = 200,     /* who hung up, or refuses us, has this time to end */
	ATTACH_MS = 100,    /* between two attempts, when another starts the switch */
	HUNG_MS = 3000,     /* one that did not answer is killed without a welcome by then */
	START_MS = 30000,   /* one that was started listens by then (hugepages are cleared) */
	REPEATED_MS = 5000, /* deaths within this time are one trouble */
	DELAY_FIRST_MS = 100,
	DELAY_MOST_MS = 2000,
};

unsigned
keeper_delay_ms(unsigned last_ms, uint64_t since_ms)
{
	if (since_ms >= REPEATED_MS)
		return 0;
	if (last_ms == 0)
		return DELAY_FIRST_MS;
	return last_ms * 2 < DELAY_MOST_MS ? last_ms * 2 : DELAY_MOST_MS;
}

/* Ours is shared and given back at once. */
bool
keeper_is_alive(const struct keeper *k)
{
	int fd = open(k->conf.lock, O_RDONLY | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

void
keeper_search_again(struct keeper *k)
{
	uint64_t now = keeper_now_ms();

	k->delay_ms = keeper_delay_ms(
		k->delay_ms, k->death_ms == 0 ? UINT64_MAX : now - k->death_ms);
	k->death_ms = now;
	if (k->delay_ms != 0)
		log_warn("strowger-switch died again; the next attempt is in %u ms",
			k->delay_ms);
	keeper_enter(k, SEARCHING, k->delay_ms);
}

static void
start(struct keeper *k)
{
	/* When the helper is gone, keeper_reported() is about to say so. */
	(void)launcher_start(k->conf.launcher, switch_client_state_fd(k->conf.client));
	k->asked = true;
	k->hung = false;
	keeper_enter(k, STARTING, KEEPER_SOON_MS);
}

/* A socket connection is made; the switch is to say welcome. */
static void
greet(struct keeper *k)
{
	int err = switch_events_watch(k->events);

	if (err != 0) {
		log_err("cannot watch the switch's socket: %s", strerror(-err));
		keeper_give_up(k);
		return;
	}
	keeper_enter(k, GREETING, k->hung ? HUNG_MS : KEEPER_GREETING_MS);
}

static void
say_that_we_wait(struct keeper *k, int err)
{
	if (!k->told)
		log_info(
			"waiting for strowger-switch at %s: %s", k->conf.path, strerror(-err));
	k->told = true;
}

/* As after a run as root that has left its switch, and a start with a [node] user. */
static void
say_that_we_cannot(const struct keeper *k, int err)
{
	struct stat st;

	if (err == -EACCES && stat(k->conf.path, &st) == 0)
		log_err("cannot speak to the switch at %s: %s: the socket belongs to user %u, and "
			"[node] user is user %u; end that switch, then start again",
			k->conf.path, strerror(-err), (unsigned)st.st_uid,
			(unsigned)geteuid());
	else
		log_err("cannot speak to the switch at %s: %s", k->conf.path, strerror(-err));
}

/* Nobody listens, or not to us. */
static void
not_connected(struct keeper *k, int err)
{
	bool ours = k->asked || k->child != 0;
	/* A socket that is not ours to open, and nobody behind it: the next switch replaces
	 * it. */
	bool none = err == -ENOENT || err == -ECONNREFUSED ||
		    (err == -EACCES && (ours || !keeper_is_alive(k)));

	if (k->conf.launcher == NULL) {
		say_that_we_wait(k, err);
		keeper_wait_ms(k, ATTACH_MS);
	} else if (!none && keeper_now_ms() - k->since_ms < DYING_MS) {
		keeper_wait_ms(k, KEEPER_SOON_MS); /* it may be ending */
	} else if (!none) {
		say_that_we_cannot(k, err);
		if (k->seen)
			keeper_search_again(k);
		else
			keeper_give_up(k);
	} else if (k->state == SEARCHING && !keeper_is_alive(k) && k->child == 0) {
		start(k);
	} else {
		if (keeper_now_ms() - k->since_ms > START_MS && !k->told) {
			log_warn("strowger-switch has not opened %s for %d s", k->conf.path,
				START_MS / 1000);
			k->told = true;
		}
		keeper_wait_ms(k, KEEPER_SOON_MS);
	}
}

void
keeper_search(struct keeper *k)
{
	int err;

	/* A process that is being killed may still take connections while it closes others. */
	if (k->state == SEARCHING && keeper_is_alive(k) &&
		keeper_now_ms() - k->death_ms < DYING_MS) {
		keeper_wait_ms(k, KEEPER_SOON_MS);
		return;
	}
	err = switch_client_connect(k->conf.client, k->conf.path);
	if (err == 0)
		greet(k);
	else
		not_connected(k, err);
}

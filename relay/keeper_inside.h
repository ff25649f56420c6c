/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind keeper.h share: keeper.c (its states, watching, ending),
 * keeper_search.c (is there a switch, and how one comes), keeper_report.c (what the launcher
 * says).  Nobody else's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "relay/keeper.h"

enum {
	KEEPER_SOON_MS = 5,        /* between two looks at a switch that comes or goes */
	KEEPER_GREETING_MS = 5000, /* a switch that is connected says welcome by then */
};

enum keeper_state {
	SEARCHING, /* the timer will try to connect, or start one */
	STARTING,  /* the launcher was asked; the timer tries to connect */
	GREETING,  /* connected; the timer bounds the wait */
	UP,
	STOPPING, /* told to end; the timer looks whether it has */
	FINISHED, /* nothing more to do */
};

struct keeper {
	struct keeper_conf conf;
	struct event *timer, *reports;
	struct switch_events *events;
	enum keeper_state state;
	uint64_t since_ms; /* when the state began */
	bool asked;        /* the launcher was asked for one, and has not answered */
	pid_t child;       /* what the launcher has started and not seen end; 0: none */
	bool seen;         /* a switch has said welcome */
	bool told;         /* the log has said that we wait for one */
	unsigned delay_ms; /* the last wait between death and start */
	uint64_t death_ms; /* when the last one died; 0: none has */
	unsigned restarts;
	unsigned refusals;
	int signalled;   /* while STOPPING: the last signal sent */
	bool stop_said;  /* while STOPPING: SW_STOP is on its way */
	bool given_up;   /* while STOPPING: what follows is `failed` */
	uint64_t heard;  /* while UP: switch_client_heard() at the last look */
	unsigned silent; /* while UP: looks without news since we asked */
	bool hung;       /* it has not answered, and has not said welcome since */
};

/* ---- keeper.c ---- */

uint64_t keeper_now_ms(void); /* monotonic */

/* The timer fires in MS milliseconds. */
void keeper_wait_ms(struct keeper *k, unsigned ms);

void keeper_enter(struct keeper *k, enum keeper_state state, unsigned ms);
void keeper_finish(struct keeper *k, void (*tell)(void *arg));

/* ---- keeper_search.c ---- */

/* Does some switch hold its lock? */
bool keeper_is_alive(const struct keeper *k);

/* SEARCHING or STARTING, the timer has fired. */
void keeper_search(struct keeper *k);

/* A switch died, or could not be started: when to try again. */
void keeper_search_again(struct keeper *k);

/* ---- keeper_report.c ---- */

/* The launcher has something to say, or is gone.  ARG: the keeper. */
void keeper_reported(int fd, short what, void *arg);

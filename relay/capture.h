/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures of calls: opens each one's file in the node's directory of captures, says to the
 * switch whose packets go there, follows the call while it changes, and ends the capture when
 * its time or the call is over.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/fault.h"
#include "control/request.h"
#include "dataplane/switch.h"

enum {
	CAPTURE_FILE = 65, /* bytes of a file's name with its NUL */
	CAPTURE_PATH = 256,
	CAPTURE_SECONDS = 60,
	CAPTURE_SECONDS_MAX = 3600,
	CAPTURE_BYTES = 16 << 20,
	CAPTURE_SNAPLEN = 65535,
};

struct call;
struct calls;
struct capture; /* all of them */
struct event_base;
struct switch_client;

/* One capture, to be looked at. */
struct capture_info {
	uint64_t id; /* 1, 2, ... */
	char call[REQUEST_ID];
	char leg[REQUEST_NAME]; /* empty: all legs */
	char path[CAPTURE_PATH];
	int64_t began_ms, ends_ms; /* CLOCK_MONOTONIC */
	uint64_t bytes, max_bytes;

	/* Once it has ended. */
	const char *reason; /* one of capture_reasons; NULL: it is under way */
	uint64_t packets, lost;
	int error; /* 0 or -errno: why the file could not be written */
};

/* Why captures end: "asked", "time", "size", "call_ended", "disk", "switch_lost";
 * NULL-ended. */
extern const char *const capture_reasons[];

struct capture_conf {
	struct event_base *base;
	struct switch_client *client;
	struct calls *calls;
	const char *directory; /* made when it is needed, for its owner alone */
	void (*ended)(
		void *arg, const struct capture_info *i); /* of each; NULL: nobody asks */
	void *arg;
};

struct capture *captures_open(const struct capture_conf *conf); /* NULL: errno */
void captures_close(struct capture *c); /* the switch ends them with us; NULL is fine */

/* What is wanted.  Zero and empty: as usual. */
struct capture_request {
	const char *call, *leg, *file;
	unsigned seconds;
	uint64_t max_bytes;
	uint32_t snaplen;
};

/* Told once, maybe before the function that took the request returns.  FAULT: NULL when all is
 * well, else INFO is. */
typedef void capture_done(
	void *arg, const struct capture_info *info, const struct fault *fault);

void capture_begin(
	struct capture *c, const struct capture_request *r, capture_done *done, void *arg);
/* Told when all is in the file. */
void capture_stop(struct capture *c, uint64_t id, capture_done *done, void *arg);

/* Those that are under way: the one behind number AFTER (0: the first).  False: none. */
bool capture_next(struct capture *c, uint64_t after, struct capture_info *info);

/* Is NAME one that a file may have?  Letters, digits, dots, dashes and underscores, and no dot
 * in front: nothing that leads out of the directory. */
bool capture_is_name(const char *name);

/* ---- What happens ---- */

/* To a call: it has been changed, or (ENDED) is no more. */
void capture_call_changed(struct capture *c, const struct call *call, bool ended);
void capture_captured(struct capture *c, const struct sw_captured *m);
void capture_switch_lost(struct capture *c);

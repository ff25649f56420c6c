/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger-ctl top knows of a node: two readings of its counters, and from them what
 * happens in a second, by the node's own clock.  Pure: no clock, no socket, no terminal. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

enum top_answer {
	TOP_NODE,        /* of node.info */
	TOP_STATS,       /* of stats.get */
	TOP_CORES,       /* of core.list */
	TOP_TRANSCODERS, /* of transcoder.list */
	TOP_DROPS,       /* of drop.list */
	TOP_DEVICES,     /* of device.list */
	TOP_CALLS,       /* of call.top, or of call.list */
	TOP_ANSWERS
};

/* What a node has answered at one time; NULL: nothing to that. */
struct top_reading {
	json_t *answer[TOP_ANSWERS];
};

void top_reading_fini(struct top_reading *r); /* all-zero is fine */

struct top {
	struct top_reading now, before;
	double seconds; /* between them; NAN: they cannot be compared */
	char news[128]; /* what has happened to it of late; "": nothing */
	double news_s;  /* its age then */
};

/* R is what is so now.  Takes R's answers. */
void top_take(struct top *t, struct top_reading *r);
void top_fini(struct top *t); /* all-zero is fine */

/* What stands at PATH, "switch.age_s" or "stages.3.name", in O.  NULL: nothing. */
const json_t *top_at(const json_t *o, const char *path);

/* The number there; true is 1.  NAN: there is none. */
double top_number(const json_t *o, const char *path);

/* What the counter at PATH of NOW has grown since BEFORE (NULL: it was not there).  NAN: it
 * cannot be told, as after a restart. */
double top_growth(
	const struct top *t, const json_t *now, const json_t *before, const char *path);

/* The same in a second, of the counter at PATH of an answer. */
double top_rate(const struct top *t, enum top_answer a, const char *path);

/* What somebody who looks should see first: a data plane that is away, a stalled core, a link
 * that is down.  In BUF; false: nothing of that kind. */
bool top_alarm(const struct top *t, char *buf, size_t room);

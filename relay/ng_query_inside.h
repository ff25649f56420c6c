/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ng_query.h share: ng_query.c (dialogs and parties), ng_query_media.c (m=
 * lines and their transports), ng_query_ssrc.c (sources).  Nobody else's.  Control's one
 * thread. */
#pragma once

#include "control/arena.h"
#include "control/value.h"
#include "relay/dialog.h"
#include "relay/figures.h"

/* A dialog that is being told of. */
struct ng_tale {
	struct arena *a;
	const struct calls *calls;
	const struct switch_client *client;
	const struct pair *pair; /* whose call was looked for last; NULL: none yet */
	const struct call *call; /* that one; NULL: there is none */
	int64_t now_us;          /* real time */
	struct value *sources;   /* "SSRC" of the answer */
	uint64_t packets, bytes, errors, rtcp; /* what came from parties, so far */
	struct ng_tale_ip {
		struct sw_addr is;
		struct slice text; /* at NULL: none yet */
	} ip[2];                   /* told of last: RTP and RTCP have the same ones */
	unsigned ips;
};

/* One side of a pair. */
struct ng_side {
	const struct pair *pair;
	const struct call *call;
	unsigned leg; /* of call_leg(): a listener has no side, but is told of alike */
};

/* Into LIST: each m= line of SIDE. */
void ng_query_medias(struct ng_tale *t, struct value *list, const struct ng_side *side);

/* Into T's sums: what has come from its party. */
void ng_query_count(struct ng_tale *t, const struct ng_side *side);

/* Into LIST: each source that party or (EGRESS) strowger has sent by the transport of S. */
void ng_query_sources(
	struct ng_tale *t, struct value *list, const struct stream *s, bool egress);

/* The source that the party of S was heard with last.  False: none was. */
bool ng_query_ssrc(const struct ng_tale *t, const struct stream *s, uint32_t *ssrc);

/* Of the gateway that stream I of SIDE's party has, if it has one. */
void ng_query_fax(
	struct ng_tale *t, struct value *media, const struct ng_side *side, unsigned i);

/* Into T's sources: those of stream I of SIDE's party, and how they sound. */
void ng_query_heard(struct ng_tale *t, const struct ng_side *side, unsigned i);

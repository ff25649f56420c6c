/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that read an SDP share: sdp_read.c (lines), sdp_attr.c (attributes) and
 * sdp_format.c (payload types).  Each function takes one piece of text to the place that it
 * sets.  Pure. */
#pragma once

#include "control/sdp.h"

struct sdp_reader {
	struct sdp *s;
	struct arena *a;
	struct sdp_media *media; /* that lines belong to; before the first m= it is &common */
	struct sdp_media common; /* what all media begin with */
	struct slice name;       /* of the attribute that is being read */
	bool rtp;                /* MEDIA has payload types */
	/* Of MEDIA: which format, counted from 1, has a payload type, so that none is searched
	 * for; 0: none. */
	uint8_t format[128];
};

/* Beside enum sdp_error: the attribute is to be kept as it is. */
enum { SDP_LEFT = -1 };

/* VALUE to the place AT.  SDP_OK, another error, SDP_LEFT. */
typedef int sdp_take(struct sdp_reader *r, void *at, struct slice value);

static inline bool
sdp_in_session(const struct sdp_reader *r)
{
	return r->media == &r->common;
}

/* The next word of S, which is taken off it; len 0: there is none. */
struct slice sdp_word(struct slice *s);

/* "IN IP4 10.0.0.1" to a struct sdp_connection. */
sdp_take sdp_take_connection;
/* In front of a list, which is turned round when all is read: each line costs the same. */
sdp_take sdp_take_text;
struct sdp_text *sdp_text_turn(struct sdp_text *list);

/* The text of an a= line. */
int sdp_attr_read(struct sdp_reader *r, struct slice text);

/* The formats of an m= line, separated by spaces; its protocol is there already. */
int sdp_formats_read(struct sdp_reader *r, struct slice list);
/* "96 opus/48000/2", "96 useinbandfec=1", "96 nack" or "* nack" to the format. */
sdp_take sdp_take_rtpmap, sdp_take_fmtp, sdp_take_feedback;

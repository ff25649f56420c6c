/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a message of NG ends in a stream of bytes: COOKIE, a space, and a bencode value, whose
 * end is found by counting, or a JSON object, which ends with its line.  Looks at each byte
 * once, however the stream is cut.  Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ng_frame_state {
	NG_FRAME_BEFORE, /* between messages; ends of lines are passed over */
	NG_FRAME_COOKIE,
	NG_FRAME_BODY,   /* its first byte comes */
	NG_FRAME_TOKEN,  /* of bencode: what begins here? */
	NG_FRAME_NUMBER, /* i...e */
	NG_FRAME_LENGTH, /* of a string, up to its colon */
	NG_FRAME_STRING, /* .left bytes of it are to come */
	NG_FRAME_LINE,   /* of JSON */
	NG_FRAME_WHOLE,  /* the message is over */
	NG_FRAME_BROKEN, /* nobody can say where it ends */
};

struct ng_frame {
	enum ng_frame_state state;
	unsigned depth; /* of lists and dictionaries */
	uint64_t left;  /* of a string */
	size_t skipped; /* bytes before the message */
};

/* Begin with {0}.  Look at the next LEN bytes at TEXT: how many of them were used, all but
 * what follows a message that is whole or broken. */
size_t ng_frame_feed(struct ng_frame *f, const char *text, size_t len);

static inline bool
ng_frame_is_over(const struct ng_frame *f)
{
	return f->state == NG_FRAME_WHOLE || f->state == NG_FRAME_BROKEN;
}

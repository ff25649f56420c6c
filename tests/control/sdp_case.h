/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suites of control/sdp*.c share: an arena for each test, an SDP that is read into
 * it, and how it is written again. */
#pragma once

#include <check.h>
#include <string.h>

#include "control/sdp.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n"
#define SESSION HEAD "c=IN IP4 192.0.2.2\r\nt=0 0\r\n"
#define AUDIO SESSION "m=audio 4000 RTP/AVP 0 96\r\n"
/* What becomes of it. */
#define AUDIO_OUT                                                           \
	HEAD "t=0 0\r\nm=audio 4000 RTP/AVP 0 96\r\nc=IN IP4 192.0.2.2\r\n" \
	     "a=rtpmap:0 PCMU/8000\r\n"

static struct arena *arena;
static struct sdp sdp;

static inline void
setup(void)
{
	arena = arena_open(16 << 20);
	ck_assert_ptr_nonnull(arena);
}

static inline void
teardown(void)
{
	arena_close(arena);
}

static inline enum sdp_error
read_text(const char *text)
{
	return sdp_read(&sdp, arena, text, strlen(text));
}

/* The first media of TEXT, which must be right. */
static inline struct sdp_media *
media_of(const char *text)
{
	ck_assert_int_eq(read_text(text), SDP_OK);
	ck_assert_uint_ge(sdp.medias, 1);
	return &sdp.media[0];
}

static inline const char *
string(struct slice s)
{
	return s.at != NULL ? arena_copy(arena, s).at : NULL; /* the arena's bytes are 0 */
}

/* TEXT, written again. */
static inline const char *
again(const char *text)
{
	ck_assert_int_eq(read_text(text), SDP_OK);
	return string(sdp_write(&sdp, arena));
}

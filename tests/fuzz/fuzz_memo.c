/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/memo.c: any bytes from a call's record are a memo or none.  One that is says the same
 * after it was written and read again, and the next offer and its answer can do with it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/sdp.h"
#include "tests/relay/ng_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 8 << 20, MEMO = 65536 };

static const char offer[] = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"
			    "t=0 0\r\nm=audio 4000 RTP/SAVP 0 8 96\r\n"
			    "a=rtpmap:96 opus/48000/2\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
			    "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n"
			    "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n";

static void
must(bool is)
{
	if (!is)
		abort();
}

/* A memo that was read says nothing that can not be said, and the same again. */
static void
check_memo(const struct memo *m)
{
	static uint8_t bytes[MEMO], again[MEMO];
	ssize_t len = memo_encode(m, bytes, sizeof bytes);
	struct memo *back;

	must(len > 0);
	must((back = memo_decode(bytes, (size_t)len)) != NULL);
	must(memo_encode(back, again, sizeof again) == len);
	must(memcmp(bytes, again, (size_t)len) == 0);
	memo_close(back);
	for (unsigned side = 0; side < 2; side++) {
		struct memo_media media;
		struct slice said = {(const char *)bytes, (size_t)len};
		unsigned n = 0;

		while (memo_media(said, side, n, &media))
			must(++n <= SDP_MEDIA);
	}
}

static void
talk(struct ng_pair *p, struct arena *a)
{
	for (unsigned i = 0; i < 4; i++) {
		struct ng_request r;
		const char *reason;
		struct slice told;
		struct sdp s;

		must(ng_request_read(&r, value_dict(a), a) == 0);
		r.sdp = slice_of(offer);
		told = ng_pair_ask(p, &r, i % 2 == 1, i == 1 || i == 2, a, &reason);
		must(told.at == NULL || sdp_read(&s, a, told.at, told.len) == SDP_OK);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memo *m = memo_decode(data, size);
	struct ng_pair pair;
	struct arena *a;

	if (m == NULL)
		return 0;
	check_memo(m);
	a = arena_open(ARENA);
	ng_pair_open(&pair);
	memo_close(pair.memo);
	pair.memo = m;
	talk(&pair, a);
	ng_pair_close(&pair);
	arena_close(a);
	return 0;
}

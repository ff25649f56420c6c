/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_text.h. */
#include "bench/ng_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "AES_CM_128_HMAC_SHA1_80"

const char *const ng_step_name[NG_STEPS] = {"offer", "answer", "delete"};

enum { SDP_TEXT = 768, NAME_TEXT = 40 };

/* The SDP of a phone; each has ports of its own among so many. */
static int
put_sdp(char out[SDP_TEXT], uint64_t n, const char *address, bool srtp, unsigned tag)
{
	int len = snprintf(out, SDP_TEXT,
		"v=0\r\no=- %" PRIu64 " 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
		"m=audio %u RTP/%s 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
		"a=ptime:20\r\n",
		n, address, address, 10000 + (unsigned)(n % 20000) * 2, srtp ? "SAVP" : "AVP");

	if (srtp)
		len += snprintf(out + len, (size_t)(SDP_TEXT - len),
			"a=crypto:%u " SUITE
			" inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\r\n",
			tag);
	return len;
}

/* A call-id, or a tag, as telephones make them. */
static int
make_name(char out[NAME_TEXT], uint64_t n, char kind)
{
	return snprintf(out, NAME_TEXT, "%c%016" PRIx64 "bench", kind,
		n * 0x9e3779b97f4a7c15); /* spread over all bits */
}

size_t
ng_text_put(char out[NG_TEXT], enum ng_step step, uint64_t n, bool srtp, unsigned tag,
	unsigned slot, uint64_t running)
{
	char sdp[SDP_TEXT], call[NAME_TEXT], from[NAME_TEXT], to[NAME_TEXT];
	int call_len = make_name(call, n, 'c'), from_len = make_name(from, n, 'f'), sdp_len,
	    len;

	len = snprintf(out, NG_TEXT,
		"%u_%" PRIu64 " d8:supportsl10:load limite7:call-id%d:%s8:from-tag%d:%s", slot,
		running, call_len, call, from_len, from);
	if (step == NG_DELETE)
		return (size_t)len + (size_t)snprintf(out + len, (size_t)(NG_TEXT - len),
					     "12:delete-delayi0e7:command6:deletee");
	if (step == NG_ANSWER)
		len += snprintf(out + len, (size_t)(NG_TEXT - len), "6:to-tag%d:%s",
			make_name(to, n, 't'), to);
	sdp_len = put_sdp(sdp, n, step == NG_OFFER ? "192.0.2.10" : "192.0.2.20",
		srtp && step == NG_ANSWER, tag);
	len += snprintf(out + len, (size_t)(NG_TEXT - len),
		"3:sdp%d:%s3:ICE6:remove7:replacel6:origine18:transport-protocol%s"
		"7:command%zu:%se",
		sdp_len, sdp, srtp && step == NG_OFFER ? "8:RTP/SAVP" : "7:RTP/AVP",
		strlen(ng_step_name[step]), ng_step_name[step]);
	return (size_t)len;
}

bool
ng_text_cookie(const char *text, size_t len, unsigned *slot, uint64_t *running)
{
	char head[NAME_TEXT], *end;
	const char *space = memchr(text, ' ', len < sizeof head - 1 ? len : sizeof head - 1);

	if (space == NULL)
		return false;
	memcpy(head, text, (size_t)(space - text));
	head[space - text] = '\0';
	*slot = (unsigned)strtoul(head, &end, 10);
	if (*end != '_')
		return false;
	*running = strtoull(end + 1, &end, 10);
	return *end == '\0';
}

bool
ng_text_is_ok(const char *text, size_t len)
{
	static const char mark[] = "6:result2:ok";

	return memmem(text, len, mark, strlen(mark)) != NULL;
}

unsigned
ng_text_tag(const char *text, size_t len)
{
	static const char mark[] = "a=crypto:", suite[] = " " SUITE " ";
	const char *end = text + len, *at = text;

	while ((at = memmem(at, (size_t)(end - at), mark, strlen(mark))) != NULL) {
		unsigned tag = 0;

		for (at += strlen(mark); at < end && *at >= '0' && *at <= '9'; at++)
			tag = tag * 10 + (unsigned)(*at - '0');
		if ((size_t)(end - at) > strlen(suite) &&
			memcmp(at, suite, strlen(suite)) == 0)
			return tag;
	}
	return 0;
}

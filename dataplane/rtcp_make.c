/* SPDX-License-Identifier: Apache-2.0
 *
 * See rtcp_make.h. */
#include "dataplane/rtcp_make.h"

#include <string.h>

#include "dataplane/rtp.h"

enum {
	VERSION = 0x80,
	SDES_CNAME = 1, /* RFC 3550 section 6.5.1 */
};

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	rtp_put32(p, v);
	return p + 4;
}

/* The packet from START to END is of TYPE, about COUNT. */
static uint8_t *
finish(uint8_t *start, uint8_t *end, unsigned count, enum rtcp_type type)
{
	start[0] = (uint8_t)(VERSION | count);
	start[1] = (uint8_t)type;
	rtp_put16(start + 2, (uint16_t)((end - start) / 4 - 1));
	return end;
}

static uint8_t *
put_block(uint8_t *p, const struct rtcp_block *b)
{
	p = put32(p, b->about);
	p = put32(p, (uint32_t)b->fraction << 24 | ((uint32_t)b->lost & 0xffffff));
	p = put32(p, b->highest);
	p = put32(p, b->jitter);
	p = put32(p, b->lsr);
	return put32(p, b->dlsr);
}

static uint8_t *
put_report(uint8_t *start, const struct rtcp_report *r)
{
	uint8_t *p = put32(start + 4, r->ssrc);

	if (r->sent) {
		p = put32(p, (uint32_t)(r->ntp >> 32));
		p = put32(p, (uint32_t)r->ntp);
		p = put32(p, r->timestamp);
		p = put32(p, r->packets);
		p = put32(p, r->octets);
	}
	if (r->heard)
		p = put_block(p, &r->block);
	return finish(start, p, r->heard, r->sent ? RTCP_SR : RTCP_RR);
}

/* One chunk of one item; a zero byte at least ends it, and more fill the word. */
static uint8_t *
put_cname(uint8_t *start, const struct rtcp_report *r)
{
	uint8_t *p = put32(start + 4, r->ssrc);
	size_t len = strnlen(r->cname, RTCP_CNAME_MAX);
	size_t whole = (2 + len + 4) / 4 * 4;

	memset(p, 0, whole);
	p[0] = SDES_CNAME;
	p[1] = (uint8_t)len;
	memcpy(p + 2, r->cname, len);
	return finish(start, p + whole, 1, RTCP_SDES);
}

unsigned
rtcp_make(uint8_t *p, const struct rtcp_report *r)
{
	uint8_t *end = put_cname(put_report(p, r), r);

	if (r->bye)
		end = finish(end, put32(end + 4, r->ssrc), 1, RTCP_BYE);
	return (unsigned)(end - p);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes: which of them set what.  All others are kept as they came.  RFC 8866 section 6,
 * RFC 3605 (rtcp), RFC 4568 (crypto), RFC 4145 (setup).  Pure. */
#include <string.h>

#include "control/sdp_reader.h"

static int
take_flag(struct sdp_reader *r, void *at, struct slice value)
{
	*(bool *)at = true;
	return SDP_OK;
}

static int
take_slice(struct sdp_reader *r, void *at, struct slice value)
{
	*(struct slice *)at = value;
	return SDP_OK;
}

static int
take_direction(struct sdp_reader *r, void *at, struct slice value)
{
	for (int i = 0; i < REQUEST_DIRECTIONS; i++)
		if (slice_is(r->name, request_direction_words[i]))
			*(int *)at = i;
	return SDP_OK;
}

static int
take_setup(struct sdp_reader *r, void *at, struct slice value)
{
	enum sdp_setup *setup = at;

	*setup = SDP_SETUP_NONE;
	for (int i = SDP_SETUP_ACTPASS; i <= SDP_SETUP_HOLDCONN; i++)
		if (slice_is(value, sdp_setup_words[i]))
			*setup = (enum sdp_setup)i;
	return SDP_OK;
}

/* "PORT" or "PORT IN IP4 ADDRESS". */
static int
take_rtcp(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_media *m = r->media;
	struct slice rest = value;
	uint64_t port;

	if (slice_number(sdp_word(&rest), UINT16_MAX, &port) != 0)
		return SDP_OK;
	m->rtcp_port = (uint32_t)port;
	m->rtcp_text = value;
	m->rtcp = (struct sdp_connection){0};
	if (slice_trim(rest).len > 0 && sdp_take_connection(r, &m->rtcp, rest) != SDP_OK)
		m->rtcp = (struct sdp_connection){0};
	return SDP_OK;
}

/* "KEY[|LIFETIME][|MKI:LENGTH]", the first of several; LIFETIME has no colon. */
static void
read_key(struct sdp_crypto *c, struct slice text)
{
	c->key = slice_cut(&text, '|');
	while (text.len > 0) {
		struct slice part = slice_cut(&text, '|');

		if (memchr(part.at, ':', part.len) != NULL)
			c->mki = part;
		else if (part.len > 0)
			c->lifetime = part;
	}
}

static bool
read_crypto(struct sdp_crypto *c, struct slice value)
{
	static const char method[] = "inline:";
	struct slice keys;
	uint64_t tag;

	if (slice_number(sdp_word(&value), 999999999, &tag) != 0)
		return false;
	c->tag = (uint32_t)tag;
	c->suite = sdp_word(&value);
	keys = sdp_word(&value);
	if (!slice_begins(keys, method))
		return false;
	keys = slice_cut(&keys, ';');
	read_key(c, (struct slice){keys.at + sizeof method - 1, keys.len - sizeof method + 1});
	value = slice_trim(value);
	if (value.len > 0)
		c->session = value;
	return c->key.len > 0;
}

static int
take_crypto(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_media *m = r->media;
	struct sdp_crypto c = {0};

	if (!read_crypto(&c, value))
		return SDP_OK;
	if (m->cryptos == SDP_CRYPTO)
		return SDP_TOO_MUCH;
	if (m->crypto == NULL)
		m->crypto = arena_array(r->a, SDP_CRYPTO, sizeof *m->crypto);
	if (m->crypto == NULL)
		return SDP_NO_MEMORY;
	m->crypto[m->cryptos++] = c;
	return SDP_OK;
}

enum place {
	OF_MEDIA,
	OF_SESSION,
	INHERITED, /* of the media; the session says it for all */
};

struct row {
	const char *name;
	size_t len;
	sdp_take *take;
	enum place place;
	bool valued; /* a=NAME:VALUE; else a=NAME */
	size_t offset;
};

#define ATTRIBUTE(name) (name), sizeof(name) - 1
#define MEDIA(field) offsetof(struct sdp_media, field)
#define SESSION(field) offsetof(struct sdp, field)

static const struct row rows[] = {
	{ATTRIBUTE("bundle-only"), take_flag, OF_MEDIA, false, MEDIA(bundle_only)},
	{ATTRIBUTE("candidate"), sdp_take_text, OF_MEDIA, true, MEDIA(candidates)},
	{ATTRIBUTE("crypto"), take_crypto, OF_MEDIA, true, 0},
	{ATTRIBUTE("end-of-candidates"), take_flag, OF_MEDIA, false, MEDIA(end_of_candidates)},
	{ATTRIBUTE("extmap"), sdp_take_text, OF_MEDIA, true, MEDIA(extmaps)},
	{ATTRIBUTE("extmap-allow-mixed"), take_flag, INHERITED, false,
		MEDIA(extmap_allow_mixed)},
	{ATTRIBUTE("fingerprint"), take_slice, INHERITED, true, MEDIA(fingerprint)},
	{ATTRIBUTE("fmtp"), sdp_take_fmtp, OF_MEDIA, true, 0},
	{ATTRIBUTE("group"), sdp_take_text, OF_SESSION, true, SESSION(groups)},
	{ATTRIBUTE("ice-lite"), take_flag, OF_SESSION, false, SESSION(ice_lite)},
	{ATTRIBUTE("ice-options"), take_slice, INHERITED, true, MEDIA(ice_options)},
	{ATTRIBUTE("ice-pwd"), take_slice, INHERITED, true, MEDIA(ice_pwd)},
	{ATTRIBUTE("ice-ufrag"), take_slice, INHERITED, true, MEDIA(ice_ufrag)},
	{ATTRIBUTE("inactive"), take_direction, INHERITED, false, MEDIA(direction)},
	{ATTRIBUTE("label"), take_slice, OF_MEDIA, true, MEDIA(label)},
	{ATTRIBUTE("maxptime"), take_slice, INHERITED, true, MEDIA(maxptime)},
	{ATTRIBUTE("mid"), take_slice, OF_MEDIA, true, MEDIA(mid)},
	{ATTRIBUTE("ptime"), take_slice, INHERITED, true, MEDIA(ptime)},
	{ATTRIBUTE("recvonly"), take_direction, INHERITED, false, MEDIA(direction)},
	{ATTRIBUTE("rtcp"), take_rtcp, OF_MEDIA, true, 0},
	{ATTRIBUTE("rtcp-fb"), sdp_take_feedback, OF_MEDIA, true, 0},
	{ATTRIBUTE("rtcp-mux"), take_flag, OF_MEDIA, false, MEDIA(rtcp_mux)},
	{ATTRIBUTE("rtcp-mux-only"), take_flag, OF_MEDIA, false, MEDIA(rtcp_mux_only)},
	{ATTRIBUTE("rtpengine"), take_slice, OF_SESSION, true, SESSION(loop)},
	{ATTRIBUTE("rtpmap"), sdp_take_rtpmap, OF_MEDIA, true, 0},
	{ATTRIBUTE("sendonly"), take_direction, INHERITED, false, MEDIA(direction)},
	{ATTRIBUTE("sendrecv"), take_direction, INHERITED, false, MEDIA(direction)},
	{ATTRIBUTE("setup"), take_setup, INHERITED, true, MEDIA(setup)},
	{ATTRIBUTE("tls-id"), take_slice, INHERITED, true, MEDIA(tls_id)},
};

/* NULL: there is none.  Few names are as long, and hardly any of those begins alike. */
static const struct row *
find_row(struct slice name)
{
	const struct row *end = rows + sizeof rows / sizeof *rows;

	for (const struct row *row = rows; row < end; row++)
		if (row->len == name.len && row->name[0] == name.at[0] &&
			memcmp(row->name, name.at, name.len) == 0)
			return row;
	return NULL;
}

/* Where ROW sets what it takes; NULL: not at this level. */
static void *
place_of(struct sdp_reader *r, const struct row *row)
{
	bool session = sdp_in_session(r);

	if (row->place == OF_SESSION)
		return session ? (char *)r->s + row->offset : NULL;
	return row->place == INHERITED || !session ? (char *)r->media + row->offset : NULL;
}

static int
take(struct sdp_reader *r, struct slice value)
{
	const struct row *row = find_row(r->name);
	void *at;

	if (row == NULL || row->valued != (value.at != NULL))
		return SDP_LEFT;
	at = place_of(r, row);
	return at != NULL ? row->take(r, at, value) : SDP_OK;
}

int
sdp_attr_read(struct sdp_reader *r, struct slice text)
{
	struct sdp_attrs *others = sdp_in_session(r) ? &r->s->others : &r->media->others;
	struct slice value = text;
	int err;

	r->name = slice_cut(&value, ':');
	if (r->name.len == text.len)
		value = (struct slice){NULL, 0};
	err = take(r, value);
	if (err != SDP_LEFT)
		return err;
	return sdp_attr_add(others, r->a, r->name, value) == 0 ? SDP_OK : SDP_NO_MEMORY;
}

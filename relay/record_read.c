/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of records, which takes any bytes; of record.h: groups of fields, and what
 * becomes of them in a call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/fax.h"
#include "relay/record.h"
#include "relay/record_get.h"

static int
get_drop(struct record_reader in, uint64_t drops[DROPS])
{
	struct record_drop drop = {0};
	int err = record_get_all(record_drop, in, &drop);

	for (unsigned i = 0; i < DROPS; i++)
		if (strcmp(drop.name, drop_info((enum drop)i)->name) == 0)
			drops[i] = drop.packets;
	return err;
}

/* Of one stream's transport ID, which may stand behind it. */
static int
get_history(struct record_reader r, struct sw_history *h)
{
	unsigned rx = 0, tx = 0;
	struct record_reader in;
	int tag, err = 0;

	while (err == 0 && (tag = record_next(&r, &in)) != 0) {
		if (tag < 0 || (tag == RECORD_RX && rx == SW_SSRCS) ||
			(tag == RECORD_TX && tx == SW_SSRCS))
			err = -EBADMSG;
		else if (tag == RECORD_RX)
			err = record_get_all(record_rx, in, &h->rx[rx++]);
		else if (tag == RECORD_TX)
			err = record_get_all(record_tx, in, &h->tx[tx++]);
		else if (tag == RECORD_DROP)
			err = get_drop(in, h->drops);
		else
			err = record_get(record_history, tag, in, h);
	}
	return err;
}

/* ---- Codecs. ---- */

/* A codec that is not built in here is one of those that can only pass. */
static bool
make_whole(struct request_format *f)
{
	if (f->format.codec != CODEC_NONE && codec_by_id(f->format.codec) == NULL)
		f->format = (struct codec_format){.payload_type = f->format.payload_type,
			.channels = f->format.channels,
			.rate = f->format.rate};
	return f->name[0] != '\0' &&
	       (f->format.codec == CODEC_NONE || codec_format_is_valid(&f->format));
}

/* One more behind the *N that are in LIST. */
static int
get_format(struct record_reader in, struct request_format list[REQUEST_FORMATS], unsigned *n)
{
	struct request_format *f = &list[*n];

	if (*n == REQUEST_FORMATS)
		return -EBADMSG;
	*f = (struct request_format){0}; /* a field left out is 0 */
	if (record_get_all(record_format, in, f) != 0 || !make_whole(f))
		return -EBADMSG;
	for (unsigned i = 0; i < *n; i++)
		if (list[i].format.payload_type == f->format.payload_type)
			return -EBADMSG;
	(*n)++;
	return 0;
}

static int
get_fax(struct record_reader in, struct coding *c)
{
	struct request_fax f = {.gateway = 0};

	if (fax_get(c).gateway || record_get_all(record_fax, in, &f) != 0 || !f.gateway ||
		(f.limits & REQUEST_FAX_MODEMS) == REQUEST_FAX_MODEMS)
		return -EBADMSG;
	fax_set(c, &f);
	return 0;
}

static int
get_coding(struct record_reader r, struct stream *s)
{
	struct coding *c = s->coding == NULL ? call_coding(s) : NULL;
	struct request_format format[REQUEST_FORMATS];
	unsigned formats = 0;
	struct record_reader in;
	int tag, err = 0;

	if (c == NULL)
		return s->coding == NULL ? -ENOMEM : -EBADMSG;
	memset(c, 0, sizeof *c); /* a field left out is 0 */
	while (err == 0 && (tag = record_next(&r, &in)) != 0) {
		if (tag < 0)
			err = tag;
		else if (tag == RECORD_FORMAT)
			err = get_format(in, format, &formats);
		else if (tag == RECORD_FAX)
			err = get_fax(in, c);
		else
			err = record_get(record_coding, tag, in, c);
	}
	if (c->gain_db10 < REQUEST_GAIN_MIN || c->gain_db10 > REQUEST_GAIN_MAX ||
		(c->opus_complexity > CODING_COMPLEXITY_MAX &&
			c->opus_complexity != CODING_COMPLEXITY_ANY))
		return -EBADMSG;
	return err != 0 ? err : coding_set_formats(c, format, formats);
}

static int
get_rules(struct record_reader in, struct call *c)
{
	struct codec_rules rules = {0};
	int err = record_get_all(record_rules, in, &rules);

	return err == 0 ? call_set_rules(c, &rules) : err;
}

/* ---- Streams, legs, the call. ---- */

/* Has S a transport, or none, in every respect? */
static bool
is_placed(const struct stream *s)
{
	if (s->closed)
		return s->id == 0 && s->port == 0 && s->slot == CALL_NO_SLOT;
	return s->id != 0 && s->port != 0 && s->port % 2 == 0 && s->slot < SW_TRANSPORTS_MAX;
}

/* Do the stream's values go together? */
static bool
is_whole(const struct leg *l, const struct stream *s)
{
	return is_placed(s) && (s->dscp <= 63 || s->dscp == CALL_DSCP_BY_MEDIA) &&
	       call_unseal(s)->suite == call_seal(s)->suite &&
	       (!s->e2e || (s->keys == NULL && !call_learns(s->source))) &&
	       (s->remote.family == 0 || s->remote.family == l->local.family) &&
	       (s->rtcp == NULL || s->rtcp->family == s->remote.family);
}

/* Field TAG of S that holds nothing else. */
static int
get_plain(struct stream *s, int tag, struct record_reader in)
{
	bool is_key = tag == record_keys[0].tag || tag == record_keys[1].tag;

	if (!is_key)
		return record_get(record_stream, tag, in, s);
	return call_keys(s) != NULL ? record_get(record_keys, tag, in, s->keys) : -ENOMEM;
}

/* H: NULL, or of the leg's streams. */
static int
get_stream(struct leg *l, struct record_reader r, struct sw_history *h)
{
	struct stream *s;
	struct record_reader in;
	bool moved = false;
	int tag, err = 0;

	if (l->streams == CALL_STREAMS)
		return -EBADMSG;
	if (call_add_streams(l, 1) != 0)
		return -ENOMEM;
	s = &l->stream[l->streams - 1];
	h = h != NULL ? &h[l->streams - 1] : NULL;
	s->slot = s->dscp = 0;
	while (err == 0 && (tag = record_next(&r, &in)) != 0) {
		if (tag < 0 || (tag == RECORD_HISTORY && moved))
			return -EBADMSG;
		moved = moved || tag == RECORD_HISTORY;
		if (tag == RECORD_HISTORY && h != NULL)
			err = get_history(in, h);
		else if (tag == RECORD_CODING)
			err = get_coding(in, s);
		else
			err = get_plain(s, tag, in);
	}
	if (err == 0 && (!is_whole(l, s) || (moved && s->closed)))
		err = -EBADMSG;
	if (err == 0 && moved && h != NULL) {
		h->id = s->id;
		err = sw_check_resume(h, call_unseal(s), call_seal(s)) == 0 ? 0 : -EBADMSG;
	}
	return err;
}

static bool
is_any(const uint8_t sid[REQUEST_SID])
{
	static const uint8_t nobody[REQUEST_SID];

	return memcmp(sid, nobody, sizeof nobody) != 0;
}

static int
get_mesh(struct leg *l, struct record_reader in)
{
	struct request_mesh m = {.used = 1};
	int err = record_get_all(record_mesh, in, &m);

	if (err != 0 || l->mesh != NULL)
		return -EBADMSG;
	m.has_sid = is_any(m.sid);
	m.has_identity = is_any(m.identity);
	return call_mesh_set(l, &m);
}

/* L is all that its record says.  0; -EBADMSG. */
static int
finish_leg(struct leg *l)
{
	const struct stream *s = l->stream;

	if (l->streams == 0 || l->name[0] == '\0' || l->interface[0] == '\0' ||
		(l->local.family == 0) != (l->mesh != NULL))
		return -EBADMSG;
	if (l->mesh != NULL) {
		if (l->streams != 1 || s->closed || s->e2e || s->remote.family != 0 ||
			s->keys != NULL)
			return -EBADMSG;
		l->local.family = SW_AF_MESH;
		call_mesh_settle(l);
	}
	l->family = l->local.family;
	return 0;
}

/* H: NULL, or of the leg's streams. */
static int
fill_leg(struct leg *l, struct record_reader r, struct sw_history *h)
{
	struct record_reader in;
	int tag, err = 0;

	while (err == 0 && (tag = record_next(&r, &in)) != 0) {
		if (tag < 0)
			return tag;
		if (tag == RECORD_STREAM)
			err = get_stream(l, in, h);
		else if (tag == RECORD_MESH)
			err = get_mesh(l, in);
		else
			err = record_get(record_leg, tag, in, l);
	}
	return err == 0 ? finish_leg(l) : err;
}

static int
get_leg(struct call *c, struct record_reader r, struct call_history *h)
{
	struct sw_history *of = h != NULL ? h->of[c->legs % CALL_LEGS] : NULL;

	if (call_add_leg(c, "") != 0)
		return -EBADMSG;
	return fill_leg(&c->leg[c->legs - 1], r, of);
}

static int
get_listener(struct call *c, struct record_reader r)
{
	struct listener *l = call_add_listener(c, "");
	unsigned sources = 0;
	struct record_reader in;
	int tag, err = 0;

	if (l == NULL)
		return errno == ENOSPC ? -EBADMSG : -ENOMEM;
	while (err == 0 && (tag = record_next(&r, &in)) != 0) {
		if (tag < 0 || (tag == RECORD_LEG && l->leg.streams > 0) ||
			(tag == RECORD_OF && sources == CALL_STREAMS))
			err = -EBADMSG;
		else if (tag == RECORD_LEG)
			err = fill_leg(&l->leg, in, NULL);
		else if (tag == RECORD_OF)
			err = record_get_all(record_of, in, &l->of[sources++]);
	}
	if (err != 0)
		return err;
	return l->leg.streams > 0 && sources == l->leg.streams && call_check_listener(c, l)
		       ? 0
		       : -EBADMSG;
}

/* Are all its streams end to end, or none? */
static bool
is_of_one_kind(const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (c->leg[i].stream[j].e2e != call_is_e2e(c))
				return false;
	return true;
}

/* The id stands first: the call is made with it. */
static struct call *
open_with_id(struct record_reader *r)
{
	char id[REQUEST_ID];
	struct record_reader in;

	if (record_next(r, &in) != RECORD_ID || in.left == 0 ||
		record_get_text(record_call, in, id) != 0) {
		errno = EBADMSG;
		return NULL;
	}
	return call_open(id);
}

struct call *
record_decode(const uint8_t *buf, size_t len, struct call_history *h)
{
	struct record_reader r = {buf, len}, in;
	struct call *c;
	int tag, err = 0;

	if (len < sizeof record_head || memcmp(buf, record_head, RECORD_HEAD_VERSION) != 0) {
		errno = EBADMSG;
		return NULL;
	}
	if (buf[RECORD_HEAD_VERSION] != RECORD_VERSION) {
		errno = EPROTO;
		return NULL;
	}
	r.p += sizeof record_head;
	r.left -= sizeof record_head;
	c = open_with_id(&r);
	if (c == NULL)
		return NULL;
	c->created_us = 0; /* a field left out is 0 */
	if (h != NULL)
		memset(h, 0, sizeof *h);
	while (err == 0 && (tag = record_next(&r, &in)) != 0) {
		if (tag < 0)
			err = tag;
		else if (tag == RECORD_LEG)
			err = get_leg(c, in, h);
		else if (tag == RECORD_LISTENER) /* they stay when a call moves */
			err = h == NULL ? get_listener(c, in) : -EBADMSG;
		else if (tag == RECORD_RULES)
			err = get_rules(in, c);
		else
			err = record_get(record_call + 1, tag, in, c);
	}
	if (err == 0 && (c->legs == 0 || !is_of_one_kind(c)))
		err = -EBADMSG;
	if (err != 0)
		goto bad;
	call_apply_rules(c);
	return c;

bad:
	call_close(c);
	errno = -err;
	return NULL;
}

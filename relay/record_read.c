/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of records, which takes any bytes; of record.h.  It walks the tables of
 * record_fields.c. */
#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "control/note.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/fax.h"
#include "relay/record.h"
#include "relay/record_fields.h"

struct reader {
	const uint8_t *p;
	size_t left;
};

/* The next field: its tag, and its bytes in IN.  0: there is none; -EBADMSG. */
static int
next_field(struct reader *r, struct reader *in)
{
	uint8_t tag;
	size_t len;

	if (r->left == 0)
		return 0;
	if (r->left < RECORD_FIELD_HEAD)
		return -EBADMSG;
	tag = r->p[0];
	len = (size_t)r->p[1] | (size_t)r->p[2] << 8;
	if (tag == 0 || len > r->left - RECORD_FIELD_HEAD)
		return -EBADMSG;
	*in = (struct reader){r->p + RECORD_FIELD_HEAD, len};
	r->p += RECORD_FIELD_HEAD + len;
	r->left -= RECORD_FIELD_HEAD + len;
	return tag;
}

static uint64_t
number(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return le64toh(v);
}

static int
get_number(const struct record_field *f, struct reader in, void *member)
{
	uint64_t v;

	if (in.left < 1 || in.left > 8)
		return -EBADMSG;
	v = number(in.p, in.left);
	if (v < f->min || v > f->max)
		return -EBADMSG;
	switch (f->size) {
	case 1:
		*(uint8_t *)member = (uint8_t)v;
		break;
	case 2:
		memcpy(member, &(uint16_t){(uint16_t)v}, 2);
		break;
	case 4:
		memcpy(member, &(uint32_t){(uint32_t)v}, 4);
		break;
	default:
		memcpy(member, &v, 8);
	}
	return 0;
}

/* What JSON cannot say nobody can ask for. */
bool
record_is_text(const void *at, size_t len)
{
	json_t *text = memchr(at, 0, len) == NULL ? json_stringn(at, len) : NULL;

	json_decref(text);
	return text != NULL;
}

static int
get_text(const struct record_field *f, struct reader in, char *member)
{
	if (in.left >= f->size || !record_is_text(in.p, in.left))
		return -EBADMSG;
	memcpy(member, in.p, in.left);
	member[in.left] = '\0';
	return 0;
}

static int
get_note(struct reader in, struct note **note)
{
	if (*note != NULL || in.left < 1 || in.left > NOTE_MAX)
		return -EBADMSG;
	*note = note_open(in.p, in.left);
	return *note != NULL ? 0 : -ENOMEM;
}

static int
get_sid(struct reader in, uint8_t *sid)
{
	if (in.left != REQUEST_SID)
		return -EBADMSG;
	memcpy(sid, in.p, REQUEST_SID);
	return 0;
}

static int
get_addr(struct reader in, struct sw_addr *a)
{
	size_t len;

	if (in.left < 3 || (in.p[0] != 4 && in.p[0] != 6))
		return -EBADMSG;
	len = in.p[0] == 4 ? 4 : 16;
	if (in.left != 3 + len)
		return -EBADMSG;
	memset(a, 0, sizeof *a);
	a->family = in.p[0] == 4 ? AF_INET : AF_INET6;
	a->port = (uint16_t)number(in.p + 1, 2);
	memcpy(a->ip, in.p + 3, len);
	return 0;
}

static int
get_other_addr(struct reader in, struct sw_addr **a)
{
	if (*a != NULL)
		return -EBADMSG;
	*a = malloc(sizeof **a);
	return *a != NULL ? get_addr(in, *a) : -ENOMEM;
}

static int
get_key(struct reader in, struct sw_key *k)
{
	const struct sw_suite_info *suite = in.left >= 2 ? sw_suite_info(in.p[0]) : NULL;
	const uint8_t *p = in.p;

	if (suite == NULL || p[0] == SW_SUITE_PLAIN || p[1] > SW_MKI_MAX ||
		in.left != 2u + p[1] + suite->key_len + suite->salt_len)
		return -EBADMSG;
	memset(k, 0, sizeof *k);
	k->suite = p[0];
	k->mki_len = p[1];
	memcpy(k->mki, p + 2, k->mki_len);
	memcpy(k->key, p + 2 + k->mki_len, suite->key_len);
	memcpy(k->salt, p + 2 + k->mki_len + suite->key_len, suite->salt_len);
	return 0;
}

/* Read the field with TAG, if FIELDS have it.  0 or -EBADMSG. */
static int
get_field(const struct record_field *f, int tag, struct reader in, void *of)
{
	for (; f->kind != RECORD_END; f++) {
		void *member = (char *)of + f->at;

		if (f->tag != tag)
			continue;
		switch ((enum record_kind)f->kind) {
		case RECORD_NUMBER:
			return get_number(f, in, member);
		case RECORD_TEXT:
			return get_text(f, in, member);
		case RECORD_ADDR:
			return get_addr(in, member);
		case RECORD_OTHER_ADDR:
			return get_other_addr(in, member);
		case RECORD_KEY:
			return get_key(in, member);
		case RECORD_NOTE:
			return get_note(in, member);
		case RECORD_SID:
			return get_sid(in, member);
		default:
			return 0;
		}
	}
	return 0;
}

/* All fields of a group that holds no groups. */
static int
get_fields(const struct record_field *fields, struct reader r, void *of)
{
	struct reader in;
	int tag, err = 0;

	while (err == 0 && (tag = next_field(&r, &in)) != 0)
		err = tag < 0 ? tag : get_field(fields, tag, in, of);
	return err;
}

static int
get_drop(struct reader in, uint64_t drops[DROPS])
{
	struct record_drop drop = {0};
	int err = get_fields(record_drop, in, &drop);

	for (unsigned i = 0; i < DROPS; i++)
		if (strcmp(drop.name, drop_info((enum drop)i)->name) == 0)
			drops[i] = drop.packets;
	return err;
}

/* Of one stream's transport ID, which may stand behind it. */
static int
get_history(struct reader r, struct sw_history *h)
{
	unsigned rx = 0, tx = 0;
	struct reader in;
	int tag, err = 0;

	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0 || (tag == RECORD_RX && rx == SW_SSRCS) ||
			(tag == RECORD_TX && tx == SW_SSRCS))
			err = -EBADMSG;
		else if (tag == RECORD_RX)
			err = get_fields(record_rx, in, &h->rx[rx++]);
		else if (tag == RECORD_TX)
			err = get_fields(record_tx, in, &h->tx[tx++]);
		else if (tag == RECORD_DROP)
			err = get_drop(in, h->drops);
		else
			err = get_field(record_history, tag, in, h);
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
get_format(struct reader in, struct request_format list[REQUEST_FORMATS], unsigned *n)
{
	struct request_format *f = &list[*n];

	if (*n == REQUEST_FORMATS)
		return -EBADMSG;
	*f = (struct request_format){0}; /* a field left out is 0 */
	if (get_fields(record_format, in, f) != 0 || !make_whole(f))
		return -EBADMSG;
	for (unsigned i = 0; i < *n; i++)
		if (list[i].format.payload_type == f->format.payload_type)
			return -EBADMSG;
	(*n)++;
	return 0;
}

static int
get_fax(struct reader in, struct coding *c)
{
	struct request_fax f = {.gateway = 0};

	if (fax_get(c).gateway || get_fields(record_fax, in, &f) != 0 || !f.gateway ||
		(f.limits & REQUEST_FAX_MODEMS) == REQUEST_FAX_MODEMS)
		return -EBADMSG;
	fax_set(c, &f);
	return 0;
}

static int
get_coding(struct reader r, struct stream *s)
{
	struct coding *c = s->coding == NULL ? call_coding(s) : NULL;
	struct request_format format[REQUEST_FORMATS];
	unsigned formats = 0;
	struct reader in;
	int tag, err = 0;

	if (c == NULL)
		return s->coding == NULL ? -ENOMEM : -EBADMSG;
	memset(c, 0, sizeof *c); /* a field left out is 0 */
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0)
			err = tag;
		else if (tag == RECORD_FORMAT)
			err = get_format(in, format, &formats);
		else if (tag == RECORD_FAX)
			err = get_fax(in, c);
		else
			err = get_field(record_coding, tag, in, c);
	}
	if (c->gain_db10 < REQUEST_GAIN_MIN || c->gain_db10 > REQUEST_GAIN_MAX ||
		(c->opus_complexity > CODING_COMPLEXITY_MAX &&
			c->opus_complexity != CODING_COMPLEXITY_ANY))
		return -EBADMSG;
	return err != 0 ? err : coding_set_formats(c, format, formats);
}

static int
get_rules(struct reader in, struct call *c)
{
	struct codec_rules rules = {0};
	int err = get_fields(record_rules, in, &rules);

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
get_plain(struct stream *s, int tag, struct reader in)
{
	bool is_key = tag == record_keys[0].tag || tag == record_keys[1].tag;

	if (!is_key)
		return get_field(record_stream, tag, in, s);
	return call_keys(s) != NULL ? get_field(record_keys, tag, in, s->keys) : -ENOMEM;
}

/* H: NULL, or of the leg's streams. */
static int
get_stream(struct leg *l, struct reader r, struct sw_history *h)
{
	struct stream *s;
	struct reader in;
	bool moved = false;
	int tag, err = 0;

	if (l->streams == CALL_STREAMS)
		return -EBADMSG;
	if (call_add_streams(l, 1) != 0)
		return -ENOMEM;
	s = &l->stream[l->streams - 1];
	h = h != NULL ? &h[l->streams - 1] : NULL;
	s->slot = s->dscp = 0;
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
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
get_mesh(struct leg *l, struct reader in)
{
	struct request_mesh m = {.used = 1};
	int err = get_fields(record_mesh, in, &m);

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
fill_leg(struct leg *l, struct reader r, struct sw_history *h)
{
	struct reader in;
	int tag, err = 0;

	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0)
			return tag;
		if (tag == RECORD_STREAM)
			err = get_stream(l, in, h);
		else if (tag == RECORD_MESH)
			err = get_mesh(l, in);
		else
			err = get_field(record_leg, tag, in, l);
	}
	return err == 0 ? finish_leg(l) : err;
}

static int
get_leg(struct call *c, struct reader r, struct call_history *h)
{
	struct sw_history *of = h != NULL ? h->of[c->legs % CALL_LEGS] : NULL;

	if (call_add_leg(c, "") != 0)
		return -EBADMSG;
	return fill_leg(&c->leg[c->legs - 1], r, of);
}

static int
get_listener(struct call *c, struct reader r)
{
	struct listener *l = call_add_listener(c, "");
	unsigned sources = 0;
	struct reader in;
	int tag, err = 0;

	if (l == NULL)
		return errno == ENOSPC ? -EBADMSG : -ENOMEM;
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0 || (tag == RECORD_LEG && l->leg.streams > 0) ||
			(tag == RECORD_OF && sources == CALL_STREAMS))
			err = -EBADMSG;
		else if (tag == RECORD_LEG)
			err = fill_leg(&l->leg, in, NULL);
		else if (tag == RECORD_OF)
			err = get_fields(record_of, in, &l->of[sources++]);
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
open_with_id(struct reader *r)
{
	char id[REQUEST_ID];
	struct reader in;

	if (next_field(r, &in) != RECORD_ID || in.left == 0 ||
		get_text(record_call, in, id) != 0) {
		errno = EBADMSG;
		return NULL;
	}
	return call_open(id);
}

struct call *
record_decode(const uint8_t *buf, size_t len, struct call_history *h)
{
	struct reader r = {buf, len}, in;
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
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0)
			err = tag;
		else if (tag == RECORD_LEG)
			err = get_leg(c, in, h);
		else if (tag == RECORD_LISTENER) /* they stay when a call moves */
			err = h == NULL ? get_listener(c, in) : -EBADMSG;
		else if (tag == RECORD_RULES)
			err = get_rules(in, c);
		else
			err = get_field(record_call + 1, tag, in, c);
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

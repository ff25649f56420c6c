/* SPDX-License-Identifier: Apache-2.0
 *
 * One writer and one reader, which walk the tables of record_fields.c. */
#include "relay/record.h"

#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "relay/record_fields.h"

static const uint8_t head[8] = {'S', 'W', 'C', 'R', RECORD_VERSION, 0, 0, 0};
enum { HEAD_VERSION = 4, FIELD_HEAD = 3 };

/* ---- Writing. ---- */

struct writer {
	uint8_t *buf;
	size_t len, size;
	bool full;
};

static void
put(struct writer *w, const void *bytes, size_t n)
{
	if (w->full || n > w->size - w->len) {
		w->full = true;
		return;
	}
	memcpy(w->buf + w->len, bytes, n);
	w->len += n;
}

static void
put_number(struct writer *w, uint64_t v, size_t n)
{
	v = htole64(v);
	put(w, &v, n);
}

/* Open a field of a length yet unknown; close_field() gets what this returned. */
static size_t
open_field(struct writer *w, uint8_t tag)
{
	size_t at = w->len;

	put_number(w, tag, 1);
	put_number(w, 0, 2);
	return at;
}

static void
close_field(struct writer *w, size_t at)
{
	size_t n = w->len - at - FIELD_HEAD;
	uint16_t len = htole16((uint16_t)n);

	if (n > UINT16_MAX)
		w->full = true;
	if (!w->full)
		memcpy(w->buf + at + 1, &len, sizeof len);
}

static uint64_t
load(const void *member, size_t size)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (size) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		memcpy(&v16, member, size);
		return v16;
	case 4:
		memcpy(&v32, member, size);
		return v32;
	default:
		memcpy(&v64, member, sizeof v64);
		return v64;
	}
}

static void
put_addr(struct writer *w, const struct sw_addr *a)
{
	put_number(w, a->family == AF_INET ? 4 : 6, 1);
	put_number(w, a->port, 2);
	put(w, a->ip, a->family == AF_INET ? 4 : 16);
}

static void
put_key(struct writer *w, const struct sw_key *k)
{
	const struct sw_suite_info *suite = sw_suite_info(k->suite);

	put_number(w, k->suite, 1);
	put_number(w, k->mki_len, 1);
	put(w, k->mki, k->mki_len);
	put(w, k->key, suite->key_len);
	put(w, k->salt, suite->salt_len);
}

static bool
is_empty(const struct record_field *f, const void *member)
{
	switch ((enum record_kind)f->kind) {
	case RECORD_NUMBER:
		return load(member, f->size) == 0;
	case RECORD_TEXT:
		return *(const char *)member == '\0';
	case RECORD_ADDR:
		return ((const struct sw_addr *)member)->family == 0;
	case RECORD_KEY:
		return ((const struct sw_key *)member)->suite == SW_SUITE_PLAIN;
	default:
		return true; /* groups are written by themselves */
	}
}

static void
put_fields(struct writer *w, const struct record_field *f, const void *of)
{
	for (; f->kind != RECORD_END; f++) {
		const void *member = (const char *)of + f->at;
		size_t at;

		if (is_empty(f, member))
			continue;
		at = open_field(w, f->tag);
		if (f->kind == RECORD_NUMBER)
			put_number(w, load(member, f->size), f->size);
		else if (f->kind == RECORD_TEXT)
			put(w, member, strlen(member));
		else if (f->kind == RECORD_ADDR)
			put_addr(w, member);
		else
			put_key(w, member);
		close_field(w, at);
	}
}

static void
put_group(struct writer *w, uint8_t tag, const struct record_field *fields, const void *of)
{
	size_t at = open_field(w, tag);

	put_fields(w, fields, of);
	close_field(w, at);
}

static void
put_history(struct writer *w, const struct sw_history *h)
{
	size_t at = open_field(w, RECORD_HISTORY);

	put_fields(w, record_history, h);
	for (unsigned i = 0; i < SW_SSRCS; i++)
		if (h->rx[i].state != 0)
			put_group(w, RECORD_RX, record_rx, &h->rx[i]);
	for (unsigned i = 0; i < SW_SSRCS; i++)
		if (h->tx[i].state != 0)
			put_group(w, RECORD_TX, record_tx, &h->tx[i]);
	for (unsigned i = 0; i < DROPS; i++) {
		struct record_drop drop = {.packets = h->drops[i]};

		snprintf(drop.name, sizeof drop.name, "%s", drop_info((enum drop)i)->name);
		if (drop.packets != 0)
			put_group(w, RECORD_DROP, record_drop, &drop);
	}
	close_field(w, at);
}

/* H: NULL, or of the leg's streams. */
static void
put_leg(struct writer *w, const struct leg *l, const struct sw_history *h)
{
	size_t leg = open_field(w, RECORD_LEG);

	put_fields(w, record_leg, l);
	for (unsigned i = 0; i < l->streams; i++) {
		size_t stream = open_field(w, RECORD_STREAM);

		put_fields(w, record_stream, &l->stream[i]);
		if (h != NULL && h[i].id != 0)
			put_history(w, &h[i]);
		close_field(w, stream);
	}
	close_field(w, leg);
}

ssize_t
record_encode(const struct call *c, const struct call_history *h, uint8_t *buf, size_t size)
{
	struct writer w = {.buf = buf, .size = size};
	size_t id;

	put(&w, head, sizeof head);
	id = open_field(&w, RECORD_ID);
	put(&w, c->id, strlen(c->id));
	close_field(&w, id);
	put_fields(&w, record_call + 1, c); /* but for the id, which lies behind the struct */
	for (unsigned i = 0; i < c->legs; i++)
		put_leg(&w, &c->leg[i], h != NULL ? h->of[i] : NULL);
	return w.full ? -ENOSPC : (ssize_t)w.len;
}

/* ---- Reading. ---- */

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
	if (r->left < FIELD_HEAD)
		return -EBADMSG;
	tag = r->p[0];
	len = (size_t)r->p[1] | (size_t)r->p[2] << 8;
	if (tag == 0 || len > r->left - FIELD_HEAD)
		return -EBADMSG;
	*in = (struct reader){r->p + FIELD_HEAD, len};
	r->p += FIELD_HEAD + len;
	r->left -= FIELD_HEAD + len;
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
static bool
is_utf8(struct reader in)
{
	json_t *text = json_stringn((const char *)in.p, in.left);

	json_decref(text);
	return text != NULL;
}

static int
get_text(const struct record_field *f, struct reader in, char *member)
{
	if (in.left >= f->size || memchr(in.p, 0, in.left) != NULL || !is_utf8(in))
		return -EBADMSG;
	memcpy(member, in.p, in.left);
	member[in.left] = '\0';
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
		case RECORD_KEY:
			return get_key(in, member);
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

/* Do the stream's values go together? */
static bool
is_whole(const struct leg *l, const struct stream *s)
{
	return s->id != 0 && s->port != 0 && s->port % 2 == 0 &&
	       (s->dscp <= 63 || s->dscp == CALL_DSCP_BY_MEDIA) &&
	       s->unseal.suite == s->seal.suite &&
	       (!s->e2e || (s->seal.suite == SW_SUITE_PLAIN && s->source != REQUEST_LATCH)) &&
	       (s->remote.family == 0 || s->remote.family == l->local.family);
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
		else
			err = get_field(record_stream, tag, in, s);
	}
	if (err == 0 && !is_whole(l, s))
		err = -EBADMSG;
	if (err == 0 && moved && h != NULL) {
		h->id = s->id;
		err = sw_check_resume(h, &s->unseal, &s->seal) == 0 ? 0 : -EBADMSG;
	}
	return err;
}

static int
get_leg(struct call *c, struct reader r, struct call_history *h)
{
	struct sw_history *of = h != NULL ? h->of[c->legs % CALL_LEGS] : NULL;
	struct leg *l;
	struct reader in;
	int tag, err = 0;

	if (call_add_leg(c, "") != 0)
		return -EBADMSG;
	l = &c->leg[c->legs - 1];
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0)
			return tag;
		err = tag == RECORD_STREAM ? get_stream(l, in, of)
					   : get_field(record_leg, tag, in, l);
	}
	if (err == 0 && (l->local.family == 0 || l->streams == 0 || l->name[0] == '\0' ||
				l->interface[0] == '\0'))
		err = -EBADMSG;
	l->family = l->local.family;
	return err;
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

	if (len < sizeof head || memcmp(buf, head, HEAD_VERSION) != 0) {
		errno = EBADMSG;
		return NULL;
	}
	if (buf[HEAD_VERSION] != RECORD_VERSION) {
		errno = EPROTO;
		return NULL;
	}
	r.p += sizeof head;
	r.left -= sizeof head;
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
		else
			err = get_field(record_call + 1, tag, in, c);
	}
	if (err == 0 && (c->legs == 0 || !is_of_one_kind(c)))
		err = -EBADMSG;
	if (err != 0)
		goto bad;
	return c;

bad:
	call_close(c);
	errno = -err;
	return NULL;
}

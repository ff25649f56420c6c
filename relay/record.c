/* SPDX-License-Identifier: Apache-2.0
 *
 * The record's tables, and one reader and one writer that walk them. */
#include "relay/record.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum kind {
	END,
	NUMBER, /* unsigned, 1, 2, 4 or 8 bytes wide in the struct */
	TEXT,   /* char array; without its NUL in the record */
	ADDR,   /* struct sw_addr: family (4, 6), port, 4 or 16 bytes */
	KEY,    /* struct sw_key: suite, length of the MKI, MKI, key, salt */
};

/* A field of a struct.  min, max: of a number. */
struct field {
	uint8_t tag;
	uint8_t kind; /* enum kind */
	uint16_t at, size;
	uint64_t min, max;
};

#define FIELD(tag, kind, type, member, min, max)                        \
	{                                                               \
		tag, kind, offsetof(struct type, member),               \
			sizeof(((struct type *)NULL)->member), min, max \
	}

enum { TAG_ID = 1, TAG_CREATED, TAG_LEG };

static const struct field call_fields[] = {
	FIELD(TAG_CREATED, NUMBER, call, created_us, 0, INT64_MAX),
	{0, END, 0, 0, 0, 0},
};

enum { TAG_STREAM = 16 };

static const struct field leg_fields[] = {
	FIELD(1, TEXT, leg, name, 0, 0),
	FIELD(2, TEXT, leg, interface, 0, 0),
	FIELD(3, ADDR, leg, local, 0, 0),
	{0, END, 0, 0, 0, 0},
};

/* Tags 18 and up are free. */
static const struct field stream_fields[] = {
	FIELD(1, NUMBER, stream, media, 0, REQUEST_MEDIA - 1),
	FIELD(2, NUMBER, stream, direction, 0, REQUEST_DIRECTIONS - 1),
	FIELD(3, NUMBER, stream, source, 0, REQUEST_SOURCES - 1),
	FIELD(4, NUMBER, stream, mux, 0, 1),
	FIELD(5, NUMBER, stream, dscp, 0, CALL_DSCP_BY_MEDIA),
	FIELD(6, NUMBER, stream, key_known, 0, 1),
	FIELD(7, NUMBER, stream, rtcp_port, 0, UINT16_MAX),
	FIELD(8, NUMBER, stream, latch_ms, 1, REQUEST_LATCH_MAX),
	FIELD(9, NUMBER, stream, clock_hz, 0, REQUEST_CLOCK_MAX),
	FIELD(10, ADDR, stream, remote, 0, 0),
	FIELD(11, KEY, stream, unseal, 0, 0),
	FIELD(12, KEY, stream, seal, 0, 0),
	FIELD(13, NUMBER, stream, id, 1, UINT64_MAX),
	FIELD(14, NUMBER, stream, slot, 0, SW_TRANSPORTS_MAX - 1),
	FIELD(15, NUMBER, stream, relatch, 0, UINT32_MAX),
	FIELD(17, NUMBER, stream, port, 2, UINT16_MAX - 1),
	{0, END, 0, 0, 0, 0},
};

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
	uint16_t len = htole16((uint16_t)(w->len - at - FIELD_HEAD));

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
is_empty(const struct field *f, const void *member)
{
	switch ((enum kind)f->kind) {
	case NUMBER:
		return load(member, f->size) == 0;
	case TEXT:
		return *(const char *)member == '\0';
	case ADDR:
		return ((const struct sw_addr *)member)->family == 0;
	case KEY:
		return ((const struct sw_key *)member)->suite == SW_SUITE_PLAIN;
	default:
		return true;
	}
}

static void
put_fields(struct writer *w, const struct field *f, const void *of)
{
	for (; f->kind != END; f++) {
		const void *member = (const char *)of + f->at;
		size_t at;

		if (is_empty(f, member))
			continue;
		at = open_field(w, f->tag);
		if (f->kind == NUMBER)
			put_number(w, load(member, f->size), f->size);
		else if (f->kind == TEXT)
			put(w, member, strlen(member));
		else if (f->kind == ADDR)
			put_addr(w, member);
		else
			put_key(w, member);
		close_field(w, at);
	}
}

ssize_t
record_encode(const struct call *c, uint8_t *buf, size_t size)
{
	struct writer w = {.buf = buf, .size = size};
	size_t id, leg, stream;

	put(&w, head, sizeof head);
	id = open_field(&w, TAG_ID);
	put(&w, c->id, strlen(c->id));
	close_field(&w, id);
	put_fields(&w, call_fields, c);
	for (unsigned i = 0; i < c->legs; i++) {
		leg = open_field(&w, TAG_LEG);
		put_fields(&w, leg_fields, &c->leg[i]);
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			stream = open_field(&w, TAG_STREAM);
			put_fields(&w, stream_fields, &c->leg[i].stream[j]);
			close_field(&w, stream);
		}
		close_field(&w, leg);
	}
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
get_number(const struct field *f, struct reader in, void *member)
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

static int
get_text(const struct field *f, struct reader in, char *member)
{
	if (in.left >= f->size || memchr(in.p, 0, in.left) != NULL)
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
get_field(const struct field *f, int tag, struct reader in, void *of)
{
	for (; f->kind != END; f++) {
		void *member = (char *)of + f->at;

		if (f->tag != tag)
			continue;
		if (f->kind == NUMBER)
			return get_number(f, in, member);
		if (f->kind == TEXT)
			return get_text(f, in, member);
		if (f->kind == ADDR)
			return get_addr(in, member);
		return get_key(in, member);
	}
	return 0;
}

static int
get_stream(struct leg *l, struct reader r)
{
	struct stream *s;
	struct reader in;
	int tag;

	if (l->streams == CALL_STREAMS)
		return -EBADMSG;
	if (call_add_streams(l, 1) != 0)
		return -ENOMEM;
	s = &l->stream[l->streams - 1];
	s->slot = s->dscp = 0;
	while ((tag = next_field(&r, &in)) > 0)
		if (get_field(stream_fields, tag, in, s) != 0)
			return -EBADMSG;
	if (tag < 0 || s->id == 0 || s->port == 0 || s->port % 2 != 0 ||
		(s->dscp > 63 && s->dscp != CALL_DSCP_BY_MEDIA) ||
		s->unseal.suite != s->seal.suite ||
		(s->remote.family != 0 && s->remote.family != l->local.family))
		return -EBADMSG;
	return 0;
}

static int
get_leg(struct call *c, struct reader r)
{
	struct leg *l;
	struct reader in;
	int tag, err = 0;

	if (call_add_leg(c, "") != 0)
		return -EBADMSG;
	l = &c->leg[c->legs - 1];
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0)
			return tag;
		err = tag == TAG_STREAM ? get_stream(l, in)
					: get_field(leg_fields, tag, in, l);
	}
	if (err == 0 && (l->local.family == 0 || l->streams == 0 || l->name[0] == '\0' ||
				l->interface[0] == '\0'))
		err = -EBADMSG;
	l->family = l->local.family;
	return err;
}

/* The id stands first: the call is made with it. */
static struct call *
open_with_id(struct reader *r)
{
	char id[REQUEST_ID];
	struct reader in;
	const struct field f = {TAG_ID, TEXT, 0, sizeof id, 0, 0};

	if (next_field(r, &in) != TAG_ID || in.left == 0 || get_text(&f, in, id) != 0) {
		errno = EBADMSG;
		return NULL;
	}
	return call_open(id);
}

struct call *
record_decode(const uint8_t *buf, size_t len)
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
	while (err == 0 && (tag = next_field(&r, &in)) != 0) {
		if (tag < 0)
			err = tag;
		else if (tag == TAG_LEG)
			err = get_leg(c, in);
		else
			err = get_field(call_fields, tag, in, c);
	}
	if (err == 0 && c->legs == 0)
		err = -EBADMSG;
	if (err != 0)
		goto bad;
	return c;

bad:
	call_close(c);
	errno = -err;
	return NULL;
}

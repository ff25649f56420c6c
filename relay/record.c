/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer, which walks the tables of record_fields.c; the reader: record_read.c. */
#include "relay/record.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "control/note.h"
#include "relay/coding.h"
#include "relay/fax.h"
#include "relay/record_fields.h"

const uint8_t record_head[RECORD_HEAD] = {'S', 'W', 'C', 'R', RECORD_VERSION, 0, 0, 0};

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

/* Open a field of LEN bytes; close_field() gets what this returned, if they are not known
 * yet.  Byte by byte: a head that is made elsewhere and then copied is waited for. */
static size_t
open_field(struct writer *w, uint8_t tag, uint8_t len)
{
	size_t at = w->len;

	if (w->full || w->size - at < RECORD_FIELD_HEAD) {
		w->full = true;
		return at;
	}
	w->buf[at] = tag;
	w->buf[at + 1] = len;
	w->buf[at + 2] = 0;
	w->len = at + RECORD_FIELD_HEAD;
	return at;
}

static void
close_field(struct writer *w, size_t at)
{
	size_t n = w->len - at - RECORD_FIELD_HEAD;
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

static void
put_note(struct writer *w, const struct note *n)
{
	put(w, n->bytes, n->len);
}

static bool
is_empty(const struct record_field *f, const void *member)
{
	static const uint8_t nobody[REQUEST_SID];

	switch ((enum record_kind)f->kind) {
	case RECORD_TEXT:
		return *(const char *)member == '\0';
	case RECORD_ADDR:
		return ((const struct sw_addr *)member)->family == 0 ||
		       ((const struct sw_addr *)member)->family == SW_AF_MESH;
	case RECORD_OTHER_ADDR:
		return *(struct sw_addr *const *)member == NULL;
	case RECORD_KEY:
		return ((const struct sw_key *)member)->suite == SW_SUITE_PLAIN;
	case RECORD_NOTE:
		return *(struct note *const *)member == NULL;
	case RECORD_SID:
		return memcmp(member, nobody, sizeof nobody) == 0;
	default:
		return true; /* groups and numbers are written by themselves */
	}
}

/* Most fields are numbers, and most of those are 0. */
static void
put_number_field(struct writer *w, uint8_t tag, uint64_t v, uint8_t size)
{
	uint8_t *end;

	if (v == 0)
		return;
	open_field(w, tag, size);
	if (w->full || w->size - w->len < sizeof v) {
		put_number(w, v, size);
		return;
	}
	end = w->buf + w->len;
	v = htole64(v);
	memcpy(end, &v, sizeof v); /* the next field goes over its end */
	w->len += size;
}

static void
put_fields(struct writer *w, const struct record_field *f, const void *of)
{
	for (; f->kind != RECORD_END; f++) {
		const void *member = (const char *)of + f->at;
		size_t at;

		if (f->kind == RECORD_NUMBER) {
			put_number_field(w, f->tag, load(member, f->size), (uint8_t)f->size);
			continue;
		}
		if (is_empty(f, member))
			continue;
		at = open_field(w, f->tag, 0);
		if (f->kind == RECORD_TEXT)
			put(w, member, strlen(member));
		else if (f->kind == RECORD_SID)
			put(w, member, f->size);
		else if (f->kind == RECORD_ADDR)
			put_addr(w, member);
		else if (f->kind == RECORD_OTHER_ADDR)
			put_addr(w, *(struct sw_addr *const *)member);
		else if (f->kind == RECORD_KEY)
			put_key(w, member);
		else
			put_note(w, *(struct note *const *)member);
		close_field(w, at);
	}
}

static void
put_group(struct writer *w, uint8_t tag, const struct record_field *fields, const void *of)
{
	size_t at = open_field(w, tag, 0);

	put_fields(w, fields, of);
	close_field(w, at);
}

static void
put_history(struct writer *w, const struct sw_history *h)
{
	size_t at = open_field(w, RECORD_HISTORY, 0);

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

static void
put_coding(struct writer *w, const struct coding *c)
{
	size_t at = open_field(w, RECORD_CODING, 0);
	struct request_fax fax = fax_get(c);

	put_fields(w, record_coding, c);
	for (unsigned i = 0; i < c->formats; i++)
		put_group(w, RECORD_FORMAT, record_format, &c->format[i]);
	if (fax.gateway)
		put_group(w, RECORD_FAX, record_fax, &fax);
	close_field(w, at);
}

/* H: NULL, or of the leg's streams. */
static void
put_leg(struct writer *w, const struct leg *l, const struct sw_history *h)
{
	size_t leg = open_field(w, RECORD_LEG, 0);

	put_fields(w, record_leg, l);
	if (l->mesh != NULL)
		put_group(w, RECORD_MESH, record_mesh, l->mesh);
	for (unsigned i = 0; i < l->streams; i++) {
		size_t stream = open_field(w, RECORD_STREAM, 0);

		put_fields(w, record_stream, &l->stream[i]);
		if (l->stream[i].keys != NULL)
			put_fields(w, record_keys, l->stream[i].keys);
		if (l->stream[i].coding != NULL)
			put_coding(w, l->stream[i].coding);
		if (h != NULL && h[i].id != 0)
			put_history(w, &h[i]);
		close_field(w, stream);
	}
	close_field(w, leg);
}

static void
put_listener(struct writer *w, const struct listener *l)
{
	size_t at = open_field(w, RECORD_LISTENER, 0);

	put_leg(w, &l->leg, NULL);
	for (unsigned i = 0; i < l->leg.streams; i++)
		put_group(w, RECORD_OF, record_of, &l->of[i]);
	close_field(w, at);
}

ssize_t
record_encode(const struct call *c, const struct call_history *h, uint8_t *buf, size_t size)
{
	struct writer w = {.buf = buf, .size = size};
	size_t id;

	put(&w, record_head, sizeof record_head);
	id = open_field(&w, RECORD_ID, 0);
	put(&w, c->id, strlen(c->id));
	close_field(&w, id);
	put_fields(&w, record_call + 1, c); /* but for the id, which lies behind the struct */
	if (c->rules != NULL)
		put_group(&w, RECORD_RULES, record_rules, c->rules);
	for (unsigned i = 0; i < c->legs; i++)
		put_leg(&w, &c->leg[i], h != NULL ? h->of[i] : NULL);
	for (unsigned i = 0; h == NULL && i < c->listeners; i++)
		put_listener(&w, &c->listener[i]);
	return w.full ? -ENOSPC : (ssize_t)w.len;
}

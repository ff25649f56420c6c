/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls, made, copied, looked at; see call.h.  What requests change in them: call_apply.c. */
#include "relay/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/note.h"
#include "control/slice.h"
#include "dataplane/secret.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"

/* RFC 8837 section 5 for audio and video of interactive calls; others: best effort. */
static const struct {
	uint8_t dscp;
	uint32_t clock_hz;
} by_media[REQUEST_MEDIA] = {
	[REQUEST_AUDIO] = {46, 8000},
	[REQUEST_VIDEO] = {34, 90000},
	[REQUEST_APPLICATION] = {0, 0},
	[REQUEST_IMAGE] = {0, 0},
};

uint8_t
call_dscp(const struct stream *s)
{
	return s->dscp != CALL_DSCP_BY_MEDIA ? s->dscp : by_media[s->media].dscp;
}

uint32_t
call_clock_hz(const struct stream *s)
{
	if (s->clock_hz != 0)
		return s->clock_hz;
	for (unsigned i = 0; s->coding != NULL && i < s->coding->formats; i++) {
		const struct request_format *f = &s->coding->format[i];

		if (codec_is_speech(f) && codec_clock(&f->format) != 0)
			return codec_clock(&f->format);
	}
	return by_media[s->media].clock_hz;
}

struct sw_addr
call_remote_rtcp(const struct stream *s)
{
	struct sw_addr a = s->remote;

	if (a.family != 0 && !s->mux)
		a.port = s->rtcp_port != 0 ? s->rtcp_port : (uint16_t)(a.port + 1);
	return a;
}

/* ---- Made and unmade. ---- */

struct call *
call_open(const char *id)
{
	size_t len = strlen(id) + 1;
	struct call *c = calloc(1, sizeof *c + len);
	struct timespec now;

	if (c == NULL)
		return NULL;
	clock_gettime(CLOCK_REALTIME, &now);
	c->created_us = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
	c->record = CALL_NO_RECORD;
	memcpy(c->id, id, len);
	return c;
}

static void
free_streams(struct leg *l)
{
	for (unsigned i = 0; i < l->streams; i++)
		coding_close(l->stream[i].coding);
	secret_free(l->stream, l->streams * sizeof *l->stream);
}

void
call_close(struct call *c)
{
	if (c == NULL)
		return;
	call_unwatch(c);
	for (unsigned i = 0; i < c->legs; i++) {
		free_streams(&c->leg[i]);
		free(c->leg[i].mesh);
	}
	free(c->rules);
	note_put(c->note);
	free(c);
}

void
call_unwatch(struct call *c)
{
	struct call_timer *t = &c->timer;

	if (t->link == NULL)
		return;
	*t->link = t->next;
	if (t->next != NULL)
		t->next->timer.link = t->link;
	t->link = NULL;
}

/* The streams of FROM, which L is a copy of but for them.  0; -ENOMEM, and L has none. */
static int
copy_streams(struct leg *l, const struct leg *from)
{
	l->streams = 0;
	l->stream = secret_alloc(from->streams * sizeof *l->stream);
	if (l->stream == NULL)
		return -ENOMEM;
	for (; l->streams < from->streams; l->streams++) {
		struct stream *s = &l->stream[l->streams];

		*s = from->stream[l->streams];
		if (s->coding != NULL && (s->coding = coding_copy(s->coding)) == NULL)
			goto no_coding;
	}
	return 0;

no_coding:
	for (unsigned i = 0; i < l->streams; i++)
		coding_close(l->stream[i].coding);
	secret_free(l->stream, from->streams * sizeof *l->stream);
	l->streams = 0;
	l->stream = NULL;
	return -ENOMEM;
}

/* L, all zero, becomes a copy of FROM.  0; -ENOMEM, and it owns nothing. */
static int
copy_leg(struct leg *l, const struct leg *from)
{
	*l = *from;
	l->mesh = NULL;
	if (copy_streams(l, from) != 0)
		return -ENOMEM;
	if (from->mesh == NULL || call_mesh_set(l, from->mesh) == 0)
		return 0;
	free_streams(l);
	l->streams = 0;
	l->stream = NULL;
	return -ENOMEM;
}

int
call_set_rules(struct call *c, const struct codec_rules *rules)
{
	if (c->rules == NULL && (c->rules = malloc(sizeof *c->rules)) == NULL)
		return -ENOMEM;
	*c->rules = *rules;
	return 0;
}

void
call_set_note(struct call *c, const struct note *note)
{
	struct note *mine = note_get(note);

	note_put(c->note);
	c->note = mine;
}

struct call *
call_copy(const struct call *c)
{
	struct call *copy = call_open(c->id);

	if (copy == NULL)
		return NULL;
	if (c->rules != NULL && call_set_rules(copy, c->rules) != 0)
		goto no_memory;
	call_set_note(copy, c->note);
	copy->created_us = c->created_us;
	copy->exported = c->exported;
	memcpy(copy->timeout_ms, c->timeout_ms, sizeof copy->timeout_ms);
	for (unsigned i = 0; i < c->legs; i++) {
		if (copy_leg(&copy->leg[i], &c->leg[i]) != 0)
			goto no_memory;
		copy->legs++;
	}
	return copy;

no_memory:
	call_close(copy);
	return NULL;
}

void
call_swap(struct call *a, struct call *b)
{
	struct leg leg[CALL_LEGS];
	struct codec_rules *rules = a->rules;
	struct note *note = a->note;
	uint32_t timeout_ms[TIMEOUTS];
	unsigned legs = a->legs;

	a->rules = b->rules;
	b->rules = rules;
	a->note = b->note;
	b->note = note;
	memcpy(leg, a->leg, sizeof leg);
	memcpy(a->leg, b->leg, sizeof leg);
	memcpy(b->leg, leg, sizeof leg);
	a->legs = b->legs;
	b->legs = legs;
	memcpy(timeout_ms, a->timeout_ms, sizeof timeout_ms);
	memcpy(a->timeout_ms, b->timeout_ms, sizeof timeout_ms);
	memcpy(b->timeout_ms, timeout_ms, sizeof timeout_ms);
}

int
call_add_streams(struct leg *l, unsigned n)
{
	struct stream *s = secret_alloc((l->streams + n) * sizeof *s);

	if (s == NULL)
		return -ENOMEM;
	if (l->streams > 0)
		memcpy(s, l->stream, l->streams * sizeof *s);
	for (unsigned i = l->streams; i < l->streams + n; i++) {
		s[i].dscp = CALL_DSCP_BY_MEDIA;
		s[i].latch_ms = CALL_LATCH_MS;
		s[i].slot = CALL_NO_SLOT;
	}
	secret_free(l->stream, l->streams * sizeof *l->stream); /* what they own has moved */
	l->stream = s;
	l->streams += n;
	return 0;
}

int
call_add_leg(struct call *c, const char *name)
{
	if (c->legs == CALL_LEGS)
		return -ENOSPC;
	memset(&c->leg[c->legs], 0, sizeof c->leg[c->legs]);
	slice_copy(slice_of(name), c->leg[c->legs].name, sizeof c->leg->name);
	c->legs++;
	return 0;
}

/* ---- Looking. ---- */

struct stream *
call_stream(struct call *c, uint64_t id)
{
	for (unsigned i = 0; id != 0 && i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (c->leg[i].stream[j].id == id)
				return &c->leg[i].stream[j];
	return NULL;
}

bool
call_learns(uint8_t source)
{
	return source == REQUEST_LATCH || source == REQUEST_BEST;
}

bool
call_is_e2e(const struct call *c)
{
	return c->legs > 0 && c->leg[0].streams > 0 && c->leg[0].stream[0].e2e;
}

bool
call_is_srtp(const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (c->leg[i].stream[j].seal.suite != SW_SUITE_PLAIN)
				return true;
	return false;
}

void
call_keep_seen(struct call *c, const struct call *old)
{
	for (unsigned i = 0; i < old->legs; i++)
		for (unsigned j = 0; j < old->leg[i].streams; j++) {
			const struct stream *was = &old->leg[i].stream[j];
			struct stream *s = call_stream(c, was->id);

			if (s == NULL)
				continue;
			s->seen = was->seen;
			if (s->coding != NULL && was->coding != NULL)
				s->coding->heard = was->coding->heard;
		}
}

/* ---- Codecs. ---- */

struct coding *
call_coding(struct stream *s)
{
	if (s->coding == NULL)
		s->coding = coding_open();
	return s->coding;
}

void
call_apply_rules(struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			struct coding *coding = c->leg[i].stream[j].coding;

			if (coding != NULL)
				coding->use = codec_rules_apply(
					c->rules, coding->format, coding->formats, i > 0);
		}
}

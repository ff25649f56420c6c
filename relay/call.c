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
#include "relay/call_inside.h"
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

	if (a.family == 0 || s->mux)
		return a;
	a.port = s->rtcp_port != 0 ? s->rtcp_port : (uint16_t)(a.port + 1);
	if (s->rtcp != NULL)
		memcpy(a.ip, s->rtcp->ip, sizeof a.ip);
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

void
call_free_leg(struct leg *l)
{
	for (unsigned i = 0; i < l->streams; i++) {
		coding_close(l->stream[i].coding);
		call_drop_keys(&l->stream[i]);
		free(l->stream[i].rtcp);
		free(l->stream[i].seen);
	}
	free(l->stream);
	free(l->mesh);
}

void
call_close(struct call *c)
{
	if (c == NULL)
		return;
	call_unwatch(c);
	for (unsigned i = 0; i < c->legs; i++)
		call_free_leg(&c->leg[i]);
	call_free_listeners(c->listener, c->listeners);
	free(c->heard);
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

/* S becomes what signalling says of FROM.  0; -ENOMEM, and it owns what it could get. */
static int
copy_stream(struct stream *s, const struct stream *from)
{
	*s = *from;
	s->seen = NULL;
	s->keys = NULL;
	s->coding = NULL;
	s->rtcp = NULL;
	if (from->rtcp != NULL && call_set_rtcp(s, from->rtcp) != 0)
		return -ENOMEM;
	if (from->coding != NULL && (s->coding = coding_copy(from->coding)) == NULL)
		return -ENOMEM;
	if (from->keys != NULL && call_keys(s) == NULL)
		return -ENOMEM;
	if (from->keys != NULL)
		*s->keys = *from->keys;
	return 0;
}

/* The streams of FROM, which L is a copy of but for them.  0; -ENOMEM, and L has none. */
static int
copy_streams(struct leg *l, const struct leg *from)
{
	l->streams = 0;
	l->stream = malloc(from->streams * sizeof *l->stream);
	if (l->stream == NULL)
		return -ENOMEM;
	while (l->streams < from->streams) {
		unsigned i = l->streams++;

		if (copy_stream(&l->stream[i], &from->stream[i]) != 0)
			goto no_memory;
	}
	return 0;

no_memory:
	call_free_leg(l);
	l->streams = 0;
	l->stream = NULL;
	return -ENOMEM;
}

int
call_copy_leg(struct leg *l, const struct leg *from)
{
	*l = *from;
	l->mesh = NULL;
	if (copy_streams(l, from) != 0)
		return -ENOMEM;
	if (from->mesh == NULL || call_mesh_set(l, from->mesh) == 0)
		return 0;
	call_free_leg(l);
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
		if (call_copy_leg(&copy->leg[i], &c->leg[i]) != 0)
			goto no_memory;
		copy->legs++;
	}
	if (call_copy_listeners(copy, c) != 0)
		goto no_memory;
	return copy;

no_memory:
	call_close(copy);
	return NULL;
}

void
call_swap(struct call *a, struct call *b)
{
	struct leg leg[CALL_LEGS];
	struct listener *listener = a->listener;
	uint8_t listeners = a->listeners;
	struct codec_rules *rules = a->rules;
	struct note *note = a->note;
	uint32_t timeout_ms[TIMEOUTS];
	uint8_t legs = a->legs;

	a->rules = b->rules;
	b->rules = rules;
	a->note = b->note;
	b->note = note;
	memcpy(leg, a->leg, sizeof leg);
	memcpy(a->leg, b->leg, sizeof leg);
	memcpy(b->leg, leg, sizeof leg);
	a->legs = b->legs;
	b->legs = legs;
	a->listener = b->listener;
	b->listener = listener;
	a->listeners = b->listeners;
	b->listeners = listeners;
	memcpy(timeout_ms, a->timeout_ms, sizeof timeout_ms);
	memcpy(a->timeout_ms, b->timeout_ms, sizeof timeout_ms);
	memcpy(b->timeout_ms, timeout_ms, sizeof timeout_ms);
}

int
call_add_streams(struct leg *l, unsigned n)
{
	struct stream *s = realloc(l->stream, (l->streams + n) * sizeof *s);

	if (s == NULL)
		return -ENOMEM;
	memset(s + l->streams, 0, n * sizeof *s);
	for (unsigned i = l->streams; i < l->streams + n; i++) {
		s[i].dscp = CALL_DSCP_BY_MEDIA;
		s[i].latch_ms = CALL_LATCH_MS;
		s[i].slot = CALL_NO_SLOT;
	}
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
	for (unsigned i = 0; id != 0 && i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++)
			if (call_leg(c, i)->stream[j].id == id)
				return &call_leg(c, i)->stream[j];
	return NULL;
}

bool
call_learns(uint8_t source)
{
	return source == REQUEST_LATCH || source == REQUEST_BEST || source == REQUEST_NEWEST;
}

bool
call_is_e2e(const struct call *c)
{
	return c->legs > 0 && c->leg[0].streams > 0 && c->leg[0].stream[0].e2e;
}

bool
call_is_srtp(const struct call *c)
{
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++)
			if (call_leg(c, i)->stream[j].keys != NULL)
				return true;
	return false;
}

/* ---- What a stream owns. ---- */

int
call_set_rtcp(struct stream *s, const struct sw_addr *at)
{
	bool same = at->family == 0 || memcmp(at->ip, s->remote.ip, sizeof at->ip) == 0;

	if (same) {
		free(s->rtcp);
		s->rtcp = NULL;
		return 0;
	}
	if (s->rtcp == NULL && (s->rtcp = malloc(sizeof *s->rtcp)) == NULL)
		return -ENOMEM;
	*s->rtcp = *at;
	s->rtcp->port = 0;
	return 0;
}

struct stream_keys *
call_keys(struct stream *s)
{
	if (s->keys == NULL)
		s->keys = secret_alloc(sizeof *s->keys);
	return s->keys;
}

void
call_drop_keys(struct stream *s)
{
	secret_free(s->keys, sizeof *s->keys);
	s->keys = NULL;
}

static const struct stream_keys no_keys;

const struct sw_key *
call_unseal(const struct stream *s)
{
	return s->keys != NULL ? &s->keys->unseal : &no_keys.unseal;
}

const struct sw_key *
call_seal(const struct stream *s)
{
	return s->keys != NULL ? &s->keys->seal : &no_keys.seal;
}

const struct stream_seen *
call_seen(const struct stream *s)
{
	static const struct stream_seen nothing;

	return s->seen != NULL ? s->seen : &nothing;
}

struct stream_seen *
call_see(struct stream *s)
{
	if (s->seen == NULL)
		s->seen = calloc(1, sizeof *s->seen);
	return s->seen;
}

const struct call_heard *
call_heard(const struct call *c)
{
	static const struct call_heard nothing;

	return c->heard != NULL ? c->heard : &nothing;
}

void
call_keep_seen(struct call *c, struct call *old)
{
	for (unsigned i = 0; i < call_all(old); i++)
		for (unsigned j = 0; j < call_leg(old, i)->streams; j++) {
			struct stream *was = &call_leg(old, i)->stream[j];
			struct stream *s = call_stream(c, was->id);

			if (s == NULL)
				continue;
			free(s->seen);
			s->seen = was->seen;
			was->seen = NULL;
			s->looked = was->looked;
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request changes in a call; of call.h.  What it changes in each leg: call_apply_leg.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "relay/bridge.h"
#include "relay/call.h"
#include "relay/call_inside.h"
#include "relay/coding.h"
#include "relay/e2e.h"
#include "relay/fax.h"

/* ---- Parties. ---- */

static struct leg *
find_leg(struct call *c, const char *name)
{
	for (unsigned i = 0; i < c->legs; i++)
		if (strcmp(c->leg[i].name, name) == 0)
			return &c->leg[i];
	return NULL;
}

static int
apply_legs(struct call *c, const struct call_request *r, struct fault *fault)
{
	for (unsigned i = 0; i < r->legs; i++) {
		struct leg *l = find_leg(c, r->leg[i].name);

		if (r->leg[i].role != REQUEST_PARTY)
			continue;
		if (l == NULL && call_add_leg(c, r->leg[i].name) != 0) {
			char path[32], expected[160];

			snprintf(path, sizeof path, "legs[%u].name", i);
			snprintf(expected, sizeof expected, "%s or %s", c->leg[0].name,
				c->leg[1].name);
			return fault_set(fault, FAULT_BAD_REQUEST, path, r->leg[i].name,
				expected, "the call has two other legs already");
		}
		if (l == NULL)
			l = &c->leg[c->legs - 1];
		if (call_apply_leg(l, &r->leg[i], i, fault) != 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- Listeners. ---- */

/* The listener that R is about, a new one if there is none; NULL: FAULT says why. */
static struct listener *
listener_of(struct call *c, const struct leg_request *r, unsigned n, struct fault *fault)
{
	struct listener *l = call_listener(c, r->name);
	char path[32];

	if (l == NULL)
		l = call_add_listener(c, r->name);
	if (l == NULL && errno == ENOSPC) {
		snprintf(path, sizeof path, "legs[%u].name", n);
		fault_set(fault, FAULT_BAD_REQUEST, path, r->name,
			"one of those that there are",
			"the call has %d listeners already, and there may be no more",
			CALL_LISTENERS);
	} else if (l == NULL) {
		fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	}
	return l;
}

static int
apply_listener(struct call *c, const struct leg_request *r, unsigned n, struct fault *fault)
{
	struct listener *l;

	if (r->role == REQUEST_GONE) {
		if ((l = call_listener(c, r->name)) != NULL)
			call_drop_listener(c, l);
		return 0;
	}
	if ((l = listener_of(c, r, n, fault)) == NULL ||
		call_apply_leg(&l->leg, r, n, fault) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < r->streams; i++)
		if (r->stream[i].has & REQUEST_HAS_OF)
			l->of[i] = (struct listener_source){
				r->stream[i].of_leg, r->stream[i].of_stream};
	if (call_check_listener(c, l))
		return 0;
	return fault_set(fault, FAULT_BAD_REQUEST, NULL, NULL,
		"a stream of a party for each of the listener's, and not twice the same",
		"%s can not listen to that: the call has no such stream, or it is end to end",
		r->name);
}

static int
apply_listeners(struct call *c, const struct call_request *r, struct fault *fault)
{
	for (unsigned i = 0; i < r->legs; i++)
		if (r->leg[i].role != REQUEST_PARTY &&
			apply_listener(c, &r->leg[i], i, fault) != 0)
			return -EINVAL;
	return 0;
}

/* ---- The call. ---- */

/* Whoever talks with the mesh must have said what it takes: VoMP has payload types of its own.
 */
static bool
is_silent_on_codecs(const struct stream *s, const struct stream *to)
{
	return to->mesh && !s->mesh && !s->closed &&
	       (s->coding == NULL || s->coding->formats == 0);
}

/* Stream J of leg I of C has no codec that the other party has. */
static int
no_codec(const struct call *c, unsigned i, unsigned j, bool silent, struct fault *fault)
{
	const char *party = c->leg[i].name, *other = c->leg[1 - i].name;
	char path[48];

	snprintf(path, sizeof path, "legs[%u].streams[%u].codecs", i, j);
	if (silent)
		return fault_set(fault, FAULT_NO_CODEC, path, NULL,
			"what the party has agreed to",
			"%s is in the mesh, which has codecs of its own: those of %s have to "
			"be said",
			other, party);
	return fault_set(fault, FAULT_NO_CODEC, path, NULL,
		"a codec that the other party has, or both of codec.list",
		"nothing that %s sends could be heard by %s: they share no codec, and theirs "
		"cannot be transcoded",
		party, other);
}

/* Would anybody hear stream J of leg I? */
static int
check_codecs(const struct call *c, unsigned i, unsigned j, struct fault *fault)
{
	const struct stream *s = &c->leg[i].stream[j], *to = bridge_peer(c, i, j);
	bool silent;

	if (fax_check(c, i, j, fault) != 0)
		return -EINVAL;
	if (s->media != REQUEST_AUDIO || to == NULL)
		return 0;
	silent = is_silent_on_codecs(s, to);
	/* Held parties may come to share one before anybody speaks. */
	if (!silent && (!bridge_is_spoken(s, to) || !bridge_is_without_codec(s, to)))
		return 0;
	return no_codec(c, i, j, silent, fault);
}

int
call_check_codecs(const struct call *c, struct fault *fault)
{
	for (unsigned i = 0; c->legs == CALL_LEGS && i < CALL_LEGS; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (check_codecs(c, i, j, fault) != 0)
				return -EINVAL;
	return 0;
}

static void
apply_timeouts(struct call *c, const struct call_request *r)
{
	for (unsigned i = 0; i < TIMEOUTS; i++)
		if (r->timeouts & 1u << i)
			c->timeout_ms[i] =
				r->timeout_ms[i] != 0 ? r->timeout_ms[i] : CALL_NO_TIMEOUT;
}

int
call_apply(struct call *c, const struct call_request *r, struct fault *fault)
{
	bool e2e = r->e2e || call_is_e2e(c);

	if (e2e && e2e_check_request(c, r, fault) != 0)
		return -EINVAL;
	apply_timeouts(c, r);
	if (r->note != NULL)
		call_set_note(c, r->note);
	if (r->has_rules && call_set_rules(c, &r->rules) != 0)
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (apply_legs(c, r, fault) != 0 || apply_listeners(c, r, fault) != 0)
		return -EINVAL;
	call_apply_rules(c);
	if (e2e && e2e_take(c, fault) != 0)
		return -EINVAL;
	return call_check_codecs(c, fault);
}

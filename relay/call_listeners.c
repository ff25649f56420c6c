/* SPDX-License-Identifier: Apache-2.0
 *
 * Those who get copies of what a call's parties send, and are not heard; of call.h.  What they
 * get of it bridge_listen.c says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/slice.h"
#include "relay/call_inside.h"

unsigned
call_all(const struct call *c)
{
	return c->legs + c->listeners;
}

struct leg *
call_leg(const struct call *c, unsigned i)
{
	return i < c->legs ? (struct leg *)(uintptr_t)&c->leg[i]
			   : &c->listener[i - c->legs].leg;
}

void
call_free_listeners(struct listener *l, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		call_free_leg(&l[i].leg);
	free(l);
}

int
call_copy_listeners(struct call *to, const struct call *from)
{
	struct listener *copy = NULL;

	if (from->listeners > 0 && (copy = calloc(from->listeners, sizeof *copy)) == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < from->listeners; i++) {
		memcpy(copy[i].of, from->listener[i].of, sizeof copy[i].of);
		if (call_copy_leg(&copy[i].leg, &from->listener[i].leg) != 0) {
			call_free_listeners(copy, i);
			return -ENOMEM;
		}
	}
	call_free_listeners(to->listener, to->listeners);
	to->listener = copy;
	to->listeners = from->listeners;
	return 0;
}

struct listener *
call_listener(const struct call *c, const char *name)
{
	for (unsigned i = 0; i < c->listeners; i++)
		if (strcmp(c->listener[i].leg.name, name) == 0)
			return &c->listener[i];
	return NULL;
}

struct listener *
call_add_listener(struct call *c, const char *name)
{
	struct listener *more;

	if (c->listeners == CALL_LISTENERS) {
		errno = ENOSPC;
		return NULL;
	}
	more = reallocarray(c->listener, c->listeners + 1, sizeof *more);
	if (more == NULL)
		return NULL;
	c->listener = more;
	more += c->listeners++;
	memset(more, 0, sizeof *more);
	slice_copy(slice_of(name), more->leg.name, sizeof more->leg.name);
	return more;
}

static void
drop(struct call *c, struct listener *l)
{
	call_free_leg(&l->leg);
	c->listeners--;
	memmove(l, l + 1, (size_t)(&c->listener[c->listeners] - l) * sizeof *l);
}

bool
call_check_listener(const struct call *c, const struct listener *l)
{
	for (unsigned i = 0; i < l->leg.streams; i++) {
		const struct listener_source *of = &l->of[i];

		if (of->leg >= c->legs || of->stream >= c->leg[of->leg].streams)
			return false;
		/* A flow has each of its sinks once, and no more of them than listeners. */
		for (unsigned j = 0; j < i; j++)
			if (l->of[j].leg == of->leg && l->of[j].stream == of->stream)
				return false;
	}
	return l->leg.mesh == NULL && !call_is_e2e(c);
}

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
apply(struct call *c, const struct leg_request *r, unsigned n, struct fault *fault)
{
	struct listener *l;

	if (r->role == REQUEST_GONE) {
		if ((l = call_listener(c, r->name)) != NULL)
			drop(c, l);
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

int
call_apply_listeners(struct call *c, const struct call_request *r, struct fault *fault)
{
	for (unsigned i = 0; i < r->legs; i++)
		if (r->leg[i].role != REQUEST_PARTY && apply(c, &r->leg[i], i, fault) != 0)
			return -EINVAL;
	return 0;
}

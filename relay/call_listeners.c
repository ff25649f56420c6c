/* SPDX-License-Identifier: Apache-2.0
 *
 * Those who get copies of what a call's parties send, and are not heard; of call.h.  What they
 * get of it bridge_listen.c says. */
#include <errno.h>
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

void
call_drop_listener(struct call *c, struct listener *l)
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * What signalling says to a party in the mesh, and digits and texts both ways; see
 * mesh_calls_inside.h. */
#include <errno.h>
#include <string.h>

#include "dataplane/switch_client.h"
#include "relay/mesh_calls_inside.h"

/* As VoMP numbers them. */
static const char digits[] = "0123456789ABCD*#";

/* ---- Whose leg it is about ---- */

static int
unknown_call(struct fault *fault)
{
	return fault_set(fault, FAULT_UNKNOWN_CALL, "call", NULL, NULL,
		"there is no call of this id; mesh.calls lists those that are in the mesh");
}

static int
not_so_far(const struct mesh_call *m, struct fault *fault)
{
	return fault_set(fault, FAULT_WRONG_STATE, "call", NULL, NULL,
		m->vomp.local == VOMP_INCALL
			? "it is answered already"
			: "its caller has not offered it yet, or it rings "
			  "already, or has ended");
}

/* The first leg of the call ID that is in the mesh, and of that name unless LEG is NULL, and
 * has called us if INCOMING.  NULL, and FAULT says why. */
static struct mesh_call *
find(const struct mesh_calls *mc, const char *id, const char *leg, bool incoming,
	struct fault *fault)
{
	const struct call *c = calls_find(mc->conf.calls, id);
	struct mesh_call *m = NULL;

	if (c == NULL) {
		unknown_call(fault);
		return NULL;
	}
	for (unsigned i = 0; i < c->legs && m == NULL; i++) {
		const struct leg *l = &c->leg[i];

		if (l->mesh == NULL || (leg != NULL && strcmp(leg, l->name) != 0) ||
			(incoming && !l->mesh->incoming))
			continue;
		m = mesh_call_of(mc, c, l);
	}
	if (m == NULL)
		fault_set(fault, FAULT_NO_MESH_LEG, leg != NULL ? "leg" : "call", leg, NULL,
			incoming ? "none of its legs has called us from the mesh"
				 : "it has no such leg in the mesh");
	return m;
}

/* ---- A party that calls us ---- */

/* Do WISH; DONE is told when that is in the record. */
static void
follow(struct mesh_calls *mc, const char *id,
	struct vomp_todo (*wish)(struct vomp_call *c, int64_t now), calls_done *done,
	void *arg)
{
	struct fault fault;
	struct mesh_call *m = find(mc, id, NULL, true, &fault);
	struct vomp_todo todo = {0};

	if (m != NULL && m->waiter.done == NULL)
		todo = wish(&m->vomp, mesh_calls_now(mc));
	if (m != NULL && !todo.send)
		not_so_far(m, &fault);
	if (!todo.send) {
		done(arg, NULL, &fault);
		return;
	}
	m->waiter.done = done;
	m->waiter.arg = arg;
	mesh_call_do(m, todo);
}

void
mesh_calls_ring(struct mesh_calls *mc, const char *id, calls_done *done, void *arg)
{
	follow(mc, id, vomp_call_ring, done, arg);
}

void
mesh_calls_answer(struct mesh_calls *mc, const char *id, calls_done *done, void *arg)
{
	follow(mc, id, vomp_call_answer, done, arg);
}

/* The end of its call is the end of this. */
void
mesh_calls_reject(struct mesh_calls *mc, const char *id, calls_done *done, void *arg)
{
	struct fault fault;
	struct mesh_call *m = find(mc, id, NULL, true, &fault);

	if (m != NULL && m->vomp.local >= VOMP_INCALL) {
		not_so_far(m, &fault);
		m = NULL;
	}
	if (m == NULL)
		done(arg, NULL, &fault);
	else
		calls_delete(mc->conf.calls, id, NULL, done, arg);
}

/* ---- Digits and texts ---- */

/* The leg of a call that is answered, whose party takes such things. */
static struct mesh_call *
find_talking(const struct mesh_calls *mc, const char *id, const char *leg, uint8_t codec,
	struct fault *fault)
{
	struct mesh_call *m = find(mc, id, leg, false, fault);

	if (m == NULL)
		return NULL;
	if (m->vomp.local != VOMP_INCALL) {
		fault_set(fault, FAULT_WRONG_STATE, "call", NULL, NULL,
			"it is not answered yet");
		return NULL;
	}
	if (codec == VOMP_DTMF ? m->vomp.far_dtmf : m->vomp.far_text)
		return m;
	fault_set(fault, FAULT_NO_CODEC, "call", NULL, NULL, "the party takes no %s",
		codec == VOMP_DTMF ? "digits" : "text");
	return NULL;
}

int
mesh_calls_dtmf(struct mesh_calls *mc, const char *id, const char *leg, const char *wanted,
	struct fault *fault)
{
	struct mesh_call *m = find_talking(mc, id, leg, VOMP_DTMF, fault);
	size_t n = strlen(wanted), waiting;

	if (m == NULL)
		return -EINVAL;
	if (strspn(wanted, digits) != n)
		return fault_set(fault, FAULT_BAD_REQUEST, "digits", wanted, "0-9 A-D * #",
			"digits: expected 0-9 A-D * #");
	waiting = strlen(m->digits);
	if (waiting + n >= sizeof m->digits)
		return fault_set(fault, FAULT_TOO_MANY, "digits", NULL, NULL,
			"%zu digits wait already, and %d may: four leave in a second", waiting,
			MESH_DIGITS);
	memcpy(m->digits + waiting, wanted, n + 1);
	return 0;
}

/* One with every tick: such a digit is meant to last for 80 ms. */
void
mesh_call_say_digit(struct mesh_call *m)
{
	uint8_t digit;

	if (m->digits[0] == '\0')
		return;
	digit = (uint8_t)((strchr(digits, m->digits[0]) - digits) << 4);
	memmove(m->digits, m->digits + 1, strlen(m->digits));
	switch_client_mesh_say(
		m->of->conf.client, m->slot, m->transport, VOMP_DTMF, &digit, 1, NULL, NULL);
}

int
mesh_calls_text(struct mesh_calls *mc, const char *id, const char *leg, const char *text,
	struct fault *fault)
{
	struct mesh_call *m = find_talking(mc, id, leg, VOMP_TEXT, fault);
	int err;

	if (m == NULL)
		return -EINVAL;
	err = switch_client_mesh_say(mc->conf.client, m->slot, m->transport, VOMP_TEXT, text,
		(unsigned)strlen(text), NULL, NULL);
	return err == 0 ? 0
			: fault_set(fault, FAULT_SWITCH_DOWN, NULL, NULL, NULL,
				  "it cannot be sent now");
}

/* Slots are all that tells two of them apart. */
static bool
is_repeat(struct mesh_call *m, uint16_t slot)
{
	unsigned n = m->hears < MESH_SLOTS ? m->hears : MESH_SLOTS;

	for (unsigned i = 0; i < n; i++)
		if (m->heard[i] == slot)
			return true;
	m->heard[m->hears++ % MESH_SLOTS] = slot;
	return false;
}

void
mesh_call_hear(struct mesh_call *m, const uint8_t *data, unsigned len)
{
	struct vomp_sound s;

	if (m->vomp.local != VOMP_INCALL || len <= VOMP_HEADER ||
		vomp_sound_read(data + VOMP_HEADER, len - VOMP_HEADER, &s) != 0 ||
		(s.codec != VOMP_DTMF && s.codec != VOMP_TEXT) || is_repeat(m, s.slot))
		return;
	if (s.codec == VOMP_DTMF)
		mesh_calls_tell_digit(m, digits[s.data[0] >> 4]);
	else
		mesh_calls_tell_text(m, s.data, s.len);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * control/request_json.c and relay/call.c: any JSON becomes a request and is done to a new
 * call and to one that exists, or is refused with the name of what is wrong; and what follows
 * for codecs is what the switch takes. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/request_json.h"
#include "relay/call.h"
#include "tests/fuzz/bridges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int err, const struct fault *fault)
{
	if (err != 0 &&
		(fault->kind == FAULT_NONE || fault->kind >= FAULTS || fault->text[0] == '\0'))
		abort();
}

/* End to end with a key, or with whoever comes first, is none. */
static void
check_e2e(const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			const struct stream *s = &c->leg[i].stream[j];

			if (s->e2e != call_is_e2e(c) ||
				(s->e2e && (s->keys != NULL || call_learns(s->source))) ||
				(s->closed && (s->id != 0 || s->slot != CALL_NO_SLOT)))
				abort();
		}
}

/* To a call of LEGS legs. */
static void
apply(const struct call_request *r, unsigned legs)
{
	struct call *c = call_open("c");
	struct fault fault = {.kind = FAULT_NONE};

	for (unsigned i = 0; i < legs; i++) {
		call_add_leg(c, i == 0 ? "a" : "b");
		call_add_streams(&c->leg[i], 1);
	}
	if (call_apply(c, r, &fault) != 0) {
		check(-1, &fault);
	} else {
		check_e2e(c);
		check_bridges(c);
	}
	call_close(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *params =
		json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct call_request r;
	struct fault fault = {.kind = FAULT_NONE};
	int err;

	if (params == NULL)
		return 0;
	err = request_from_json(&r, params, &fault);
	check(err, &fault);
	for (unsigned legs = 0; err == 0 && legs <= CALL_LEGS; legs++)
		apply(&r, legs);
	json_decref(params);
	return 0;
}

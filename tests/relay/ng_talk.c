/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_talk.h. */
#include "tests/relay/ng_talk.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/value_json.h"
#include "relay/bridge.h"

enum { ARENA = 1 << 22 };

struct ng_pair pair;
struct arena *arena;
char told[TALK_TEXT];
const char *talk_user, *talk_name;

void
talk_setup(void)
{
	ng_pair_open(&pair);
	arena = arena_open(ARENA);
	talk_user = talk_name = NULL;
}

void
talk_teardown(void)
{
	ng_pair_close(&pair);
	arena_close(arena);
}

const char *
talk_ask(bool answer, unsigned from, const char *keys, const char *lines)
{
	char text[TALK_TEXT];
	struct slice json, sdp;
	struct ng_request r;
	const char *reason = NULL;
	const struct value *v;

	snprintf(text, sizeof text, "{\"command\":\"%s\",\"from-tag\":\"f\"%s}",
		answer ? "answer" : "offer", keys);
	json = arena_copy(arena, slice_of(text));
	v = value_from_json(arena, json.at, json.len);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(ng_request_read(&r, v, arena), 0);
	r.sdp = arena_print(arena,
		"v=0\no=%s 1 1 IN IP4 10.99.%u.10\ns=%s\n"
		"c=IN IP4 10.99.%u.10\nt=0 0\n%s",
		talk_user != NULL ? talk_user
		: from == CALLER  ? "alice"
				  : "bob",
		from + 1, talk_name != NULL ? talk_name : "-", from + 1, lines);
	sdp = ng_pair_ask(&pair, &r, answer, from, arena, &reason);
	told[0] = '\0';
	if (sdp.at == NULL)
		return reason != NULL ? reason : "no reason";
	ck_assert_int_eq(slice_copy(sdp, told, sizeof told), 0);
	return NULL;
}

const struct stream *
talk_stream(unsigned leg, unsigned i)
{
	return &pair.call->leg[leg].stream[i];
}

const char *
talk_bridge(unsigned leg)
{
	static char text[BRIDGE_TEXT];

	bridge_describe_codecs(talk_stream(leg, 0), talk_stream(1 - leg, 0), text);
	return text;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_answers.h. */
#include "tests/control/ng_answers.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/bencode.h"
#include "control/value_json.h"

enum { LINE = 1 << 17 };

/* The body behind the cookie, in either form; NULL. */
static const struct value *
request_of(struct arena *a, const char *sent)
{
	struct slice body = slice_of(sent);
	size_t used;

	slice_cut(&body, ' ');
	if (body.len == 0)
		return NULL;
	return body.at[0] == '{' ? value_from_json(a, body.at, body.len)
				 : bencode_read(a, body.at, body.len, &used);
}

static unsigned
see_line(const char *line, void (*see)(const struct ng_answer *a))
{
	json_t *row = json_loads(line, 0, NULL);
	const char *sent = json_string_value(json_object_get(row, "sent"));
	const char *sdp =
		json_string_value(json_object_get(json_object_get(row, "got"), "sdp"));
	struct ng_answer a = {
		.name = json_string_value(json_object_get(row, "case")),
		.step = (int)json_integer_value(json_object_get(row, "step")),
		.arena = arena_open(1 << 20),
		.answer = sdp,
	};
	bool seen = sent != NULL && sdp != NULL && sdp[0] != '\0';

	if (seen) {
		a.request = request_of(a.arena, sent);
		a.asked =
			arena_copy(a.arena, value_text(value_find(a.request, "sdp"), a.arena))
				.at;
		see(&a);
	}
	arena_close(a.arena);
	json_decref(row);
	return seen;
}

unsigned
ng_answers(void (*see)(const struct ng_answer *a))
{
	static const char *const topics[] = {
		"protocol", "plain", "dialog", "srtp", "transcode", "incall"};
	static char line[LINE];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof path, "%s/rtpengine-26.3-%s.jsonl", getenv("VECTORS"),
			topics[i]);
		f = fopen(path, "r");
		ck_assert_msg(f != NULL, "no %s", path);
		while (fgets(line, sizeof line, f) != NULL)
			n += see_line(line, see);
		fclose(f);
	}
	return n;
}

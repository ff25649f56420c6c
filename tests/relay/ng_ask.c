/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_ask.h. */
#include "tests/relay/ng_ask.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *
ng_ask(const char *text)
{
	struct ng_exchange x;
	json_t *answer;

	desk_ask(&x, text);
	fake_answer_all(desk.sw);
	ck_assert_uint_eq(x.answers, 1);
	answer = json_loads(x.text, 0, NULL);
	ck_assert_msg(json_is_object(answer), "no JSON object: %s", x.text);
	return answer;
}

void
ng_must(const char *text, const char *says)
{
	json_t *answer = ng_ask(text);
	const char *reason = json_string_value(json_object_get(answer, "error-reason"));

	ck_assert_str_eq(json_string_value(json_object_get(answer, "result")),
		says == NULL ? "ok" : "error");
	if (says != NULL)
		ck_assert_str_eq(reason, says);
	json_decref(answer);
}

json_t *
ng_at(json_t *o, const char *path)
{
	while (o != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		o = json_is_array(o) ? json_array_get(o, strtoul(path, NULL, 10))
				     : json_object_getn(o, path, len);
		path += len + (path[len] == '/');
	}
	return o;
}

/* FROM's SDP is of HOST, or the one of TO in an answer. */
static void
say(const char *command, const char *id, const char *from, const char *to, const char *more,
	unsigned host)
{
	char text[1024], to_tag[64] = "";

	if (to != NULL)
		snprintf(to_tag, sizeof to_tag, "'to-tag': '%s', ", to);
	snprintf(text, sizeof text,
		"{'command': '%s', 'call-id': '%s', 'from-tag': '%s', %s%s"
		"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.%u\\r\\ns=-\\r\\n"
		"c=IN IP4 192.0.2.%u\\r\\nt=0 0\\r\\nm=audio %u RTP/AVP 8\\r\\n'}",
		command, id, from, to_tag, more, host, host, 200 * host);
	ng_must(text, NULL);
}

void
ng_ask_call(const char *id, const char *from, const char *to, const char *more)
{
	say("offer", id, from, NULL, more, 10);
	say("answer", id, from, to, more, 20);
}

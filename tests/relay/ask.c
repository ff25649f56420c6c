/* SPDX-License-Identifier: Apache-2.0
 *
 * See ask.h. */
#include "tests/relay/ask.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "control/request_json.h"

static int
read_request(const char *text, struct call_request *r, struct fault *fault)
{
	char *json = strdup(text);
	json_error_t at;
	json_t *params;
	int err;

	for (char *p = json; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	params = json_loads(json, 0, &at);
	ck_assert_msg(params != NULL, "%s: %s", json, at.text);
	err = request_from_json(r, params, fault);
	json_decref(params);
	free(json);
	return err;
}

struct call_request
ask(const char *text)
{
	struct call_request r;
	struct fault fault;
	int err = read_request(text, &r, &fault);

	ck_assert_msg(err == 0, "%s: %s", text, err != 0 ? fault.text : "");
	return r;
}

struct fault
ask_wrongly(const char *text)
{
	struct call_request r;
	struct fault fault;

	ck_assert_msg(read_request(text, &r, &fault) != 0, "taken: %s", text);
	return fault;
}

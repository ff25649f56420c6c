/* SPDX-License-Identifier: Apache-2.0
 *
 * A line from an RPC client: control/rpc_parse.c, and control/rpc_check.c with the parameters
 * of the toy's methods.  Whatever comes, there is a request that fits its table, or an error
 * that can be sent. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc_check.h"
#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "control/rpc_parse.h"
#include "tests/control/toy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An error must be whole JSON with a code, no longer than some texts of bounded length. */
static void
must_be_sendable(json_t *error)
{
	char *text = json_dumps(error, JSON_COMPACT);

	assert(text != NULL && strlen(text) < 4096 && strchr(text, '\n') == NULL);
	assert(json_integer_value(json_object_get(error, "code")) <= RPC_INVALID_REQUEST);
	free(text);
}

static void
check_params(const struct rpc_method *m, json_t *params)
{
	json_t *named = NULL, *error = NULL;

	if (json_is_array(params)) {
		if (rpc_check_by_name(m->params, params, &named, &error) == 0)
			assert(json_object_size(named) == json_array_size(params));
	} else {
		named = params != NULL ? json_incref(params) : json_object();
	}
	if (named != NULL && rpc_check(m->params, named, &error) == 0) {
		for (const struct rpc_field *f = m->params; f != NULL && f->name != NULL; f++)
			assert(!f->required || json_object_get(named, f->name) != NULL);
	} else {
		must_be_sendable(error);
	}
	json_decref(error);
	json_decref(named);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc_parsed *p = rpc_parse((const char *)data, size);

	assert(p != NULL && p->n >= 1 && p->n <= RPC_BATCH_MAX);
	for (size_t i = 0; i < p->n; i++) {
		const struct rpc_call *c = &p->calls[i];

		if (c->method == NULL) {
			assert(c->id != NULL);
			must_be_sendable(c->error);
			continue;
		}
		assert(c->error == NULL);
		rpc_describe_nearest(toy_methods, toy_n_methods, c->method);
		for (size_t m = 0; m < toy_n_methods; m++)
			check_params(&toy_methods[m], c->params);
	}
	rpc_parsed_free(p);
	return 0;
}

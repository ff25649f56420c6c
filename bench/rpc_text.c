/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_text.h. */
#include "bench/rpc_text.h"

#include <errno.h>
#include <event2/buffer.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char number[] = "{n}", list[] = "{each}";

/* PATTERN with N for each {n}. */
static void
put_numbered(const char *pattern, uint64_t n, struct evbuffer *out)
{
	const char *at;

	while ((at = strstr(pattern, number)) != NULL) {
		evbuffer_add(out, pattern, (size_t)(at - pattern));
		evbuffer_add_printf(out, "%lu", (unsigned long)n);
		pattern = at + strlen(number);
	}
	evbuffer_add(out, pattern, strlen(pattern));
}

static void
put_list(struct rpc_text *t, struct evbuffer *out)
{
	for (unsigned i = 0; i < t->many; i++) {
		if (i > 0)
			evbuffer_add(out, ",", 1);
		put_numbered(t->each, t->next++, out);
	}
}

static void
put_params(struct rpc_text *t, struct evbuffer *out)
{
	const char *at = t->each != NULL ? strstr(t->params, list) : NULL;

	if (at == NULL) {
		put_numbered(t->params, t->next++, out);
		return;
	}
	evbuffer_add(out, t->params, (size_t)(at - t->params));
	put_list(t, out);
	evbuffer_add(out, at + strlen(list), strlen(at + strlen(list)));
}

void
rpc_text_put(struct rpc_text *t, unsigned id, struct evbuffer *out)
{
	evbuffer_add_printf(out,
		"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"%s\",\"params\":", id, t->method);
	put_params(t, out);
	evbuffer_add(out, "}\n", 2);
}

int
rpc_text_check(const struct rpc_text *t)
{
	struct rpc_text copy = *t;
	struct evbuffer *line = evbuffer_new();
	json_error_t e;
	json_t *request;

	if (line == NULL)
		return -ENOMEM;
	rpc_text_put(&copy, 0, line);
	request = json_loadb(
		(char *)evbuffer_pullup(line, -1), evbuffer_get_length(line), 0, &e);
	if (request == NULL)
		fprintf(stderr, "strowger-bench: --params and --each make no JSON: %s\n",
			e.text);
	json_decref(request);
	evbuffer_free(line);
	return request != NULL ? 0 : -EINVAL;
}

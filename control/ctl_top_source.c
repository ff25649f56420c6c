/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_source.h. */
#include "control/ctl_top_source.h"

#include <errno.h>

#include "control/rpc_client.h"

enum {
	CONNECT_MS = 1000,
	SEND_MS = 1000,
	WORST = 100,       /* calls that call.top gives at most */
	PAGE = 1000,       /* that call.list gives at once */
	CALLS_MAX = 10000, /* that are listed at most */
};

/* In the order of enum top_answer. */
static const char *const methods[TOP_ANSWERS] = {
	[TOP_NODE] = "node.info",
	[TOP_STATS] = "stats.get",
	[TOP_CORES] = "core.list",
	[TOP_TRANSCODERS] = "transcoder.list",
	[TOP_DROPS] = "drop.list",
	[TOP_DEVICES] = "device.list",
	[TOP_CALLS] = "call.top",
};

/* Of a call; "" is none. */
static const char *
id_of(const json_t *call)
{
	const char *id = json_string_value(json_object_get(call, "call"));

	return id != NULL ? id : "";
}

int
top_source_open(struct top_source *s, const char *path)
{
	*s = (struct top_source){.client = rpc_client_open(path, CONNECT_MS)};
	return s->client != NULL ? 0 : -errno;
}

void
top_source_close(struct top_source *s)
{
	rpc_client_close(s->client);
	top_reading_fini(&s->reading);
	json_decref(s->listed);
	*s = (struct top_source){0};
}

int
top_source_fd(const struct top_source *s)
{
	return s->client != NULL ? rpc_client_fd(s->client) : -1;
}

/* Calls behind AFTER (NULL: the first). */
static int
ask_page(struct top_source *s, json_t *after)
{
	json_int_t id;

	if (s->listed == NULL)
		s->listed = json_array();
	rpc_client_set_timeout(s->client, SEND_MS);
	id = rpc_client_send(s->client, "call.list",
		json_pack("{s:i, s:O*}", "limit", PAGE, "after", after));
	s->missing++;
	return id < 0 ? (int)id : 0;
}

int
top_source_ask(struct top_source *s, const char *by, bool all)
{
	json_int_t id = 0;

	rpc_client_set_timeout(s->client, SEND_MS);
	s->asking = true;
	s->missing = 0;
	for (unsigned a = 0; a < TOP_ANSWERS && id >= 0; a++) {
		id = rpc_client_send(s->client, methods[a],
			a == TOP_CALLS ? json_pack("{s:s*, s:i}", "by", by, "limit", WORST)
				       : NULL);
		s->first = a == 0 ? id : s->first;
		s->missing++;
	}
	if (id < 0)
		return (int)id;
	return all ? ask_page(s, NULL) : 0;
}

static int
add_page(struct top_source *s, const json_t *page)
{
	json_t *calls = json_object_get(page, "calls");
	size_t n = json_array_size(calls);

	json_array_extend(s->listed, calls);
	if (!json_is_true(json_object_get(page, "more")) || n == 0 ||
		json_array_size(s->listed) >= CALLS_MAX)
		return 0;
	return ask_page(s, json_object_get(json_array_get(calls, n - 1), "call"));
}

/* One answer of the reading.  What the node refuses stays empty. */
static int
take(struct top_source *s, const struct rpc_answer *a)
{
	json_int_t n = a->id - s->first;

	if (n < 0)
		return -EPROTO;
	s->missing--;
	if (n >= TOP_ANSWERS)
		return add_page(s, a->result);
	s->reading.answer[n] = json_incref(a->result);
	/* A node that cannot choose the worst calls tells all of them. */
	if (n == TOP_CALLS && a->error != NULL && s->listed == NULL)
		return ask_page(s, NULL);
	return 0;
}

/* What was listed goes behind the worst calls, each call once. */
static void
add_listed(struct top_source *s)
{
	json_t **answer = &s->reading.answer[TOP_CALLS], *known = json_object(), *calls, *one;
	size_t i;

	if (*answer == NULL)
		*answer = json_pack("{s:[]}", "calls");
	calls = json_object_get(*answer, "calls");
	json_array_foreach (calls, i, one)
		json_object_set(known, id_of(one), one);
	json_array_foreach (s->listed, i, one)
		if (json_object_get(known, id_of(one)) == NULL)
			json_array_append(calls, one);
	json_decref(known);
	json_decref(s->listed);
	s->listed = NULL;
}

int
top_source_take(struct top_source *s, int wait_ms)
{
	struct rpc_answer a;
	int error = 0;

	while (s->missing > 0 && error == 0) {
		rpc_client_set_timeout(s->client, wait_ms);
		error = rpc_client_receive(s->client, &a);
		if (error == 0)
			error = take(s, &a);
		rpc_answer_fini(&a);
	}
	if (error == -ETIMEDOUT)
		return 0;
	if (error != 0)
		return error;
	if (s->listed != NULL)
		add_listed(s);
	s->asking = false;
	return 1;
}

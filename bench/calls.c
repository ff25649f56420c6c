/* SPDX-License-Identifier: Apache-2.0
 *
 * The requests behind calls.h.  The generator's one thread. */
#include "bench/calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"
#include "control/base64.h"
#include "control/rpc_client.h"

enum {
	TIMEOUT_MS = 5000,
	LIST = 1000,           /* calls in one answer */
	REACH_NS = 1000000000, /* a relay that was killed has a successor by then */
	KEY_TEXT = BASE64_LEN(SW_KEY_MAX + SW_SALT_MAX) + 1,
};

struct calls {
	struct rpc_client *rpc;
	const char *path;
	unsigned in_flight;
	unsigned created; /* requests for calls 0.. so many were sent */
	double setup_seconds;
};

static const char *const leg_names[2] = {"a", "b"};

struct calls *
calls_connect(const char *path, unsigned in_flight)
{
	struct calls *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->path = path;
	c->in_flight = in_flight;
	c->rpc = rpc_client_open(path, TIMEOUT_MS);
	if (c->rpc == NULL) {
		fprintf(stderr,
			"strowger-bench: %s: %s (does strowger run?  --socket, --reflect)\n",
			path, strerror(errno));
		free(c);
		return NULL;
	}
	return c;
}

void
calls_close(struct calls *c)
{
	if (c == NULL)
		return;
	rpc_client_close(c->rpc);
	free(c);
}

/* Has ERROR come of a relay that hung up, and is there another now? */
static bool
reach_again(struct calls *c, int error)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	uint64_t end = clock_ns() + REACH_NS;
	struct rpc_client *next;

	if (error != -EPIPE && error != -ECONNRESET)
		return false;
	while ((next = rpc_client_open(c->path, TIMEOUT_MS)) == NULL && clock_ns() < end)
		nanosleep(&pause, NULL);
	if (next == NULL)
		return false;
	rpc_client_close(c->rpc);
	c->rpc = next;
	return true;
}

void
calls_name(char name[CALLS_NAME], unsigned i)
{
	snprintf(name, CALLS_NAME, "bench-%d-%u", (int)getpid(), i);
}

/* ---- Out ---- */

static json_t *
srtp_json(const struct sw_key *key)
{
	const struct sw_suite_info *suite = sw_suite_info(key->suite);
	uint8_t both[SW_KEY_MAX + SW_SALT_MAX];
	char text[KEY_TEXT];

	memcpy(both, key->key, suite->key_len);
	memcpy(both + suite->key_len, key->salt, suite->salt_len);
	base64_encode(text, both, (size_t)suite->key_len + suite->salt_len);
	return json_pack("{s:s, s:s}", "suite", suite->name, "key", text);
}

static json_t *
leg_json(const struct leg *leg, const char *name, const char *interface)
{
	char ip[INET6_ADDRSTRLEN];
	json_t *stream, *out;

	inet_ntop(leg->phone.family, leg->phone.ip, ip, sizeof ip);
	stream = json_pack("{s:{s:s, s:i}, s:b}", "remote", "address", ip, "port",
		leg->phone.port, "rtcp_mux", 1);
	if (leg->phone_key.suite != SW_SUITE_PLAIN)
		json_object_set_new(stream, "srtp", srtp_json(&leg->phone_key));
	out = json_pack("{s:s, s:[o]}", "name", name, "streams", stream);
	if (interface != NULL)
		json_object_set_new(out, "interface", json_string(interface));
	return out;
}

json_t *
calls_json(unsigned i, const struct call *call, const char *const interface[2])
{
	char name[CALLS_NAME];

	calls_name(name, i);
	return json_pack("{s:s, s:[o, o]}", "call", name, "legs",
		leg_json(&call->leg[0], leg_names[0], interface[0]),
		leg_json(&call->leg[1], leg_names[1], interface[1]));
}

/* ---- Back ---- */

static int
take_key(struct sw_key *key, const char *suite, const char *text)
{
	const struct sw_suite_info *info;
	uint8_t both[SW_KEY_MAX + SW_SALT_MAX];
	int found = sw_suite_find(suite);

	if (found < 0)
		return -EPROTO;
	info = sw_suite_info((unsigned)found);
	if (base64_decode(both, sizeof both, text, strlen(text)) !=
		info->key_len + info->salt_len)
		return -EPROTO;
	key->suite = (uint8_t)found;
	memcpy(key->key, both, info->key_len);
	memcpy(key->salt, both + info->key_len, info->salt_len);
	return 0;
}

static int
take_leg(struct leg *leg, json_t *answer)
{
	const char *ip, *suite = NULL, *key = NULL;
	int port;

	if (json_unpack(answer, "{s:[{s:{s:s, s:i}, s?{s:s, s:s}}]}", "streams", "local",
		    "address", &ip, "port", &port, "srtp", "suite", &suite, "key", &key) != 0)
		return -EPROTO;
	leg->relay.family = leg->phone.family;
	leg->relay.port = (uint16_t)port;
	if (inet_pton(leg->relay.family, ip, leg->relay.ip) != 1)
		return -EPROTO;
	if ((leg->phone_key.suite != SW_SUITE_PLAIN) != (suite != NULL))
		return -EPROTO;
	return suite != NULL ? take_key(&leg->relay_key, suite, key) : 0;
}

static int
take_call(struct call *call, json_t *result)
{
	json_t *leg[2];
	int error;

	if (json_unpack(result, "{s:[o, o]}", "legs", &leg[0], &leg[1]) != 0)
		return -EPROTO;
	error = take_leg(&call->leg[0], leg[0]);
	return error != 0 ? error : take_leg(&call->leg[1], leg[1]);
}

/* ---- Requests ---- */

/* The same request for each of N calls. */
struct batch {
	const char *method;
	unsigned n;
	json_t *(*params)(const struct batch *b, unsigned i);
	int (*take)(const struct batch *b, unsigned i, json_t *result);
	const volatile bool *stop; /* NULL: never */
	struct call *calls;
	const char *const *interface;
};

static int
refused(const char *method, const json_t *error)
{
	char *text = json_dumps(error, JSON_COMPACT);

	fprintf(stderr, "strowger-bench: %s: %s\n", method, text != NULL ? text : "refused");
	free(text);
	return -EREMOTEIO;
}

/* Send the batch, never more than in_flight unanswered.  After a refusal no more is sent, but
 * what is on its way is waited for.  How many were sent: *SENT. */
static int
run_batch(struct calls *c, const struct batch *b, unsigned *sent)
{
	json_int_t id, first = 0;
	unsigned answered = 0;
	int error = 0, failed = 0;
	struct rpc_answer a;

	for (*sent = 0;; answered++) {
		bool more = failed == 0 && (b->stop == NULL || !*b->stop);

		for (; more && *sent < b->n && *sent - answered < c->in_flight; ++*sent) {
			id = rpc_client_send(c->rpc, b->method, b->params(b, *sent));
			if (id < 0)
				return (int)id;
			if (*sent == 0)
				first = id;
		}
		if (answered == *sent)
			return failed;
		error = rpc_client_receive(c->rpc, &a);
		if (error != 0) {
			fprintf(stderr, "strowger-bench: %s: %s\n", b->method,
				strerror(-error));
			return error;
		}
		if (a.error != NULL)
			failed = refused(b->method, a.error);
		else if (a.id < first ||
			 a.id >= first + *sent /* ids count up: this one's call */
			 || b->take(b, (unsigned)(a.id - first), a.result) != 0) {
			fprintf(stderr, "strowger-bench: %s: answer not understood\n",
				b->method);
			failed = -EPROTO;
		}
		rpc_answer_fini(&a);
	}
}

static json_t *
create_params(const struct batch *b, unsigned i)
{
	return calls_json(i, &b->calls[i], b->interface);
}

static int
take_created(const struct batch *b, unsigned i, json_t *result)
{
	return take_call(&b->calls[i], result);
}

int
calls_create(struct calls *c, struct call *calls, unsigned n, const char *const interface[2],
	const volatile bool *stop)
{
	struct batch b = {.method = "call.create",
		.n = n,
		.params = create_params,
		.take = take_created,
		.stop = stop,
		.calls = calls,
		.interface = interface};
	uint64_t start = clock_ns();
	int error = run_batch(c, &b, &c->created);

	c->setup_seconds = (double)(clock_ns() - start) / 1e9;
	return error;
}

static json_t *
delete_params(const struct batch *b, unsigned i)
{
	char name[CALLS_NAME];

	calls_name(name, i);
	return json_pack("{s:s}", "call", name);
}

static int
take_deleted(const struct batch *b, unsigned i, json_t *result)
{
	return 0;
}

int
calls_delete(struct calls *c)
{
	struct batch b = {.method = "call.delete",
		.n = c->created,
		.params = delete_params,
		.take = take_deleted};
	unsigned sent;
	int error;

	c->created = 0;
	error = b.n > 0 ? run_batch(c, &b, &sent) : 0;
	return reach_again(c, error) ? run_batch(c, &b, &sent) : error;
}

/* ---- The relay's list ---- */

/* The calls of one answer.  How many there were, ours or not; the last one's name: *LAST. */
static size_t
take_list(const json_t *result, void (*each)(void *arg, unsigned i), void *arg,
	const char **last)
{
	const json_t *rows = json_object_get(result, "calls"), *row;
	char prefix[CALLS_NAME];
	size_t i;

	calls_name(prefix, 0);
	prefix[strlen(prefix) - 1] = '\0'; /* without the number */
	json_array_foreach (rows, i, row) {
		const char *name = json_string_value(json_object_get(row, "call"));

		*last = name != NULL ? name : "";
		if (strncmp(*last, prefix, strlen(prefix)) == 0)
			each(arg, (unsigned)strtoul(*last + strlen(prefix), NULL, 10));
	}
	return json_array_size(rows);
}

int
calls_list(struct rpc_client *rpc, void (*each)(void *arg, unsigned i), void *arg)
{
	json_t *params = json_pack("{s:i}", "limit", LIST);
	bool more = true;

	while (more) {
		struct rpc_answer a;
		const char *last = NULL;
		int error = rpc_client_call(rpc, "call.list", params, &a);

		if (error != 0)
			return error;
		if (a.error != NULL)
			error = refused("call.list", a.error);
		more = take_list(a.result, each, arg, &last) > 0 &&
		       json_is_true(json_object_get(a.result, "more"));
		params = more ? json_pack("{s:i, s:s}", "limit", LIST, "after", last) : NULL;
		rpc_answer_fini(&a);
		if (error != 0)
			return error;
	}
	return 0;
}

static void
count_one(void *arg, unsigned i)
{
	++*(int *)arg;
}

int
calls_left(struct calls *c)
{
	int left = 0, error = calls_list(c->rpc, count_one, &left);

	if (reach_again(c, error)) {
		left = 0;
		error = calls_list(c->rpc, count_one, &left);
	}
	return error != 0 ? error : left;
}

double
calls_setup_seconds(const struct calls *c)
{
	return c->setup_seconds;
}

/* ---- Counters ---- */

static void
add_core(struct relay_cores *sums, const json_t *core)
{
	const json_t *stages = json_object_get(core, "stages"), *stage;
	const json_t *drops = json_object_get(core, "drops");
	size_t i;

	sums->packets += json_number_value(json_object_get(core, "rx_packets"));
	sums->cycles += json_number_value(json_object_get(core, "busy_cycles"));
	for (i = 0; i < DROPS; i++) /* a reason that never came up is not mentioned */
		sums->drops[i] += json_number_value(
			json_object_get(drops, drop_info((enum drop)i)->name));
	json_array_foreach (stages, i, stage) {
		if (i == SW_STAGES)
			break;
		snprintf(sums->stage[i].name, sizeof sums->stage[i].name, "%s",
			json_string_value(json_object_get(stage, "name")));
		sums->stage[i].packets += json_number_value(json_object_get(stage, "packets"));
		sums->stage[i].cycles += json_number_value(json_object_get(stage, "cycles"));
		sums->stages = (unsigned)i + 1;
	}
}

int
calls_read_cores(struct calls *c, struct relay_cores *cores)
{
	struct rpc_answer a;
	const json_t *rows, *core;
	size_t i;
	int error = rpc_client_call(c->rpc, "core.list", NULL, &a);

	memset(cores, 0, sizeof *cores);
	if (reach_again(c, error))
		error = rpc_client_call(c->rpc, "core.list", NULL, &a);
	if (error != 0)
		return error;
	rows = json_object_get(a.result, "cores");
	if (!json_is_array(rows))
		error = -EPROTO;
	json_array_foreach (rows, i, core)
		add_core(cores, core);
	rpc_answer_fini(&a);
	return error;
}

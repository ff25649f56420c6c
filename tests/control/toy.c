/* SPDX-License-Identifier: Apache-2.0
 *
 * See toy.h. */
#include "tests/control/toy.h"

#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/events.h"
#include "control/log.h"
#include "control/wipe.h"
#include "tests/scratch.h"

static struct event_base *base; /* of the toy's process */

/* ---- Methods ---- */

static void
echo(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *text = json_string_value(json_object_get(params, "text"));

	rpc_reply(req, json_pack("{s:s?}", "text", text));
}

static void
add(struct rpc_request *req, const json_t *params, void *arg)
{
	json_int_t a = json_integer_value(json_object_get(params, "a"));
	json_int_t b = json_integer_value(json_object_get(params, "b"));

	rpc_reply(req, json_pack("{s:I}", "sum", a + b));
}

static void
answer_now(evutil_socket_t fd, short what, void *arg)
{
	rpc_reply(arg, json_pack("{s:b}", "late", 1));
}

static void
later(struct rpc_request *req, const json_t *params, void *arg)
{
	json_int_t ms = json_integer_value(json_object_get(params, "ms"));
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	event_base_once(base, -1, EV_TIMEOUT, answer_now, req, &tv);
}

/* One that waits begins when its time has come, unless it was withdrawn by then. */
struct waiting {
	struct rpc_request *req; /* NULL: withdrawn */
};

static void
begin_now(evutil_socket_t fd, short what, void *arg)
{
	struct waiting *w = arg;

	if (w->req != NULL)
		rpc_reply(w->req, json_pack("{s:b}", "late", 1));
	free(w);
}

static void
wait_first(struct rpc_request *req, const json_t *params, void *arg)
{
	json_int_t ms = json_integer_value(json_object_get(params, "ms"));
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	struct waiting *w = malloc(sizeof *w);

	w->req = req;
	rpc_request_keep(req, w);
	event_base_once(base, -1, EV_TIMEOUT, begin_now, w, &tv);
}

static bool
withdraw(struct rpc_request *req, const json_t *params, void *arg)
{
	struct waiting *w = rpc_request_kept(req);

	ck_assert_ptr_eq(w->req, req);
	ck_assert(json_is_integer(json_object_get(params, "ms")));
	w->req = NULL;
	return true;
}

static int counted;

static void
say_count(evutil_socket_t fd, short what, void *arg)
{
	rpc_reply(arg, json_pack("{s:i}", "calls", counted));
}

static void
count(struct rpc_request *req, const json_t *params, void *arg)
{
	json_int_t ms = json_integer_value(json_object_get(params, "ms"));
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	counted++;
	event_base_once(base, -1, EV_TIMEOUT, say_count, req, &tv);
}

static void
big(struct rpc_request *req, const json_t *params, void *arg)
{
	size_t bytes = (size_t)json_integer_value(json_object_get(params, "bytes"));
	char *text = malloc(bytes + 1);

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	rpc_reply(req, json_pack("{s:s}", "text", text));
	free(text);
}

static const struct rpc_error no_toy = {7, "no_toy", "there is no such toy", 250};
static const struct rpc_error *const fail_errors[] = {&no_toy, NULL};

static void
refuse(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *got = json_string_value(json_object_get(params, "toy"));

	rpc_fail(req, &no_toy, "toy", got, "a toy", "no toy in %d boxes", 3);
}

static void
legs(struct rpc_request *req, const json_t *params, void *arg)
{
	rpc_reply(req, json_pack("{s:I}", "legs",
			       (json_int_t)json_array_size(json_object_get(params, "legs"))));
}

static void
bye(struct rpc_request *req, const json_t *params, void *arg)
{
	rpc_reply(req, json_object());
	event_base_loopbreak(base);
}

/* ---- Events ---- */

static const struct rpc_field call_field[] = {
	{.name = "call", .type = RPC_STRING, .help = "its id"},
	{.name = NULL},
};
const struct event_kind toy_events[] = {
	{"toy.played", "Somebody has played with it.", call_field},
	{"toy.broken", "It is broken.", NULL},
	{"box.full", "There is no room.", NULL},
	{NULL, NULL, NULL},
};
static struct events *events;

static void
watch(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *unknown;

	if (events_subscribe(events, rpc_request_peer(req), json_object_get(params, "events"),
		    json_object_get(params, "calls"), &unknown) != 0)
		rpc_fail(req, &no_toy, "events", unknown, NULL, "no such event");
	else
		rpc_reply(req, json_object());
}

static void
happen(struct rpc_request *req, const json_t *params, void *arg)
{
	json_int_t times = json_integer_value(json_object_get(params, "times"));
	const char *call = json_string_value(json_object_get(params, "call"));

	for (json_int_t i = 0; i < times; i++)
		events_emit(events, &toy_events[0], json_pack("{s:s*}", "call", call));
	events_emit(events, &toy_events[1], NULL);
	rpc_reply(req, json_object());
}

static const struct rpc_field watch_fields[] = {
	{.name = "events", .type = RPC_ARRAY, .required = true, .element = RPC_STRING},
	{.name = "calls", .type = RPC_ARRAY, .element = RPC_STRING},
	{.name = NULL},
};
static const struct rpc_field happen_fields[] = {
	{.name = "times", .type = RPC_INT, .required = true, .max = 100000},
	{.name = "call", .type = RPC_STRING},
	{.name = NULL},
};

static void
say_counted(struct rpc_request *req, const json_t *params, void *arg)
{
	rpc_reply(req, json_pack("{s:i}", "calls", counted));
}

static const struct rpc_field text_field[] = {
	{.name = "text", .type = RPC_STRING, .help = "any"},
	{.name = NULL},
};
static const struct rpc_field add_fields[] = {
	{.name = "a",
		.type = RPC_INT,
		.required = true,
		.min = -1000,
		.max = 1000,
		.unit = "apples"},
	{.name = "b", .type = RPC_INT},
	{.name = NULL},
};
static const struct rpc_field sum_field[] = {
	{.name = "sum", .type = RPC_INT, .required = true},
	{.name = NULL},
};
static const struct rpc_field late_field[] = {
	{.name = "late", .type = RPC_BOOL, .required = true},
	{.name = NULL},
};
static const struct rpc_field ms_field[] = {
	{.name = "ms", .type = RPC_INT, .required = true, .max = 60000, .unit = "ms"},
	{.name = NULL},
};
static const struct rpc_field bytes_field[] = {
	{.name = "bytes", .type = RPC_INT, .required = true, .max = 8 << 20, .unit = "bytes"},
	{.name = NULL},
};
static const struct rpc_field calls_field[] = {
	{.name = "calls", .type = RPC_INT, .required = true},
	{.name = NULL},
};
static const struct rpc_field toy_field[] = {
	{.name = "toy", .type = RPC_STRING},
	{.name = NULL},
};

static const char *const suites[] = {"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM", NULL};
static const struct rpc_field remote_fields[] = {
	{.name = "address", .type = RPC_STRING, .required = true},
	{.name = "port", .type = RPC_INT, .required = true, .min = 1, .max = 65535},
	{.name = NULL},
};
static const struct rpc_field srtp_fields[] = {
	{.name = "suite", .type = RPC_STRING, .words = suites},
	{.name = "key", .type = RPC_STRING, .min = 40, .max = 64},
	{.name = NULL},
};
static const struct rpc_field stream_fields[] = {
	{.name = "remote", .type = RPC_OBJECT, .fields = remote_fields},
	{.name = "srtp", .type = RPC_OBJECT, .fields = srtp_fields},
	{.name = "gain", .type = RPC_NUMBER},
	{.name = "tags", .type = RPC_ARRAY},
	{.name = "extra", .type = RPC_ANY},
	{.name = NULL},
};
static const struct rpc_field leg_fields[] = {
	{.name = "name", .type = RPC_STRING, .required = true, .min = 1, .max = 64},
	{.name = "mux", .type = RPC_BOOL},
	{.name = "streams", .type = RPC_ARRAY, .min = 1, .max = 8, .fields = stream_fields},
	{.name = NULL},
};
static const struct rpc_field legs_field[] = {
	{.name = "legs",
		.type = RPC_ARRAY,
		.required = true,
		.min = 1,
		.max = 2,
		.fields = leg_fields,
		.help = "one or two | not more"},
	{.name = NULL},
};
static const struct rpc_field count_field[] = {
	{.name = "legs", .type = RPC_INT, .required = true},
	{.name = NULL},
};

const struct rpc_method toy_methods[] = {
	{"toy.echo", RPC_VIEW, "Say it again.", text_field, text_field, NULL,
		"{\"text\": \"hello\"}", "{\"text\": \"hello\"}", echo, NULL},
	{"toy.add", RPC_SESSION, "Add apples.", add_fields, sum_field, NULL,
		"{\"a\": 1, \"b\": 2}", "{\"sum\": 3}", add, NULL},
	{"toy.later", RPC_VIEW, "Answer in a while.", ms_field, late_field, NULL,
		"{\"ms\": 10}", "{\"late\": true}", later, NULL},
	{"toy.wait", RPC_SESSION, "As toy.later, but begin only then.", ms_field, late_field,
		NULL, "{\"ms\": 10}", "{\"late\": true}", wait_first, withdraw},
	{"toy.count", RPC_SESSION, "How often it was called, when MS have passed.", ms_field,
		calls_field, NULL, "{\"ms\": 10}", "{\"calls\": 1}", count, NULL},
	{"toy.counted", RPC_VIEW, "How often toy.count was called.", NULL, calls_field, NULL,
		"{}", "{\"calls\": 1}", say_counted, NULL},
	{"toy.big", RPC_VIEW, "Answer with much.", bytes_field, text_field, NULL,
		"{\"bytes\": 2}", "{\"text\": \"xx\"}", big, NULL},
	{"toy.fail", RPC_SESSION, "Refuse.", toy_field, NULL, fail_errors, "{}", NULL, refuse,
		NULL},
	{"toy.legs", RPC_SESSION, "Count legs.", legs_field, count_field, NULL,
		"{\"legs\": [{\"name\": \"a\"}]}", "{\"legs\": 1}", legs, NULL},
	{"toy.watch", RPC_VIEW, "Hear of what happens.", watch_fields, NULL, NULL,
		"{\"events\": [\"toy.*\"]}", "{}", watch, NULL},
	{"toy.happen", RPC_VIEW, "Let it happen.", happen_fields, NULL, NULL, "{\"times\": 1}",
		"{}", happen, NULL},
	{"toy.bye", RPC_ADMIN, "End the toy.", NULL, NULL, NULL, "{}", "{}", bye, NULL},
};
const size_t toy_n_methods = sizeof toy_methods / sizeof toy_methods[0];

/* ---- The process ---- */

static void
on_term(evutil_socket_t fd, short what, void *arg)
{
	event_base_loopbreak(base);
}

struct rpc_server_conf
toy_conf(const struct toy *t, const struct rpc_method *methods, size_t n)
{
	struct rpc_server_conf conf = {
		.instance = "toy",
		.version = "0.0.1",
		.methods = methods,
		.n_methods = n,
		.events = toy_events,
		.patience_ms = t->patience_ms,
		.owed_max = t->owed_max,
	};

	for (unsigned i = 0; i < RPC_ROLES; i++)
		conf.socket[i] = (struct rpc_socket){
			.path = t->paths[i], .mode = 0600, .group = (gid_t)-1};
	return conf;
}

void
toy_open(struct event_base *of)
{
	base = of;
	events = events_open(toy_events);
}

void
toy_close(void)
{
	events_close(events);
}

static _Noreturn void
serve(const struct toy *t, const struct rpc_method *methods, size_t n, int ready)
{
	const struct rpc_server_conf conf = toy_conf(t, methods, n);
	struct rpc_server *server;
	struct event *term;

	signal(SIGTERM,
		SIG_IGN); /* what libevent puts back: one that comes late does no harm */
	wipe_install();
	rpc_server_have_descriptors();
	log_open(LOG_LEVEL_DEBUG, false);
	toy_open(event_base_new());
	term = evsignal_new(base, SIGTERM, on_term, NULL);
	event_add(term, NULL);
	server = rpc_server_open(base, &conf);
	if (server == NULL || write(ready, "", 1) != 1)
		_exit(1);
	event_base_dispatch(base);
	rpc_server_close(server);
	toy_close();
	event_free(term);
	event_base_free(base);
	exit(0);
}

void
toy_start(struct toy *t, const struct rpc_method *methods, size_t n)
{
	int ready[2], log[2];
	char byte;

	ck_assert_ptr_nonnull(mkdtemp(scratch(t->dir, "toy")));
	for (unsigned i = 0; i < RPC_ROLES; i++)
		snprintf(t->paths[i], sizeof t->paths[i], "%s/%s.sock", t->dir,
			rpc_role_names[i]);
	t->path = t->paths[RPC_ADMIN];
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(log), 0);
	t->pid = fork();
	ck_assert_int_ge(t->pid, 0);
	if (t->pid == 0) {
		close(ready[0]);
		close(log[0]);
		dup2(log[1], STDERR_FILENO);
		serve(t, methods, n, ready[1]);
	}
	close(ready[1]);
	close(log[1]);
	t->log = log[0];
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

void
toy_stop(struct toy *t)
{
	int status;

	kill(t->pid, SIGTERM);
	ck_assert_int_eq(waitpid(t->pid, &status, 0), t->pid);
	ck_assert_msg(
		WIFEXITED(status) && WEXITSTATUS(status) == 0, "the toy died: %#x", status);
	ck_assert_int_ne(access(t->path, F_OK), 0);
	rmdir(t->dir);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake_node.h. */
#include "tests/relay/fake_node.h"

#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "control/rpc_check.h"
#include "relay/node.h"
#include "relay/notify.h"
#include "tests/relay/fake_client.h"

void
rpc_reply(struct rpc_request *req, json_t *result)
{
	ck_assert_ptr_nonnull(result);
	req->answers++;
	req->result = result;
}

static bool
is_one_of(const struct rpc_error *const *errors, const struct rpc_error *err)
{
	while (errors != NULL && *errors != NULL && *errors != err)
		errors++;
	return errors != NULL && *errors != NULL;
}

void
rpc_fail(struct rpc_request *req, const struct rpc_error *err, const char *field,
	const char *got, const char *expected, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	ck_assert_str_ne(text, "");
	ck_assert_msg(is_one_of(req->errors, err), "%s is not told of", err->reason);
	req->answers++;
	req->code = err->code;
	snprintf(req->reason, sizeof req->reason, "%s", err->reason);
	snprintf(req->field, sizeof req->field, "%s", field != NULL ? field : "");
	snprintf(req->got, sizeof req->got, "%s", got != NULL ? got : "");
}

void
rpc_request_keep(struct rpc_request *req, void *what)
{
	req->kept = what;
}

void *
rpc_request_kept(const struct rpc_request *req)
{
	return req->kept;
}

/* Nobody is connected. */
struct rpc_peer *
rpc_request_peer(const struct rpc_request *req)
{
	return NULL;
}

void
rpc_peer_watch(struct rpc_peer *p, void (*gone)(void *arg), void *arg)
{
}

bool
rpc_peer_notify(struct rpc_peer *p, const char *line, size_t len, size_t room)
{
	return true;
}

struct event_base *base;
struct switch_client *sw;
struct config conf;
struct calls *calls;
struct core_watch *watch;
struct told told;
static struct capture *capture;

struct event_base *
node_base(const struct node *n)
{
	return base;
}

const struct config *
node_config(const struct node *n)
{
	return &conf;
}

struct calls *
node_calls(const struct node *n)
{
	return calls;
}

struct capture *
node_capture(const struct node *n)
{
	return capture;
}

const struct core_watch *
node_core_watch(const struct node *n)
{
	return watch;
}

struct mesh *mesh;

struct mesh *
node_mesh(const struct node *n)
{
	return mesh;
}

struct mesh_calls *
node_mesh_calls(const struct node *n)
{
	return NULL;
}

struct switch_client *
node_client(const struct node *n)
{
	return sw;
}

struct events *
node_events(const struct node *n)
{
	return NULL;
}

struct reload *
node_reload(const struct node *n)
{
	return told.reload;
}

bool
node_is_ready(const struct node *n)
{
	return true;
}

bool
node_starts_switch(const struct node *n)
{
	return !told.attaches;
}

void
node_set_rpc_mode(struct node *n)
{
	told.rpc_mode = conf.rpc_mode;
}

void
node_set_ng_networks(struct node *n)
{
	told.ng_networks = conf.ng_allow.n;
}

void
notify_reloading(void)
{
	told.reloadings++;
}

void
notify_ready(void)
{
	told.readies++;
}

bool
node_switch_is_up(const struct node *n)
{
	return true;
}

bool
node_is_draining(const struct node *n)
{
	return told.drain || calls_is_draining(calls);
}

int64_t
node_started_us(const struct node *n)
{
	return 0;
}

unsigned
node_switch_restarts(const struct node *n)
{
	return 3;
}

void
node_stop(struct node *n, bool drain, bool leave_switch)
{
	told.stopped = true;
	told.drain = drain;
	told.leave_switch = leave_switch;
}

int
node_drain(struct node *n, bool on)
{
	if (told.stopped)
		return -EALREADY;
	calls_drain(calls, on);
	return 0;
}

void
node_upgrade(struct node *n, node_upgraded *upgraded, void *arg)
{
	upgraded(arg, NULL, "the new one does not start");
}

void
node_set_log_level(struct node *n, unsigned level)
{
	told.log_level = level;
	log_set_level((enum log_level)level);
}

static void
call_changed(void *arg, enum change_kind kind, const struct call *call)
{
	capture_call_changed(capture, call, kind == CHANGE_ENDED);
}

static void
captured(void *arg, const struct sw_captured *m)
{
	capture_captured(capture, m);
}

static void
capture_over(void *arg, const struct capture_info *info)
{
	told.captures_ended++;
	told.capture_ended = *info;
}

static void
open_capture(void)
{
	capture = captures_open(&(struct capture_conf){.base = base,
		.client = sw,
		.calls = calls,
		.directory = conf.capture_directory,
		.ended = capture_over});
	calls_tell(calls, call_changed, NULL);
	fake_tell_captured(sw, captured, NULL);
}

void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	memset(&conf, 0, sizeof conf);
	memset(&told, 0, sizeof told);
	strcpy(conf.name, "test");
	conf.call_limit = 20;
	base = event_base_new();
	sw = fake_open();
	calls = calls_open(&conf, sw, base);
	watch = core_watch_open(base, sw);
	open_capture();
	calls_welcome(calls, SW_FRESH);
	fake_answer_all(sw);
}

void
teardown(void)
{
	calls_close(calls);
	captures_close(capture);
	core_watch_close(watch);
	fake_close(sw);
	event_base_free(base);
}

json_t *
parsed(const char *text)
{
	char *json = strdup(text);
	json_error_t at;
	json_t *value;

	for (char *p = json; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	value = json_loads(json, 0, &at);
	ck_assert_msg(value != NULL, "%s: %s", json, at.text);
	free(json);
	return value;
}

const struct rpc_method *
method(const char *name)
{
	for (size_t i = 0; i < RELAY_METHODS; i++)
		if (strcmp(relay_methods()[i].name, name) == 0)
			return &relay_methods()[i];
	ck_abort_msg("no method %s", name);
}

void
assert_fits(const struct rpc_field *fields, json_t *value, const char *what)
{
	json_t *error = NULL;

	if (rpc_check(fields, value, &error) != 0) {
		char *text = json_dumps(error, 0), *said = json_dumps(value, 0);

		ck_abort_msg("%s: %s\n%s", what, text, said);
	}
}

void
begin(struct rpc_request *req, const char *name, json_t *params)
{
	const struct rpc_method *m = method(name);

	*req = (struct rpc_request){.errors = m->errors};
	assert_fits(m->params, params, name);
	m->handler(req, params, NULL);
	json_decref(params);
}

struct rpc_request
request(const char *name, const char *text)
{
	struct rpc_request req;

	begin(&req, name, parsed(text));
	for (unsigned turns = 0; req.answers == 0 && turns < 1000; turns++) {
		fake_answer_all(sw);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ck_assert_uint_eq(req.answers, 1);
	if (req.result != NULL)
		assert_fits(method(name)->result, req.result, name);
	return req;
}

json_t *
result(const char *name, const char *text)
{
	struct rpc_request req = request(name, text);

	ck_assert_msg(req.result != NULL, "%s: %s %s", name, req.reason, req.field);
	return req.result;
}

const json_t *
at(const json_t *value, const char *path)
{
	char *copy = strdup(path), *rest = copy, *part;

	while (value != NULL && (part = strsep(&rest, ".")) != NULL)
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(part))
					     : json_object_get(value, part);
	free(copy);
	return value;
}

const char *
text_at(const json_t *value, const char *path)
{
	const char *text = json_string_value(at(value, path));

	return text != NULL ? text : "(nothing)";
}

int
number_at(const json_t *value, const char *path)
{
	const json_t *number = at(value, path);

	ck_assert_msg(number != NULL && json_is_integer(number), "%s", path);
	return (int)json_integer_value(number);
}

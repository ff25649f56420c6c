/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl: one request to a running strowger, from the command line.  ctl_options.c reads
 * that line, ctl_print.c shows the answer; here is what touches the world. */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/ctl_completion.h"
#include "control/ctl_describe.h"
#include "control/ctl_events.h"
#include "control/ctl_hint.h"
#include "control/ctl_options.h"
#include "control/ctl_print.h"
#include "control/ctl_record.h"
#include "control/ctl_socket.h"
#include "control/ctl_top.h"
#include "control/rpc.h"
#include "control/rpc_client.h"
#include "control/rpc_parse.h"
#include "control/wipe.h"

enum {
	REFUSED = 1, /* exit statuses; said in --help */
	USAGE = 2,
	NO_DAEMON = 3,

	TIMEOUT_MS = 10000,
};

static int
no_daemon(const char *path, int error)
{
	ctl_hint_no_daemon(path, error, TIMEOUT_MS / 1000);
	return NO_DAEMON;
}

/* ---- Requests ---- */

/* The parameters from stdin. */
static json_t *
read_params(void)
{
	static char text[RPC_LINE_MAX]; /* more does not fit a request either */
	json_error_t e;
	json_t *params;
	size_t n;

	if (isatty(STDIN_FILENO))
		fputs("strowger-ctl: type the parameters as JSON, then Ctrl-D\n", stderr);
	n = fread(text, 1, sizeof text, stdin);
	params = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
	explicit_bzero(text, n);
	if (params == NULL)
		fprintf(stderr,
			"strowger-ctl: what came on stdin is no JSON: something is wrong in "
			"line %d, "
			"column %d; it looks like {\"call\": \"ID\", ...}\n",
			e.line, e.column);
	return params;
}

/* The socket may less than was asked for: who may open the one that may it? */
static void
hint_role(const struct ctl_options *o, const json_t *data)
{
	const char *reason = json_string_value(json_object_get(data, "reason"));
	const char *role = json_string_value(json_object_get(data, "expected"));
	char path[128];

	if (reason == NULL || strcmp(reason, "not_permitted") != 0 || role == NULL)
		return;
	ctl_socket_of(o->socket, role, path, sizeof path);
	fprintf(stderr, "Your commands go to %s; %s would do.\n", o->socket, path);
	ctl_hint_permission(path);
}

static int
print_refusal(const struct ctl_options *o, json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));
	json_t *data = json_object_get(error, "data");

	if (o->json) {
		json_dumpf(error, stderr, JSON_COMPACT);
		fputc('\n', stderr);
		return REFUSED;
	}
	fprintf(stderr, "strowger-ctl: %s: %s\n", o->method != NULL ? o->method : o->words,
		message != NULL ? message : "refused");
	if (json_is_object(data))
		ctl_print(stderr, data, 0);
	hint_role(o, data);
	return REFUSED;
}

/* Colours are for people who have not said that they want none (no-color.org). */
static bool
wants_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0');
}

/* RESULT, to OUT if that is open.  The exit status. */
static int
print_answer(const struct ctl_options *o, json_t *result, struct ctl_record *out)
{
	const size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
	int error;

	if (out->f != NULL) {
		if ((error = ctl_record_write(out, result)) == 0)
			return 0;
		fprintf(stderr,
			"strowger-ctl: cannot write the record; the call is stopped, export it "
			"again: %s\n",
			strerror(-error));
		return REFUSED;
	}
	if (o->json || o->command->look == CTL_JSON || !json_is_object(result)) {
		json_dumpf(result, stdout, flags | (o->json ? JSON_COMPACT : JSON_INDENT(2)));
		putchar('\n');
	} else if (o->command->look == CTL_DESCRIBE) {
		ctl_describe(stdout, result);
	} else {
		ctl_print(stdout, result,
			(o->command->look == CTL_BUSY && !o->all ? CTL_PRINT_BUSY : 0) |
				(wants_colour() ? CTL_PRINT_COLOUR : 0));
	}
	return 0;
}

/* If RESULT is part of a longer answer: ask for the rest and add it.  0 or -errno. */
static int
add_pages(struct rpc_client *c, const struct ctl_options *o, json_t *result)
{
	const char *pages = o->command->pages;
	json_t *all = json_object_get(result, pages);
	bool more = json_is_true(json_object_get(result, "more"));

	while (more) {
		size_t n = json_array_size(all);
		json_t *after =
			json_object_get(json_array_get(all, n - 1), o->command->page_key);
		struct rpc_answer a;
		int error =
			rpc_client_call(c, o->method, json_pack("{s:O}", "after", after), &a);

		if (error == 0 && a.error != NULL)
			error = -EIO;
		json_array_extend(all, json_object_get(a.result, pages));
		more = json_is_true(json_object_get(a.result, "more")) &&
		       json_array_size(all) > n;
		rpc_answer_fini(&a);
		if (error != 0)
			return error;
	}
	json_object_del(result, "more");
	if (!o->json)
		json_object_del(result, "cursor"); /* for programs */
	return 0;
}

/* Ask, and print what comes back, a record to OUT.  The exit status. */
static int
request(struct rpc_client *c, struct ctl_options *o, struct ctl_record *out)
{
	bool whole = o->command->pages != NULL && json_object_get(o->params, "limit") == NULL;
	struct rpc_answer a;
	int error, status = 0;

	error = rpc_client_call(c, o->method, json_incref(o->params), &a);
	if (error == 0 && a.result != NULL && whole)
		error = add_pages(c, o, a.result);
	if (error != 0)
		status = no_daemon(o->socket, -error);
	else if (a.error != NULL)
		status = print_refusal(o, a.error);
	else
		status = print_answer(o, a.result, out);
	rpc_answer_fini(&a);
	return status;
}

/* The files that the command reads or writes, before anything is asked.  OUT: where a record
 * goes; not open: the answer is none.  0 or -errno, and FILE is the one. */
static int
open_files(const struct ctl_options *o, struct ctl_record *out, const char **file)
{
	json_t *record;
	int error;

	if (o->command->look == CTL_RECORD && (!o->json || o->output != NULL)) {
		*file = o->output != NULL ? o->output : "-";
		if ((error = ctl_record_open(out, *file)) != 0)
			return error;
	}
	if (o->command->from_file) {
		*file = json_string_value(json_object_get(o->params, o->command->param));
		if ((record = ctl_record_read(*file)) == NULL)
			return -errno;
		json_object_set_new(o->params, o->command->param, record);
	}
	return 0;
}

/* Connect, ask and print.  The exit status. */
static int
converse(struct ctl_options *o, struct ctl_record *out)
{
	struct rpc_client *c;
	json_int_t api;
	int status;

	c = rpc_client_open(o->socket, TIMEOUT_MS);
	if (c == NULL)
		return no_daemon(o->socket, errno);
	api = json_integer_value(json_object_get(rpc_client_greeting(c), "api"));
	if (api != RPC_API)
		fprintf(stderr,
			"strowger-ctl: this is for version %d of the interface, the daemon "
			"has %d: some "
			"things may not work\n",
			RPC_API, (int)api);
	status = request(c, o, out);
	rpc_client_close(c);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
		if (errno != EPIPE) /* who reads no more has seen enough */
			perror("strowger-ctl: cannot write the answer");
		status = REFUSED;
	}
	return status;
}

static int
top(const struct ctl_options *o)
{
	double interval = json_number_value(json_object_get(o->params, "interval"));
	const struct top_conf conf = {
		.socket = o->socket,
		.interval_s = interval > 0 ? fmax(interval, 0.1) : 1,
		.once = json_is_true(json_object_get(o->params, "once")) ||
			!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO),
		.colour = wants_colour(),
	};
	int error = ctl_top(&conf);

	if (error != -ENOTTY)
		return error != 0 ? no_daemon(o->socket, -error) : 0;
	fprintf(stderr,
		"strowger-ctl: your terminal (TERM=%s) is unknown here: try TERM=xterm or "
		"vt100, or --once\n",
		getenv("TERM") != NULL ? getenv("TERM") : "");
	return USAGE;
}

static int
events(const struct ctl_options *o)
{
	const struct ctl_events_conf conf = {
		.socket = o->socket, .options = o->params, .json = o->json};
	json_t *refusal = NULL;
	int status = ctl_events(&conf, &refusal);

	if (status < 0)
		status = no_daemon(o->socket, -status);
	else if (status > 0)
		status = print_refusal(o, refusal);
	json_decref(refusal);
	return status;
}

static int
run(struct ctl_options *o)
{
	struct ctl_record out = {0};
	const char *file;
	int status;

	if (!o->this_socket)
		ctl_socket_choose(o->socket, sizeof o->socket);
	if (o->command->look == CTL_TOP)
		return top(o);
	if (o->command->look == CTL_EVENTS)
		return events(o);
	if (o->params == NULL && (o->params = read_params()) == NULL)
		return USAGE;
	if ((status = open_files(o, &out, &file)) != 0) {
		fprintf(stderr, "strowger-ctl: %s: %s\n", file, strerror(-status));
		status = USAGE;
	} else {
		status = converse(o, &out);
	}
	ctl_record_close(&out);
	return status;
}

int
main(int argc, char **argv)
{
	struct ctl_options o;
	int status = 0;

	setlocale(LC_CTYPE, "");
	wipe_install();
	if (ctl_options_parse(&o, argc, argv) != 0) {
		fprintf(stderr, "strowger-ctl: %s\n", o.error);
		status = USAGE;
	} else if (o.version) {
		puts("strowger-ctl " STROWGER_VERSION);
	} else if (o.shell != NULL) {
		ctl_completion_bash(stdout);
	} else if (o.help) {
		ctl_command_usage(stdout, o.words);
	} else {
		status = run(&o);
	}
	ctl_options_fini(&o);
	return status;
}

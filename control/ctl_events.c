/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_events.h.  One thread, which waits for the node and for whoever reads: a pipe that
 * was closed is noticed at once, not with the next event. */
#include "control/ctl_events.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/rpc_client.h"

enum { CONNECT_MS = 10000, AGAIN_MS = 500 };

/* ---- One line ---- */

/* T, seconds since 1970, as the log has it. */
static void
print_time(FILE *f, double t)
{
	const time_t whole = (time_t)floor(t);
	struct tm tm;
	char text[32];

	if (gmtime_r(&whole, &tm) == NULL)
		return;
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(f, "%s.%03dZ", text, (int)floor((t - floor(t)) * 1000));
}

/* A word stands as it is.  What could be taken for another field, or steers a terminal, is
 * JSON. */
static void
print_value(FILE *f, const json_t *value)
{
	const char *text = json_string_value(value);
	bool plain = text != NULL && text[0] != '\0';

	for (const char *p = text; plain && *p != '\0'; p++)
		plain = isgraph((unsigned char)*p) && strchr("\"=\\", *p) == NULL;
	if (plain)
		fputs(text, f);
	else
		json_dumpf(value, f,
			JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII |
				JSON_REAL_PRECISION(15));
}

static bool
is_in_front(const char *name)
{
	static const char *const names[] = {"event", "seq", "time", "dropped"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void
ctl_event_print(FILE *f, json_t *event)
{
	const json_int_t lost = json_integer_value(json_object_get(event, "dropped"));
	const char *name;
	json_t *value;

	if (lost > 0)
		fprintf(f,
			"(%" JSON_INTEGER_FORMAT " events were lost here: they came faster "
			"than they were read)\n",
			lost);
	print_time(f, json_number_value(json_object_get(event, "time")));
	fputc(' ', f);
	print_value(f, json_object_get(event, "event"));
	json_object_foreach (event, name, value) {
		if (is_in_front(name))
			continue;
		fprintf(f, " %s=", name);
		print_value(f, value);
	}
	fputc('\n', f);
}

/* ---- The node ---- */

struct follower {
	const struct ctl_events_conf *conf;
	struct rpc_client *client;
	json_int_t left; /* events to print yet; -1: any number */
	double until;    /* of now(); INFINITY: for ever */
	bool unread;     /* nobody reads what is printed */
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
left_ms(const struct follower *w, int most)
{
	double left = (w->until - now()) * 1000;

	return left < 0 ? 0 : left < most ? (int)left + 1 : most;
}

static bool
is_over(const struct follower *w)
{
	return w->left == 0 || w->unread || now() >= w->until;
}

static int
subscribe(struct follower *w, json_t **refusal)
{
	json_t *events = json_object_get(w->conf->options, "events");
	struct rpc_answer a;
	int error;

	w->client = rpc_client_open(w->conf->socket, CONNECT_MS);
	if (w->client == NULL)
		return -errno;
	error = rpc_client_call(w->client, "events.subscribe",
		json_pack("{s:o, s:O*}", "events",
			events != NULL ? json_incref(events) : json_pack("[s]", "*"), "calls",
			json_object_get(w->conf->options, "calls")),
		&a);
	if (error == 0 && a.error != NULL) {
		*refusal = json_incref(a.error);
		error = 1;
	}
	rpc_answer_fini(&a);
	rpc_client_set_timeout(w->client, 0);
	return error;
}

static void
print(struct follower *w, json_t *event)
{
	if (w->conf->json) {
		json_dumpf(event, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
		putchar('\n');
	} else {
		ctl_event_print(stdout, event);
	}
	w->unread |= fflush(stdout) != 0;
	if (w->left > 0)
		w->left--;
}

/* Print what comes until it is over: 0; or the node goes: -errno. */
static int
watch(struct follower *w)
{
	struct pollfd p[] = {
		{.fd = rpc_client_fd(w->client), .events = POLLIN},
		{.fd = STDOUT_FILENO}, /* only whether it was closed */
	};
	struct rpc_answer a;
	int error = 0;

	while (!is_over(w) && (error == 0 || error == -ETIMEDOUT)) {
		error = rpc_client_receive(w->client, &a);
		if (error == 0 && a.event != NULL)
			print(w, a.event);
		rpc_answer_fini(&a);
		if (error == -ETIMEDOUT)
			poll(p, 2, left_ms(w, 60000));
		w->unread |= (p[1].revents & (POLLERR | POLLHUP)) != 0;
	}
	return is_over(w) ? 0 : error;
}

/* Wait until the node is there again.  0; 1: *REFUSAL. */
static int
come_back(struct follower *w, json_t **refusal)
{
	int error = -ENOENT;

	fprintf(stderr, "strowger-ctl: strowger at %s has gone; waiting for it\n",
		w->conf->socket);
	while (!is_over(w) && error < 0) {
		struct pollfd reader = {.fd = STDOUT_FILENO};

		rpc_client_close(w->client);
		w->unread |= poll(&reader, 1, left_ms(w, AGAIN_MS)) > 0;
		error = subscribe(w, refusal);
	}
	if (error == 0)
		fputs("strowger-ctl: it is back; what happened meanwhile is not told\n",
			stderr);
	return error < 0 ? 0 : error;
}

int
ctl_events(const struct ctl_events_conf *conf, json_t **refusal)
{
	const json_t *count = json_object_get(conf->options, "count");
	const json_t *seconds = json_object_get(conf->options, "seconds");
	const bool follow = json_is_true(json_object_get(conf->options, "follow"));
	struct follower w = {
		.conf = conf,
		.left = count != NULL ? json_integer_value(count) : -1,
		.until = seconds != NULL ? now() + json_number_value(seconds)
					 : (double)INFINITY,
	};
	int error;

	error = subscribe(&w, refusal);
	while (error == 0 && !is_over(&w)) {
		error = watch(&w);
		if (error < 0 && follow)
			error = come_back(&w, refusal);
	}
	rpc_client_close(w.client);
	return error;
}

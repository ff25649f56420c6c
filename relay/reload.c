/* SPDX-License-Identifier: Apache-2.0
 *
 * See reload.h.  A key that takes effect at once and is more than a number to be read where it
 * is needed has its line in take_effect(). */
#include "relay/reload.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/node.h"
#include "relay/notify.h"

struct reload {
	struct reload_conf conf;
	struct event *hang_up;
	struct config file; /* as it was read last */
};

/* A change on its way to whoever asked. */
struct watcher {
	void (*each)(void *arg, const struct config_change *change);
	void *arg;
};

/* Without the values: they may be addresses. */
static void
log_change(const struct config_change *c)
{
	const char *it = c->interface;

	log_line(c->effect == CONFIG_AT_ONCE ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		"[%s%s%s] %s has changed%s", c->key->section, it != NULL ? " " : "",
		it != NULL ? it : "", c->key->name,
		c->effect == CONFIG_AT_ONCE
			? ""
			: " in the file, and takes a restart: strowger-ctl config get");
}

static void
changed(void *arg, const struct config_change *change)
{
	const struct watcher *w = arg;

	log_change(change);
	if (w->each != NULL)
		w->each(w->arg, change);
}

static void
take_effect(const struct reload *r)
{
	const struct config *c = r->conf.running;

	node_set_log_level(r->conf.node, c->log_level);
	log_set_identifiers(c->log_plain);
	node_set_rpc_mode(r->conf.node);
	node_set_ng_networks(r->conf.node);
	calls_configured(node_calls(r->conf.node));
}

/* Calls that the switch's memory has room for. */
static uint32_t
room(const struct reload *r)
{
	const struct sw_state *st = switch_client_state(node_client(r->conf.node));

	return st != NULL ? st->transports / CONFIG_CALL_SLOTS : r->conf.running->call_limit;
}

int
reload_now(struct reload *r, void (*each)(void *arg, const struct config_change *change),
	void *arg, char *err, size_t size)
{
	struct watcher watcher = {each, arg};
	struct config *c = r->conf.running, *read = malloc(sizeof *read);
	int error = read != NULL ? config_load(r->conf.path, read, err, size) : -ENOMEM;

	if (error != 0)
		goto unread;
	r->file = *read;
	/* Another run_dir takes a restart, and so does what follows from it. */
	config_place_captures(&r->file, c->run_dir);
	/* log.set may have been there; from now on the file counts again. */
	c->log_level = (uint8_t)log_get_level();
	c->log_plain = log_get_plain();
	config_merge(c, &r->file, room(r), changed, &watcher);
	take_effect(r);
	log_info("%s was read again", r->conf.path);
unread:
	free(read);
	return error;
}

static void
on_hang_up(evutil_socket_t sig, short what, void *arg)
{
	struct reload *r = arg;
	bool ready = node_is_ready(r->conf.node);
	char err[512] = "out of memory";

	if (ready)
		notify_reloading();
	if (reload_now(r, NULL, NULL, err, sizeof err) != 0)
		log_err("%s; the configuration stays what it was", err);
	if (ready)
		notify_ready();
}

struct reload *
reload_open(const struct reload_conf *conf)
{
	struct reload *r = malloc(sizeof *r);

	if (r == NULL)
		return NULL;
	r->conf = *conf;
	r->file = *conf->running;
	r->hang_up = evsignal_new(conf->base, SIGHUP, on_hang_up, r);
	if (r->hang_up != NULL && event_add(r->hang_up, NULL) == 0)
		return r;
	reload_close(r);
	errno = ENOMEM;
	return NULL;
}

void
reload_close(struct reload *r)
{
	if (r == NULL)
		return;
	if (r->hang_up != NULL)
		event_free(r->hang_up);
	free(r);
}

const struct config *
reload_file(const struct reload *r)
{
	return &r->file;
}

const char *
reload_path(const struct reload *r)
{
	return r->conf.path;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The node's NG sockets; see node_inside.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "control/log.h"
#include "control/ng_server.h"
#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/ng.h"
#include "relay/node_inside.h"
#include "relay/pages.h"

static bool
is_wanted(const struct config *c)
{
	return c->ng_listen.n > 0 || c->ng_listen_tcp.n > 0 || c->ng_socket[0] != '\0' ||
	       c->ng_http;
}

static int
refused(const char *where, int err)
{
	log_err("cannot listen for NG at %s: %s", where, strerror(-err));
	return err;
}

/* AT as control/ has it, which knows nothing of the switch. */
static struct request_addr
door_at(const struct sw_addr *at)
{
	struct request_addr a = {.family = at->family, .port = at->port};

	memcpy(a.ip, at->ip, sizeof a.ip);
	return a;
}

static int
listen_at(struct node *n, const struct config_listens *list, const char *way,
	int (*listen)(struct ng_server *s, const struct request_addr *at))
{
	const struct config *c = n->config;
	char text[CONFIG_LISTEN_TEXT];
	int err;

	for (unsigned i = 0; i < list->n; i++) {
		struct request_addr at = door_at(&list->at[i]);

		config_listen_text(&list->at[i], text);
		if ((err = listen(n->ng_server, &at)) < 0)
			return refused(text, err);
		log_info("NG at %s, %s", text, way);
		if (c->ng_allow.n == 0 && !config_listen_is_loopback(&list->at[i]))
			log_warn("only this host is answered at %s: [ng] allow says who else",
				text);
	}
	return 0;
}

static int
listen_everywhere(struct node *n)
{
	const struct config *c = n->config;
	int err = listen_at(n, &c->ng_listen, "UDP", ng_server_udp);

	if (err == 0)
		err = listen_at(n, &c->ng_listen_tcp, "TCP", ng_server_tcp);
	if (err == 0 && c->ng_socket[0] != '\0') {
		if ((err = ng_server_unix(
			     n->ng_server, c->ng_socket, c->ng_mode, n->conf.ng_gid)) < 0)
			return refused(c->ng_socket, err);
		log_info("NG at %s", c->ng_socket);
	}
	return err;
}

static void
listen_http(struct node *n)
{
	ng_server_http(n->ng_server, pages_http(n->pages));
	if (n->config->http_listen.n == 0)
		log_warn("[ng] http = yes, but [http] listen says nowhere");
	else
		log_info("NG over HTTP, where [http] listens");
}

/* Those that the configuration does not want any more. */
static void
close_handed(struct node *n)
{
	for (size_t i = 0; i < HANDED_NG; i++) {
		if (n->listening_ng[i] >= 0)
			close(n->listening_ng[i]);
		n->listening_ng[i] = -1;
	}
}

static struct ng_server *
open_server(struct node *n)
{
	return ng_server_open(&(struct ng_server_conf){.base = n->base,
		.handler = ng_handle,
		.arg = n->ng,
		.networks = n->config->ng_allow.network,
		.n_networks = n->config->ng_allow.n,
		.handed = n->listening_ng,
		.n_handed = HANDED_NG});
}

int
node_ng_open(struct node *n)
{
	int err;

	if (n->ng != NULL || !is_wanted(n->config))
		return 0;
	n->ng = ng_open(&(struct ng_conf){
		.calls = n->calls, .config = n->config, .client = n->client, .base = n->base});
	if (n->ng == NULL || (n->ng_server = open_server(n)) == NULL) {
		log_err("cannot set NG up: %m");
		return -errno;
	}
	ng_recover(n->ng);
	err = listen_everywhere(n);
	if (err == 0 && n->config->ng_http)
		listen_http(n);
	close_handed(n);
	return err;
}

void
node_ng_stop(struct node *n)
{
	if (n->ng_server != NULL)
		ng_server_http(n->ng_server, NULL);
	ng_stop(n->ng);
}

void
node_ng_close(struct node *n)
{
	ng_close(n->ng);
	ng_server_close(n->ng_server);
	close_handed(n);
}

void
node_ng_flush(struct node *n)
{
	ng_server_flush(n->ng_server);
}

void
node_ng_pause(struct node *n, bool on)
{
	if (n->ng_server == NULL)
		return;
	if (on)
		ng_server_pause(n->ng_server);
	else
		ng_server_resume(n->ng_server);
}

bool
node_ng_is_idle(const struct node *n)
{
	return n->ng_server == NULL || ng_server_is_idle(n->ng_server);
}

void
node_ng_give(const struct node *n, struct handed *h)
{
	for (size_t i = 0; i < HANDED_NG; i++)
		h->ng[i] = -1;
	if (n->ng_server != NULL)
		ng_server_sockets(n->ng_server, h->ng, HANDED_NG);
}

void
node_set_ng_networks(struct node *n)
{
	if (n->ng_server != NULL)
		ng_server_networks(
			n->ng_server, n->config->ng_allow.network, n->config->ng_allow.n);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See pages.h. */
#include "relay/pages.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/http.h"
#include "control/http_accept.h"
#include "control/log.h"
#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/health.h"
#include "relay/metrics.h"
#include "relay/node_view.h"

struct pages {
	struct http *http;
	pages_look *look;
	const void *arg;
};

static int
metrics_page(void *arg, const char *accept, FILE *body, const char **type)
{
	const struct pages *p = arg;
	struct node_view view;
	enum openmetrics_form form =
		http_accept_quality(accept, "text/plain") >
				http_accept_quality(accept, "application/openmetrics-text")
			? OPENMETRICS_PROMETHEUS
			: OPENMETRICS_TEXT;

	p->look(p->arg, &view);
	*type = openmetrics_content_type(form);
	metrics_write(&view, form, body);
	return 200;
}

static int
health_page(void *arg, const char *accept, FILE *body, const char **type)
{
	const struct pages *p = arg;
	struct node_view view;

	p->look(p->arg, &view);
	*type = "application/json";
	return health_write(&view, body) ? 200 : 503;
}

static const struct http_page pages[] = {
	{"/metrics", "what is measured, in OpenMetrics", metrics_page},
	{"/healthz", "is this node fit for new calls?", health_page},
};

static int
listen_at(struct http *http, const struct sw_addr *at)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(at->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(at->port)};

	memcpy(&v4.sin_addr, at->ip, sizeof v4.sin_addr);
	memcpy(&v6.sin6_addr, at->ip, sizeof v6.sin6_addr);
	return at->family == AF_INET
		       ? http_listen(http, (const struct sockaddr *)&v4, sizeof v4)
		       : http_listen(http, (const struct sockaddr *)&v6, sizeof v6);
}

/* Calls matter more than being looked at: a port that is taken ends nothing. */
static void
listen_everywhere(struct http *http, const struct config_listens *list)
{
	char text[CONFIG_LISTEN_TEXT];

	for (unsigned i = 0; i < list->n; i++) {
		int port = listen_at(http, &list->at[i]);

		config_listen_text(&list->at[i], text);
		if (port < 0)
			log_err("cannot listen at %s: %s; nobody is told metrics and health "
				"there",
				text, strerror(-port));
		else if (!config_listen_is_loopback(&list->at[i]))
			log_warn("metrics and health at %s, for whoever can reach it", text);
		else
			log_info("metrics and health at %s", text);
	}
}

struct pages *
pages_open(
	struct event_base *base, const struct config *conf, pages_look *look, const void *arg)
{
	struct pages *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->look = look;
	p->arg = arg;
	p->http = http_open(&(struct http_conf){.base = base,
		.title = "strowger",
		.pages = pages,
		.n_pages = sizeof pages / sizeof *pages,
		.arg = p});
	if (p->http == NULL) {
		free(p);
		return NULL;
	}
	listen_everywhere(p->http, &conf->http_listen);
	return p;
}

void
pages_close(struct pages *p)
{
	if (p == NULL)
		return;
	http_close(p->http);
	free(p);
}

struct http *
pages_http(const struct pages *p)
{
	return p->http;
}

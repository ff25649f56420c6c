/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger says over HTTP: /metrics and /healthz, where the configuration has it listen.
 * Control's one thread. */
#pragma once

struct config;
struct event_base;
struct http;
struct node_view;
struct pages;

/* Fills V with what is so now. */
typedef void pages_look(const void *arg, struct node_view *v);

/* Listen at CONF's [http] listen; where that fails, a log line says so and the rest goes on.
 * BASE, CONF and ARG must outlive it.  NULL: errno. */
struct pages *pages_open(
	struct event_base *base, const struct config *conf, pages_look *look, const void *arg);
void pages_close(struct pages *p); /* NULL is fine */

struct http *pages_http(const struct pages *p);

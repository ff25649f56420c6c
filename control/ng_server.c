/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_server.h: the server's life, its sockets, and who may ask. */
#include "control/ng_server.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/log.h"
#include "control/ng_address.h"
#include "control/ng_server_inside.h"
#include "control/ng_websocket.h"

enum { SWAP_S = 30 };

/* Of each of the two generations: ten seconds of 5,000 calls set up a second. */
static const struct ng_cache_limits cache_limits = {.answers = 1 << 17, .bytes = 96 << 20};

/* ---- Who may ask. ---- */

bool
ng_server_admits(struct ng_server *s, const struct request_addr *a)
{
	if (ng_address_is_loopback(a))
		return true;
	for (size_t i = 0; i < s->conf.n_networks; i++)
		if (ng_address_is_within(a, &s->network[i]))
			return true;
	if (s->counts.refused_source++ == 0)
		log_warn("ng: somebody asks from an address that may not, and gets no answer: "
			 "[ng] allow names the networks that may");
	return false;
}

void
ng_server_networks(struct ng_server *s, const struct ng_network *networks, size_t n)
{
	s->conf.n_networks = n < NG_NETWORKS ? n : NG_NETWORKS;
	if (n > 0)
		memcpy(s->network, networks, s->conf.n_networks * sizeof *networks);
}

/* ---- Its life. ---- */

static void
swap(evutil_socket_t fd, short what, void *arg)
{
	struct ng_server *s = arg;

	ng_cache_swap(s->cache);
}

struct ng_server *
ng_server_open(const struct ng_server_conf *conf)
{
	static const struct timeval period = {.tv_sec = SWAP_S};
	struct ng_server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->conf = *conf;
	ng_server_networks(s, conf->networks, conf->n_networks);
	LIST_INIT(&s->doors);
	TAILQ_INIT(&s->conns);
	TAILQ_INIT(&s->webs);
	if ((s->cache = ng_cache_open(&cache_limits)) == NULL)
		goto no_cache;
	s->swap = event_new(conf->base, -1, EV_PERSIST, swap, s);
	if (s->swap != NULL && event_add(s->swap, &period) == 0)
		return s;
	if (s->swap != NULL)
		event_free(s->swap);
	ng_cache_close(s->cache);
	errno = ENOMEM;
no_cache:
	free(s);
	return NULL;
}

/* The name of a Unix socket goes with it. */
static void
unlink_socket(int fd)
{
	struct sockaddr_un at;
	socklen_t len = sizeof at;

	if (getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.sun_family == AF_UNIX)
		unlink(at.sun_path);
}

static void
close_door(struct ng_door *d)
{
	LIST_REMOVE(d, link);
	d->kind->close(d);
	unlink_socket(d->fd);
	close(d->fd);
	free(d);
}

void
ng_server_close(struct ng_server *s)
{
	if (s == NULL)
		return;
	while (!LIST_EMPTY(&s->doors))
		close_door(LIST_FIRST(&s->doors));
	ng_server_http(s, NULL);
	ng_stream_close_all(s);
	ng_exchange_drop_all(s);
	event_free(s->swap);
	ng_cache_close(s->cache);
	free(s);
}

void
ng_server_flush(struct ng_server *s)
{
	struct ng_door *d;

	if (s == NULL)
		return;
	LIST_FOREACH(d, &s->doors, link)
	if (d->kind->flush != NULL)
		d->kind->flush(d);
}

const struct ng_counts *
ng_server_counts(const struct ng_server *s)
{
	return &s->counts;
}

/* ---- Becoming another program. ---- */

static void
hold(struct ng_server *s, bool on)
{
	struct ng_door *d;

	s->held = on;
	LIST_FOREACH(d, &s->doors, link)
	d->kind->hold(d, on);
}

void
ng_server_pause(struct ng_server *s)
{
	hold(s, true);
}

void
ng_server_resume(struct ng_server *s)
{
	hold(s, false);
	ng_stream_resume(s);
	ng_websocket_resume(s);
}

bool
ng_server_is_idle(const struct ng_server *s)
{
	return s->counts.waiting == 0 && ng_stream_is_idle(s);
}

size_t
ng_server_sockets(const struct ng_server *s, int *fd, size_t room)
{
	const struct ng_door *d;
	size_t n = 0;

	LIST_FOREACH(d, &s->doors, link)
	if (n < room)
		fd[n++] = d->fd;
	return n;
}

/* ---- Sockets. ---- */

static bool
is_at(int fd, int type, const struct sockaddr *at, socklen_t len)
{
	struct sockaddr_storage has = {0};
	socklen_t has_len = sizeof has, type_len = sizeof(int);
	int has_type = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &has_type, &type_len) == 0 &&
	       has_type == type && getsockname(fd, (struct sockaddr *)&has, &has_len) == 0 &&
	       memcmp(&has, at, len) == 0;
}

/* One that another program has listened at; -1: none is there. */
static int
take_handed(struct ng_server *s, int type, const struct sockaddr *at, socklen_t len)
{
	for (size_t i = 0; i < s->conf.n_handed; i++) {
		int fd = s->conf.handed[i];

		if (fd >= 0 && is_at(fd, type, at, len)) {
			s->conf.handed[i] = -1;
			return fd;
		}
	}
	return -1;
}

/* What lies at PATH, if it is a socket, is nobody's any more: our lock says so. */
static int
remove_stale(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) == 0 ? 0 : -errno;
}

int
ng_server_socket(struct ng_server *s, int type, const struct sockaddr *at, socklen_t len)
{
	static const int on = 1;
	int fd = take_handed(s, type, at, len), err;

	if (fd >= 0)
		return fd;
	if (at->sa_family == AF_UNIX &&
		(err = remove_stale(
			 ((const struct sockaddr_un *)(const void *)at)->sun_path)) != 0)
		return err;
	if ((fd = socket(at->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
		return -errno;
	if (at->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	/* Connections of the program before may linger; a second one for datagrams would take
	 * some of the first one's. */
	if (type == SOCK_STREAM && at->sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, at, len) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

void
ng_server_add(struct ng_server *s, struct ng_door *d, const struct ng_door_kind *kind, int fd)
{
	d->server = s;
	d->kind = kind;
	d->fd = fd;
	LIST_INSERT_HEAD(&s->doors, d, link);
}

int
ng_server_port(int fd)
{
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof at;

	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return -errno;
	return ng_address_in((const struct sockaddr *)&at).port;
}

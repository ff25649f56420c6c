/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_client.h.  JSON-RPC 2.0, one object a line. */
#include "control/rpc_client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/wipe.h"

struct rpc_client {
	int fd;
	int timeout_ms;
	struct evbuffer *in, *out;
	size_t searched; /* bytes of `in` known to hold no newline */
	json_int_t last_id;
	json_t *greeting;
};

void
rpc_answer_fini(struct rpc_answer *a)
{
	json_decref(a->result);
	json_decref(a->error);
	json_decref(a->event);
	*a = (struct rpc_answer){0};
}

static bool
has_line(struct rpc_client *c)
{
	struct evbuffer_ptr at;

	evbuffer_ptr_set(c->in, &at, c->searched, EVBUFFER_PTR_SET);
	at = evbuffer_search_eol(c->in, &at, NULL, EVBUFFER_EOL_LF);
	c->searched = at.pos >= 0 ? 0 : evbuffer_get_length(c->in);
	return at.pos >= 0;
}

/* Wait for the socket once, and move what can be moved.  Both ways, whatever we are waiting
 * for: the server may be waiting for us to take its answers before it takes our requests. */
static int
move(struct rpc_client *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int n;

	if (evbuffer_get_length(c->out) > 0)
		p.events |= POLLOUT;
	n = poll(&p, 1, c->timeout_ms);
	if (n == 0)
		return -ETIMEDOUT;
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (p.revents & POLLOUT && evbuffer_write(c->out, c->fd) < 0 && errno != EAGAIN)
		return -errno;
	if (p.revents & ~POLLOUT) {
		n = evbuffer_read(c->in, c->fd, -1);
		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno != EAGAIN)
			return -errno;
	}
	return 0;
}

/* The next line as JSON. */
static int
receive(struct rpc_client *c, json_t **value)
{
	size_t len;
	char *line;
	int error;

	while (!has_line(c))
		if ((error = move(c)) != 0)
			return error;
	line = evbuffer_readln(c->in, &len, EVBUFFER_EOL_LF);
	if (line == NULL)
		return -ENOMEM;
	*value = json_loadb(line, len, 0, NULL);
	wipe_free(line); /* it may hold a key */
	return *value != NULL ? 0 : -EPROTO;
}

static int
connect_to(const char *path, int timeout_ms)
{
	const struct timeval wait = {
		.tv_sec = timeout_ms < 0 ? 0 : timeout_ms / 1000,
		.tv_usec = timeout_ms < 0 ? 0 : timeout_ms % 1000 * 1000,
	};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(path) >= sizeof sun.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* A full queue of the listener makes connect() wait; O_NONBLOCK would make it fail. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	if (connect(fd, (struct sockaddr *)&sun, sizeof sun) == 0 &&
		fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	error = errno == EAGAIN ? ETIMEDOUT : errno;
	close(fd);
	errno = error;
	return -1;
}

struct rpc_client *
rpc_client_open(const char *path, int timeout_ms)
{
	struct rpc_client *c = calloc(1, sizeof *c);
	int error = 0;

	if (c == NULL)
		return NULL;
	signal(SIGPIPE, SIG_IGN);
	c->timeout_ms = timeout_ms;
	c->in = evbuffer_new();
	c->out = evbuffer_new();
	c->fd = connect_to(path, timeout_ms);
	if (c->fd < 0)
		error = errno;
	else if (c->in == NULL || c->out == NULL)
		error = ENOMEM;
	else
		error = -receive(c, &c->greeting);
	if (error == 0 && json_object_get(c->greeting, "strowger") == NULL)
		error = EPROTO;
	if (error == 0)
		return c;
	rpc_client_close(c);
	errno = error;
	return NULL;
}

void
rpc_client_close(struct rpc_client *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	if (c->in != NULL)
		evbuffer_free(c->in);
	if (c->out != NULL)
		evbuffer_free(c->out);
	json_decref(c->greeting);
	free(c);
}

int
rpc_client_fd(const struct rpc_client *c)
{
	return c->fd;
}

void
rpc_client_set_timeout(struct rpc_client *c, int timeout_ms)
{
	c->timeout_ms = timeout_ms;
}

const json_t *
rpc_client_greeting(const struct rpc_client *c)
{
	return c->greeting;
}

json_int_t
rpc_client_send(struct rpc_client *c, const char *method, json_t *params)
{
	json_t *request = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id",
		c->last_id + 1, "method", method, "params", params);
	char *text = json_dumps(request, JSON_COMPACT);
	int error = text == NULL ? -ENOMEM : 0;

	if (text != NULL)
		evbuffer_add_printf(c->out, "%s\n", text);
	wipe_free(text);
	json_decref(request);
	while (error == 0 && evbuffer_get_length(c->out) > 0)
		error = move(c);
	return error != 0 ? error : ++c->last_id;
}

int
rpc_client_receive(struct rpc_client *c, struct rpc_answer *a)
{
	json_t *line;
	int error = receive(c, &line);

	*a = (struct rpc_answer){0};
	if (error != 0)
		return error;
	a->id = json_integer_value(json_object_get(line, "id"));
	a->result = json_incref(json_object_get(line, "result"));
	a->error = json_incref(json_object_get(line, "error"));
	if (json_object_get(line, "method") != NULL)
		a->event = json_incref(json_object_get(line, "params"));
	json_decref(line);
	if ((a->result != NULL) + (a->error != NULL) + (a->event != NULL) != 1) {
		rpc_answer_fini(a);
		return -EPROTO;
	}
	return 0;
}

int
rpc_client_call(struct rpc_client *c, const char *method, json_t *params, struct rpc_answer *a)
{
	json_int_t id = rpc_client_send(c, method, params);

	if (id < 0) {
		*a = (struct rpc_answer){0};
		return (int)id;
	}
	return rpc_client_receive(c, a);
}

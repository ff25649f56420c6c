/* SPDX-License-Identifier: Apache-2.0
 *
 * Each command, made of its arguments; of switch_client.h.  Control's one thread. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/switch_client_inside.h"

int
switch_client_command(struct switch_client *c, enum sw_type type, void *msg, size_t len,
	switch_done *done, void *arg)
{
	return c->stage == READY ? switch_client_queue(c, type, msg, len, -1, done, arg)
				 : -ENOTCONN;
}

int
switch_client_transport_set(
	struct switch_client *c, const struct sw_transport *t, switch_done *done, void *arg)
{
	struct sw_transport_set msg = {.transport = *t};
	int error = switch_client_command(c, SW_TRANSPORT_SET, &msg, sizeof msg, done, arg);

	explicit_bzero(&msg, sizeof msg);
	return error;
}

int
switch_client_transport_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	struct sw_transport_del msg = {.slot = slot, .id = id};

	return switch_client_command(c, SW_TRANSPORT_DEL, &msg, sizeof msg, done, arg);
}

int
switch_client_transport_stop(struct switch_client *c, uint32_t slot, uint64_t id,
	struct sw_history *into, switch_done *done, void *arg)
{
	struct sw_transport_del msg = {.slot = slot, .id = id};
	int error = switch_client_command(c, SW_TRANSPORT_STOP, &msg, sizeof msg, done, arg);

	if (error == 0)
		switch_client_waiting_at(c, c->next - 1)->history = into;
	return error;
}

int
switch_client_transport_resume(struct switch_client *c, const struct sw_transport *t,
	const struct sw_history *h, switch_done *done, void *arg)
{
	struct sw_transport_resume msg = {.transport = *t, .history = *h};
	int error = switch_client_command(c, SW_TRANSPORT_RESUME, &msg, sizeof msg, done, arg);

	explicit_bzero(&msg, sizeof msg);
	return error;
}

int
switch_client_flow_set(struct switch_client *c, const struct sw_flow *f,
	const struct sw_bridge *b, switch_done *done, void *arg)
{
	struct sw_flow_set msg = {.flow = *f};

	if (f->bridged)
		msg.bridge = *b;
	return switch_client_command(c, SW_FLOW_SET, &msg,
		f->bridged ? sizeof msg : offsetof(struct sw_flow_set, bridge), done, arg);
}

int
switch_client_send(struct switch_client *c, enum sw_type type, switch_done *done, void *arg)
{
	struct sw_plain msg = {0};

	assert(type == SW_SYNC_BEGIN || type == SW_SYNC_END || type == SW_STOP);
	return switch_client_command(c, type, &msg, sizeof msg, done, arg);
}

int
switch_client_log_set(struct switch_client *c, uint32_t level, switch_done *done, void *arg)
{
	struct sw_log_set msg = {.level = level};

	return switch_client_command(c, SW_LOG_SET, &msg, sizeof msg, done, arg);
}

int
switch_client_capture_set(struct switch_client *c, const struct sw_capture_set *want, int fd,
	switch_done *done, void *arg)
{
	struct sw_capture_set msg = *want;

	if (c->stage == READY)
		return switch_client_queue(c, SW_CAPTURE_SET, &msg, sizeof msg, fd, done, arg);
	if (fd >= 0)
		close(fd);
	return -ENOTCONN;
}

int
switch_client_capture_end(struct switch_client *c, uint64_t id, switch_done *done, void *arg)
{
	struct sw_capture_end msg = {.id = id};

	return switch_client_command(c, SW_CAPTURE_END, &msg, sizeof msg, done, arg);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * dpdk.telemetry: commands of DPDK's telemetry by their names, with answers in their form,
 * from what the switch writes into the shared memory.  DPDK's own socket stays closed: behind
 * it a thread of EAL's, with all privileges that the process was started with, would parse
 * text beside the packets, in a directory that root alone may enter. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/switch_client.h"
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

struct telemetry {
	const struct sw_state *st;
	const struct sw_device *device; /* that the parameters name; NULL: none is */
	unsigned number;                /* its */
};

static json_t *
name(const char *text, size_t n)
{
	return json_stringn(text, strnlen(text, n));
}

/* 0, 1, ... */
static json_t *
ethdev_list(const struct telemetry *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->st->devices && i < SW_DEVICES; i++)
		json_array_append_new(list, json_integer(i));
	return list;
}

static json_t *
ethdev_info(const struct telemetry *t)
{
	const struct sw_device *d = t->device;

	return json_pack("{s:o, s:o, s:i, s:i, s:i, s:i, s:o}", "name",
		name(d->name, sizeof d->name), "driver", name(d->driver, sizeof d->driver),
		"port_id", (int)t->number, "mtu", (int)d->mtu, "nb_rx_queues", (int)d->queues,
		"nb_tx_queues", (int)d->queues, "mac_addr",
		json_sprintf("%02X:%02X:%02X:%02X:%02X:%02X", d->mac[0], d->mac[1], d->mac[2],
			d->mac[3], d->mac[4], d->mac[5]));
}

static json_t *
ethdev_link_status(const struct telemetry *t)
{
	return json_pack("{s:s}", "status",
		atomic_load_explicit(&t->device->up, memory_order_relaxed) ? "UP" : "DOWN");
}

static json_t *
ethdev_stats(const struct telemetry *t)
{
	static const struct {
		const char *name;
		size_t at;
	} rows[] = {
		{"ipackets", offsetof(struct sw_device, ipackets)},
		{"opackets", offsetof(struct sw_device, opackets)},
		{"ibytes", offsetof(struct sw_device, ibytes)},
		{"obytes", offsetof(struct sw_device, obytes)},
		{"imissed", offsetof(struct sw_device, imissed)},
		{"ierrors", offsetof(struct sw_device, ierrors)},
		{"oerrors", offsetof(struct sw_device, oerrors)},
		{"rx_nombuf", offsetof(struct sw_device, rx_nombuf)},
	};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const _Atomic uint64_t *n =
			(const void *)((const char *)t->device + rows[i].at);

		json_object_set_new(o, rows[i].name,
			json_integer(
				(json_int_t)atomic_load_explicit(n, memory_order_relaxed)));
	}
	return o;
}

/* Each device has the pool of its number. */
static json_t *
mempool_list(const struct telemetry *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->st->devices && i < SW_DEVICES; i++)
		json_array_append_new(list, json_sprintf("mbufs%u", i));
	return list;
}

static json_t *
mempool_info(const struct telemetry *t)
{
	return json_pack("{s:o, s:I, s:I}", "name", json_sprintf("mbufs%u", t->number), "size",
		(json_int_t)atomic_load_explicit(&t->device->mbufs, memory_order_relaxed),
		"available",
		(json_int_t)atomic_load_explicit(
			&t->device->mbufs_free, memory_order_relaxed));
}

static json_t *list_commands(const struct telemetry *t);

static const struct command {
	const char *name;
	const char *params; /* before a device's number; NULL: takes none */
	json_t *(*answer)(const struct telemetry *t);
} commands[] = {
	{"/", NULL, list_commands},
	{"/ethdev/info", "", ethdev_info},
	{"/ethdev/link_status", "", ethdev_link_status},
	{"/ethdev/list", NULL, ethdev_list},
	{"/ethdev/stats", "", ethdev_stats},
	{"/mempool/info", "mbufs", mempool_info},
	{"/mempool/list", NULL, mempool_list},
};

static json_t *
list_commands(const struct telemetry *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		json_array_append_new(list, json_string(commands[i].name));
	return list;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The device that PARAMS name to C.  False: there is none. */
static bool
find_device(struct telemetry *t, const struct command *c, const char *params)
{
	size_t before = strlen(c->params);
	char *end;
	unsigned long n;

	if (params == NULL || strncmp(params, c->params, before) != 0 ||
		params[before] < '0' || params[before] > '9')
		return false;
	n = strtoul(params + before, &end, 10);
	if (*end != '\0' || n >= t->st->devices || n >= SW_DEVICES)
		return false;
	t->number = (unsigned)n;
	t->device = &t->st->device[n];
	return true;
}

static void
refuse(struct rpc_request *req, enum fault_kind kind, const char *field, const char *got,
	const char *expected, const char *text)
{
	struct fault fault;

	fault_set(&fault, kind, field, got, expected, "%s", text);
	method_fail(req, &fault);
}

static void
method_dpdk_telemetry(struct rpc_request *req, const json_t *params, void *node)
{
	const char *text = json_string_value(json_object_get(params, "command"));
	const char *of = json_string_value(json_object_get(params, "params"));
	const struct command *c = find_command(text);
	struct telemetry t = {.st = switch_client_state(node_client(node))};

	if (c == NULL)
		refuse(req, FAULT_BAD_REQUEST, "command", text, "one of those that / lists",
			"there is no such command");
	else if (t.st == NULL)
		refuse(req, FAULT_SWITCH_DOWN, NULL, NULL, NULL, "there is no data plane yet");
	else if (c->params != NULL && !find_device(&t, c, of))
		refuse(req, FAULT_BAD_REQUEST, "params", of,
			"one of those that the command's list names",
			of != NULL ? "there is no such device or pool"
				   : "this command is about a device or pool");
	else
		rpc_reply(req,
			json_pack("{s:s, s:o}", "command", c->name, "answer", c->answer(&t)));
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const telemetry_errors[] = {
	&method_faults[FAULT_SWITCH_DOWN], &method_faults[FAULT_BAD_REQUEST], NULL};

/* clang-format off */
static const struct rpc_field telemetry_params[] = {
	NEED("command", 1, 63, "of DPDK's telemetry; / lists those that are answered"),
	TEXT("params", 1, 63, "of the command: the number of a device, or the name of a mempool"),
	NO_MORE,
};

static const struct rpc_field telemetry_result[] = {
	TEXT("command", 0, 0, "as asked"),
	{.name = "answer", .type = RPC_ANY, .help = "what DPDK would say, or its more useful part"},
	NO_MORE,
};

const struct rpc_method methods_telemetry[] = {
	{
		.name = "dpdk.telemetry",
		.role = RPC_VIEW,
		.summary = "A command of DPDK's telemetry, answered from what the data plane counts.  Devices have the numbers"
			" of device.list, from 0; counters are a second old at most.",
		.params = telemetry_params,
		.result = telemetry_result,
		.errors = telemetry_errors,
		.example = "{\"command\": \"/ethdev/stats\", \"params\": \"0\"}",
		.answer = "{\"command\": \"/ethdev/stats\", \"answer\": {\"ipackets\": 1202, \"opackets\": 1200,"
			" \"ibytes\": 257228, \"obytes\": 256800, \"imissed\": 0, \"ierrors\": 0, \"oerrors\": 0,"
			" \"rx_nombuf\": 0}}",
		.handler = method_dpdk_telemetry,
	},
	{.name = NULL},
};
/* clang-format on */

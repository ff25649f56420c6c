/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about this node of the mesh: its neighbours and ways, look-ups and pings. */
#include "relay/methods_mesh.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "relay/fields.h"
#include "relay/mesh_json.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

enum {
	LOOKUP_MS = 3000,
	SETTLE_MS = 300, /* that further answers have, behind a first one */
	PING_COUNT = 3,
	PING_INTERVAL_MS = 200,
	PING_MS = 1000,
	SID_DIGITS = SID_TEXT - 1,
};

void
method_mesh_refuse(struct rpc_request *req, enum fault_kind kind, const char *field,
	const char *got, const char *expected, const char *text)
{
	struct fault fault;

	fault_set(&fault, kind, field, got, expected, "%s", text);
	method_fail(req, &fault);
}

struct mesh *
method_mesh_of(struct rpc_request *req, struct node *node)
{
	struct mesh *m = node_mesh(node);

	if (m == NULL)
		method_mesh_refuse(req, FAULT_NO_MESH, NULL, NULL, NULL,
			"this node has no mesh: [mesh] interface says where one is to be");
	return m;
}

static unsigned
number_of(const json_t *params, const char *name, unsigned otherwise)
{
	const json_t *n = json_object_get(params, name);

	return n != NULL ? (unsigned)json_integer_value(n) : otherwise;
}

int
method_mesh_sid(struct rpc_request *req, const json_t *params, struct sid *sid)
{
	const char *text = method_text(params, "sid");

	if (sid_parse(sid, text) == 0)
		return 0;
	method_mesh_refuse(req, FAULT_BAD_REQUEST, "sid", text, "64 hexadecimal digits",
		"that is no address of the mesh");
	return -EINVAL;
}

/* ---- Looking ---- */

void
method_mesh_answer(
	struct rpc_request *req, struct node *node, json_t *(*json)(const struct mesh *m))
{
	const struct mesh *m = method_mesh_of(req, node);

	if (m != NULL)
		rpc_reply(req, json(m));
}

static void
method_mesh_peers(struct rpc_request *req, const json_t *params, void *node)
{
	method_mesh_answer(req, node, mesh_json_peers);
}

static void
method_mesh_routes(struct rpc_request *req, const json_t *params, void *node)
{
	method_mesh_answer(req, node, mesh_json_routes);
}

/* ---- mesh.lookup ---- */

struct lookup {
	struct rpc_request *req;
	struct mesh_lookup *asking;
	struct event *settled;
	json_t *found;
};

static void
lookup_over(struct lookup *l)
{
	rpc_reply(l->req, json_pack("{s:O}", "found", l->found));
	event_free(l->settled);
	json_decref(l->found);
	free(l);
}

static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct lookup *l = arg;

	mesh_lookup_end(l->asking);
	lookup_over(l);
}

/* One node may answer each time that it is asked. */
static bool
is_known(const struct lookup *l, json_t *row)
{
	const json_t *one;
	size_t i;

	json_array_foreach (l->found, i, one)
		if (json_equal(one, row))
			return true;
	return false;
}

static void
on_found(void *arg, const struct dna_answer *a)
{
	static const struct timeval settle = {0, SETTLE_MS * 1000};
	struct lookup *l = arg;
	json_t *row;

	if (a == NULL) {
		lookup_over(l);
		return;
	}
	row = mesh_json_found(a);
	if (json_array_size(l->found) == 0)
		evtimer_add(l->settled, &settle);
	if (!is_known(l, row))
		json_array_append(l->found, row);
	json_decref(row);
}

static void
method_mesh_lookup(struct rpc_request *req, const json_t *params, void *node)
{
	const char *did = method_text(params, "did");
	struct mesh *m = method_mesh_of(req, node);
	struct lookup *l;

	if (m == NULL)
		return;
	if (!mesh_did_is_valid(did) && strcmp(did, "*") != 0) {
		method_mesh_refuse(req, FAULT_BAD_REQUEST, "did", did,
			"5 to 31 of 0-9, *, # and +, or * for everybody",
			"that is no number of the mesh");
		return;
	}
	if ((l = calloc(1, sizeof *l)) == NULL)
		goto no_memory;
	l->req = req;
	l->found = json_array();
	l->settled = evtimer_new(node_base(node), on_settled, l);
	if (l->settled == NULL || l->found == NULL)
		goto no_parts;
	l->asking =
		mesh_lookup(m, did, number_of(params, "timeout_ms", LOOKUP_MS), on_found, l);
	if (l->asking != NULL)
		return;
	method_mesh_refuse(req, FAULT_TOO_MANY, NULL, NULL, NULL,
		"as many look-ups and pings are under way as may be; they end by themselves");
	req = NULL;

no_parts:
	if (l->settled != NULL)
		event_free(l->settled);
	json_decref(l->found);
	free(l);
no_memory:
	if (req != NULL)
		method_mesh_refuse(req, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
}

/* ---- mesh.ping ---- */

struct ping {
	struct rpc_request *req;
	unsigned sent, back;
	double sum_ms;
	json_t *rows;
	int64_t sent_us[MESH_PINGS + 1]; /* by number */
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
ping_over(struct ping *p)
{
	if (p->back == 0)
		method_mesh_refuse(
			p->req, FAULT_UNREACHABLE, "sid", NULL, NULL, "it does not answer");
	else
		rpc_reply(p->req, json_pack("{s:i, s:i, s:f, s:O}", "sent", (int)p->sent,
					  "received", (int)p->back, "rtt_ms",
					  p->sum_ms / p->back, "replies", p->rows));
	json_decref(p->rows);
	free(p);
}

static void
on_echoed(void *arg, unsigned number, bool back)
{
	struct ping *p = arg;
	double ms;

	if (number == 0) {
		ping_over(p);
	} else if (!back) {
		p->sent_us[number] = now_us();
		p->sent++;
	} else {
		ms = (double)(now_us() - p->sent_us[number]) / 1e3;
		p->sum_ms += ms;
		p->back++;
		json_array_append_new(
			p->rows, json_pack("{s:i, s:f}", "number", (int)number, "rtt_ms", ms));
	}
}

static void
method_mesh_ping(struct rpc_request *req, const json_t *params, void *node)
{
	struct mesh_ping ping = {.count = number_of(params, "count", PING_COUNT),
		.interval_ms = PING_INTERVAL_MS,
		.timeout_ms = number_of(params, "timeout_ms", PING_MS)};
	struct mesh *m = method_mesh_of(req, node);
	struct ping *p;

	if (m == NULL || method_mesh_sid(req, params, &ping.sid) != 0)
		return;
	p = calloc(1, sizeof *p);
	if (p == NULL || (p->rows = json_array()) == NULL) {
		method_mesh_refuse(req, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		free(p);
		return;
	}
	p->req = req;
	if (mesh_ping(m, &ping, on_echoed, p) != NULL)
		return;
	method_mesh_refuse(req, FAULT_TOO_MANY, NULL, NULL, NULL,
		"as many look-ups and pings are under way as may be; they end by themselves");
	json_decref(p->rows);
	free(p);
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const look_errors[] = {&method_faults[FAULT_NO_MESH], NULL};
static const struct rpc_error *const lookup_errors[] = {&method_faults[FAULT_NO_MESH],
	&method_faults[FAULT_TOO_MANY], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const ping_errors[] = {&method_faults[FAULT_NO_MESH],
	&method_faults[FAULT_UNREACHABLE], &method_faults[FAULT_TOO_MANY],
	&method_faults[FAULT_BAD_REQUEST], &method_faults[FAULT_INTERNAL], NULL};
/* clang-format off */
#define SID_A "\"1A2B000000000000000000000000000000000000000000000000000000000000\""
#define SID_B "\"3C4D000000000000000000000000000000000000000000000000000000000000\""
#define COUNTERS "\"rx_datagrams\": 412, \"tx_datagrams\": 409, \"rx_frames\": 520, \"tx_frames\": 498," \
	" \"rx_audio\": 250, \"tx_audio\": 250, \"forwarded\": 0, \"duplicates\": 3, \"resent\": 2," \
	" \"given_up\": 0, \"elsewhere\": 0, \"unopened\": 0"

static const struct rpc_field peer_row[] = {
	TEXT("sid", 0, 0, "of the neighbour"),
	TEXT("address", 0, 0, "where it is"),
	COUNT("port", NULL, "there"),
	WORD("state", mesh_neighbour_states,
		"half_open: it has not said yet that it hears us; down: silent, and kept for its calls"),
	BOOL("reachable", "the state is up"),
	NUMBER("since_s", "s", "in this state"),
	NUMBER("rtt_ms", "ms", "from a datagram to its acknowledgement, the least lately; absent: not known"),
	COUNT("rx_datagrams", NULL, "from it"),
	COUNT("tx_datagrams", NULL, "to it"),
	COUNT("rx_frames", NULL, "from it, each once"),
	COUNT("tx_frames", NULL, "to it, each once"),
	COUNT("rx_audio", NULL, "of these, sound of calls"),
	COUNT("tx_audio", NULL, "of these, sound of calls"),
	COUNT("forwarded", NULL, "frames for others that went on by it"),
	COUNT("duplicates", NULL, "frames that came again"),
	COUNT("resent", NULL, "frames that were sent again"),
	COUNT("given_up", NULL, "frames that it never acknowledged"),
	COUNT("elsewhere", NULL, "datagrams in its name from other addresses"),
	COUNT("unopened", NULL, "boxes that were not what they should be"),
	NO_MORE,
};

static const struct rpc_field peers_result[] = {ARRAY("peers", peer_row, "neighbours"), NO_MORE};

static const struct rpc_field route_row[] = {
	TEXT("sid", 0, 0, "of the node"),
	TEXT("next_hop", 0, 0, "the neighbour by which it is reached; itself, if it is one"),
	COUNT("hops", NULL, "1: a neighbour"),
	NUMBER("loss", "%", "on the worst part of the way that neighbours tell of"),
	BOOL("in_call", "there are calls with it"),
	NO_MORE,
};

static const struct rpc_field routes_result[] = {
	ARRAY("routes", route_row, "all that can be reached, in the order of their SIDs"),
	NO_MORE,
};

static const struct rpc_field lookup_params[] = {
	NEED("did", 1, MESH_DID - 1, "the number; *: all numbers there are"),
	INT("timeout_ms", 100, 10000, "ms", "how long to ask, when nobody answers; otherwise 3000"),
	NO_MORE,
};

static const struct rpc_field found_row[] = {
	TEXT("sid", 0, 0, "who has it"),
	TEXT("did", 0, 0, "the number"),
	TEXT("name", 0, 0, "that goes with it; absent: none"),
	TEXT("uri", 0, 0, "what was answered"),
	NO_MORE,
};

static const struct rpc_field lookup_result[] = {
	ARRAY("found", found_row, "those that answered within 0.3 s of the first; empty: nobody"),
	NO_MORE,
};

static const struct rpc_field ping_params[] = {
	NEED("sid", SID_DIGITS, SID_DIGITS, "of the node"),
	INT("count", 1, 25, NULL, "how many, 0.2 s apart; otherwise 3"),
	INT("timeout_ms", 10, 4000, "ms", "to wait for the last one; otherwise 1000"),
	NO_MORE,
};

static const struct rpc_field reply_row[] = {
	COUNT("number", NULL, "of the message, from 1 on"),
	NUMBER("rtt_ms", "ms", "there and back"),
	NO_MORE,
};

static const struct rpc_field ping_result[] = {
	COUNT("sent", NULL, "messages"),
	COUNT("received", NULL, "of them, that came back"),
	NUMBER("rtt_ms", "ms", "there and back, the mean"),
	ARRAY("replies", reply_row, "as they came"),
	NO_MORE,
};

const struct rpc_method methods_mesh[] = {
	{
		.name = "mesh.peers",
		.role = RPC_VIEW,
		.summary = "The neighbours in the mesh, and what their links have counted.",
		.result = peers_result,
		.errors = look_errors,
		.example = "{}",
		.answer = "{\"peers\": [{\"sid\": " SID_A ", \"address\": \"192.0.2.7\", \"port\": 4110, \"state\": \"up\","
			" \"reachable\": true, \"since_s\": 61.4, \"rtt_ms\": 5.31, " COUNTERS "}]}",
		.handler = method_mesh_peers,
	},
	{
		.name = "mesh.routes",
		.role = RPC_VIEW,
		.summary = "Who can be reached in the mesh, and by whom.",
		.result = routes_result,
		.errors = look_errors,
		.example = "{}",
		.answer = "{\"routes\": [{\"sid\": " SID_A ", \"next_hop\": " SID_A ", \"hops\": 1, \"loss\": 0.0,"
			" \"in_call\": true}, {\"sid\": " SID_B ", \"next_hop\": " SID_A ", \"hops\": 2, \"loss\": 0.0,"
			" \"in_call\": false}]}",
		.handler = method_mesh_routes,
	},
	{
		.name = "mesh.lookup",
		.role = RPC_VIEW,
		.summary = "Ask the mesh who has a telephone number.",
		.params = lookup_params,
		.result = lookup_result,
		.errors = lookup_errors,
		.example = "{\"did\": \"5550100\"}",
		.answer = "{\"found\": [{\"sid\": " SID_A ", \"did\": \"5550100\", \"name\": \"Almon\", \"uri\":"
			" \"sid://1A2B000000000000000000000000000000000000000000000000000000000000/local/5550100\"}]}",
		.handler = method_mesh_lookup,
	},
	{
		.name = "mesh.ping",
		.role = RPC_VIEW,
		.summary = "Have a node of the mesh send messages back, in boxes that it alone can open.",
		.params = ping_params,
		.result = ping_result,
		.errors = ping_errors,
		.example = "{\"sid\": " SID_A ", \"count\": 1}",
		.answer = "{\"sent\": 1, \"received\": 1, \"rtt_ms\": 5.62, \"replies\": [{\"number\": 1, \"rtt_ms\": 5.62}]}",
		.handler = method_mesh_ping,
	},
	{.name = NULL},
};
/* clang-format on */

/* SPDX-License-Identifier: Apache-2.0
 *
 * Validation of what control and the switch say to each other (switch.h).  Pure functions over
 * bytes: whoever passes here has lengths, enums, indexes and addresses that can be used
 * without looking again.  Linked into both processes; main threads. */
#include "dataplane/switch_check_inside.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum {
	PAGE = 4096,
	CLOCK_HZ_MAX = 1000000,
	ERRNO_MAX = 4095, /* as Linux draws the line */
};

bool
sw_is_zero(const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	while (n > 0 && b[n - 1] == 0)
		n--;
	return n == 0;
}

/* ---- Addresses and keys ---- */

bool
sw_is_address(const struct sw_addr *a)
{
	switch (a->family) {
	case 0:
		return a->port == 0 && sw_is_zero(a->ip, sizeof a->ip);
	case AF_INET:
		return sw_is_zero(a->ip + 4, sizeof a->ip - 4);
	case AF_INET6:
	case SW_AF_MESH:
		return true;
	default:
		return false;
	}
}

/* Not to "this network", groups, class E and everybody; nor to IPv6 link scope, which needs an
 * interface beside it, and IPv4 in disguise; nor to nobody of the mesh. */
bool
sw_is_destination(const struct sw_addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (!sw_is_address(a) || a->port == 0)
		return false;
	if (a->family == AF_INET)
		return a->ip[0] > 0 && a->ip[0] < 224;
	if (a->family == SW_AF_MESH)
		return !sw_is_zero(a->ip, sizeof a->ip);
	return !sw_is_zero(a->ip, sizeof a->ip) && a->ip[0] != 0xff &&
	       !(a->ip[0] == 0xfe && a->ip[1] >> 6 == 2) && memcmp(a->ip, mapped, 12) != 0;
}

bool
sw_is_key(const struct sw_key *k)
{
	const struct sw_suite_info *suite = sw_suite_info(k->suite);

	if (suite == NULL || k->mki_len > SW_MKI_MAX)
		return false;
	if (k->suite == SW_SUITE_PLAIN && k->mki_len != 0)
		return false;
	return sw_is_zero(k->mki + k->mki_len, (size_t)(SW_MKI_MAX - k->mki_len)) &&
	       sw_is_zero(k->key + suite->key_len, (size_t)(SW_KEY_MAX - suite->key_len)) &&
	       sw_is_zero(k->salt + suite->salt_len, (size_t)(SW_SALT_MAX - suite->salt_len));
}

bool
sw_is_same_key(const struct sw_key *a, const struct sw_key *b)
{
	return a->suite != SW_SUITE_PLAIN && memcmp(a->key, b->key, sizeof a->key) == 0 &&
	       memcmp(a->salt, b->salt, sizeof a->salt) == 0;
}

/* ---- Rules ---- */

int
sw_check_transport(const struct sw_transport *t, const struct sw_state *st)
{
	const struct sw_local *local;

	if (t->id == 0 || t->slot >= st->transports || t->local >= st->addresses ||
		t->local >= SW_ADDRESSES)
		return -EINVAL;
	if (t->mux > 1 || t->source >= SW_SOURCES || t->dscp > 63 || t->ssrcs == 0 ||
		t->ssrcs > SW_SSRCS || t->clock_hz > CLOCK_HZ_MAX || t->opaque > 1 ||
		t->no_feedback > 1 || t->nobodys > 1 || t->waits > 1 || t->pierce > 1 ||
		(t->nobodys && t->unseal.suite == SW_SUITE_PLAIN))
		return -EINVAL;
	for (unsigned i = 0; i < sizeof t->reserved; i++)
		if (t->reserved[i] != 0)
			return -EINVAL;
	if (t->opaque &&
		(t->unseal.suite != SW_SUITE_PLAIN || t->seal.suite != SW_SUITE_PLAIN))
		return -EINVAL;

	local = &st->address[t->local];
	if (local->addr.family == SW_AF_MESH ? !sw_mesh_leg_ok(t) : t->identity != 0)
		return -EINVAL;
	if (t->port < local->addr.port || t->port > local->port_last || t->port == 0)
		return -EINVAL;
	if (!t->mux && (t->port % 2 != 0 || t->port == local->port_last))
		return -EINVAL;
	for (unsigned i = 0; i < 2; i++) {
		const struct sw_addr *remote = &t->remote[i];

		if (remote->family == 0 ? !sw_is_address(remote)
					: !sw_is_destination(remote) ||
						  remote->family != local->addr.family)
			return -EINVAL;
	}
	if (t->source == SW_SOURCE_AUTHENTICATED && t->unseal.suite == SW_SUITE_PLAIN)
		return -EINVAL; /* that would be whoever comes */
	if (!sw_is_key(&t->unseal) || !sw_is_key(&t->seal) ||
		sw_is_same_key(&t->unseal, &t->seal))
		return -EINVAL;
	return 0;
}

int
sw_check_flow(const struct sw_flow *f, const struct sw_state *st)
{
	if (f->id == 0 || f->slot >= st->transports || f->sinks > SW_SINKS || f->bridged > 1)
		return -EINVAL;
	for (uint32_t i = 0; i < f->sinks; i++) {
		if (f->sink[i].id == 0 || f->sink[i].slot >= st->transports ||
			f->sink[i].reserved != 0)
			return -EINVAL;
		/* Twice the same sink would seal one index twice. */
		for (uint32_t j = 0; j < i; j++)
			if (f->sink[j].slot == f->sink[i].slot ||
				f->sink[j].id == f->sink[i].id)
				return -EINVAL;
	}
	if (!sw_is_zero(&f->sink[f->sinks], (SW_SINKS - f->sinks) * sizeof f->sink[0]))
		return -EINVAL;
	return 0;
}

/* ---- Messages ---- */

static bool
hello_ok(const void *msg)
{
	const struct sw_hello *m = msg;

	/* Of another ABI we know no more than its number: it is answered -EPROTO. */
	return m->abi != SW_ABI || (m->head.len == sizeof *m && m->pid != 0);
}

static bool
welcome_ok(const void *msg)
{
	const struct sw_welcome *m = msg;

	return m->abi != SW_ABI || (m->head.len == sizeof *m && m->pid != 0 &&
					   m->origin <= SW_KEPT && m->reserved == 0);
}

static bool
transport_del_ok(const void *msg)
{
	const struct sw_transport_del *m = msg;

	return m->id != 0 && m->slot < SW_TRANSPORTS_MAX && m->reserved == 0;
}

static bool
flow_set_ok(const void *msg)
{
	const struct sw_flow_set *m = msg;

	return m->flow.bridged <= 1 &&
	       m->head.len ==
		       (m->flow.bridged ? sizeof *m : offsetof(struct sw_flow_set, bridge));
}

static bool
log_set_ok(const void *msg)
{
	const struct sw_log_set *m = msg;

	return m->level <= 3 && m->reserved == 0;
}

static bool
capture_set_ok(const void *msg)
{
	const struct sw_capture_set *m = msg;

	if (m->id == 0 || m->max_bytes == 0 || m->max_bytes > SW_CAPTURE_BYTES_MAX ||
		m->snaplen == 0 || m->snaplen > UINT16_MAX ||
		m->transports > SW_CAPTURE_TRANSPORTS)
		return false;
	for (uint32_t i = 0; i < m->transports; i++)
		if (m->transport[i].id == 0 || m->transport[i].slot >= SW_TRANSPORTS_MAX ||
			m->transport[i].reserved != 0)
			return false;
	return sw_is_zero(&m->transport[m->transports],
		(SW_CAPTURE_TRANSPORTS - m->transports) * sizeof m->transport[0]);
}

static bool
capture_end_ok(const void *msg)
{
	return ((const struct sw_capture_end *)msg)->id != 0;
}

static bool
captured_ok(const void *msg)
{
	const struct sw_captured *m = msg;

	return m->id != 0 && m->error <= 0 && m->error >= -ERRNO_MAX && m->reserved == 0;
}

static bool
ack_ok(const void *msg)
{
	const struct sw_ack *m = msg;

	return m->error <= 0 && m->error >= -ERRNO_MAX && m->type >= SW_HELLO &&
	       m->type <= SW_MESH_SAY;
}

static bool
event_ok(const void *msg)
{
	const struct sw_event *m = msg;

	return m->kind < SW_EVENTS && m->rtcp <= 1 && sw_is_address(&m->addr) &&
	       m->reserved == 0 && m->slot < SW_TRANSPORTS_MAX &&
	       (m->id == 0) == (m->kind == SW_EV_LINK || m->kind == SW_EV_STALLED ||
				       m->kind == SW_EV_TRANSCODER);
}

static bool
history_ok(const void *msg)
{
	return sw_check_history(&((const struct sw_history_said *)msg)->history) == 0;
}

static bool
resume_ok(const void *msg)
{
	const struct sw_transport_resume *m = msg;

	/* The transport's own keys are looked at with the rest of the rules. */
	return m->history.id == m->transport.id &&
	       sw_check_resume(&m->history, &m->transport.unseal, &m->transport.seal) == 0;
}

/* Messages follow each other without gaps. */
static_assert(sizeof(struct sw_hello) % 8 == 0 && sizeof(struct sw_welcome) % 8 == 0 &&
		      sizeof(struct sw_transport_set) % 8 == 0 &&
		      sizeof(struct sw_transport_del) % 8 == 0 &&
		      sizeof(struct sw_flow_set) % 8 == 0 &&
		      offsetof(struct sw_flow_set, bridge) % 8 == 0 &&
		      sizeof(struct sw_log_set) % 8 == 0 && sizeof(struct sw_ack) % 8 == 0 &&
		      sizeof(struct sw_capture_set) % 8 == 0 &&
		      sizeof(struct sw_capture_end) % 8 == 0 &&
		      sizeof(struct sw_captured) % 8 == 0 &&
		      sizeof(struct sw_event) % 8 == 0 &&
		      sizeof(struct sw_history_said) % 8 == 0 &&
		      sizeof(struct sw_transport_resume) % 8 == 0 &&
		      sizeof(struct sw_mesh_node_set) % 8 == 0 &&
		      sizeof(struct sw_mesh_neighbour_set) % 8 == 0 &&
		      sizeof(struct sw_mesh_peer_set) % 8 == 0 &&
		      sizeof(struct sw_mesh_del) % 8 == 0,
	"messages are whole multiples of 8 bytes");

/* What is to be known of a message without the state.  The rules that SW_TRANSPORT_SET,
 * SW_TRANSPORT_RESUME and SW_FLOW_SET carry are sw_check_transport()'s, sw_check_flow()'s and
 * sw_check_bridge()'s. */
static const struct form {
	uint16_t len; /* bytes, exactly; 0: there is no such type */
	bool up;      /* the switch says it */
	bool longer;  /* more may follow: of an ABI yet to come, or as ok() says */
	bool (*ok)(const void *msg);
} forms[SW_TYPES] = {
	[SW_HELLO] = {.len = sizeof(struct sw_hello), .longer = true, .ok = hello_ok},
	[SW_TRANSPORT_SET] = {.len = sizeof(struct sw_transport_set)},
	[SW_TRANSPORT_DEL] = {.len = sizeof(struct sw_transport_del), .ok = transport_del_ok},
	[SW_TRANSPORT_STOP] = {.len = sizeof(struct sw_transport_del), .ok = transport_del_ok},
	[SW_TRANSPORT_RESUME] = {.len = sizeof(struct sw_transport_resume), .ok = resume_ok},
	[SW_FLOW_SET] = {.len = offsetof(struct sw_flow_set, bridge),
		.longer = true,
		.ok = flow_set_ok},
	[SW_SYNC_BEGIN] = {.len = sizeof(struct sw_plain)},
	[SW_SYNC_END] = {.len = sizeof(struct sw_plain)},
	[SW_LOG_SET] = {.len = sizeof(struct sw_log_set), .ok = log_set_ok},
	[SW_CAPTURE_SET] = {.len = sizeof(struct sw_capture_set), .ok = capture_set_ok},
	[SW_CAPTURE_END] = {.len = sizeof(struct sw_capture_end), .ok = capture_end_ok},
	[SW_STOP] = {.len = sizeof(struct sw_plain)},
	[SW_MESH_NODE_SET] = {.len = sizeof(struct sw_mesh_node_set), .ok = sw_mesh_node_ok},
	[SW_MESH_NEIGHBOUR_SET] = {.len = sizeof(struct sw_mesh_neighbour_set),
		.ok = sw_mesh_neighbour_ok},
	[SW_MESH_NEIGHBOUR_DEL] = {.len = sizeof(struct sw_mesh_del),
		.ok = sw_mesh_neighbour_del_ok},
	[SW_MESH_PEER_SET] = {.len = sizeof(struct sw_mesh_peer_set), .ok = sw_mesh_peer_ok},
	[SW_MESH_PEER_DEL] = {.len = sizeof(struct sw_mesh_del), .ok = sw_mesh_peer_del_ok},
	[SW_MESH_TELL] = {.len = offsetof(struct sw_mesh_tell, bytes),
		.longer = true,
		.ok = sw_mesh_tell_ok},
	[SW_MESH_CAST] = {.len = offsetof(struct sw_mesh_cast, bytes),
		.longer = true,
		.ok = sw_mesh_cast_ok},
	[SW_MESH_SAY] = {.len = offsetof(struct sw_mesh_say, bytes),
		.longer = true,
		.ok = sw_mesh_say_ok},
	[SW_WELCOME] = {.len = sizeof(struct sw_welcome),
		.up = true,
		.longer = true,
		.ok = welcome_ok},
	[SW_ACK] = {.len = sizeof(struct sw_ack), .up = true, .ok = ack_ok},
	[SW_EVENT] = {.len = sizeof(struct sw_event), .up = true, .ok = event_ok},
	[SW_HISTORY] = {.len = sizeof(struct sw_history_said), .up = true, .ok = history_ok},
	[SW_CAPTURED] = {.len = sizeof(struct sw_captured), .up = true, .ok = captured_ok},
	[SW_MESH_HEARD] = {.len = offsetof(struct sw_mesh_heard, bytes),
		.up = true,
		.longer = true,
		.ok = sw_mesh_heard_ok},
};

/* Does nobody wait for it? */
static bool
is_unasked(uint16_t type)
{
	return type == SW_EVENT || type == SW_CAPTURED || type == SW_MESH_HEARD;
}

int
sw_check(const void *msg, uint32_t left, int up)
{
	const struct sw_head *head = msg;
	const struct form *form;
	uint32_t whole;

	if (left < sizeof *head || head->magic != SW_MAGIC || head->type >= SW_TYPES)
		return -EBADMSG;
	form = &forms[head->type];
	whole = (head->len + 7u) & ~7u;
	if (form->len == 0 || form->up != (up != 0) || whole > left)
		return -EBADMSG;
	if (form->longer ? head->len < form->len : head->len != form->len)
		return -EBADMSG;
	if ((head->seq == 0) != is_unasked(head->type))
		return -EBADMSG;
	if (form->ok != NULL && !form->ok(msg))
		return -EBADMSG;
	return (int)whole;
}

/* ---- State ---- */

static bool
is_text(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

/* Does a part of N items of SIZE bytes at AT end before NEXT? */
static bool
fits(uint64_t at, uint64_t n, uint64_t size, uint64_t next)
{
	return at % PAGE == 0 && at <= next && n * size <= next - at;
}

int
sw_check_state(const struct sw_state *st, uint64_t size)
{
	if (size < sizeof *st || st->magic != SW_MAGIC)
		return -EBADMSG;
	if (st->abi != SW_ABI)
		return -EPROTO;
	if (st->size != size || st->cores == 0 || st->cores > SW_CORES ||
		st->transports == 0 || st->transports > SW_TRANSPORTS_MAX ||
		st->addresses > SW_ADDRESSES || st->devices > SW_DEVICES ||
		st->record_blocks > SW_RECORD_BLOCKS_MAX || st->transcoders > SW_TRANSCODERS)
		return -EBADMSG;
	if (st->cores_at < sizeof *st ||
		!fits(st->cores_at, SW_CORES, sizeof(struct sw_core), st->transcoders_at) ||
		!fits(st->transcoders_at, SW_TRANSCODERS, sizeof(struct sw_transcoder),
			st->mesh_at) ||
		!fits(st->mesh_at, SW_MESH_NEIGHBOURS, sizeof(struct sw_mesh_link),
			st->transports_at) ||
		!fits(st->transports_at, st->transports, sizeof(struct sw_transport_state),
			st->more_at) ||
		!fits(st->more_at, st->transports, sizeof(struct sw_transport_more),
			st->bridges_at) ||
		!fits(st->bridges_at, st->transports, sizeof(struct sw_bridge_state),
			st->rules_at) ||
		!fits(st->rules_at, 0, 0, st->mesh_rules_at) ||
		!fits(st->mesh_rules_at, 0, 0, st->records_at) ||
		!fits(st->records_at, st->record_blocks, SW_RECORD_BLOCK, size))
		return -EBADMSG;

	if (!is_text(st->engine, sizeof st->engine) || !is_text(st->poll, sizeof st->poll))
		return -EBADMSG;
	for (uint32_t i = 0; i < st->addresses; i++) {
		const struct sw_local *a = &st->address[i];

		if (!sw_is_address(&a->addr) || a->device >= st->devices ||
			a->port_last < a->addr.port || !is_text(a->interface, SW_NAME))
			return -EBADMSG;
	}
	for (uint32_t i = 0; i < st->devices; i++) {
		const struct sw_device *d = &st->device[i];

		if (!is_text(d->name, sizeof d->name) || !is_text(d->kind, sizeof d->kind) ||
			!is_text(d->driver, sizeof d->driver) ||
			!is_text(d->twin, sizeof d->twin))
			return -EBADMSG;
	}
	return 0;
}

/* ---- Names ---- */

const char *
sw_stage_name(enum sw_stage stage)
{
	static const char *const names[SW_STAGES] = {
		[SW_ST_RX] = "rx",
		[SW_ST_PARSE] = "parse",
		[SW_ST_CLASSIFY] = "classify",
		[SW_ST_UNSEAL] = "unseal",
		[SW_ST_DIVERT] = "divert",
		[SW_ST_INTAKE] = "intake",
		[SW_ST_SEAL] = "seal",
		[SW_ST_ADDRESS] = "address",
		[SW_ST_TX] = "tx",
		[SW_ST_MESH_IN] = "mesh_in",
		[SW_ST_MESH_OUT] = "mesh_out",
		[SW_ST_MESH_LINK] = "mesh_link",
	};

	return stage < SW_STAGES ? names[stage] : "?";
}

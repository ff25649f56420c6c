/* SPDX-License-Identifier: Apache-2.0
 *
 * What control can do to the switch.  The first byte says what the others are: messages, as
 * switch_server.c takes them apart; the head of a state to adopt; or a transport's state,
 * which numbers packets whatever it holds.  So does one that a history has been put into. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <netinet/in.h>

#include "dataplane/history.h"
#include "dataplane/ssrc.h"
#include "dataplane/state.h"
#include "tests/dataplane/lone_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sw_state node_state = {.transports = 64, .addresses = 2, .transcoders = 2};

static void
use_transport(const struct sw_transport *t)
{
	unsigned last = t->mux ? t->port : t->port + 1u;

	if (sw_check_transport(t, &node_state) != 0)
		return;
	if (t->slot >= node_state.transports || t->local >= node_state.addresses ||
		last > node_state.address[t->local].port_last || t->ssrcs > SW_SSRCS ||
		sw_suite_info(t->seal.suite) == NULL || sw_suite_info(t->unseal.suite) == NULL)
		abort();
}

static void
use_flow(const struct sw_flow *f)
{
	if (sw_check_flow(f, &node_state) != 0)
		return;
	for (uint32_t i = 0; i < f->sinks; i++)
		if (i >= SW_SINKS || f->sink[i].slot >= node_state.transports)
			abort();
}

static void
use_bridge(const struct sw_bridge *b)
{
	if (sw_check_bridge(b, &node_state) != 0)
		return;
	if (b->transcoder >= node_state.transcoders || b->maps > SW_MAPS)
		abort();
	for (uint32_t i = 0; i < b->maps; i++)
		if (b->map[i].from > 127 || b->map[i].to > 127)
			abort();
	if (b->kind == SW_BRIDGE_TRANSCODE && codec_clock(&b->transcode.to[0]) == 0)
		abort();
	if (b->kind == SW_BRIDGE_FAX && (b->transcode.from[0].codec == CODEC_NONE) ==
						(b->transcode.to[0].codec == CODEC_NONE))
		abort();
}

static void
use_flow_set(const struct sw_flow_set *m)
{
	use_flow(&m->flow);
	if (m->flow.bridged)
		use_bridge(&m->bridge);
}

static void
use_capture(const struct sw_capture_set *m)
{
	if (m->id == 0 || m->max_bytes > SW_CAPTURE_BYTES_MAX || m->snaplen > UINT16_MAX)
		abort();
	for (uint32_t i = 0; i < m->transports; i++)
		if (i >= SW_CAPTURE_TRANSPORTS || m->transport[i].slot >= SW_TRANSPORTS_MAX)
			abort();
}

/* Rules that pass have numbers that can be used, and addresses that can be sent to. */
static void
use_mesh_rules(const struct sw_head *head)
{
	const struct sw_mesh_node_set *node = (const void *)head;
	const struct sw_mesh_neighbour_set *n = (const void *)head;
	const struct sw_mesh_peer_set *p = (const void *)head;

	if (head->type == SW_MESH_NODE_SET && node->node.identities > SW_MESH_IDENTITIES)
		abort();
	if (head->type == SW_MESH_NEIGHBOUR_SET &&
		sw_check_mesh_neighbour(&n->neighbour, &node_state) == 0 &&
		(n->neighbour.slot >= SW_MESH_NEIGHBOURS || n->neighbour.addr.port == 0 ||
			n->neighbour.addr.family != AF_INET))
		abort();
	if (head->type == SW_MESH_PEER_SET &&
		(p->peer.slot >= SW_MESH_PEERS || (p->peer.neighbour >= SW_MESH_NEIGHBOURS &&
							  p->peer.neighbour != SW_MESH_NONE)))
		abort();
}

/* So are the bytes: as many as they are said to be. */
static void
use_mesh_bytes(const struct sw_head *head)
{
	const struct sw_mesh_tell *tell = (const void *)head;
	const struct sw_mesh_cast *cast = (const void *)head;
	const struct sw_mesh_say *say = (const void *)head;
	static volatile uint8_t last;

	switch (head->type) {
	case SW_MESH_TELL:
		last = tell->bytes[tell->head_len + tell->len - 1];
		break;
	case SW_MESH_CAST:
		last = cast->bytes[cast->len - 1];
		break;
	case SW_MESH_SAY:
		last = say->bytes[say->len - 1];
		break;
	}
	(void)last;
}

static void number_packets(struct sw_transport_state *st, const uint8_t *data, size_t size);

/* What passes the check comes back as it was, and its state can be used. */
static void
use_history(const struct sw_history *h, const uint8_t *data, size_t size)
{
	static const struct history_clock clock = {UINT64_C(1) << 60, 2000000000};
	struct sw_transport_state *st = lone_state_open();
	struct state_rules rules = {0};
	struct sw_history back;

	history_put(h, st, &rules, &clock);
	history_take(&back, st, &rules, &clock);
	if (sw_check_history(&back) != 0 || back.id != h->id ||
		memcmp(back.unseal, h->unseal, sizeof back.unseal) != 0)
		abort();
	for (unsigned i = 0; i < SW_SSRCS; i++) /* one that is free may hold anything */
		if (h->tx[i].state != 0 &&
			memcmp(&back.tx[i], &h->tx[i], sizeof h->tx[i]) != 0)
			abort();
	number_packets(st, data, size);
	free(st);
}

static void
messages(const uint8_t *data, size_t size)
{
	/* Exactly as long as they are, so that the sanitizer sees a step too far. */
	uint8_t *msg = malloc(size != 0 ? size : 1);
	size_t at = 0;

	memcpy(msg, data, size);
	while (at < size) {
		const struct sw_head *head = (const void *)(msg + at);
		int whole = sw_check(head, (uint32_t)(size - at), 0);

		if (whole <= 0)
			break;
		if (whole % 8 != 0 || at + (size_t)whole > size)
			abort();
		if (head->type == SW_TRANSPORT_SET)
			use_transport(&((const struct sw_transport_set *)(const void *)head)
					       ->transport);
		if (head->type == SW_TRANSPORT_RESUME)
			use_history(&((const struct sw_transport_resume *)(const void *)head)
					     ->history,
				data + at + (size_t)whole, size - at - (size_t)whole);
		if (head->type == SW_CAPTURE_SET)
			use_capture((const void *)head);
		if (head->type == SW_FLOW_SET)
			use_flow_set((const void *)head);
		use_mesh_rules(head);
		use_mesh_bytes(head);
		at += (size_t)whole;
	}
	free(msg);
}

/* A state whose head is DATA, laid out as ours is when DATA says so. */
static void
adoption(const uint8_t *data, size_t size)
{
	static const struct state_sizes sizes = {4, 4};
	struct state mine, s;
	struct state_rules rules;
	struct sw_bridge bridge;

	if (size > sizeof *mine.head || state_create(&mine, &sizes) != 0)
		return;
	memcpy(mine.head, data, size);
	if (state_adopt(&s, dup(mine.fd), &sizes) == 0) {
		for (uint32_t i = 0; i < s.sizes.transports; i++) {
			state_rules_get(&s, i, &rules);
			state_bridge_get(&s, i, &bridge);
			use_bridge(&bridge);
		}
		state_close(&s);
	}
	state_close(&mine);
}

/* DATA: packets of 8 bytes each. */
static void
number_packets(struct sw_transport_state *st, const uint8_t *data, size_t size)
{
	struct ssrc_try t;
	uint64_t out;
	uint32_t out_rtcp;

	for (; size >= 8; data += 8, size -= 8) {
		uint8_t generation = data[0] & 3, limit = 1 + data[1] % SW_SSRCS;
		uint32_t ssrc = data[2], now = data[3];
		uint16_t seq = (uint16_t)(data[4] << 8 | data[5]);

		t.entry = SW_SSRCS;
		if (data[0] & 0x80)
			ssrc_rekey(st, generation);
		if (data[0] & 0x40)
			ssrc_tx_rekey(st);
		if (data[0] & 0x20 &&
			ssrc_rx_begin(st, generation, ssrc, seq, &t) == SSRC_PASS) {
			if (data[6] & 1)
				ssrc_rx_retry(st, &t);
			if (ssrc_rx_accept(st, limit, now, &t) != SSRC_PASS)
				continue;
		} else if (ssrc_rx_plain(st, limit, generation, ssrc, seq, now, &t) !=
			   SSRC_PASS) {
			continue;
		}
		if (t.entry >= SW_SSRCS)
			abort();
		ssrc_rx_jitter(st, &t, seq, now);
		ssrc_rtcp_accept(st, limit, generation, ssrc, seq);
		ssrc_tx_rtcp(st, limit, ssrc, &out_rtcp);
		if (ssrc_tx_index(st, limit, ssrc, data[7], t.epoch, t.index, &out) ==
				SSRC_PASS &&
			out >> 48 != 0)
			abort();
	}
	ssrc_lost(st);
}

/* DATA: a transport's state, then packets. */
static void
numbering(const uint8_t *data, size_t size)
{
	struct sw_transport_state *st = lone_state_open();
	const uint64_t more = st->more;
	size_t have = size < sizeof *st ? size : sizeof *st;

	memcpy((void *)st, data, have);
	st->more = more;
	ssrc_recover(st);
	number_packets(st, data + have, size - have);
	free(st);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const ways[])(const uint8_t *, size_t) = {messages, adoption, numbering};

	node_state.address[0] = (struct sw_local){
		{.family = AF_INET, .port = 30000, .ip = {192, 0, 2, 1}}, .port_last = 39999};
	node_state.address[1] = (struct sw_local){
		{.family = SW_AF_MESH, .port = SW_MESH_FIRST}, .port_last = SW_MESH_LAST};
	if (size > 0)
		ways[data[0] % 3](data + 1, size - 1);
	return 0;
}

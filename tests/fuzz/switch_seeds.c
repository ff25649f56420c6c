/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the kept inputs of fuzz_switch_down and fuzz_switch_up that have structs of switch.h
 * in them: `switch_seeds tests/fuzz/corpus`, whenever SW_ABI is raised. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/state.h"

/* How the first byte tells the targets what follows it. */
enum { DOWN_MESSAGES, DOWN_STATE, DOWN_NUMBERING };
enum { UP_MESSAGES, UP_STATE };

static const char *corpus;
static FILE *file;

static void
begin(const char *name, int way)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", corpus, name);
	if ((file = fopen(path, "wb")) == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	fputc(way, file);
}

static void
add(const void *bytes, size_t len)
{
	fwrite(bytes, len, 1, file);
}

static void
end(void)
{
	fclose(file);
}

#define HEAD(t, struct_)                               \
	{                                              \
		SW_MAGIC, t, sizeof(struct struct_), 3 \
	}

/* ---- To the switch ---- */

static const struct sw_hello hello = {HEAD(SW_HELLO, sw_hello), SW_ABI, 1};
static const struct sw_plain sync_begin = {HEAD(SW_SYNC_BEGIN, sw_plain)};
static const struct sw_plain stop = {HEAD(SW_STOP, sw_plain)};
static const struct sw_log_set log_set = {HEAD(SW_LOG_SET, sw_log_set), 3, 0};
static const struct sw_transport_del del = {HEAD(SW_TRANSPORT_DEL, sw_transport_del), 9, 3, 0};

static const struct sw_transport_set sealed = {HEAD(SW_TRANSPORT_SET, sw_transport_set),
	{.id = 9,
		.slot = 3,
		.clock_hz = 8000,
		.port = 30001,
		.mux = 1,
		.dscp = 46,
		.ssrcs = 16,
		.remote = {{AF_INET, 4000, {198, 51, 100, 7}},
			{AF_INET, 4001, {198, 51, 100, 7}}},
		.no_feedback = 1,
		.unseal = {.suite = SW_AES_CM_128_HMAC_SHA1_80, .key = {1}},
		.seal = {.suite = SW_AES_CM_128_HMAC_SHA1_80, .key = {2}}}};

#define FLOW                                                                     \
	{                                                                        \
		.id = 9, .slot = 3, .sinks = 2, .sink = { {5, 6, 0}, {7, 8, 0} } \
	}

static const struct sw_flow_set plain_flow = {
	{SW_MAGIC, SW_FLOW_SET, offsetof(struct sw_flow_set, bridge), 3}, FLOW, {0}};

static struct sw_flow_set
bridged_flow(struct sw_bridge bridge)
{
	struct sw_flow_set m = {HEAD(SW_FLOW_SET, sw_flow_set), FLOW, bridge};

	m.flow.bridged = 1;
	return m;
}

static struct sw_bridge
transcoding(void)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_TRANSCODE, .transcoder = 1};

	if (codec_format_parse(&b.transcode.from[0], "PCMU", 8000, 1, NULL) != 0 ||
		codec_format_parse(&b.transcode.from[1], "telephone-event", 8000, 1, "0-15") !=
			0 ||
		codec_format_parse(&b.transcode.to[0], "opus", 48000, 2, "useinbandfec=1") !=
			0)
		abort();
	b.transcode.from[1].payload_type = 101;
	b.transcode.to[0].payload_type = 96;
	b.transcode.window_us = TRANSCODE_WINDOW_US;
	return b;
}

static struct sw_bridge
fax(void)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_FAX,
		.transcoder = 1,
		.fax = {.max_datagram = 400, .correction = SW_FAX_REDUNDANCY, .depth = 3}};

	if (codec_static(8, &b.transcode.from[0]) != 0)
		abort();
	b.transcode.window_us = TRANSCODE_WINDOW_US;
	return b;
}

#define HISTORY                                                                         \
	{                                                                               \
		.id = 9, .zrtp = 10, .secured = SW_SECURED | 3, .epochs = 5,            \
		.unseal = {{.suite = SW_AES_CM_128_HMAC_SHA1_80}},                      \
		.rx = {{.state = 1, .ssrc = 3, .epoch = 5, .keys = 1, .index = 70000}}, \
		.tx = { {.state = 3, .ssrc = 4, .offset = -7, .source = 8} }            \
	}

static const struct sw_transport_resume resume = {
	HEAD(SW_TRANSPORT_RESUME, sw_transport_resume),
	{.id = 9,
		.slot = 3,
		.port = 30000,
		.ssrcs = 16,
		.unseal = {.suite = SW_AES_CM_128_HMAC_SHA1_80}},
	HISTORY};

static const struct sw_capture_set capture = {HEAD(SW_CAPTURE_SET, sw_capture_set), .id = 1,
	.max_bytes = 1 << 20, .snaplen = 256, .transports = 1, .transport = {{9, 3, 0}}};
static const struct sw_capture_end capture_end = {HEAD(SW_CAPTURE_END, sw_capture_end), 1};

/* A neighbour, and a peer behind it. */
static const struct sw_mesh_node_set mesh_node = {
	HEAD(SW_MESH_NODE_SET, sw_mesh_node_set), {.identities = 1, .sid = {{1}}}};
static const struct sw_mesh_neighbour_set mesh_neighbour = {
	HEAD(SW_MESH_NEIGHBOUR_SET, sw_mesh_neighbour_set),
	{.id = 7, .slot = 3, .sid = {2}, .addr = {AF_INET, 4110, {198, 51, 100, 7}}}};
static const struct sw_mesh_peer_set mesh_peer = {HEAD(SW_MESH_PEER_SET, sw_mesh_peer_set),
	{.id = 8, .slot = 9, .neighbour = 3, .sid = {3}, .key = {4}}};
static const struct sw_mesh_del mesh_peer_del = {HEAD(SW_MESH_PEER_DEL, sw_mesh_del), 8, 9, 0};
static const struct sw_mesh_del mesh_neighbour_del = {
	HEAD(SW_MESH_NEIGHBOUR_DEL, sw_mesh_del), 7, 3, 0};

/* 16 bytes each. */
#define UP_TO_16(t, struct_)                                        \
	{                                                           \
		SW_MAGIC, t, offsetof(struct struct_, bytes[16]), 3 \
	}
static const struct sw_mesh_tell mesh_tell = {UP_TO_16(SW_MESH_TELL, sw_mesh_tell), .id = 7,
	.slot = 3, .head_len = 5, .len = 11, .bytes = {0x35, 0x04, 1, 2, 3, 4}};
static const struct sw_mesh_cast mesh_cast = {UP_TO_16(SW_MESH_CAST, sw_mesh_cast),
	.to = {AF_INET, 0, {255, 255, 255, 255}}, .len = 16, .bytes = {0, 1, 0x20, 1}};
static const struct sw_mesh_say mesh_say = {UP_TO_16(SW_MESH_SAY, sw_mesh_say), .id = 9,
	.slot = 3, .len = 9, .codec = 0x21, .bytes = "far, near"};

static void
one(const char *name, const void *msg, size_t len)
{
	begin(name, DOWN_MESSAGES);
	add(msg, len);
	end();
}

/* A state as the targets make it themselves, and one whose parts do not follow each other. */
static void
write_states(const char *name, int way)
{
	static const struct state_sizes sizes = {4, 4};
	struct state s;
	char path[64];

	if (state_create(&s, &sizes) != 0)
		abort();
	s.head->transcoders = 1;
	s.head->instance = 1; /* the same bytes every time */
	s.head->created_us = 1;
	snprintf(path, sizeof path, "%s/state", name);
	begin(path, way);
	add(s.head, sizeof *s.head);
	end();
	s.head->rules_at += 4096;
	snprintf(path, sizeof path, "%s/state_moved", name);
	begin(path, way);
	add(s.head, sizeof *s.head);
	end();
	state_close(&s);
}

/* A transport's state, and 16 packets around a roll-over. */
static void
write_numbering(void)
{
	struct sw_transport_state st = {.id = 9, .rx_ssrcs = 1, .tx_ssrcs = 1, .epochs = 5};

	st.rx.state = st.rx.keys = 1;
	st.rx.ssrc = 3;
	st.rx.epoch = 5;
	st.rx.index = 65530;
	begin("switch_down/numbering", DOWN_NUMBERING);
	add((const void *)&st, sizeof st);
	for (uint8_t i = 0; i < 16; i++) {
		const uint8_t packet[8] = {0x20, 3, 3, i, 0xff, (uint8_t)(0xf8 + i), 0, 7};

		add(packet, sizeof packet);
	}
	end();
}

static void
write_down(void)
{
	const struct sw_flow_set map = bridged_flow((struct sw_bridge){.kind = SW_BRIDGE_MAP,
		.maps = 2,
		.map = {{0, 8, SW_LAW_U_TO_A, 0}, {101, 96, SW_LAW_KEEP, 0}}});
	const struct sw_flow_set transcode = bridged_flow(transcoding());
	const struct sw_flow_set gateway = bridged_flow(fax());
	struct sw_transport_set plain = sealed;

	one("switch_down/hello", &hello, sizeof hello);
	one("switch_down/log_set", &log_set, sizeof log_set);
	one("switch_down/transport_set", &sealed, sizeof sealed);
	plain.transport.unseal = plain.transport.seal = (struct sw_key){0};
	plain.transport.source = SW_SOURCE_LATCH;
	one("switch_down/transport_set_plain", &plain, sizeof plain);
	plain.transport.source = SW_SOURCE_NEWEST;
	plain.transport.waits = 1;
	one("switch_down/transport_set_waits", &plain, sizeof plain);
	one("switch_down/transport_del", &del, sizeof del);
	one("switch_down/flow_set", &plain_flow, plain_flow.head.len);
	one("switch_down/flow_map", &map, sizeof map);
	one("switch_down/flow_transcode", &transcode, sizeof transcode);
	one("switch_down/flow_fax", &gateway, sizeof gateway);
	one("switch_down/resume", &resume, sizeof resume);
	begin("switch_down/capture", DOWN_MESSAGES);
	add(&capture, sizeof capture);
	add(&capture_end, sizeof capture_end);
	end();
	begin("switch_down/mesh_rules", DOWN_MESSAGES);
	add(&mesh_node, sizeof mesh_node);
	add(&mesh_neighbour, sizeof mesh_neighbour);
	add(&mesh_peer, sizeof mesh_peer);
	add(&mesh_peer_del, sizeof mesh_peer_del);
	add(&mesh_neighbour_del, sizeof mesh_neighbour_del);
	end();
	begin("switch_down/mesh_bytes", DOWN_MESSAGES);
	add(&mesh_tell, mesh_tell.head.len);
	add(&mesh_cast, mesh_cast.head.len);
	add(&mesh_say, mesh_say.head.len);
	end();
	begin("switch_down/mesh_leg", DOWN_MESSAGES);
	plain.transport = (struct sw_transport){.id = 9,
		.slot = 3,
		.local = 1,
		.port = 2,
		.mux = 1,
		.ssrcs = 16,
		.source = SW_SOURCE_SIGNALLED,
		.remote = {{SW_AF_MESH, 7, {3}}}};
	add(&plain, sizeof plain);
	end();
	begin("switch_down/row", DOWN_MESSAGES);
	add(&hello, sizeof hello);
	add(&sealed, sizeof sealed);
	add(&transcode, sizeof transcode);
	add(&plain_flow, plain_flow.head.len);
	end();
	begin("switch_down/sync_stop", DOWN_MESSAGES);
	add(&sync_begin, sizeof sync_begin);
	add(&stop, sizeof stop);
	end();
	write_states("switch_down", DOWN_STATE);
	write_numbering();
}

/* ---- To control: each message behind its length ---- */

static void
say(const void *msg, size_t len)
{
	fputc((int)(len >> 8), file);
	fputc((int)(len & 0xff), file);
	add(msg, len);
}

static void
said(const char *name, const void *msg, size_t len)
{
	begin(name, UP_MESSAGES);
	say(msg, len);
	end();
}

static void
write_up(void)
{
	const struct sw_welcome welcome = {
		HEAD(SW_WELCOME, sw_welcome), SW_ABI, 1, SW_FRESH, 0};
	struct sw_ack ack[2] = {{{SW_MAGIC, SW_ACK, sizeof *ack, 2}, 0, SW_SYNC_BEGIN},
		{{SW_MAGIC, SW_ACK, sizeof *ack, 4}, -ENOENT, SW_SYNC_BEGIN}};
	const struct sw_event learned = {.head = {SW_MAGIC, SW_EVENT, sizeof learned, 0},
		.id = 9,
		.slot = 3,
		.kind = SW_EV_LATCHED,
		.addr = {AF_INET, 4000, {198, 51, 100, 7}}};
	const struct sw_event busy = {.head = {SW_MAGIC, SW_EVENT, sizeof busy, 0},
		.slot = 1,
		.kind = SW_EV_TRANSCODER,
		.detail = 1};
	const struct sw_event link = {
		.head = {SW_MAGIC, SW_EVENT, sizeof link, 0}, .kind = SW_EV_LINK};
	const struct sw_history_said history = {
		{SW_MAGIC, SW_HISTORY, sizeof history, 9}, HISTORY};
	const struct sw_captured captured = {
		.head = {SW_MAGIC, SW_CAPTURED, sizeof captured, 0}, .id = 1, .error = -EFBIG};

	const struct sw_mesh_heard heard = {
		.head = {SW_MAGIC, SW_MESH_HEARD, offsetof(struct sw_mesh_heard, bytes[16]),
			0},
		.neighbour = 7,
		.opened = 1,
		.from = {AF_INET, 4110, {198, 51, 100, 7}},
		.len = 12,
		.bytes = {1, 1, 0x20, 2}};

	said("switch_up/mesh_heard", &heard, heard.head.len);
	said("switch_up/ack", &ack[0], sizeof ack[0]);
	said("switch_up/acks", ack, sizeof ack);
	begin("switch_up/ack_twice", UP_MESSAGES);
	say(&ack[0], sizeof ack[0]);
	say(&ack[0], sizeof ack[0]);
	end();
	said("switch_up/captured", &captured, sizeof captured);
	said("switch_up/event", &learned, sizeof learned);
	said("switch_up/event_link", &link, sizeof link);
	said("switch_up/event_transcoder", &busy, sizeof busy);
	said("switch_up/history", &history, sizeof history);
	said("switch_up/welcome_again", &welcome, sizeof welcome);
	write_states("switch_up", UP_STATE);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return EXIT_FAILURE;
	}
	corpus = argv[1];
	write_down();
	write_up();
	return EXIT_SUCCESS;
}

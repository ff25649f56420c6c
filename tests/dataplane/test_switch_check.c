/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/switch_check.c.  Each case begins with something sound and breaks one
 * thing. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <arpa/inet.h>
#include <check.h>

#include "dataplane/switch.h"

/* ---- Messages ---- */

union message {
	struct sw_head head;
	struct sw_hello hello;
	struct sw_welcome welcome;
	struct sw_transport_set transport_set;
	struct sw_transport_del transport_del;
	struct sw_flow_set flow_set;
	struct sw_log_set log_set;
	struct sw_ack ack;
	struct sw_event event;
	struct sw_history_said history;
	struct sw_transport_resume resume;
	struct sw_capture_set capture_set;
	struct sw_capture_end capture_end;
	struct sw_captured captured;
};

#define HEAD(t, struct_)                                                              \
	{                                                                             \
		.magic = SW_MAGIC, .type = t, .len = sizeof(struct struct_), .seq = 7 \
	}

#define UNSEAL                                                    \
	{                                                         \
		.suite = SW_AES_CM_128_HMAC_SHA1_80, .key = { 1 } \
	}

/* SSRC 3 arrives, SSRCs 4 and 5 leave. */
#define HISTORY                                                         \
	{                                                               \
		.id = 9, .epochs = 5, .unseal = {UNSEAL},               \
		.rx = {{.state = 1, .ssrc = 3, .epoch = 5, .keys = 1}}, \
		.tx = { {.state = 3, .ssrc = 4, .offset = -7},          \
			{.state = 1, .ssrc = 5} }                       \
	}

static const union message sound[] = {
	{.hello = {HEAD(SW_HELLO, sw_hello), SW_ABI, 1}},
	{.transport_set = {HEAD(SW_TRANSPORT_SET, sw_transport_set), {0}}},
	{.transport_del = {HEAD(SW_TRANSPORT_DEL, sw_transport_del), 1, 2, 0}},
	{.flow_set = {HEAD(SW_FLOW_SET, sw_flow_set), {.bridged = 1}, {0}}},
	{.head = HEAD(SW_SYNC_BEGIN, sw_plain)},
	{.head = HEAD(SW_SYNC_END, sw_plain)},
	{.log_set = {HEAD(SW_LOG_SET, sw_log_set), 3, 0}},
	{.head = HEAD(SW_STOP, sw_plain)},
	{.welcome = {HEAD(SW_WELCOME, sw_welcome), SW_ABI, 1, SW_KEPT, 0}},
	{.ack = {HEAD(SW_ACK, sw_ack), -ENOENT, SW_FLOW_SET}},
	{.event = {{SW_MAGIC, SW_EVENT, sizeof(struct sw_event), 0}, .id = 5, .slot = 3,
		 .kind = SW_EV_LATCHED,
		 .addr = {.family = AF_INET, .port = 4000, .ip = {10, 1}}}},
	{.transport_del = {HEAD(SW_TRANSPORT_STOP, sw_transport_del), 1, 2, 0}},
	{.history = {HEAD(SW_HISTORY, sw_history_said), HISTORY}},
	{.resume = {HEAD(SW_TRANSPORT_RESUME, sw_transport_resume),
		 {.id = 9, .unseal = UNSEAL}, HISTORY}},
	{.capture_set = {HEAD(SW_CAPTURE_SET, sw_capture_set), .id = 1, .max_bytes = 1,
		 .snaplen = 1, .transports = 1, .transport = {{.id = 5, .slot = 3}}}},
	{.capture_end = {HEAD(SW_CAPTURE_END, sw_capture_end), 1}},
	{.captured = {{SW_MAGIC, SW_CAPTURED, sizeof(struct sw_captured), 0}, .id = 1,
		 .error = -EFBIG}},
	{.flow_set = {{SW_MAGIC, SW_FLOW_SET, offsetof(struct sw_flow_set, bridge), 7}}},
	{.event = {{SW_MAGIC, SW_EVENT, sizeof(struct sw_event), 0}, .slot = 1,
		 .kind = SW_EV_TRANSCODER, .detail = 2}},
};

enum { SOUND = sizeof sound / sizeof sound[0] };

static int
is_up(const union message *m)
{
	return m->head.type >= SW_WELCOME;
}

static int
verdict(const union message *m)
{
	return sw_check(m, sizeof *m, is_up(m));
}

START_TEST(a_sound_message_passes_and_says_how_long_it_is)
{
	ck_assert_int_eq(verdict(&sound[_i]), sound[_i].head.len);
	ck_assert_int_eq(sw_check(&sound[_i], sound[_i].head.len, is_up(&sound[_i])),
		sound[_i].head.len);
}
END_TEST

START_TEST(a_message_must_have_its_length_its_way_and_all_its_bytes)
{
	union message m = sound[_i];

	ck_assert_int_eq(sw_check(&m, sizeof m, !is_up(&m)), -EBADMSG);
	for (uint32_t left = 0; left < m.head.len; left++)
		ck_assert_int_eq(sw_check(&m, left, is_up(&m)), -EBADMSG);
	m.head.len -= 8;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m.head.len += 16;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m = sound[_i];
	m.head.magic++;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m = sound[_i];
	m.head.seq = m.head.seq == 0; /* only events have no number */
	ck_assert_int_eq(verdict(&m), -EBADMSG);
}
END_TEST

START_TEST(a_flow_has_its_bridge_with_it_or_says_that_there_is_none)
{
	union message m = {.flow_set = {HEAD(SW_FLOW_SET, sw_flow_set), {.bridged = 1}, {0}}};

	ck_assert_int_eq(verdict(&m), sizeof m.flow_set);
	m.flow_set.flow.bridged = 0;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m.flow_set.flow.bridged = 2;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m.head.len = offsetof(struct sw_flow_set, bridge);
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m.flow_set.flow.bridged = 1;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m.flow_set.flow.bridged = 0;
	ck_assert_int_eq(verdict(&m), offsetof(struct sw_flow_set, bridge));
}
END_TEST

START_TEST(unknown_types_are_refused)
{
	union message m = sound[4];
	static const uint16_t unknown[] = {
		0, SW_MESH_SAY + 1, SW_WELCOME - 1, SW_TYPES, 0xffff};

	for (unsigned i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		m.head.type = unknown[i];
		ck_assert_int_eq(sw_check(&m, sizeof m, 0), -EBADMSG);
		ck_assert_int_eq(sw_check(&m, sizeof m, 1), -EBADMSG);
	}
}
END_TEST

START_TEST(another_abi_is_readable_so_that_it_can_be_refused)
{
	union message m = sound[0];

	m.hello.abi = SW_ABI + 1;
	m.head.len += 5;
	ck_assert_int_eq(verdict(&m), sizeof(struct sw_hello) + 8);
	m.hello.abi = SW_ABI;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
}
END_TEST

/* Sound but for one value. */
#define REFUSED(n, change)                               \
	do {                                             \
		union message m = sound[n];              \
		change;                                  \
		ck_assert_int_eq(verdict(&m), -EBADMSG); \
	} while (0)

START_TEST(values_out_of_range_are_refused)
{
	REFUSED(0, m.hello.pid = 0);
	REFUSED(2, m.transport_del.id = 0);
	REFUSED(2, m.transport_del.slot = SW_TRANSPORTS_MAX);
	REFUSED(2, m.transport_del.reserved = 1);
	REFUSED(6, m.log_set.level = 4);
	REFUSED(6, m.log_set.reserved = 1);
	REFUSED(8, m.welcome.pid = 0);
	REFUSED(8, m.welcome.origin = SW_KEPT + 1);
	REFUSED(8, m.welcome.reserved = 1);
	REFUSED(9, m.ack.error = 1);
	REFUSED(9, m.ack.error = -4096);
	REFUSED(9, m.ack.type = 0);
	REFUSED(9, m.ack.type = SW_WELCOME);
	REFUSED(10, m.event.kind = SW_EVENTS);
	REFUSED(10, m.event.id = 0);
	REFUSED(10, m.event.kind = SW_EV_LINK);
	REFUSED(10, m.event.kind = SW_EV_STALLED);
	REFUSED(10, m.event.slot = SW_TRANSPORTS_MAX);
	REFUSED(10, m.event.rtcp = 2);
	REFUSED(10, m.event.reserved = 1);
	REFUSED(10, m.event.addr.family = AF_UNIX);
	REFUSED(10, m.event.addr.ip[4] = 1);
	REFUSED(10, m.event.addr.family = 0);
	REFUSED(11, m.transport_del.id = 0);
}
END_TEST

START_TEST(a_capture_has_limits_and_names_transports)
{
	REFUSED(14, m.capture_set.id = 0);
	REFUSED(14, m.capture_set.max_bytes = 0);
	REFUSED(14, m.capture_set.max_bytes = SW_CAPTURE_BYTES_MAX + UINT64_C(1));
	REFUSED(14, m.capture_set.snaplen = 0);
	REFUSED(14, m.capture_set.snaplen = 65536);
	REFUSED(14, m.capture_set.transports = SW_CAPTURE_TRANSPORTS + 1);
	REFUSED(14, m.capture_set.transports = 0); /* and yet there stands one */
	REFUSED(14, m.capture_set.transports = 2);
	REFUSED(14, m.capture_set.transport[0].id = 0);
	REFUSED(14, m.capture_set.transport[0].slot = SW_TRANSPORTS_MAX);
	REFUSED(14, m.capture_set.transport[0].reserved = 1);
	REFUSED(15, m.capture_end.id = 0);
	REFUSED(16, m.captured.id = 0);
	REFUSED(16, m.captured.error = 1);
	REFUSED(16, m.captured.error = -4096);
	REFUSED(16, m.captured.reserved = 1);
}
END_TEST

START_TEST(a_history_that_no_switch_can_have_is_refused)
{
	REFUSED(12, m.history.history.id = 0);
	REFUSED(12, m.history.history.latched[1] = 2);
	REFUSED(12, m.history.history.key_proven = 2);
	REFUSED(12, m.history.history.reserved[0] = 1);
	REFUSED(12, m.history.history.learned[0].family = AF_UNIX);
	REFUSED(12, m.history.history.unseal[1].suite = SW_SUITES);
	REFUSED(12, m.history.history.rx[0].state = 3);
	REFUSED(12, m.history.history.rx[0].keys = 4);
	REFUSED(12, m.history.history.rx[0].rtcp_used = 4);
	REFUSED(12, m.history.history.rx[0].index = UINT64_C(1) << 48);
	REFUSED(12, m.history.history.rx[0].rtcp_index = 0x80000000);
	REFUSED(12, m.history.history.rx[0].epoch = 6); /* not handed out yet */
	REFUSED(12, m.history.history.tx[0].state = 8);
	REFUSED(12, m.history.history.tx[0].seal_generation = 1); /* that is seal_met */
	REFUSED(12, m.history.history.tx[0].highest = UINT64_C(1) << 48);
	REFUSED(12, m.history.history.tx[0].offset = INT64_MIN);
	REFUSED(12, m.history.history.tx[0].floor = UINT64_MAX);
	REFUSED(12, m.history.history.tx[1].ssrc = 4);  /* numbered twice */
	REFUSED(12, m.history.history.rx[0].epoch = 0); /* numbers packets, but as what? */
	REFUSED(12, m.history.history.rx[0].first = 1); /* above the highest */
	REFUSED(12, m.history.history.rx[1] = m.history.history.rx[0];
		m.history.history.rx[1].keys = 2); /* each index once more, under the other */
	REFUSED(12, m.history.history.learned[0].family = AF_INET6;
		m.history.history.learned[0].ip[0] = 0x20); /* no port */
	REFUSED(12, m.history.history.learned[1].family = AF_INET;
		m.history.history.learned[1].ip[0] = 10);
	REFUSED(12, m.history.history.learned[1].family = AF_INET;
		m.history.history.learned[1].port = 4000;
		m.history.history.learned[1].ip[0] = 224);
	REFUSED(13, m.resume.history.id = 8);
	REFUSED(13, m.resume.history.unseal[0].key[0] = 2); /* of another key */
	REFUSED(13, m.resume.transport.seal = m.resume.history.unseal[0]);
}
END_TEST

/* What ssrc.c does produce: RTCP before any RTP; one SSRC numbered anew under each key; a kill
 * in the middle of a new numbering, after which nothing is accepted under it. */
START_TEST(a_history_that_a_switch_can_have_passes)
{
	union message m = sound[12];
	struct sw_history *h = &m.history.history;

	h->rx[1] =
		(struct sw_rx_history){.state = 1, .ssrc = 6, .rtcp_used = 1, .rtcp_index = 4};
	h->rx[2] = (struct sw_rx_history){.state = 1, .ssrc = 3, .epoch = 4, .keys = 2};
	h->rx[3] = (struct sw_rx_history){.state = 1, .ssrc = 3, .index = 5, .first = 60000};
	h->rx[4] = (struct sw_rx_history){.state = 1, .ssrc = 3, .index = 9, .first = 9};
	h->learned[0] = (struct sw_addr){AF_INET, 4000, {192, 0, 2, 7}};
	h->learned[1] = (struct sw_addr){AF_INET6, 1, {0x20, 1}};
	ck_assert_int_eq(verdict(&m), m.head.len);
}
END_TEST

/* ---- Rules ---- */

static struct sw_addr
address(const char *text, uint16_t port)
{
	struct sw_addr a = {.family = strchr(text, ':') ? AF_INET6 : AF_INET, .port = port};

	ck_assert_int_eq(inet_pton(a.family, text, a.ip), 1);
	return a;
}

static struct sw_state
state(void)
{
	struct sw_state st = {.transports = 100, .addresses = 2};

	st.address[0] = (struct sw_local){address("192.0.2.1", 30000), 39999, 0, "lan"};
	st.address[1] = (struct sw_local){address("2001:db8::1", 30000), 39999, 0, "lan"};
	return st;
}

static struct sw_key
key(enum sw_suite suite, uint8_t with)
{
	const struct sw_suite_info *info = sw_suite_info(suite);
	struct sw_key k = {.suite = (uint8_t)suite};

	memset(k.key, with, info->key_len);
	memset(k.salt, with, info->salt_len);
	return k;
}

static struct sw_transport
transport(void)
{
	return (struct sw_transport){.id = 9,
		.slot = 99,
		.clock_hz = 8000,
		.port = 30000,
		.source = SW_SOURCE_AUTHENTICATED,
		.dscp = 46,
		.ssrcs = SW_SSRCS,
		.remote = {address("198.51.100.7", 4000), address("198.51.100.7", 4001)},
		.unseal = key(SW_AES_CM_128_HMAC_SHA1_80, 1),
		.seal = key(SW_AEAD_AES_256_GCM, 2)};
}

#define TRANSPORT(expect, change)                                      \
	do {                                                           \
		struct sw_state st = state();                          \
		struct sw_transport t = transport();                   \
		change;                                                \
		ck_assert_int_eq(sw_check_transport(&t, &st), expect); \
	} while (0)

START_TEST(a_transport_lies_within_the_state_and_the_media_range)
{
	TRANSPORT(0, (void)0);
	TRANSPORT(-EINVAL, t.id = 0);
	TRANSPORT(-EINVAL, t.slot = 100);
	TRANSPORT(-EINVAL, t.local = 2);
	TRANSPORT(-EINVAL, t.port = 29998);
	TRANSPORT(-EINVAL, t.port = 40000);
	TRANSPORT(0, t.port = 39998);
	TRANSPORT(-EINVAL, t.port = 30001);
	TRANSPORT(0, (t.port = 30001, t.mux = 1));
	TRANSPORT(0, (t.port = 39999, t.mux = 1));
	TRANSPORT(-EINVAL, (t.port = 39998, st.address[0].port_last = 39998));
	TRANSPORT(-EINVAL, (t.port = 0, st.address[0].addr.port = 0));
}
END_TEST

START_TEST(a_transports_numbers_are_within_their_ranges)
{
	TRANSPORT(-EINVAL, t.mux = 2);
	TRANSPORT(-EINVAL, t.opaque = 2);
	TRANSPORT(0, t.no_feedback = 1);
	TRANSPORT(-EINVAL, t.no_feedback = 2);
	TRANSPORT(-EINVAL, t.waits = 2);
	TRANSPORT(0, t.pierce = 1);
	TRANSPORT(-EINVAL, t.pierce = 2);
	TRANSPORT(-EINVAL, t.reserved[1] = 1);
	TRANSPORT(-EINVAL, t.nobodys = 2);
	TRANSPORT(-EINVAL, (t.nobodys = 1, t.unseal.suite = SW_SUITE_PLAIN));
	TRANSPORT(-EINVAL, t.source = SW_SOURCES);
	TRANSPORT(-EINVAL, t.dscp = 64);
	TRANSPORT(-EINVAL, t.ssrcs = 0);
	TRANSPORT(-EINVAL, t.ssrcs = SW_SSRCS + 1);
	TRANSPORT(-EINVAL, t.clock_hz = 1000001);
}
END_TEST

START_TEST(media_goes_to_one_host_of_the_same_family_or_nowhere_yet)
{
	static const char *const nobody[] = {"0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.0.1",
		"240.0.0.1", "255.255.255.255", "2001:db8::2"};

	for (unsigned i = 0; i < sizeof nobody / sizeof *nobody; i++)
		TRANSPORT(-EINVAL, t.remote[0] = address(nobody[i], 4000));
	TRANSPORT(-EINVAL, t.remote[1].port = 0);
	TRANSPORT(-EINVAL, t.remote[1].ip[15] = 1);
	TRANSPORT(-EINVAL, t.remote[0].family = AF_UNIX);
	TRANSPORT(0, t.remote[1] = (struct sw_addr){0});
	TRANSPORT(-EINVAL, t.remote[1] = (struct sw_addr){.port = 1});
	TRANSPORT(-EINVAL, t.remote[1] = (struct sw_addr){.ip = {1}});
}
END_TEST

START_TEST(ipv6_media_goes_to_one_host_that_needs_no_interface_beside_it)
{
	static const char *const nobody[] = {
		"::", "ff02::1", "fe80::1", "febf::1", "::ffff:192.0.2.9"};

	TRANSPORT(0, (t.local = 1, t.remote[0] = address("2001:db8::2", 4000),
			     t.remote[1] = address("fec0::1", 4001)));
	for (unsigned i = 0; i < sizeof nobody / sizeof *nobody; i++)
		TRANSPORT(-EINVAL, (t.local = 1, t.remote[0] = address(nobody[i], 4000),
					   t.remote[1] = (struct sw_addr){0}));
}
END_TEST

START_TEST(keys_have_their_suites_lengths_and_nothing_behind)
{
	TRANSPORT(-EINVAL, t.unseal.suite = SW_SUITES);
	TRANSPORT(-EINVAL, t.unseal.key[16] = 1);
	TRANSPORT(-EINVAL, t.seal.salt[12] = 1);
	TRANSPORT(-EINVAL, t.seal.mki[0] = 1);
	TRANSPORT(-EINVAL, t.seal.mki_len = SW_MKI_MAX + 1);
	TRANSPORT(0, t.seal.mki_len = SW_MKI_MAX);
	TRANSPORT(0, (t.seal.mki_len = 4, t.seal.mki[3] = 1));
	TRANSPORT(-EINVAL, (t.seal.mki_len = 4, t.seal.mki[4] = 1));
	TRANSPORT(0, t.seal = (struct sw_key){0});
	TRANSPORT(-EINVAL, t.seal = (struct sw_key){.key = {1}});
	TRANSPORT(-EINVAL, t.seal = (struct sw_key){.mki_len = 1});
}
END_TEST

START_TEST(one_key_does_not_serve_both_ways)
{
	TRANSPORT(-EINVAL, t.seal = t.unseal);
	TRANSPORT(0, (t.seal = t.unseal, t.seal.salt[0]++));
}
END_TEST

START_TEST(authentication_needs_a_key)
{
	TRANSPORT(-EINVAL, t.unseal = (struct sw_key){0});
	TRANSPORT(0, (t.unseal = (struct sw_key){0}, t.source = SW_SOURCE_SIGNALLED));
	TRANSPORT(0, (t.unseal = (struct sw_key){0}, t.source = SW_SOURCE_LATCH));
}
END_TEST

#define FLOW(expect, change)                                                             \
	do {                                                                             \
		struct sw_state st = state();                                            \
		struct sw_flow f = {                                                     \
			.id = 1, .slot = 5, .sinks = 2, .sink = {{2, 6, 0}, {3, 7, 0}}}; \
		change;                                                                  \
		ck_assert_int_eq(sw_check_flow(&f, &st), expect);                        \
	} while (0)

START_TEST(a_flow_names_each_sink_once)
{
	FLOW(0, (void)0);
	FLOW(-EINVAL, f.id = 0);
	FLOW(-EINVAL, f.slot = 100);
	FLOW(-EINVAL, f.sinks = SW_SINKS + 1);
	FLOW(-EINVAL, f.sinks = UINT16_MAX);
	FLOW(-EINVAL, f.sinks = 3);
	FLOW(-EINVAL, f.sinks = 1); /* something lies behind it */
	FLOW(0, (f.sinks = 0, memset(f.sink, 0, sizeof f.sink)));
	FLOW(-EINVAL, f.sink[1].id = 0);
	FLOW(-EINVAL, f.sink[1].slot = 100);
	FLOW(-EINVAL, f.sink[1].reserved = 1);
	FLOW(-EINVAL, f.sink[1].slot = 6);
	FLOW(-EINVAL, f.sink[1].id = 2);
	FLOW(0, f.bridged = 1);
	FLOW(-EINVAL, f.bridged = 2);
}
END_TEST

/* ---- State ---- */

enum { SIZE = 1 << 20 };

static struct sw_state
head(void)
{
	struct sw_state st = {.magic = SW_MAGIC,
		.abi = SW_ABI,
		.size = SIZE,
		.transports = 8,
		.cores = 1,
		.addresses = 1,
		.devices = 1,
		.record_blocks = 16,
		.cores_at = 4096 * 4,
		.transcoders_at = 4096 * 10,
		.mesh_at = 4096 * 13,
		.transports_at = 4096 * 33,
		.more_at = 4096 * 35,
		.bridges_at = 4096 * 40,
		.rules_at = 4096 * 41,
		.mesh_rules_at = 4096 * 45,
		.records_at = 4096 * 50,
		.engine = "burst",
		.poll = "adaptive"};

	st.address[0] = (struct sw_local){address("192.0.2.1", 30000), 39999, 0, "lan"};
	strcpy(st.device[0].name, "eth0");
	return st;
}

#define STATE(expect, change)                                        \
	do {                                                         \
		struct sw_state st = head();                         \
		change;                                              \
		ck_assert_int_eq(sw_check_state(&st, SIZE), expect); \
	} while (0)

START_TEST(the_parts_of_a_state_fit_into_it_one_after_the_other)
{
	STATE(0, (void)0);
	STATE(-EPROTO, st.abi++);
	STATE(-EBADMSG, st.magic++);
	STATE(-EBADMSG, st.size++);
	STATE(-EBADMSG, st.cores_at = 0);
	STATE(-EBADMSG, st.cores_at += 8);
	STATE(-EBADMSG, st.transcoders_at = st.cores_at);
	STATE(-EBADMSG, st.mesh_at = st.transcoders_at);
	STATE(-EBADMSG, st.mesh_at += 8);
	STATE(-EBADMSG, st.transports_at = st.mesh_at);
	STATE(-EBADMSG, st.transports_at = UINT64_MAX - 4095);
	STATE(-EBADMSG, st.more_at = st.transports_at);
	STATE(-EBADMSG, st.bridges_at = st.more_at);
	STATE(-EBADMSG, st.bridges_at += 8);
	STATE(-EBADMSG, st.rules_at = st.bridges_at);
	STATE(-EBADMSG, st.mesh_rules_at = st.rules_at - 4096);
	STATE(-EBADMSG, st.mesh_rules_at += 8);
	STATE(-EBADMSG, st.records_at = st.mesh_rules_at - 4096);
	STATE(-EBADMSG, st.records_at = SIZE);
	STATE(-EBADMSG, st.transports = 1000);
	STATE(-EBADMSG, st.record_blocks = SIZE / SW_RECORD_BLOCK);
	ck_assert_int_eq(sw_check_state(&(struct sw_state){.magic = SW_MAGIC}, 8), -EBADMSG);
}
END_TEST

START_TEST(counts_and_texts_of_a_state_have_their_ends)
{
	STATE(-EBADMSG, st.transports = 0);
	STATE(-EBADMSG, st.transports = SW_TRANSPORTS_MAX + 1);
	STATE(-EBADMSG, st.cores = 0);
	STATE(-EBADMSG, st.cores = SW_CORES + 1);
	STATE(-EBADMSG, st.addresses = SW_ADDRESSES + 1);
	STATE(-EBADMSG, st.devices = SW_DEVICES + 1);
	STATE(-EBADMSG, st.record_blocks = SW_RECORD_BLOCKS_MAX + 1);
	STATE(0, st.transcoders = SW_TRANSCODERS);
	STATE(-EBADMSG, st.transcoders = SW_TRANSCODERS + 1);
	STATE(-EBADMSG, memset(st.engine, 'x', sizeof st.engine));
	STATE(-EBADMSG, memset(st.poll, 'x', sizeof st.poll));
	STATE(-EBADMSG, memset(st.address[0].interface, 'x', SW_NAME));
	STATE(-EBADMSG, st.address[0].device = 1);
	STATE(-EBADMSG, st.address[0].port_last = 1);
	STATE(-EBADMSG, memset(st.device[0].name, 'x', SW_NAME));
	STATE(-EBADMSG, memset(st.device[0].kind, 'x', sizeof st.device[0].kind));
	STATE(-EBADMSG, memset(st.device[0].driver, 'x', SW_NAME));
	STATE(-EBADMSG, memset(st.device[0].twin, 'x', sizeof st.device[0].twin));
}
END_TEST

START_TEST(every_stage_has_a_name_of_its_own)
{
	for (unsigned i = 0; i < SW_STAGES; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(sw_stage_name(i), sw_stage_name(j));
	ck_assert_str_eq(sw_stage_name(SW_STAGES), "?");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("switch_check");
	TCase *tc = tcase_create("messages");

	tcase_add_loop_test(tc, a_sound_message_passes_and_says_how_long_it_is, 0, SOUND);
	tcase_add_loop_test(
		tc, a_message_must_have_its_length_its_way_and_all_its_bytes, 0, SOUND);
	tcase_add_test(tc, a_flow_has_its_bridge_with_it_or_says_that_there_is_none);
	tcase_add_test(tc, unknown_types_are_refused);
	tcase_add_test(tc, another_abi_is_readable_so_that_it_can_be_refused);
	tcase_add_test(tc, values_out_of_range_are_refused);
	tcase_add_test(tc, a_capture_has_limits_and_names_transports);
	tcase_add_test(tc, a_history_that_no_switch_can_have_is_refused);
	tcase_add_test(tc, a_history_that_a_switch_can_have_passes);
	suite_add_tcase(s, tc);

	tc = tcase_create("rules");
	tcase_add_test(tc, a_transport_lies_within_the_state_and_the_media_range);
	tcase_add_test(tc, a_transports_numbers_are_within_their_ranges);
	tcase_add_test(tc, media_goes_to_one_host_of_the_same_family_or_nowhere_yet);
	tcase_add_test(tc, ipv6_media_goes_to_one_host_that_needs_no_interface_beside_it);
	tcase_add_test(tc, keys_have_their_suites_lengths_and_nothing_behind);
	tcase_add_test(tc, one_key_does_not_serve_both_ways);
	tcase_add_test(tc, authentication_needs_a_key);
	tcase_add_test(tc, a_flow_names_each_sink_once);
	suite_add_tcase(s, tc);

	tc = tcase_create("state");
	tcase_add_test(tc, the_parts_of_a_state_fit_into_it_one_after_the_other);
	tcase_add_test(tc, counts_and_texts_of_a_state_have_their_ends);
	tcase_add_test(tc, every_stage_has_a_name_of_its_own);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

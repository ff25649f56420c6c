/* SPDX-License-Identifier: Apache-2.0
 *
 * A transcode core among forwarding cores: what it is handed, what it makes of it leaves by
 * the sink's transport, numbered without a gap and sealed under that one's key; it waits no
 * longer than it is told to, speaks RTCP, and says when it has too much to do.  What sound is
 * in µ-law comes from SpanDSP; who reads what was sealed is libsrtp2. dataplane/transcoder*.c,
 * worker.c; time is the test's, but for the tests of threads. */
#include <check.h>
#include <spandsp.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/room.h"
#include "dataplane/rtcp.h"
#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum {
	SSRC = 0x11223344,
	ULAW = 160, /* bytes of 20 ms */
	LINEAR = 320,
	L16 = 96, /* its payload type */
	FRAME_US = 20000,
	RING_HOLDS = CROSSING_RING_TRANSCODER - 1,
	CNAME = 16, /* letters: 96 bits, RFC 7022 section 4.2 */
};

static struct inproc rig;
static uint64_t now;
static struct sw_addr phone[2], port[2], rtcp_phone[2], rtcp_port[2];

static void
pass_us(uint64_t us)
{
	now += rte_get_tsc_hz() / 1000000 * us;
	inproc_set_time(&rig, now);
}

/* ---- A call: phone 0 speaks µ-law, phone 1 hears L16 ---- */

static struct codec_format
format(const char *name, uint8_t payload_type)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, name, 8000, 1, NULL), 0);
	f.payload_type = payload_type;
	f.ptime_ms = 20;
	return f;
}

static struct sw_bridge
bridge(bool back)
{
	struct codec_format ulaw = format("PCMU", 0), linear = format("L16", L16);

	return (struct sw_bridge){.kind = SW_BRIDGE_TRANSCODE,
		.transcode = {.from = {back ? linear : ulaw},
			.to = {back ? ulaw : linear},
			.window_us = 60000}};
}

static struct sw_transport
transport(unsigned i, enum sw_suite suite)
{
	struct sw_transport t = rig_transport(
		i, i == 0 ? "192.0.2.10" : "192.0.2.11", (uint16_t)(4000 + 2 * i));

	rig_key(&t.seal, suite, (uint8_t)(1 + i));
	return t;
}

/* Legs on slots 0 and 1, so with two cores on one each. */
static void
open_legs(enum sw_suite suite)
{
	struct sw_bridge there = bridge(false), back = bridge(true);

	for (unsigned i = 0; i < 2; i++) {
		struct sw_transport t = transport(i, suite);

		rig_set(&rig, &t);
		phone[i] = t.remote[0];
		rtcp_phone[i] = t.remote[1];
		port[i] = rig_addr("192.0.2.1", t.port);
		rtcp_port[i] = rig_addr("192.0.2.1", (uint16_t)(t.port + 1));
	}
	rig_bridge(&rig, 0, 1, &there);
	rig_bridge(&rig, 1, 0, &back);
}

static void
open_call(unsigned cores, enum sw_suite suite)
{
	rig_open_transcoding(&rig, cores);
	now = rte_rdtsc();
	pass_us(0);
	open_legs(suite);
}

static const struct sw_bridge_state *
state(unsigned slot)
{
	return &rig.state.bridge_state[slot];
}

static uint16_t
speech(unsigned from, uint16_t seq, uint8_t *p)
{
	uint16_t len = rig_rtp(p, seq, SSRC + from, from == 0 ? ULAW : LINEAR);

	p[1] = from == 0 ? 0 : L16;
	rtp_put32(p + 4, seq * 160u);
	return len;
}

static void
say(unsigned from, uint16_t seq)
{
	uint8_t p[RTP_HEADER + LINEAR];

	rig_send(&rig, &phone[from], &port[from], p, speech(from, seq, p));
	rig_turn(&rig);
}

/* The next datagram, which is RTP for phone 1. */
static bool
hear(struct rig_datagram *d)
{
	while (rig_receive(&rig, d))
		if (d->to.port == phone[1].port)
			return true;
	return false;
}

static unsigned
hear_all(void)
{
	struct rig_datagram d;
	unsigned n = 0;

	while (hear(&d))
		n++;
	return n;
}

START_TEST(what_one_phone_says_in_one_format_the_other_one_hears_in_another)
{
	struct rig_datagram d;
	uint8_t p[RTP_HEADER + ULAW];

	open_call((unsigned)_i, SW_SUITE_PLAIN);
	for (uint16_t seq = 1; seq <= 50; seq++) {
		say(0, seq);
		ck_assert(hear(&d));
		speech(0, seq, p);
		ck_assert_uint_eq(d.len, RTP_HEADER + LINEAR);
		ck_assert_uint_eq(rtp_payload_type(d.payload), L16);
		ck_assert_uint_eq(rtp_ssrc(d.payload), state(0)->ssrc);
		ck_assert_uint_eq(rtp_seq(d.payload), (uint16_t)(state(0)->number - 1));
		for (unsigned k = 0; k < ULAW; k++)
			ck_assert_int_eq((int16_t)rtp_get16(d.payload + RTP_HEADER + 2 * k),
				ulaw_to_linear(p[RTP_HEADER + k]));
		ck_assert(!hear(&d));
		pass_us(FRAME_US);
	}
	ck_assert_uint_eq(atomic_load(&state(0)->packets_in), 50);
	ck_assert_uint_eq(atomic_load(&state(0)->packets_out), 50);
	ck_assert_uint_gt(atomic_load(&state(0)->cycles), 0);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].frames), 50);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].taken_in), 50);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].handed_over),
		50 + atomic_load(&state(0)->tx_rtcp) + atomic_load(&state(1)->tx_rtcp));
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].directions), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[1].tx_packets), 50);
	rig_close(&rig);
}
END_TEST

START_TEST(every_sink_hears_it)
{
	struct sw_flow f = {.id = 1000,
		.sinks = 2,
		.bridged = 1,
		.sink = {{.id = 1001, .slot = 1}, {.id = 1002, .slot = 2}}};
	struct sw_bridge there = bridge(false);
	struct sw_transport t;
	struct rig_datagram d;

	open_call(2, SW_SUITE_PLAIN);
	t = rig_transport(2, "192.0.2.12", 4004);
	rig_set(&rig, &t);
	ck_assert_int_eq(tables_flow_set(rig.tables, &f, &there), 0);
	say(0, 1);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(rig_receive(&rig, &d));
		ck_assert_uint_eq(rtp_payload_type(d.payload), L16);
	}
	ck_assert(!rig_receive(&rig, &d));
	rig_close(&rig);
}
END_TEST

/* ---- Sealed, through everything that may happen to a call ---- */

static srtp_t
libsrtp(const struct sw_transport *t)
{
	srtp_policy_t policy = {.ssrc = {.type = ssrc_any_inbound}, .window_size = 1024};
	uint8_t key[30];
	srtp_t s;

	memcpy(key, t->seal.key, 16);
	memcpy(key + 16, t->seal.salt, 14);
	srtp_crypto_policy_set_rtp_default(&policy.rtp);
	srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
	policy.key = key;
	srtp_init();
	ck_assert_int_eq(srtp_create(&s, &policy), srtp_err_status_ok);
	return s;
}

/* What has come out: libsrtp2 accepts each, which it does once for a number, and their numbers
 * leave nothing out. */
static unsigned
unseal_all(srtp_t s, uint16_t *next)
{
	struct rig_datagram d;
	unsigned n = 0;

	for (; hear(&d); n++) {
		int len = d.len;

		ck_assert_int_eq(srtp_unprotect(s, d.payload, &len), srtp_err_status_ok);
		ck_assert_int_eq(len, RTP_HEADER + LINEAR);
		if (*next != 0)
			ck_assert_uint_eq(rtp_seq(d.payload), *next);
		*next = (uint16_t)(rtp_seq(d.payload) + 1);
	}
	return n;
}

static void
nothing(uint16_t seq)
{
}

/* Another bridge in its place, with other codec objects, all the time. */
static void
replace_bridge(uint16_t seq)
{
	struct sw_bridge b = bridge(false);

	b.transcode.gain_db10 = (int16_t)(seq % 2); /* so that it is another one */
	rig_bridge(&rig, 0, 1, &b);
	rig_settle(&rig);
}

/* ... published while packets are in the ring to the old one's core. */
static void
replace_bridge_late(uint16_t seq)
{
	uint8_t p[RTP_HEADER + ULAW];

	rig_send(&rig, &phone[0], &port[0], p, speech(0, (uint16_t)(seq + 1), p));
	while (forward_turn(&rig.lcore[0], rte_rdtsc()) > 0)
		;
	replace_bridge(seq);
}

static void
hold(uint16_t seq)
{
	struct sw_bridge b = bridge(false);

	rig_join(&rig, 0, 1);
	rig_settle(&rig);
	pass_us(3 * FRAME_US);
	rig_bridge(&rig, 0, 1, &b);
}

/* A re-offer after which nothing is transcoded, and some time later another one. */
static void
end_and_begin(uint16_t seq)
{
	struct sw_bridge b = bridge(false);

	rig_join(&rig, 0, 1);
	rig_settle(&rig);
	for (unsigned i = 0; i < 20; i++) {
		pass_us(1000000);
		rig_turn(&rig);
	}
	rig_bridge(&rig, 0, 1, &b);
}

static void
rekey_sink(uint16_t seq)
{
	struct sw_transport t = transport(1, SW_AES_CM_128_HMAC_SHA1_80);

	t.dscp = seq % 64;
	rig_set(&rig, &t);
	rig_settle(&rig);
}

static void
kill_switch(uint16_t seq)
{
	rig_kill(&rig);
	pass_us(0);
}

static const struct {
	void (*happens)(uint16_t seq);
	unsigned more; /* packets that it says itself */
} things[] = {{nothing, 0}, {replace_bridge, 0}, {replace_bridge_late, 1}, {hold, 0},
	{rekey_sink, 0}, {kill_switch, 0}};

START_TEST(every_packet_is_sealed_once_and_numbered_without_a_gap)
{
	struct sw_transport sink = transport(1, SW_AES_CM_128_HMAC_SHA1_80);
	unsigned heard = 0, said = 0;
	uint16_t next = 0;
	srtp_t s;

	open_call(2, SW_AES_CM_128_HMAC_SHA1_80);
	s = libsrtp(&sink);
	for (uint16_t seq = 1; seq <= 200; seq += (uint16_t)(1 + things[_i].more)) {
		say(0, seq);
		said++;
		heard += unseal_all(s, &next);
		if (seq % 10 == 9) {
			things[_i].happens(seq);
			said += things[_i].more;
			rig_turn(&rig);
			heard += unseal_all(s, &next);
		} else {
			said += things[_i].more;
			if (things[_i].more)
				say(0, (uint16_t)(seq + 1));
			heard += unseal_all(s, &next);
		}
		pass_us(FRAME_US);
	}
	ck_assert_uint_eq(heard, said);
	srtp_dealloc(s);
	rig_close(&rig);
}
END_TEST

static const struct {
	void (*happens)(uint16_t seq);
	uint32_t more; /* ticks: a packet that may have left before a kill */
} pauses[] = {{replace_bridge, 0}, {hold, 0}, {kill_switch, 160}};

/* However often something happens while nothing is said: what then leaves is as much later as
 * it is. */
START_TEST(time_goes_on_while_nothing_is_said)
{
	struct rig_datagram d;
	uint32_t before, passed;
	uint64_t began;

	open_call(1, SW_SUITE_PLAIN);
	say(0, 1);
	ck_assert(hear(&d));
	before = rtp_timestamp(d.payload);
	began = now;
	for (uint16_t i = 1; i <= 3; i++) {
		pass_us(5000000);
		rig_turn(&rig);
		pauses[_i].happens(i);
	}
	pass_us(5000000);
	say(0, 2);
	ck_assert(hear(&d));
	passed = (uint32_t)((now - began) * 8 / (rte_get_tsc_hz() / 1000));
	ck_assert_int_lt(
		abs((int)(rtp_timestamp(d.payload) - before - passed - 3 * pauses[_i].more)),
		8);
	rig_close(&rig);
}
END_TEST

static void (*const breaks[])(uint16_t seq) = {
	replace_bridge, hold, end_and_begin, kill_switch};

START_TEST(counters_go_on_from_bridge_to_bridge)
{
	open_call(1, SW_SUITE_PLAIN);
	for (uint16_t seq = 1; seq <= 20; seq++) {
		say(0, seq);
		breaks[_i](seq);
	}
	ck_assert_uint_eq(atomic_load(&state(0)->packets_in), 20);
	ck_assert_uint_eq(atomic_load(&state(0)->packets_out), 20);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].frames), 20);
	ck_assert_uint_eq(hear_all(), 20);
	rig_close(&rig);
}
END_TEST

/* ---- What does not arrive ---- */

START_TEST(who_goes_while_a_packet_is_under_way_has_nothing_transcoded)
{
	uint8_t p[RTP_HEADER + ULAW];

	open_call(1, SW_SUITE_PLAIN);
	rig_send(&rig, &phone[0], &port[0], p, speech(0, 1, p));
	while (forward_turn(&rig.lcore[0], rte_rdtsc()) > 0)
		;
	tables_transport_del(rig.tables, 0, 1000, NULL, NULL);
	rig_settle(&rig);
	rig_turn(&rig);
	ck_assert_uint_eq(hear_all(), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 1);
	rig_close(&rig);
}
END_TEST

START_TEST(what_a_transcode_core_cannot_take_is_the_newest_and_counted)
{
	uint8_t p[RTP_HEADER + ULAW];
	struct rig_datagram d;
	uint16_t heard = 0;

	open_call(1, SW_SUITE_PLAIN);
	for (uint16_t seq = 1; seq <= RING_HOLDS + 100; seq++) {
		rig_send(&rig, &phone[0], &port[0], p, speech(0, seq, p));
		while (forward_turn(&rig.lcore[0], rte_rdtsc()) > 0)
			;
		pass_us(FRAME_US);
	}
	ck_assert_uint_eq(rig_drops(&rig, DROP_TRANSCODER_FULL), 100);
	while (transcoder_turn(&rig.transcoder[0], now) > 0)
		while (forward_turn(&rig.lcore[0], rte_rdtsc()) > 0)
			while (hear(&d)) {
				speech(0, ++heard, p);
				ck_assert_int_eq((int16_t)rtp_get16(d.payload + RTP_HEADER),
					ulaw_to_linear(p[RTP_HEADER]));
			}
	ck_assert_uint_eq(heard, RING_HOLDS);
	rig_close(&rig);
}
END_TEST

/* ---- A mode that is asked for ---- */

enum { AMR = 97, AMR_MOST = 32, AMR_LEAST = 14, NO_REQUEST = 15 };

/* A packet of AMR from phone 1, which wants to be sent mode MODE: RFC 4867 section 4.3.1. */
static void
say_and_ask(void *enc, uint16_t seq, unsigned mode)
{
	static const int16_t silence[ULAW];
	uint8_t p[RTP_HEADER + AMR_MOST];
	int len;

	rig_rtp(p, seq, SSRC + 1, 0);
	p[1] = AMR;
	len = codec_by_id(CODEC_AMR)->encode(enc, silence, ULAW, p + RTP_HEADER, AMR_MOST);
	ck_assert_int_gt(len, 0);
	p[RTP_HEADER] = (uint8_t)(mode << 4 | (p[RTP_HEADER] & 0x0f));
	rig_send(&rig, &phone[1], &port[1], p, (uint16_t)(RTP_HEADER + len));
	rig_turn(&rig);
}

/* A second in which phone 1 asks for MODE; bytes of the last packet that it hears. */
static unsigned
ask_for(void *enc, unsigned mode)
{
	static uint16_t seq;
	struct rig_datagram d;
	unsigned len = 0;

	for (unsigned i = 0; i < 50; i++) {
		say_and_ask(enc, ++seq, mode);
		say(0, seq);
		while (hear(&d))
			len = d.len - RTP_HEADER;
		pass_us(FRAME_US);
	}
	return len;
}

/* Where AMR is built in: nothing else has such a thing. */
START_TEST(who_asks_for_another_mode_is_sent_that)
{
	const struct codec *c = codec_by_id(CODEC_AMR);
	struct sw_bridge there = bridge(false), back = bridge(true);
	void *enc;

	if (c == NULL)
		return;
	open_call(1, SW_SUITE_PLAIN);
	there.transcode.to[0] = back.transcode.from[0] = format("AMR", AMR);
	rig_bridge(&rig, 0, 1, &there);
	rig_bridge(&rig, 1, 0, &back);
	rig_settle(&rig);
	ck_assert_ptr_nonnull(enc = c->encoder_open(&there.transcode.to[0]));
	ck_assert_uint_eq(ask_for(enc, NO_REQUEST), AMR_MOST);
	ck_assert_uint_eq(ask_for(enc, 0), AMR_LEAST);
	ck_assert_uint_eq(ask_for(enc, NO_REQUEST), AMR_LEAST); /* it still holds */
	ck_assert_uint_eq(ask_for(enc, 7), AMR_MOST);
	c->encoder_close(enc);
	rig_close(&rig);
}
END_TEST

/* ---- A pace ---- */

/* A second of sound, of which phone FROM says so many packets of its own, evenly. */
static unsigned
hear_a_second_of(unsigned from, unsigned packets)
{
	static uint16_t seq[2];
	unsigned heard = 0;
	struct rig_datagram d;

	for (unsigned i = 0; i < packets; i++) {
		say(from, ++seq[from]);
		while (rig_receive(&rig, &d))
			heard += d.to.port == phone[!from].port;
		pass_us(1000000 / packets);
	}
	return heard;
}

/* The formats' shortest packets are of 10 ms: twice as many may come, and what has been held
 * up. */
START_TEST(who_says_more_than_sound_can_be_is_transcoded_no_faster_than_that)
{
	enum { MOST = 2 * 100, HEAP = 64 };
	unsigned heard;

	open_call(2, SW_SUITE_PLAIN);
	heard = hear_a_second_of(0, 10000);
	ck_assert_uint_ge(heard, MOST);
	ck_assert_uint_le(heard, MOST + HEAP + 2);
	ck_assert_uint_eq(rig_drops(&rig, DROP_TOO_FAST), 10000 - heard);
	ck_assert_uint_eq(atomic_load(&sw_more(&rig.state.transport[0])->drops[DROP_TOO_FAST]),
		10000 - heard);
	ck_assert_uint_eq(rig_drops(&rig, DROP_TRANSCODER_FULL), 0);
	/* The other one is not to blame; nor is this one for what it does later. */
	ck_assert_uint_eq(hear_a_second_of(1, 50), 50);
	ck_assert_uint_ge(hear_a_second_of(0, MOST), MOST); /* and what is made up at first */
	ck_assert_uint_eq(rig_drops(&rig, DROP_TOO_FAST), 10000 - heard);
	rig_close(&rig);
}
END_TEST

START_TEST(what_comes_in_a_heap_after_a_stall_is_heard)
{
	uint8_t p[RTP_HEADER + ULAW];

	open_call(1, SW_SUITE_PLAIN);
	say(0, 1);
	pass_us(1000000);
	for (uint16_t seq = 2; seq <= 51; seq++)
		rig_send(&rig, &phone[0], &port[0], p, speech(0, seq, p));
	rig_turn(&rig);
	ck_assert_uint_eq(hear_all(), 51);
	rig_close(&rig);
}
END_TEST

/* ---- Time ---- */

/* Packets come out of order for a while, so that waiting is worth it; the next one. */
static uint16_t
say_in_disorder(void)
{
	uint16_t seq = 1;

	for (; seq < 100; seq += 2) {
		say(0, (uint16_t)(seq + 1));
		pass_us(5000);
		say(0, seq);
		pass_us(2 * FRAME_US - 5000);
		rig_turn(&rig);
	}
	hear_all();
	ck_assert_uint_gt(atomic_load(&state(0)->window_us), 0);
	return seq;
}

START_TEST(a_wait_ends_by_itself)
{
	uint16_t seq;
	uint64_t wait, waited = 0;
	unsigned heard;

	open_call(1, SW_SUITE_PLAIN);
	seq = say_in_disorder();
	say(0, seq);
	ck_assert_uint_eq(hear_all(), 1);
	say(0, (uint16_t)(seq + 2)); /* one is missing */
	ck_assert_uint_eq(hear_all(), 0);
	do { /* a report may be due before, whose time is chance */
		wait = transcoder_wait_us(&rig.transcoder[0], now);
		waited += wait;
		ck_assert_uint_le(waited, 60000);
		pass_us(wait > 0 ? wait - 1 : 0);
		rig_turn(&rig);
		ck_assert_uint_eq(hear_all(), 0);
		pass_us(2);
		rig_turn(&rig);
		heard = hear_all();
	} while (heard == 0);
	ck_assert_uint_eq(heard, 2); /* it, and what was made up in front of it */
	ck_assert_uint_eq(atomic_load(&state(0)->concealed), 1);
	rig_close(&rig);
}
END_TEST

/* All calls share the places where packets wait. */
START_TEST(who_finds_no_place_to_wait_in_does_not_wait)
{
	const struct transcode_in other = {.payload = (const uint8_t *)""};
	static uint16_t place[ROOM_PACKETS];
	uint16_t seq;

	open_call(1, SW_SUITE_PLAIN);
	seq = say_in_disorder();
	for (unsigned i = 0; i < ROOM_PACKETS; i++)
		ck_assert_uint_ne(place[i] = room_take(&other, 0), 0);
	say(0, seq);
	say(0, (uint16_t)(seq + 2)); /* one is missing */
	ck_assert_uint_ge(hear_all(), 2);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].crowded), 1);
	for (unsigned i = 0; i < ROOM_PACKETS; i++)
		room_give(place[i]);
	replace_bridge(1);
	say(0, (uint16_t)(seq + 3));
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].crowded), 1);
	rig_close(&rig);
}
END_TEST

/* ---- RTCP ---- */

static void
rtcp_from(unsigned i, const void *p, uint16_t len)
{
	rig_send(&rig, &rtcp_phone[i], &rtcp_port[i], p, len);
	rig_turn(&rig);
}

/* The next RTCP for phone I, read; false: there is none. */
static bool
hear_rtcp(unsigned i, struct rig_datagram *d, struct rtcp_said *said)
{
	while (rig_receive(&rig, d))
		if (d->to.port == rtcp_phone[i].port) {
			ck_assert_uint_eq(rtcp_read(d->payload, d->len, said), d->len);
			return true;
		}
	return false;
}

/* Both talk for so long; phone 1's packet LOST does not arrive. */
static void
talk(unsigned ms, uint16_t lost)
{
	static uint16_t seq;

	for (unsigned at = 0; at < ms; at += 20) {
		say(0, ++seq);
		if (seq != lost)
			say(1, seq);
		pass_us(FRAME_US);
		if (at + 20 < ms) {
			struct rig_datagram d;

			while (rig_receive(&rig, &d) && d.to.port % 2 == 0)
				;
		}
	}
}

START_TEST(each_party_is_told_of_us_and_of_itself)
{
	static const uint8_t sr_of_1[] = {0x80, 200, 0, 6, 0x11, 0x22, 0x33, 0x45, 0xaa, 0xaa,
		0x12, 0x34, 0x56, 0x78, 0xbb, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	const uint8_t *sdes;
	struct rtcp_said said;
	struct rig_datagram d;

	open_call(2, SW_SUITE_PLAIN);
	talk(200, 5);
	rtcp_from(1, sr_of_1, sizeof sr_of_1);
	while (rig_receive(&rig, &d))
		;
	pass_us(500000);
	while (!hear_rtcp(1, &d, &said))
		talk(20, 0);
	ck_assert(said.sr);
	ck_assert_uint_eq(rtcp_ssrc(d.payload), state(0)->ssrc);
	/* About the last packet: its time stamp, and what the clock has done since. */
	ck_assert_int_lt(
		abs((int)(rtp_get32(d.payload + 16) - atomic_load(&state(0)->timestamp))),
		161);
	ck_assert_uint_eq(said.blocks, 1);
	ck_assert_uint_eq(said.block[0].about, SSRC + 1);
	ck_assert_int_eq(said.block[0].lost, 1);
	ck_assert_uint_gt(said.block[0].fraction, 0);
	ck_assert_uint_eq(said.block[0].lsr, 0x12345678);
	ck_assert_uint_ge(said.block[0].dlsr, 65536 / 2); /* half a second */
	ck_assert_uint_lt(said.block[0].dlsr, 65536 * 3 / 2);
	sdes = d.payload + 28 + 24;
	ck_assert_uint_eq(sdes[1], RTCP_SDES);
	ck_assert_uint_eq(sdes[9], CNAME);
	ck_assert_uint_eq(atomic_load(&state(0)->tx_rtcp), 1);
	rig_close(&rig);
}
END_TEST

/* What phone 1 is told by the next report. */
struct told {
	uint32_t ssrc, timestamp, packets, octets;
	uint64_t ntp;
	uint8_t cname[CNAME], fraction;
	int32_t lost;
};

static struct told
next_report(void)
{
	struct rig_datagram d;
	struct rtcp_said said;
	struct told t;

	while (!hear_rtcp(1, &d, &said))
		talk(20, 0);
	ck_assert(said.sr);
	ck_assert_uint_eq(said.blocks, 1);
	t = (struct told){.ssrc = rtcp_ssrc(d.payload),
		.ntp = (uint64_t)rtp_get32(d.payload + 8) << 32 | rtp_get32(d.payload + 12),
		.timestamp = rtp_get32(d.payload + 16),
		.packets = rtp_get32(d.payload + 20),
		.octets = rtp_get32(d.payload + 24),
		.fraction = said.block[0].fraction,
		.lost = said.block[0].lost};
	memcpy(t.cname, d.payload + 28 + 24 + 10, CNAME);
	return t;
}

/* Whatever happens to the direction: it is the same source, nothing that it counts begins
 * anew, its time goes with the clock, and losses are told once. */
START_TEST(reports_go_on_where_they_were)
{
	struct told was, is;

	open_call(1, SW_SUITE_PLAIN);
	talk(400, 5);
	was = next_report();
	ck_assert_uint_gt(was.fraction, 0);
	for (uint16_t i = 0; i < 4; i++, was = is) {
		uint64_t passed;

		breaks[_i](i);
		is = next_report();
		ck_assert_uint_eq(is.ssrc, was.ssrc);
		ck_assert_mem_eq(is.cname, was.cname, CNAME);
		ck_assert_uint_gt(is.packets, was.packets);
		ck_assert_uint_eq(is.packets, atomic_load(&state(0)->packets_out));
		ck_assert_uint_eq(is.octets, is.packets * LINEAR);
		passed = ((is.ntp - was.ntp) * 8000) >> 32;
		ck_assert_int_le(abs((int)(is.timestamp - was.timestamp - (uint32_t)passed)),
			3 * 160 + 8); /* a short hold is taken for jitter */
		ck_assert_int_eq(is.lost, 1);
		ck_assert_uint_eq(is.fraction, 0);
	}
	rig_close(&rig);
}
END_TEST

START_TEST(reports_go_on_at_intervals_and_without_speech_they_do_not_claim_any)
{
	struct rig_datagram d;
	struct rtcp_said said;
	unsigned reports = 0;

	open_call(1, SW_SUITE_PLAIN);
	say(0, 1);
	for (unsigned s = 0; s < 100; s++) {
		pass_us(1000000);
		rig_turn(&rig);
		while (hear_rtcp(1, &d, &said))
			ck_assert(said.sr == (reports++ == 0));
	}
	ck_assert_uint_ge(reports, 100 / 7);
	ck_assert_uint_le(reports, 100 / 2);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].directions), 0);
	rig_close(&rig);
}
END_TEST

/* Phone 1 only listens, and has nothing to say of itself but how it hears. */
START_TEST(who_only_speaks_is_told_how_it_is_heard)
{
	struct rtcp_said said;
	struct rig_datagram d;
	unsigned reports = 0;

	open_call((unsigned)_i, SW_SUITE_PLAIN);
	for (uint16_t seq = 1; seq <= 1000; seq++) {
		if (seq != 500)
			say(0, seq);
		while (hear_rtcp(0, &d, &said)) {
			reports++;
			ck_assert_uint_eq(d.payload[1], RTCP_RR);
			ck_assert_uint_eq(rtcp_ssrc(d.payload), state(1)->ssrc);
			ck_assert_uint_eq(said.blocks, 1);
			ck_assert_uint_eq(said.block[0].about, SSRC);
			ck_assert_uint_eq((uint16_t)said.block[0].highest, seq);
			ck_assert_int_eq(said.block[0].lost, seq > 500);
			ck_assert_uint_eq(d.payload[32 + 1], RTCP_SDES);
		}
		pass_us(FRAME_US);
	}
	ck_assert_uint_ge(reports, 20 / 7);
	ck_assert_uint_le(reports, 20 / 2);
	ck_assert_uint_eq(atomic_load(&state(1)->tx_rtcp), reports);
	ck_assert_uint_eq(atomic_load(&state(1)->packets_out), 0);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].directions), 1);
	rig_close(&rig);
}
END_TEST

/* Phone 1 might be one of the mesh: VoMP has no reports. */
START_TEST(the_mesh_is_told_nothing)
{
	struct rig_datagram d;
	struct transport *t;

	open_call(1, SW_SUITE_PLAIN);
	t = atomic_load(&rig.transcoder[0].tables->slot[1].transport);
	t->mesh = t->out.mesh = true;
	for (uint16_t seq = 1; seq <= 1000; seq++) {
		say(0, seq);
		pass_us(FRAME_US);
	}
	while (rig_receive(&rig, &d))
		;
	ck_assert_uint_eq(atomic_load(&state(0)->packets_out), 1000);
	ck_assert_uint_eq(atomic_load(&state(0)->tx_rtcp), 0);
	ck_assert_uint_gt(atomic_load(&state(1)->tx_rtcp), 0); /* phone 0 is */
	rig_close(&rig);
}
END_TEST

START_TEST(who_has_left_says_no_more_until_it_speaks_again)
{
	static const uint8_t bye[] = {0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x45, 0x81, 203, 0, 1,
		0x11, 0x22, 0x33, 0x45};
	struct rtcp_said said;
	struct rig_datagram d;

	open_call(1, SW_SUITE_PLAIN);
	say(1, 1);
	rtcp_from(1, bye, sizeof bye);
	ck_assert(hear_rtcp(0, &d, &said));
	ck_assert(said.bye);
	for (uint16_t seq = 1; seq <= 500; seq++) { /* phone 0 is still there */
		say(0, seq);
		ck_assert(!hear_rtcp(0, &d, &said));
		pass_us(FRAME_US);
	}
	say(1, 2);
	pass_us(2000000);
	rig_turn(&rig);
	ck_assert(hear_rtcp(0, &d, &said));
	ck_assert(!said.bye);
	rig_close(&rig);
}
END_TEST

START_TEST(who_leaves_leaves_the_other_side_as_well)
{
	static const uint8_t bye[] = {0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44, 0x81, 203, 0, 1,
		0x11, 0x22, 0x33, 0x44};
	struct rtcp_said said;
	struct rig_datagram d;

	open_call(2, SW_SUITE_PLAIN);
	talk(100, 0);
	rtcp_from(0, bye, sizeof bye);
	ck_assert(hear_rtcp(1, &d, &said));
	ck_assert(said.bye);
	ck_assert_uint_eq(rtcp_ssrc(d.payload), state(0)->ssrc);
	ck_assert_uint_eq(rtp_get32(d.payload + d.len - 4), state(0)->ssrc);
	ck_assert(!hear_rtcp(1, &d, &said));
	rtcp_from(0, bye, sizeof bye); /* said again, and nothing came meanwhile */
	ck_assert(!hear_rtcp(1, &d, &said));
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 0);
	rig_close(&rig);
}
END_TEST

START_TEST(reports_are_sealed_and_their_answers_measure_the_way)
{
	struct sw_transport sink = transport(1, SW_AES_CM_128_HMAC_SHA1_80);
	uint8_t rr[32] = {0x81, 201, 0, 7, 0x11, 0x22, 0x33, 0x45};
	struct rig_datagram d;
	bool found = false;
	srtp_t s;

	open_call(2, SW_AES_CM_128_HMAC_SHA1_80);
	s = libsrtp(&sink);
	for (uint16_t seq = 1; !found && seq < 200; seq++) {
		say(0, seq);
		while (!found && rig_receive(&rig, &d))
			found = d.to.port == rtcp_phone[1].port;
		pass_us(found ? 0 : FRAME_US);
	}
	ck_assert(found);
	ck_assert_int_eq(srtp_unprotect_rtcp(s, d.payload, &(int){d.len}), srtp_err_status_ok);
	rtp_put32(rr + 8, state(0)->ssrc);
	memcpy(rr + 24, d.payload + 10, 4); /* the middle of its NTP time */
	pass_us(70000);
	rtcp_from(1, rr, sizeof rr);
	ck_assert_uint_eq(rig.state.transport[1].reports.reports, 1);
	ck_assert_uint_ge(rig.state.transport[1].reports.rtt_us, 69000);
	ck_assert_uint_le(rig.state.transport[1].reports.rtt_us, 71000);
	srtp_dealloc(s);
	rig_close(&rig);
}
END_TEST

/* ---- Too much to do ---- */

/* A second in which so many thousandths were spent. */
static void
second(unsigned load)
{
	struct sw_transcoder *c = &rig.state.transcoder[0];

	atomic_fetch_add(&c->busy_cycles, rte_get_tsc_hz() / 1000 * load);
	pass_us(1000001);
	rig_turn(&rig);
	ck_assert_uint_le(atomic_load(&c->load), load + 5);
	ck_assert_uint_ge(atomic_load(&c->load) + 5, load);
}

START_TEST(a_core_with_too_much_to_do_says_so_and_encodes_with_less_care)
{
	struct sw_transcoder *c;
	uint32_t before;

	open_call(1, SW_SUITE_PLAIN);
	c = &rig.state.transcoder[0];
	ck_assert_uint_eq(atomic_load(&c->accepting), 1);
	second(650);
	ck_assert_uint_eq(atomic_load(&c->complexity), 10);
	/* Less care comes before a refusal. */
	for (before = 10; before > 0; before = atomic_load(&c->complexity)) {
		second(850);
		ck_assert_uint_lt(atomic_load(&c->complexity), before);
		ck_assert_uint_eq(atomic_load(&c->accepting), 1);
	}
	second(750);
	ck_assert_uint_eq(atomic_load(&c->accepting), 1);
	second(850);
	ck_assert_uint_eq(atomic_load(&c->accepting), 0);
	ck_assert_uint_eq(atomic_load(&c->complexity), 0);
	second(650); /* not at once */
	ck_assert_uint_eq(atomic_load(&c->accepting), 0);
	second(550);
	ck_assert_uint_eq(atomic_load(&c->accepting), 1);
	second(600); /* better left alone */
	ck_assert_uint_eq(atomic_load(&c->complexity), 0);
	for (; before < 10; before = atomic_load(&c->complexity)) {
		second(300);
		ck_assert_uint_gt(atomic_load(&c->complexity), before);
	}
	second(950); /* steps would come too late */
	ck_assert_uint_eq(atomic_load(&c->accepting), 0);
	second(300);
	ck_assert_uint_eq(atomic_load(&c->accepting), 1);
	ck_assert_uint_eq(atomic_load(&c->complexity), 10);
	second(0);
	/* Nothing is to be seen any more. */
	ck_assert_uint_eq(transcoder_wait_us(&rig.transcoder[0], now), UINT64_MAX);
	rig_close(&rig);
}
END_TEST

/* Forwarding on the same thread counts, but not what a killed switch did. */
START_TEST(what_shares_its_thread_is_load_too_from_when_it_begins)
{
	uint64_t hz;

	rig_open_threads(&rig, true);
	hz = rte_get_tsc_hz();
	atomic_store(&rig.state.core[0].busy_cycles, 1000 * hz);
	kill_switch(0);
	now = rte_rdtsc();
	second(0);
	ck_assert_uint_eq(atomic_load(&rig.state.transcoder[0].accepting), 1);
	atomic_fetch_add(&rig.state.core[0].busy_cycles, hz * 3 / 10);
	pass_us(1000001);
	rig_turn(&rig);
	ck_assert_uint_ge(atomic_load(&rig.state.transcoder[0].load), 295);
	rig_close(&rig);
}
END_TEST

/* ---- Threads: real ones, and real time ---- */

static void
nap(unsigned ms)
{
	const struct timespec t = {.tv_nsec = ms * 1000000L};

	nanosleep(&t, NULL);
}

/* Whoever sleeps is woken by what is handed to it; _i: on whose thread it is. */
START_TEST(a_transcode_core_that_sleeps_is_woken)
{
	uint8_t p[RTP_HEADER + ULAW];
	struct rig_datagram d;
	unsigned heard = 0, ms = 0;

	rig_open_threads(&rig, _i != 0);
	open_legs(SW_SUITE_PLAIN);
	ck_assert_int_eq(inproc_start(&rig, NULL), 0);
	for (uint16_t seq = 1; seq <= 20; seq++) {
		nap(3); /* by now all sleep */
		rig_send(&rig, &phone[0], &port[0], p, speech(0, seq, p));
		for (ms = 0; !hear(&d) && ms < 1000; ms++)
			nap(1);
		heard += ms < 1000;
	}
	inproc_stop(&rig);
	ck_assert_uint_eq(heard, 20);
	ck_assert_uint_gt(atomic_load(&rig.state.transcoder[0].sleeps), 10);
	rig_close(&rig);
}
END_TEST

static Suite *
transcoder_suite(void)
{
	Suite *s = suite_create("transcoder");
	TCase *t = tcase_create("rings");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(
		t, what_one_phone_says_in_one_format_the_other_one_hears_in_another, 1, 4);
	tcase_add_test(t, every_sink_hears_it);
	tcase_add_loop_test(
		t, every_packet_is_sealed_once_and_numbered_without_a_gap, 0, RTE_DIM(things));
	tcase_add_loop_test(t, time_goes_on_while_nothing_is_said, 0, RTE_DIM(pauses));
	tcase_add_loop_test(t, counters_go_on_from_bridge_to_bridge, 0, RTE_DIM(breaks));
	tcase_add_test(t, who_goes_while_a_packet_is_under_way_has_nothing_transcoded);
	tcase_add_test(t, what_a_transcode_core_cannot_take_is_the_newest_and_counted);
	tcase_add_test(t, who_says_more_than_sound_can_be_is_transcoded_no_faster_than_that);
	tcase_add_test(t, what_comes_in_a_heap_after_a_stall_is_heard);
	tcase_add_test(t, who_asks_for_another_mode_is_sent_that);
	tcase_add_test(t, a_wait_ends_by_itself);
	tcase_add_test(t, who_finds_no_place_to_wait_in_does_not_wait);
	tcase_add_test(t, each_party_is_told_of_us_and_of_itself);
	tcase_add_loop_test(t, reports_go_on_where_they_were, 0, RTE_DIM(breaks));
	tcase_add_test(t, reports_go_on_at_intervals_and_without_speech_they_do_not_claim_any);
	tcase_add_loop_test(t, who_only_speaks_is_told_how_it_is_heard, 1, 3);
	tcase_add_test(t, the_mesh_is_told_nothing);
	tcase_add_test(t, who_has_left_says_no_more_until_it_speaks_again);
	tcase_add_test(t, who_leaves_leaves_the_other_side_as_well);
	tcase_add_test(t, reports_are_sealed_and_their_answers_measure_the_way);
	tcase_add_loop_test(t, a_transcode_core_that_sleeps_is_woken, 0, 2);
	tcase_add_test(t, a_core_with_too_much_to_do_says_so_and_encodes_with_less_care);
	tcase_add_test(t, what_shares_its_thread_is_load_too_from_when_it_begins);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(transcoder_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

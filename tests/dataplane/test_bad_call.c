/* SPDX-License-Identifier: Apache-2.0
 *
 * One bad call among good ones, through the stages of a forwarding core: a party that may
 * speak, with the right address and the right key, and sends whatever it likes.  Its counters
 * rise; a good call beside it, half SRTP, loses nothing; main is told at most once a second of
 * each cause, and what does not speak (a forwarding core) logs nothing. */
#include <check.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/log.h"
#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum {
	GOOD_SSRC = 0x600d,
	BAD_PLAIN = 2, /* slots: of the bad call's two parties, both joined to the other */
	BAD_SRTP = 3,
	GOOD_A = 0, /* SRTP */
	GOOD_B = 1, /* plain */
	UDP_MAX = 1500 - 20 - 8,
	TAG = 10, /* bytes of AES_CM_128_HMAC_SHA1_80 */
};

static struct inproc rig;
static struct seal_lane *lane;
static struct seal *good_seal, *bad_seal;
static struct sw_addr good_a, good_b, bad_plain, bad_srtp;
static struct sw_addr port_of[4];
static uint64_t good_index;
static unsigned random_state;
static char *log_text;
static size_t log_size;
static FILE *log_file;

static struct seal *
give_key(struct sw_transport *t, uint8_t fill)
{
	rig_key(&t->unseal, SW_AES_CM_128_HMAC_SHA1_80, fill);
	rig_key(&t->seal, SW_AES_CM_128_HMAC_SHA1_80, (uint8_t)(fill + 1));
	t->source = SW_SOURCE_AUTHENTICATED;
	return seal_open(&t->unseal, false);
}

static void
setup(void)
{
	struct sw_transport t[4];

	rig_open(&rig);
	log_file = open_memstream(&log_text, &log_size);
	rte_openlog_stream(log_file);
	log_set_level(3);
	lane = seal_lane_open();
	for (uint32_t i = 0; i < 4; i++) {
		char host[16];

		snprintf(host, sizeof host, "192.0.2.%u", 10 + i);
		t[i] = rig_transport(i, host, 4000);
		port_of[i] = rig_addr("192.0.2.1", (uint16_t)(30000 + 2 * i));
	}
	good_seal = give_key(&t[GOOD_A], 0x11);
	bad_seal = give_key(&t[BAD_SRTP], 0x33);
	good_a = t[GOOD_A].remote[0];
	good_b = t[GOOD_B].remote[0];
	bad_plain = t[BAD_PLAIN].remote[0];
	bad_srtp = t[BAD_SRTP].remote[0];
	for (uint32_t i = 0; i < 4; i++)
		rig_set(&rig, &t[i]);
	for (uint32_t i = 0; i < 4; i++)
		rig_join(&rig, i, i ^ 1);
	good_index = 65000; /* rolls over in the middle of it */
	random_state = 1;
}

static void
teardown(void)
{
	struct core_event ev;
	unsigned told[SW_EVENTS] = {0};

	/* Main is told of what the flood brought about, and passes on one of a kind. */
	while (rte_ring_dequeue_elem(rig.lcore[0].events, &ev, sizeof ev) == 0)
		told[ev.kind] += tables_core_event(rig.tables, &ev);
	for (unsigned i = 0; i < SW_EVENTS; i++)
		ck_assert_uint_le(told[i], 2); /* at most one of each of the bad parties */
	fflush(log_file);
	ck_assert_str_eq(log_text, "");
	rte_openlog_stream(stderr);
	fclose(log_file);
	free(log_text);
	seal_close(good_seal);
	seal_close(bad_seal);
	seal_lane_close(lane);
	rig_close(&rig);
}

/* The same numbers in each run, and on each machine. */
static unsigned
noise(void)
{
	random_state = random_state * 1103515245 + 12345;
	return random_state >> 8;
}

static uint64_t
drops_of(unsigned slot, enum drop why)
{
	return atomic_load(&rig.state.more[slot].drops[why]);
}

static uint64_t
received(unsigned slot)
{
	return atomic_load(&rig.state.transport[slot].rx_packets);
}

static void
send_sealed(struct seal *key, const struct sw_addr *from, const struct sw_addr *to, uint8_t *p,
	uint16_t len, uint64_t index)
{
	struct seal_job job = {
		.key = key, .pkt = p, .len = len, .index = index, .clear = RTP_HEADER};

	seal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	rig_send(&rig, from, to, p, job.len);
}

/* Take all that has come out; how many of them were for TO. */
static unsigned
come_out(const struct sw_addr *to, struct rig_datagram *last)
{
	struct rig_datagram d;
	unsigned n = 0;

	while (rig_receive(&rig, &d))
		if (memcmp(&d.to, to, sizeof *to) == 0) {
			n++;
			*last = d;
		}
	return n;
}

/* A packet of the good call's, each way, arrives, whatever else is on the way. */
static void
good_call_goes_on(void)
{
	struct rig_datagram d;
	uint8_t p[256], want[256];
	uint16_t len = rig_rtp(p, (uint16_t)good_index, GOOD_SSRC, 160);

	memcpy(want, p, len);
	send_sealed(good_seal, &good_a, &port_of[GOOD_A], p, len, good_index);
	rig_turn(&rig);
	ck_assert_uint_eq(come_out(&good_b, &d), 1);
	ck_assert_uint_eq(d.len, len);
	ck_assert_mem_eq(d.payload, want, len);
	rig_send(&rig, &good_b, &port_of[GOOD_B], want, len);
	rig_turn(&rig);
	ck_assert_uint_eq(come_out(&good_a, &d), 1);
	ck_assert_uint_eq(d.len, len + TAG);
	good_index++;
}

/* Afterwards: nothing of the good call was dropped, and every packet of it is accounted for.
 */
static void
good_call_is_unhurt(void)
{
	for (unsigned slot = GOOD_A; slot <= GOOD_B; slot++) {
		for (unsigned why = 0; why < DROPS; why++)
			ck_assert_uint_eq(drops_of(slot, why), 0);
		ck_assert_uint_eq(received(slot), good_index - 65000);
		ck_assert_uint_eq(atomic_load(&rig.state.transport[slot].tx_packets),
			good_index - 65000);
		ck_assert_uint_eq(atomic_load(&rig.state.transport[slot].lost), 0);
	}
}

/* One packet of each bad party. */
static void
send_bad(uint32_t ssrc, uint16_t seq, uint16_t len)
{
	uint8_t p[RIG_FRAME];

	rig_send(&rig, &bad_plain, &port_of[BAD_PLAIN], p, rig_rtp(p, seq, ssrc, len));
	send_sealed(
		bad_seal, &bad_srtp, &port_of[BAD_SRTP], p, rig_rtp(p, seq, ssrc, len), seq);
}

START_TEST(a_new_ssrc_in_every_packet)
{
	enum { PACKETS = 10000 };

	for (unsigned i = 0; i < PACKETS; i++) {
		rig.lcore[0].now += rig.lcore[0].tsc_hz / 5000; /* two seconds in all */
		send_bad(0xbad0000 + i, (uint16_t)i, 160);
		if (i % 10 == 0)
			good_call_goes_on();
		else
			rig_turn(&rig), come_out(&good_b, &(struct rig_datagram){.len = 0});
	}
	for (unsigned slot = BAD_PLAIN; slot <= BAD_SRTP; slot++) {
		ck_assert_uint_eq(received(slot), SW_SSRCS);
		ck_assert_uint_eq(drops_of(slot, DROP_SSRC_LIMIT), PACKETS - SW_SSRCS);
	}
	good_call_is_unhurt();
}
END_TEST

START_TEST(a_plain_ssrc_that_was_silent_for_long_makes_room)
{
	for (unsigned i = 0; i < 100; i++) {
		rig.lcore[0].now += rig.lcore[0].tsc_hz; /* a new one each second */
		send_bad(0xbad0000 + i, (uint16_t)i, 160);
		good_call_goes_on();
	}
	ck_assert_uint_eq(drops_of(BAD_PLAIN, DROP_SSRC_LIMIT), 0);
	ck_assert_uint_eq(drops_of(BAD_SRTP, DROP_SSRC_LIMIT), 100 - SW_SSRCS);
	good_call_is_unhurt();
}
END_TEST

START_TEST(payload_types_that_flip)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < 1024; i++) {
		uint8_t p[256];
		uint16_t len = rig_rtp(p, (uint16_t)i, 0xbad, 160);
		struct rig_datagram d;

		p[1] = (uint8_t)noise(); /* the marker, and any type */
		rig_send(&rig, &bad_plain, &port_of[BAD_PLAIN], p, len);
		rig_turn(&rig);
		passed += come_out(&bad_srtp, &d);
		if (i % 8 == 0)
			good_call_goes_on();
	}
	ck_assert_uint_eq(received(BAD_PLAIN), 1024);
	ck_assert_uint_eq(passed, 1024);
	good_call_is_unhurt();
}
END_TEST

START_TEST(timestamps_and_numbers_that_jump)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < 4000; i++) {
		uint8_t p[256];
		uint16_t len = rig_rtp(p, (uint16_t)noise(), 0xbad, 160);
		struct rig_datagram d;

		for (unsigned b = 4; b < 8; b++)
			p[b] = (uint8_t)noise();
		rig_send(&rig, &bad_plain, &port_of[BAD_PLAIN], p, len);
		rig_turn(&rig);
		passed += come_out(&bad_srtp, &d);
		if (i % 8 == 0)
			good_call_goes_on();
	}
	/* Each was relayed or counted. */
	ck_assert_uint_eq(received(BAD_PLAIN), passed);
	ck_assert_uint_eq(passed + drops_of(BAD_PLAIN, DROP_RESTART) +
				  drops_of(BAD_PLAIN, DROP_LATE) +
				  drops_of(BAD_PLAIN, DROP_REPLAY),
		4000);
	ck_assert_uint_gt(
		drops_of(BAD_PLAIN, DROP_RESTART) + drops_of(BAD_PLAIN, DROP_LATE), 500);
	good_call_is_unhurt();
}
END_TEST

START_TEST(packets_of_every_size)
{
	uint64_t short_ones = 0;
	unsigned passed = 0;

	for (uint16_t size = 0; size <= UDP_MAX; size++) {
		uint8_t p[RIG_FRAME] = {0x80, 0};
		struct rig_datagram d;

		if (size >= RTP_HEADER)
			rig_rtp(p, size, 0xbad, (uint16_t)(size - RTP_HEADER));
		else
			short_ones++;
		rig_send(&rig, &bad_plain, &port_of[BAD_PLAIN], p, size);
		rig_turn(&rig);
		passed += come_out(&bad_srtp, &d);
		if (size % 8 == 0)
			good_call_goes_on();
	}
	ck_assert_uint_eq(drops_of(BAD_PLAIN, DROP_BAD_RTP) + drops_of(BAD_PLAIN, DROP_KIND),
		short_ones);
	/* The last ones are too long once they are sealed. */
	ck_assert_uint_eq(drops_of(BAD_SRTP, DROP_TOO_LONG), TAG);
	ck_assert_uint_eq(passed, UDP_MAX + 1u - short_ones - TAG);
	good_call_is_unhurt();
}
END_TEST

START_TEST(sealed_packets_of_every_size)
{
	for (uint16_t size = 0; size <= UDP_MAX; size++) {
		uint8_t p[RIG_FRAME];

		for (uint16_t b = 0; b < size; b++)
			p[b] = (uint8_t)noise();
		p[0] = 0x80;
		rig_send(&rig, &bad_srtp, &port_of[BAD_SRTP], p, size);
		if (size % 8 == 0)
			good_call_goes_on();
	}
	rig_turn(&rig);
	ck_assert_uint_eq(received(BAD_SRTP), 0);
	ck_assert_uint_eq(drops_of(BAD_SRTP, DROP_BAD_RTP) + drops_of(BAD_SRTP, DROP_KIND) +
				  drops_of(BAD_SRTP, DROP_AUTH),
		UDP_MAX + 1);
	ck_assert_uint_gt(drops_of(BAD_SRTP, DROP_AUTH), UDP_MAX / 2);
	good_call_is_unhurt();
}
END_TEST

/* A header that lies about what follows: contributing sources, an extension, padding. */
START_TEST(headers_that_lie)
{
	for (unsigned i = 0; i < 4000; i++) {
		uint8_t p[256];
		uint16_t len = rig_rtp(p, (uint16_t)i, 0xbad, (uint16_t)(noise() % 40));
		struct rig_datagram d;

		p[0] = (uint8_t)(0x80 | (noise() & 0x3f));
		for (uint16_t b = RTP_HEADER; b < len; b++)
			p[b] = (uint8_t)noise();
		rig_send(&rig, &bad_plain, &port_of[BAD_PLAIN], p, len);
		rig_turn(&rig);
		come_out(&bad_srtp, &d);
		if (i % 8 == 0)
			good_call_goes_on();
	}
	ck_assert_uint_gt(drops_of(BAD_PLAIN, DROP_BAD_RTP), 100);
	ck_assert_uint_gt(received(BAD_PLAIN), 100);
	ck_assert_uint_eq(received(BAD_PLAIN) + drops_of(BAD_PLAIN, DROP_BAD_RTP), 4000);
	good_call_is_unhurt();
}
END_TEST

START_TEST(wrong_checksums)
{
	for (unsigned i = 0; i < 500; i++) {
		struct rte_mbuf *m;
		uint8_t p[256];

		rig_send(&rig, &bad_plain, &port_of[BAD_PLAIN], p,
			rig_rtp(p, (uint16_t)i, 0xbad, 160));
		ck_assert_int_eq(rte_ring_dequeue(rig.in[0], (void **)&m), 0);
		m->ol_flags |= i % 2 ? RTE_MBUF_F_RX_L4_CKSUM_BAD : RTE_MBUF_F_RX_IP_CKSUM_BAD;
		ck_assert_int_eq(rte_ring_enqueue(rig.in[0], m), 0);
		good_call_goes_on();
	}
	ck_assert_uint_eq(received(BAD_PLAIN), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_CHECKSUM), 500);
	good_call_is_unhurt();
}
END_TEST

/* What was sealed once comes again and again, out of order. */
START_TEST(repeats_and_old_ones)
{
	uint8_t kept[64][256];
	uint16_t len = 0;

	for (uint16_t i = 0; i < 64; i++) {
		struct seal_job job = {
			.key = bad_seal, .pkt = kept[i], .index = i, .clear = RTP_HEADER};

		job.len = rig_rtp(kept[i], i, 0xbad, 160);
		seal_burst(lane, &job, 1);
		len = job.len;
		rig_send(&rig, &bad_srtp, &port_of[BAD_SRTP], kept[i], len);
	}
	rig_turn(&rig);
	for (unsigned i = 0; i < 2000; i++) {
		rig_send(&rig, &bad_srtp, &port_of[BAD_SRTP], kept[noise() % 64], len);
		if (i % 8 == 0)
			good_call_goes_on();
	}
	rig_turn(&rig);
	ck_assert_uint_eq(received(BAD_SRTP), 64);
	ck_assert_uint_eq(
		drops_of(BAD_SRTP, DROP_REPLAY) + drops_of(BAD_SRTP, DROP_LATE), 2000);
	good_call_is_unhurt();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bad call");
	TCase *t = tcase_create("beside a good one");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_new_ssrc_in_every_packet);
	tcase_add_test(t, a_plain_ssrc_that_was_silent_for_long_makes_room);
	tcase_add_test(t, payload_types_that_flip);
	tcase_add_test(t, timestamps_and_numbers_that_jump);
	tcase_add_test(t, packets_of_every_size);
	tcase_add_test(t, sealed_packets_of_every_size);
	tcase_add_test(t, headers_that_lie);
	tcase_add_test(t, wrong_checksums);
	tcase_add_test(t, repeats_and_old_ones);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

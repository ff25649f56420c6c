/* SPDX-License-Identifier: Apache-2.0
 *
 * A forwarding core and a transcode core, on threads of their own or both on one, while main
 * replaces the bridge that they read, and the codecs that one of them uses, and reads what
 * they count.  Built with ThreadSanitizer.
 *
 * DPDK's libraries are not instrumented, so a packet buffer that one thread frees to the pool
 * and another takes from it would look like a race, and so would what the device receives and
 * sends: there are more buffers than are ever taken, packets come by main's ring, as if
 * parsed, and what leaves is looked at when the threads have ended. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum {
	PACKETS = 1500, /* two buffers each */
	SPEECH = 160,
	PAUSE_US = 500, /* sleeping is worth it then */
	CHANGE = 10,    /* packets from bridge to bridge */
	PATIENCE_MS = 5000,
};

static struct inproc rig;
static struct rte_mbuf *heard[2 * PACKETS];
static unsigned hears;

static void
pause_us(unsigned us)
{
	const struct timespec t = {.tv_nsec = us * 1000L};

	nanosleep(&t, NULL);
}

/* µ-law becomes A-law by way of samples; GAIN makes it another bridge. */
static void
set_bridge(int16_t gain)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_TRANSCODE,
		.transcode = {.window_us = 60000, .gain_db10 = gain}};

	ck_assert_int_eq(codec_static(0, &b.transcode.from[0]), 0);
	ck_assert_int_eq(codec_static(8, &b.transcode.to[0]), 0);
	rig_bridge(&rig, 0, 1, &b);
}

static void
open_call(bool shared)
{
	rig_open_threads(&rig, shared);
	for (unsigned i = 0; i < 2; i++) {
		struct sw_transport t =
			rig_transport(i, "192.0.2.10", (uint16_t)(4000 + 2 * i));

		rig_set(&rig, &t);
	}
	set_bridge(1);
}

/* A packet of phone 0's, parsed. */
static void
say(uint16_t seq)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig.pool);
	uint8_t *p;
	unsigned n;

	ck_assert_ptr_nonnull(m);
	rte_pktmbuf_append(m, RTP_HEADER + SPEECH);
	p = rte_pktmbuf_mtod(m, uint8_t *);
	rig_rtp(p, seq, 1, SPEECH);
	rtp_put32(p + 4, seq * 160u);
	*meta(m) = (struct meta){.step = STEP_CLASSIFY,
		.in = {.src = rig_addr("192.0.2.10", 4000), .dst_port = 30000}};
	crossing_put(&rig.main_end, 0, m);
	ck_assert_uint_eq(crossing_flush(&rig.main_end, 0, &n), 1);
}

static void
hear(void)
{
	while (hears < RTE_DIM(heard) &&
		rte_ring_dequeue(rig.out[0], (void **)&heard[hears]) == 0)
		hears++;
}

/* Until all has left that was said. */
static void
wait_for_all(void)
{
	const _Atomic uint64_t *sent = &rig.state.transport[1].tx_packets;

	for (unsigned ms = 0; ms < PATIENCE_MS; ms++) {
		hear();
		if (atomic_load_explicit(sent, memory_order_relaxed) >= PACKETS)
			return;
		pause_us(1000);
	}
}

static void
talk(void)
{
	for (uint16_t seq = 1; seq <= PACKETS; seq++) {
		say(seq);
		pause_us(PAUSE_US);
		if (seq % CHANGE == 0)
			set_bridge((int16_t)(1 + seq / CHANGE % 2));
		inproc_main(&rig, rte_rdtsc());
		hear();
	}
	wait_for_all();
}

/* RTP among what was heard: how many packets, and no number is missing. */
static unsigned
count_rtp(void)
{
	unsigned n = 0;
	uint16_t next = 0;

	for (unsigned i = 0; i < hears; i++) {
		const uint8_t *rtp = rte_pktmbuf_mtod_offset(heard[i], const uint8_t *, 42);

		if (!rtp_is_rtcp(rtp, RTP_HEADER)) {
			ck_assert(n == 0 || rtp_seq(rtp) == next);
			next = (uint16_t)(rtp_seq(rtp) + 1);
			n++;
		}
		rte_pktmbuf_free(heard[i]);
	}
	return n;
}

/* _i: both on one thread. */
START_TEST(bridges_are_replaced_under_the_cores_and_no_packet_is_lost)
{
	const struct sw_transcoder *c;

	open_call(_i != 0);
	hears = 0;
	c = &rig.state.transcoder[0];
	ck_assert_int_eq(inproc_start(&rig, NULL), 0);
	talk();
	inproc_stop(&rig);
	hear();
	ck_assert_uint_eq(count_rtp(), PACKETS);
	ck_assert_uint_eq(atomic_load(&c->frames), PACKETS);
	ck_assert_uint_gt(atomic_load(&c->sleeps), 100);
	rig_close(&rig);
}
END_TEST

static Suite *
transcoding_suite(void)
{
	Suite *s = suite_create("transcoding");
	TCase *t = tcase_create("threads");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(
		t, bridges_are_replaced_under_the_cores_and_no_packet_is_lost, 0, 2);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(transcoding_suite());
	int failed;

	srunner_set_fork_status(r, CK_NOFORK); /* threads, and EAL is started once */
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

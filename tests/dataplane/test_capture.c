/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/capture.c and capture_tap.c, with the cores of a switch without a network: what
 * libpcap finds in the file is what was put into the device and what came out of it. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/capture.h"
#include "dataplane/pcapng.h"
#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"
#include "tests/scratch.h"

enum { ALICE, BOB, CAROL, SSRC = 0x11223344, MAX = 1 << 20 };

static struct inproc rig;
static struct capture *capture;
static char path[SCRATCH];
static int fd;          /* its, which the capture has */
static size_t head_len; /* of a file: what control writes */

/* ---- The call: alice and bob, carol beside them. ---- */

static const char *const address[] = {"192.0.2.10", "192.0.2.11", "192.0.2.12"};

static struct sw_addr
phone(unsigned i)
{
	return rig_addr(address[i], (uint16_t)(4000 + 2 * i));
}

static struct sw_transport
transport_of(unsigned i)
{
	return rig_transport(i, address[i], (uint16_t)(4000 + 2 * i));
}

static void
set_transport(unsigned i)
{
	struct sw_transport t = transport_of(i);

	rig_set(&rig, &t);
}

static void
open_rig(unsigned cores)
{
	rig_open_cores(&rig, cores, 1);
	ck_assert_ptr_nonnull(capture = capture_open(cores));
	for (unsigned i = 0; i < cores; i++)
		rig.lcore[i].tap = capture_tap_of(capture, i);
	for (unsigned i = ALICE; i <= CAROL; i++)
		set_transport(i);
	rig_join(&rig, ALICE, BOB);
	rig_join(&rig, BOB, ALICE);
	inproc_set_time(&rig, rte_rdtsc());
	scratch(path, "capture");
}

static void
setup(void)
{
	open_rig(1);
}

static void
teardown(void)
{
	rig_settle(&rig);
	capture_close(capture);
	rig_close(&rig);
	unlink(path);
}

/* A frame as it was put into the device, or came out of it. */
struct frame {
	uint16_t len;
	uint8_t bytes[RIG_FRAME];
};

/* FROM says something; what the device got, which is no shorter than an Ethernet's frame. */
static struct frame
say(unsigned from, uint16_t seq, uint16_t len)
{
	struct sw_addr src = phone(from);
	struct sw_addr dst = rig_addr("192.0.2.1", (uint16_t)(30000 + 2 * from));
	struct frame f = {0};
	uint8_t p[256];

	f.len = rig_make(f.bytes, &src, &dst, p, rig_rtp(p, seq, SSRC + from, len));
	if (f.len < 60)
		f.len = 60;
	rig_frame(&rig, 0, f.bytes, f.len);
	return f;
}

/* The next frame that came out. */
static struct frame
out(void)
{
	struct frame f = {0};
	struct rte_mbuf *m;

	ck_assert_int_eq(rte_ring_dequeue(rig.out[0], (void **)&m), 0);
	f.len = rte_pktmbuf_data_len(m);
	memcpy(f.bytes, rte_pktmbuf_mtod(m, void *), f.len);
	rte_pktmbuf_free(m);
	return f;
}

static void
forget_what_came_out(void)
{
	struct rte_mbuf *m;

	while (rte_ring_dequeue(rig.out[0], (void **)&m) == 0)
		rte_pktmbuf_free(m);
}

/* ---- The capture ---- */

/* What control does: a new file with all but packets in it. */
static int
make_file(void)
{
	uint8_t head[512];

	fd = mkstemp(path);
	head_len = pcapng_section(head, sizeof head, "test", "call-3f9a1c02");
	head_len += pcapng_interface(head + head_len, sizeof head - head_len, "ring", 65535);
	ck_assert_int_eq(write(fd, head, head_len), (ssize_t)head_len);
	return fd;
}

static struct sw_capture_set
wanted(uint64_t id, unsigned transports, const unsigned *of)
{
	struct sw_capture_set m = {
		.id = id, .max_bytes = MAX, .snaplen = 65535, .transports = transports};

	for (unsigned i = 0; i < transports; i++) {
		m.transport[i].id = 1000 + of[i];
		m.transport[i].slot = of[i];
	}
	return m;
}

static void
begin(const struct sw_capture_set *m)
{
	ck_assert_int_eq(capture_set(capture, rig.tables, m, make_file()), 0);
	rig_settle(&rig);
}

static void
capture_alice(void)
{
	const struct sw_capture_set m = wanted(1, 1, (const unsigned[]){ALICE});

	begin(&m);
}

static struct sw_captured said;
static unsigned told;

static void
on_told(void *arg, struct sw_captured *m)
{
	said = *m;
	told++;
}

/* Main's turns, until something is told. */
static void
run(void)
{
	told = 0;
	for (unsigned i = 0; i < 10000 && told == 0; i++) {
		capture_run(capture, rig.tables, on_told, NULL);
		usleep(500);
	}
	ck_assert_uint_eq(told, 1);
}

static void
end(uint64_t id)
{
	capture_end(capture, rig.tables, id);
	run();
	ck_assert_uint_eq(said.id, id);
}

static pcap_t *
read_file(void)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);

	ck_assert_msg(p != NULL, "%s", why);
	return p;
}

static void
next_is(pcap_t *p, const struct frame *f)
{
	struct pcap_pkthdr h;
	const uint8_t *data = pcap_next(p, &h);

	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(h.len, f->len);
	ck_assert_uint_eq(h.caplen, f->len);
	ck_assert_mem_eq(data, f->bytes, f->len);
}

/* Nothing stands there any more, and nothing half. */
static void
end_is(pcap_t *p)
{
	struct pcap_pkthdr *h;
	const uint8_t *data;

	ck_assert_int_eq(pcap_next_ex(p, &h, &data), PCAP_ERROR_BREAK);
	pcap_close(p);
}

static unsigned
count_frames(void)
{
	pcap_t *p = read_file();
	struct pcap_pkthdr *h;
	const uint8_t *data;
	unsigned n = 0;
	int got;

	while ((got = pcap_next_ex(p, &h, &data)) == 1)
		n++;
	ck_assert_int_eq(got, PCAP_ERROR_BREAK);
	pcap_close(p);
	return n;
}

/* ---- A disk ---- */

static struct {
	_Atomic int hangs;        /* for this descriptor; 0: for none */
	_Atomic unsigned waiting; /* writes */
} disk;

/* Instead of the C library's, for all of this program. */
ssize_t write(int to, const void *bytes, size_t len);

ssize_t
write(int to, const void *bytes, size_t len)
{
	disk.waiting++;
	while (disk.hangs == to)
		usleep(1000);
	disk.waiting--;
	return syscall(SYS_write, to, bytes, len);
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- Claims ---- */

START_TEST(both_ways_are_there_byte_for_byte)
{
	struct frame to, from, back, to_alice;
	pcap_t *p;

	capture_alice();
	to = say(ALICE, 1, 160);
	rig_turn(&rig);
	from = out(); /* to bob: not of alice's transport */
	back = say(BOB, 1, 160);
	rig_turn(&rig);
	to_alice = out();
	ck_assert_mem_ne(from.bytes, to_alice.bytes, 60);
	ck_assert_mem_ne(to.bytes, back.bytes, 60);
	end(1);
	ck_assert_uint_eq(said.packets, 2);
	ck_assert_int_eq(said.error, 0);
	p = read_file();
	next_is(p, &to);
	next_is(p, &to_alice);
	end_is(p);
}
END_TEST

START_TEST(what_is_sealed_stays_sealed)
{
	struct sw_transport bob = transport_of(BOB), carol = transport_of(CAROL);
	const struct sw_capture_set m = wanted(1, 2, (const unsigned[]){BOB, CAROL});
	struct sw_addr src = phone(CAROL), dst = rig_addr("192.0.2.1", 30000 + 2 * CAROL);
	struct frame sealed, again = {0};
	pcap_t *p;

	rig_key(&bob.seal, SW_AES_CM_128_HMAC_SHA1_80, 7);
	rig_key(&carol.unseal, SW_AES_CM_128_HMAC_SHA1_80, 7);
	rig_set(&rig, &bob);
	rig_set(&rig, &carol);
	rig_join(&rig, CAROL, ALICE);
	begin(&m);
	say(ALICE, 1, 160);
	rig_turn(&rig);
	sealed = out();
	/* The same datagram comes back from carol, and is unsealed in its place. */
	again.len = rig_make(
		again.bytes, &src, &dst, sealed.bytes + 42, (uint16_t)(sealed.len - 42));
	rig_frame(&rig, 0, again.bytes, again.len);
	rig_turn(&rig);
	out(); /* it has been accepted */
	end(1);
	p = read_file();
	next_is(p, &sealed);
	next_is(p, &again);
	end_is(p);
}
END_TEST

START_TEST(a_stranger_is_seen_and_others_calls_are_not)
{
	struct sw_addr stranger = rig_addr("192.0.2.99", 4000);
	struct sw_addr dst = rig_addr("192.0.2.1", 30000 + 2 * ALICE);
	struct frame f = {0};
	uint8_t p[256];
	pcap_t *file;

	capture_alice();
	f.len = rig_make(f.bytes, &stranger, &dst, p, rig_rtp(p, 1, SSRC, 160));
	rig_frame(&rig, 0, f.bytes, f.len);
	say(CAROL, 1, 160);
	rig_turn(&rig);
	ck_assert_uint_eq(rig_drops(&rig, DROP_SOURCE), 1);
	end(1);
	file = read_file();
	next_is(file, &f);
	end_is(file);
}
END_TEST

START_TEST(a_short_frame_keeps_its_padding)
{
	struct frame f;
	pcap_t *p;

	capture_alice();
	f = say(ALICE, 1, 1);
	ck_assert_uint_eq(f.len, 60);
	rig_turn(&rig);
	forget_what_came_out();
	end(1);
	p = read_file();
	next_is(p, &f);
	end_is(p);
}
END_TEST

START_TEST(frames_are_cut_at_the_snaplen_and_say_so)
{
	struct sw_capture_set m = wanted(1, 1, (const unsigned[]){ALICE});
	struct pcap_pkthdr h;
	struct frame f;
	pcap_t *p;

	m.snaplen = 70;
	begin(&m);
	f = say(ALICE, 1, 160);
	rig_turn(&rig);
	forget_what_came_out();
	end(1);
	p = read_file();
	ck_assert_mem_eq(pcap_next(p, &h), f.bytes, 70);
	ck_assert_uint_eq(h.caplen, 70);
	ck_assert_uint_eq(h.len, f.len);
	end_is(p);
}
END_TEST

START_TEST(frames_have_the_time_of_their_turn)
{
	struct timespec before, after;
	struct pcap_pkthdr h;
	double at;
	pcap_t *p;

	capture_alice();
	clock_gettime(CLOCK_REALTIME, &before);
	inproc_set_time(&rig, rte_rdtsc());
	clock_gettime(CLOCK_REALTIME, &after);
	say(ALICE, 1, 160);
	rig_turn(&rig);
	forget_what_came_out();
	usleep(50000); /* until main looks */
	end(1);
	p = read_file();
	ck_assert_ptr_nonnull(pcap_next(p, &h));
	at = (double)h.ts.tv_sec + (double)h.ts.tv_usec / 1e9;
	/* DPDK may be off by a thousandth of the 50 ms. */
	ck_assert_double_gt(at, (double)before.tv_sec + (double)before.tv_nsec / 1e9 - 0.001);
	ck_assert_double_lt(at, (double)after.tv_sec + (double)after.tv_nsec / 1e9 + 0.001);
	end_is(p);
}
END_TEST

START_TEST(a_file_does_not_outgrow_its_limit)
{
	struct sw_capture_set m = wanted(1, 1, (const unsigned[]){ALICE});
	struct stat st;

	m.max_bytes = 1500;
	begin(&m);
	for (uint16_t i = 1; i <= 20; i++)
		say(ALICE, i, 160);
	rig_turn(&rig);
	forget_what_came_out();
	run();
	ck_assert_int_eq(said.error, -EFBIG);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_le(st.st_size, 1500);
	ck_assert_int_gt(st.st_size, 1500 - 260); /* not one more would have fitted */
	ck_assert_uint_eq(said.bytes, (uint64_t)st.st_size);
	ck_assert_uint_eq(count_frames(), said.packets);
	capture_run(capture, rig.tables, on_told, NULL);
	ck_assert_uint_eq(told, 1);
	rig_settle(&rig);
	ck_assert(!tables_shared(rig.tables)->slot[ALICE].transport->capture);
}
END_TEST

START_TEST(what_a_full_disk_cuts_off_is_taken_back)
{
	const struct rlimit little = {1000, RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	capture_alice();
	for (uint16_t i = 1; i <= 20; i++)
		say(ALICE, i, 160);
	rig_turn(&rig);
	forget_what_came_out();
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
	run();
	ck_assert_int_lt(said.error, 0);
	ck_assert_uint_eq(said.packets, 0); /* they were written as one */
	ck_assert_uint_eq(said.bytes, head_len);
	ck_assert_uint_eq(count_frames(), 0);
}
END_TEST

START_TEST(what_comes_too_fast_is_counted_and_the_call_goes_on)
{
	unsigned sent = 0, came = 0;
	struct rte_mbuf *m;

	capture_alice();
	for (; sent < CAPTURE_FRAMES + 89; sent += 100) {
		for (uint16_t i = 0; i < 100; i++)
			say(ALICE, (uint16_t)(sent + i + 1), 20);
		rig_turn(&rig);
		while (rte_ring_dequeue(rig.out[0], (void **)&m) == 0) {
			rte_pktmbuf_free(m);
			came++;
		}
	}
	ck_assert_uint_eq(came, sent);
	end(1);
	ck_assert_uint_eq(said.packets, CAPTURE_FRAMES);
	ck_assert_uint_eq(said.lost, sent - CAPTURE_FRAMES);
	ck_assert_uint_eq(count_frames(), CAPTURE_FRAMES);
}
END_TEST

START_TEST(a_re_offer_does_not_end_it)
{
	struct sw_transport t = transport_of(ALICE);

	capture_alice();
	t.dscp = 10;
	rig_set(&rig, &t);
	rig_key(&t.seal, SW_AEAD_AES_128_GCM, 3);
	rig_set(&rig, &t);
	rig_join(&rig, ALICE, CAROL);
	rig_settle(&rig);
	say(ALICE, 1, 160);
	rig_turn(&rig);
	forget_what_came_out();
	end(1);
	ck_assert_uint_eq(said.packets, 1);
}
END_TEST

START_TEST(said_again_it_goes_on_with_others)
{
	const struct sw_capture_set m = wanted(1, 1, (const unsigned[]){BOB});

	capture_alice();
	say(ALICE, 1, 160);
	rig_turn(&rig);
	capture_run(capture, rig.tables, on_told, NULL);
	ck_assert_int_eq(capture_set(capture, rig.tables, &m, -1), 0);
	rig_settle(&rig);
	say(ALICE, 2, 160); /* leaves by bob's */
	say(CAROL, 1, 160);
	rig_turn(&rig);
	forget_what_came_out();
	end(1);
	ck_assert_uint_eq(said.packets, 2);
	ck_assert_uint_eq(count_frames(), 2);
}
END_TEST

START_TEST(one_call_may_be_in_two_files)
{
	struct sw_capture_set m = wanted(2, 1, (const unsigned[]){ALICE});
	char first[sizeof path];

	capture_alice();
	strcpy(first, path);
	scratch(path, "capture");
	begin(&m);
	say(ALICE, 1, 160);
	rig_turn(&rig);
	end(2);
	rig_settle(&rig);
	ck_assert_uint_eq(said.packets, 1);
	ck_assert_uint_eq(count_frames(), 1);
	unlink(path);
	strcpy(path, first);
	say(ALICE, 2, 160);
	rig_turn(&rig);
	forget_what_came_out();
	end(1);
	ck_assert_uint_eq(said.packets, 2);
	ck_assert_uint_eq(count_frames(), 2);
}
END_TEST

START_TEST(what_it_cannot_do_is_refused)
{
	struct sw_capture_set m = wanted(1, 0, NULL);
	int pipes[2];

	ck_assert_int_eq(capture_set(capture, rig.tables, &m, -1), -EBADF);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(capture_set(capture, rig.tables, &m, pipes[1]), -EBADF);
	ck_assert_int_eq(close(pipes[1]), -1); /* it was taken */
	close(pipes[0]);
	close(make_file());
	ck_assert_int_eq(capture_set(capture, rig.tables, &m, open(path, O_RDONLY)), -EBADF);
	unlink(path);
	scratch(path, "capture");
	for (m.id = 1; m.id <= SW_CAPTURES; m.id++) {
		ck_assert_int_eq(capture_set(capture, rig.tables, &m, make_file()), 0);
		unlink(path);
		scratch(path, "capture");
	}
	ck_assert_int_eq(capture_set(capture, rig.tables, &m, make_file()), -ENOSPC);
	capture_end(capture, rig.tables, 99); /* there is none */
	capture_end_all(capture, rig.tables);
	told = 0;
	usleep(50000);
	capture_run(capture, rig.tables, on_told, NULL);
	ck_assert_uint_eq(told, 0);
	m.id = 1;
	unlink(path);
	scratch(path, "capture");
	ck_assert_int_eq(capture_set(capture, rig.tables, &m, make_file()), 0);
}
END_TEST

START_TEST(frames_of_several_cores_stand_in_the_order_of_time)
{
	const struct sw_capture_set m = wanted(1, 2, (const unsigned[]){ALICE, BOB});
	uint64_t now = rte_rdtsc();
	struct pcap_pkthdr h;
	int64_t last = 0;
	unsigned n = 0;
	pcap_t *p;

	teardown();
	open_rig(2);
	begin(&m);
	for (uint16_t i = 1; i <= 10; i++) {
		inproc_set_time(&rig, now + i * 1000000u);
		say(i % 2 ? ALICE : BOB, i, 160);
		rig_turn(&rig);
	}
	forget_what_came_out();
	end(1);
	p = read_file();
	while (pcap_next(p, &h) != NULL) {
		int64_t at = (int64_t)h.ts.tv_sec * 1000000000 + h.ts.tv_usec;

		ck_assert_int_ge(at, last);
		last = at;
		n++;
	}
	ck_assert_uint_eq(n, 20);
	pcap_close(p);
}
END_TEST

/* They share no pool, where a core that is stopped in the middle could hold up the others.
 * Bob's frames are copied by the first core when they arrive, by the second when they leave.
 */
START_TEST(each_core_has_room_of_its_own)
{
	const struct sw_capture_set w = wanted(1, 2, (const unsigned[]){ALICE, BOB});
	unsigned sent = 0;

	teardown();
	open_rig(2);
	begin(&w);
	for (; sent < CAPTURE_FRAMES + 89; sent += 100) {
		for (uint16_t i = 0; i < 100; i++)
			say(BOB, (uint16_t)(sent + i + 1), 20);
		rig_turn(&rig);
		forget_what_came_out();
	}
	end(1);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_uint_eq(
			atomic_load(&capture_tap_of(capture, i)->lost), sent - CAPTURE_FRAMES);
	ck_assert_uint_eq(said.packets, 2 * CAPTURE_FRAMES);
	ck_assert_uint_eq(count_frames(), 2 * CAPTURE_FRAMES);
}
END_TEST

/* A hundred frames of alice's in each of so many turns of main. */
static void
say_much(unsigned turns)
{
	for (unsigned turn = 0; turn < turns; turn++) {
		for (unsigned i = 1; i <= 100; i++)
			say(ALICE, (uint16_t)(100 * turn + i), 160);
		rig_turn(&rig);
		forget_what_came_out();
		capture_run(capture, rig.tables, on_told, NULL);
	}
}

static void
await_write(void)
{
	while (disk.waiting == 0)
		usleep(1000);
}

START_TEST(a_disk_that_hangs_keeps_nobody_waiting)
{
	struct sw_capture_set m = wanted(1, 1, (const unsigned[]){ALICE});
	uint64_t began = now_ms();

	m.max_bytes = 16 << 20;
	begin(&m);
	told = 0;
	disk.hangs = fd;
	say_much(100); /* more than there is room for */
	await_write();
	capture_end(capture, rig.tables, 1);
	ck_assert_uint_lt(now_ms() - began, 2000);
	ck_assert_uint_eq(told, 0);
	run(); /* patience ends */
	ck_assert_int_eq(said.error, -ETIMEDOUT);
	ck_assert_uint_eq(said.packets, 0);
	ck_assert_uint_eq(said.bytes, head_len);
	ck_assert_uint_gt(said.lost, 0);
	ck_assert_uint_lt(said.lost, 10000);
	/* It wakes: what was taken is whole, and is told of no more. */
	disk.hangs = 0;
	while (fcntl(fd, F_GETFD) != -1)
		usleep(1000);
	told = 0;
	capture_run(capture, rig.tables, on_told, NULL);
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(count_frames(), 10000 - said.lost);
}
END_TEST

START_TEST(a_disk_that_hangs_holds_up_no_other_capture)
{
	struct sw_capture_set m = wanted(2, 1, (const unsigned[]){ALICE});

	capture_alice();
	disk.hangs = fd;
	say_much(1);
	await_write();
	unlink(path);
	scratch(path, "capture");
	begin(&m);
	say_much(1);
	end(2);
	ck_assert_int_eq(said.error, 0);
	ck_assert_uint_eq(said.packets, 100);
	ck_assert_uint_eq(count_frames(), 100);
	disk.hangs = 0;
}
END_TEST

START_TEST(a_switch_that_ends_leaves_a_disk_that_hangs)
{
	uint64_t began;

	capture_alice();
	disk.hangs = fd;
	say_much(1);
	await_write();
	began = now_ms();
	capture_close(capture);
	ck_assert_uint_lt(now_ms() - began, 2000);
	disk.hangs = 0;
	ck_assert_ptr_nonnull(capture = capture_open(1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("capture");
	TCase *tc = tcase_create("capture");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, both_ways_are_there_byte_for_byte);
	tcase_add_test(tc, what_is_sealed_stays_sealed);
	tcase_add_test(tc, a_stranger_is_seen_and_others_calls_are_not);
	tcase_add_test(tc, a_short_frame_keeps_its_padding);
	tcase_add_test(tc, frames_are_cut_at_the_snaplen_and_say_so);
	tcase_add_test(tc, frames_have_the_time_of_their_turn);
	tcase_add_test(tc, a_file_does_not_outgrow_its_limit);
	tcase_add_test(tc, what_a_full_disk_cuts_off_is_taken_back);
	tcase_add_test(tc, what_comes_too_fast_is_counted_and_the_call_goes_on);
	tcase_add_test(tc, a_re_offer_does_not_end_it);
	tcase_add_test(tc, said_again_it_goes_on_with_others);
	tcase_add_test(tc, one_call_may_be_in_two_files);
	tcase_add_test(tc, what_it_cannot_do_is_refused);
	tcase_add_test(tc, frames_of_several_cores_stand_in_the_order_of_time);
	tcase_add_test(tc, each_core_has_room_of_its_own);
	tcase_add_test(tc, a_disk_that_hangs_keeps_nobody_waiting);
	tcase_add_test(tc, a_disk_that_hangs_holds_up_no_other_capture);
	tcase_add_test(tc, a_switch_that_ends_leaves_a_disk_that_hangs);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Replays a capture: every frame goes through the stages of a forwarding core at the time that
 * the capture says, and what leaves is written to another capture.  One thread plays main and
 * all cores; nothing reads a clock, so the same input gives the same output, byte for byte. */
#include "bench/replay.h"

#include <errno.h>
#include <getopt.h>
#include <pcap/pcap.h>
#include <rte_random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/inproc.h"
#include "bench/replay_call.h"
#include "dataplane/rtp.h"

enum {
	MEMORY_MB = 96,
	MBUFS = 8191,
	RING = 1024,
	FRAME_MAX = 2048, /* bytes; longer ones are cut, as by a device */
	MAIN_MS = 100,    /* how often main looks after things */
	CLOCK_HZ = 1000000000,
};

struct replay {
	struct inproc in;
	struct replay_calls calls;
	unsigned cores;
	pcap_t *from, *to;
	pcap_dumper_t *dumper;
	const struct link *link;
	uint64_t first_ns; /* time stamp of the first frame */
	uint64_t began;    /* TSC that stands for it */
	uint64_t main_ran;
	uint64_t frames_in, frames_out, ignored;
};

/* How frames of a capture begin: which part is not Ethernet, and where it says what follows.
 */
static const struct link {
	int type;
	unsigned header, ethertype; /* bytes; offset.  HEADER 0: IP itself */
} links[] = {
	{DLT_EN10MB, 14, 12},
	{DLT_LINUX_SLL, 16, 14}, /* tcpdump -i any */
	{DLT_LINUX_SLL2, 20, 0},
	{DLT_RAW, 0, 0},
};

/* ---- Set-up ---- */

static int
open_input(struct replay *r, const char *path)
{
	char text[PCAP_ERRBUF_SIZE];

	r->from = pcap_open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, text);
	if (r->from == NULL) {
		fprintf(stderr, "strowger-bench: %s\n", text);
		return -EINVAL;
	}
	for (unsigned i = 0; i < RTE_DIM(links); i++)
		if (links[i].type == pcap_datalink(r->from))
			r->link = &links[i];
	if (r->link != NULL)
		return 0;
	fprintf(stderr, "strowger-bench: %s: frames of type %s are not understood\n", path,
		pcap_datalink_val_to_name(pcap_datalink(r->from)));
	return -EINVAL;
}

static int
open_output(struct replay *r, const char *path)
{
	r->to = pcap_open_dead_with_tstamp_precision(
		DLT_EN10MB, UINT16_MAX, PCAP_TSTAMP_PRECISION_NANO);
	r->dumper = r->to != NULL ? pcap_dump_open(r->to, path) : NULL;
	if (r->dumper != NULL)
		return 0;
	fprintf(stderr, "strowger-bench: %s\n", r->to != NULL ? pcap_geterr(r->to) : path);
	return -EINVAL;
}

static int
set_calls(struct replay *r)
{
	const struct replay_calls *c = &r->calls;
	int err = 0;

	for (unsigned i = 0; err == 0 && i < c->streams; i++) {
		err = sw_check_transport(&c->stream[i].transport, r->in.state.head);
		if (err == 0)
			err = tables_transport_set(r->in.tables, &c->stream[i].transport);
		if (err != 0)
			fprintf(stderr, "strowger-bench: stream %s: %s\n", c->stream[i].name,
				strerror(-err));
	}
	for (unsigned i = 0; err == 0 && i < c->streams; i++)
		if (c->stream[i].flow.id != 0)
			err = tables_flow_set(r->in.tables, &c->stream[i].flow, NULL);
	return err;
}

/* The calls have been made when the capture begins, on a full second. */
static void
begin_time(struct replay *r)
{
	const struct tables *tb = tables_shared(r->in.tables);
	uint64_t hz = rte_get_tsc_hz();

	r->began = r->main_ran = (rte_rdtsc() / hz + 1) * hz;
	for (unsigned i = 0; i < r->calls.streams; i++) {
		const struct sw_transport *t = &r->calls.stream[i].transport;

		tb->slot[i].transport->latch_until = r->began + hz / 1000 * t->latch_ms;
	}
	inproc_set_time(&r->in, r->began);
}

static int
open_switch(struct replay *r)
{
	struct inproc_conf conf = {.cores = r->cores,
		.queues = 1,
		.slots = r->calls.streams,
		.mbufs = MBUFS,
		.ring = RING,
		.busy = true,
		.addresses = r->calls.addresses,
		.port_first = 1,
		.port_last = UINT16_MAX - 1};
	int err;

	memcpy(conf.address, r->calls.address, sizeof conf.address);
	if ((err = inproc_begin(MEMORY_MB, "burst")) != 0 ||
		(err = inproc_open(&r->in, &conf)) != 0) {
		fprintf(stderr, "strowger-bench: no switch: %s\n", strerror(-err));
		return err;
	}
	rte_srand(1);
	if ((err = set_calls(r)) != 0) {
		inproc_close(&r->in);
		return err;
	}
	begin_time(r);
	return 0;
}

/* ---- The run ---- */

/* The frame at P as Ethernet, into F of FRAME_MAX bytes; how long it is, 0: it is none. */
static uint16_t
to_ethernet(const struct replay *r, const uint8_t *p, uint32_t len, uint8_t *f)
{
	const struct link *link = r->link;
	uint16_t type;

	if (link->type == DLT_EN10MB) {
		len = RTE_MIN(len, (uint32_t)FRAME_MAX);
		memcpy(f, p, len);
		return (uint16_t)len;
	}
	if (len <= link->header)
		return 0;
	if (link->header == 0)
		type = p[0] >> 4 == 6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4;
	else
		type = rtp_get16(p + link->ethertype);
	len = RTE_MIN(len - link->header, (uint32_t)FRAME_MAX - RTE_ETHER_HDR_LEN);
	memcpy(f, inproc_mac, RTE_ETHER_ADDR_LEN);
	memcpy(f + RTE_ETHER_ADDR_LEN, inproc_peer, RTE_ETHER_ADDR_LEN);
	rtp_put16(f + 12, type);
	memcpy(f + RTE_ETHER_HDR_LEN, p + link->header, len);
	return (uint16_t)(RTE_ETHER_HDR_LEN + len);
}

static void
put_frame(struct replay *r, const uint8_t *p, uint32_t len)
{
	uint8_t f[FRAME_MAX];
	uint16_t n = to_ethernet(r, p, len, f);
	struct rte_mbuf *m = n > 0 ? rte_pktmbuf_alloc(r->in.pool) : NULL;

	if (m == NULL || rte_pktmbuf_tailroom(m) < n) {
		rte_pktmbuf_free(m);
		r->ignored++;
		return;
	}
	memcpy(rte_pktmbuf_append(m, n), f, n);
	rte_ring_enqueue(r->in.in[0], m);
	r->frames_in++;
}

static void
take_frames(struct replay *r, const struct pcap_pkthdr *at)
{
	struct rte_mbuf *m;

	while (rte_ring_dequeue(r->in.out[0], (void **)&m) == 0) {
		struct pcap_pkthdr head = {.ts = at->ts,
			.caplen = rte_pktmbuf_data_len(m),
			.len = rte_pktmbuf_data_len(m)};

		pcap_dump((u_char *)r->dumper, &head, rte_pktmbuf_mtod(m, const u_char *));
		rte_pktmbuf_free(m);
		r->frames_out++;
	}
}

static uint64_t
tsc_of(const struct replay *r, uint64_t ns)
{
	unsigned __int128 since = ns > r->first_ns ? ns - r->first_ns : 0;

	return r->began + (uint64_t)(since * rte_get_tsc_hz() / CLOCK_HZ);
}

/* Main's turns that are due before NOW. */
static void
run_main(struct replay *r, uint64_t now)
{
	uint64_t step = rte_get_tsc_hz() / 1000 * MAIN_MS;

	for (; r->main_ran + step <= now; r->main_ran += step)
		inproc_main(&r->in, r->main_ran + step);
}

static int
run(struct replay *r)
{
	struct pcap_pkthdr *head;
	const u_char *p;
	int got;

	while ((got = pcap_next_ex(r->from, &head, &p)) == 1) {
		/* tv_usec holds nanoseconds: that is what was asked for. */
		uint64_t ns =
			(uint64_t)head->ts.tv_sec * CLOCK_HZ + (uint64_t)head->ts.tv_usec;
		uint64_t now;

		if (r->frames_in + r->ignored == 0)
			r->first_ns = ns;
		now = tsc_of(r, ns);
		run_main(r, now);
		put_frame(r, p, head->caplen);
		inproc_set_time(&r->in, now);
		inproc_turn(&r->in);
		inproc_main(&r->in, r->main_ran); /* what was learned counts at once */
		take_frames(r, head);
	}
	if (got != PCAP_ERROR)
		return 0;
	fprintf(stderr, "strowger-bench: %s\n", pcap_geterr(r->from));
	return -EINVAL;
}

/* ---- What there is to say ---- */

static void
print_drops(const char *indent, const _Atomic uint64_t *drops)
{
	for (unsigned i = 0; i < DROPS; i++)
		if (drops[i] != 0)
			printf("%s%-16s %lu\n", indent, drop_info((enum drop)i)->name,
				(unsigned long)drops[i]);
}

static void
print(const struct replay *r)
{
	_Atomic uint64_t drops[DROPS] = {0};

	printf("frames in %lu, out %lu, ignored %lu\n", (unsigned long)r->frames_in,
		(unsigned long)r->frames_out, (unsigned long)r->ignored);
	for (unsigned core = 0; core < r->cores; core++)
		for (unsigned i = 0; i < DROPS; i++)
			drops[i] += r->in.state.core[core].drops[i];
	print_drops("  dropped ", drops);
	for (unsigned i = 0; i < r->calls.streams; i++) {
		const struct sw_transport_state *st = &r->in.state.transport[i];

		printf("%s: rtp in %lu out %lu, rtcp in %lu out %lu\n",
			r->calls.stream[i].name, (unsigned long)st->rx_packets,
			(unsigned long)st->tx_packets, (unsigned long)st->rx_rtcp,
			(unsigned long)st->tx_rtcp);
		print_drops("  dropped ", sw_more(st)->drops);
	}
}

/* ---- The command line ---- */

static void
help(void)
{
	printf("usage: strowger-bench replay [OPTION...] IN.pcap OUT.pcap\n"
	       "Send a capture through strowger's packet stages, in the capture's time, and\n"
	       "write what leaves into another.  The same input gives the same output.\n\n"
	       "  --call FILE   a call: {\"params\": what call.create was asked, \"result\":\n"
	       "                its answer}; may be said again for each further call\n"
	       "  --cores N     forwarding cores, 1..%u (1)\n",
		INPROC_CORES);
}

static int
read_cores(unsigned *cores, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*cores = (unsigned)n;
	if (end != text && *end == '\0' && n >= 1 && n <= INPROC_CORES)
		return 0;
	fprintf(stderr, "strowger-bench: --cores %s: not a fitting N (1..%u)\n", text,
		INPROC_CORES);
	return -EINVAL;
}

static int
read_options(struct replay *r, int argc, char **argv)
{
	static const struct option options[] = {{"call", required_argument, NULL, 'c'},
		{"cores", required_argument, NULL, 'n'}, {"help", no_argument, NULL, 'h'},
		{0}};
	int c;

	r->cores = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			help();
			return 1;
		}
		if (c == 'c' && replay_calls_add(&r->calls, optarg) != 0)
			return -EINVAL;
		if (c == 'n' && read_cores(&r->cores, optarg) != 0)
			return -EINVAL;
		if (c == '?')
			return -EINVAL;
	}
	if (optind + 2 == argc && r->calls.streams > 0)
		return 0;
	fprintf(stderr, "strowger-bench: IN.pcap, OUT.pcap and --call are wanted; see replay "
			"--help\n");
	return -EINVAL;
}

static void
close_files(struct replay *r)
{
	if (r->dumper != NULL)
		pcap_dump_close(r->dumper);
	if (r->to != NULL)
		pcap_close(r->to);
	if (r->from != NULL)
		pcap_close(r->from);
}

int
replay_main(int argc, char **argv)
{
	static struct replay r;
	int err = read_options(&r, argc, argv);

	if (err == 0 && (err = open_input(&r, argv[optind])) == 0 &&
		(err = open_output(&r, argv[optind + 1])) == 0 &&
		(err = open_switch(&r)) == 0) {
		if ((err = run(&r)) == 0)
			print(&r);
		inproc_close(&r.in);
	}
	close_files(&r);
	replay_calls_fini(&r.calls);
	return err < 0;
}

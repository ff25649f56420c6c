/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes a transport with RTP and RTCP: a sequence of payloads, some of them sealed first,
 * goes through classify_stage() and unseal_stage() to transports of each sort, and from there
 * through divert_stage() and seal_stage() to another one.  Each payload leaves or is counted,
 * once; what passes keeps its header; an SRTP packet that has passed does not pass again; what
 * is neither RTP nor RTCP passes where it may or is ZRTP.  What leaves plain is what came;
 * what leaves sealed, of 8 bytes of payload or more, is so by a keystream that
 * nothing before it in the same input had.
 *
 *	a payload:  transport (1 byte), 1: the port of RTCP, 2: seal it, 4: say it twice (1),
 *	            index (1), time since the last one (1, in 10 ms), length (1), bytes */
#include "tests/fuzz/core.h"

#include "dataplane/rtp.h"
#include "dataplane/zrtp.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 5, PAYLOADS = 64 };

static struct seal *sender[SLOTS]; /* NULL: plain RTP */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	core_open();
	for (unsigned i = 0; i < SLOTS; i++) {
		struct sw_key key = key_of_suite(sorts[i].suite);

		if (sorts[i].suite != SW_SUITE_PLAIN)
			sender[i] = seal_open(&key, false);
	}
	return 0;
}

/* As the other side would send it; how long it is then. */
static size_t
seal_it(uint8_t *p, size_t len, unsigned slot, bool rtcp, uint8_t index)
{
	struct seal_job job = {.key = sender[slot],
		.pkt = p,
		.len = (uint16_t)len,
		.index = rtcp || len < RTP_HEADER ? index : (uint64_t)index << 16 | rtp_seq(p),
		.clear = rtcp ? RTCP_HEADER : rtp_header_len(p, (unsigned)len),
		.rtcp = rtcp};

	if (sender[slot] != NULL)
		seal_burst(core.lane, &job, 1);
	return job.len;
}

/* Does the payload in PKT pass?  Not: it is freed. */
static bool
passes(struct rte_mbuf *pkt)
{
	uint64_t before = all_drops();
	unsigned n = classify_stage(&core, &pkt, 1);

	if (n == 1)
		n = unseal_stage(&core, &pkt, 1);
	must(handed_over == 0 && n + all_drops() - before == 1);
	must(packet_was_freed(pkt) == (n == 0));
	must(n == 0 || !meta(pkt)->opaque || meta(pkt)->in.from->opaque ||
		zrtp_is(rte_pktmbuf_mtod(pkt, uint8_t *), pkt->data_len));
	must(n == 0 || meta(pkt)->opaque || pkt->data_len >= meta(pkt)->clear);
	return n == 1;
}

/* ---- On its way out ---- */

/* What the keys of a transport have made of zeros, or would have.  RFC 3711 section 4.1: never
 * twice the same. */
enum { PADS = 2 * PAYLOADS, PAD = 8 };
static struct {
	unsigned slot;
	uint8_t pad[PAD];
} pads[PADS];
static unsigned n_pads;

static void
must_be_a_new_pad(unsigned slot, const uint8_t *before, const uint8_t *after)
{
	for (unsigned i = 0; i < PAD; i++)
		pads[n_pads].pad[i] = before[i] ^ after[i];
	pads[n_pads].slot = slot;
	for (unsigned i = 0; i < n_pads; i++)
		must(pads[i].slot != slot || memcmp(pads[i].pad, pads[n_pads].pad, PAD) != 0);
	n_pads++;
}

static void
leave(struct rte_mbuf *m)
{
	uint8_t was[UINT8_MAX + SEAL_TAILROOM];
	struct rte_mbuf *out[SW_SINKS];
	const struct meta *me = meta(m);
	unsigned len = m->data_len, clear = me->clear, n;
	struct transport *to = me->in.from->first;
	uint64_t before = all_drops();
	const uint8_t *p;

	must(len <= sizeof was);
	memcpy(was, rte_pktmbuf_mtod(m, uint8_t *), len);
	n = divert_stage(&core, &m, 1, out);
	must(n == 1 && out[0] == m && me->out.to == to && me->out.to_slot == to->slot);
	n = seal_stage(&core, out, n);
	must(n + all_drops() - before == 1 && packet_was_freed(m) == (n == 0));
	if (n == 0)
		return;
	p = rte_pktmbuf_mtod(m, uint8_t *);
	must(m->pkt_len == m->data_len);
	if (to->seal == NULL) {
		must(m->data_len == len && memcmp(p, was, len) == 0);
		return;
	}
	must(!me->opaque && !me->untouched && m->data_len > len);
	must(me->rtcp ? memcmp(p, was, clear) == 0 /* RTP has another number now */
		      : memcmp(p, was, 2) == 0 && memcmp(p + 4, was + 4, clear - 4) == 0);
	if (len >= clear + PAD)
		must_be_a_new_pad(to->slot, was + clear, p + clear);
}

/* One payload from DATA; how many bytes it took, 0: there is none. */
static size_t
say(const uint8_t *data, size_t size)
{
	uint8_t p[UINT8_MAX + SEAL_TAILROOM];
	struct rte_mbuf *once, *twice;
	struct meta in = {.in.src = {.family = AF_INET, .port = 4000, .ip = {192, 0, 2, 9}}};
	size_t len, sealed;
	unsigned slot;
	bool rtcp, passed;

	if (size < HEAD)
		return 0;
	slot = data[0] % SLOTS;
	rtcp = data[1] & 1;
	len = sealed = data[4] < size - HEAD ? data[4] : size - HEAD;
	core.now += data[3] * (core.tsc_hz / 100);
	in.in.dst_port = (uint16_t)(transports[slot].port + rtcp);
	if (transports[slot].mux) {
		in.in.dst_port = transports[slot].port;
		rtcp = rtp_is_rtcp(data + HEAD, (unsigned)len);
	}
	memcpy(p, data + HEAD, len);
	if ((data[1] & 2) != 0)
		sealed = seal_it(p, len, slot, rtcp, data[2]);
	once = packet_make(p, sealed, SEAL_TAILROOM);
	twice = packet_make(p, sealed, SEAL_TAILROOM);
	*meta(once) = *meta(twice) = in;
	passed = passes(once);
	if (passed)
		leave(once);
	if ((data[1] & 4) != 0 && passes(twice)) {
		must(!passed || sender[slot] == NULL);
		leave(twice);
	}
	packet_end(once);
	packet_end(twice);
	return HEAD + len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t took;

	core_forget();
	n_pads = 0;
	for (unsigned i = 0; i < PAYLOADS && (took = say(data, size)) > 0; i++) {
		data += took;
		size -= took;
	}
	return 0;
}

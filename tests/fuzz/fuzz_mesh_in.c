/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the way of a datagram of the mesh through a forwarding core: mesh_in_stage(), and
 *what links have to say then, mesh_flush().  Every packet buffer ends where what is in it
 *ends, or may end.  Each datagram has exactly one fate, and what comes of it is RTP that its
 *own bytes account for.
 *
 *	byte 0  1: not from where the neighbour is; 2: what is in boxes stays as it is, else it
 *	        is closed by the key of the two
 *	then    the datagram
 *
 * Ours are the SIDs of 32 bytes 0x11 and 0x12; those of 0x22 and 0x23 neighbours, the first
 * one a peer of 0x11; 0x33 is reached by way of 0x23. */
#include "tests/fuzz/core.h"

#include <rte_mempool.h>

#include "dataplane/mesh_inside.h"
#include "dataplane/rtp.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESH = 2, PEERS = 2, ROOM = RTE_PKTMBUF_HEADROOM + 1536, DATAGRAM_MAX = 2048 };

static struct mesh mesh = {.port = MESH_PORT, .local_number = MESH};
static struct {
	struct mesh_map map;
	struct mesh_known known[2 * PEERS];
} map;
static struct mesh_neighbour neighbours[2];
static struct mesh_peer peers[PEERS];
static struct sw_mesh_link links[2];
static _Atomic uint32_t sessions[65536];

/* ---- Packet buffers, each its own memory ---- */

enum { LENT_MAX = 2 * SW_MESH_FRAMES };
static struct hand_made *lent[LENT_MAX];

/* The place of H; of NULL: a free one. */
static struct hand_made **
lent_at(const struct hand_made *h)
{
	for (unsigned i = 0; i < LENT_MAX; i++)
		if (lent[i] == h)
			return &lent[i];
	must(!"too many packet buffers");
	return NULL;
}

static int
lend(struct rte_mempool *mp, void **obj, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct hand_made *h = aligned_alloc(64, sizeof *h);

		must(h != NULL);
		memset(h, 0, sizeof *h);
		h->m.buf_addr = malloc(ROOM);
		must(h->m.buf_addr != NULL);
		h->m.buf_len = ROOM;
		h->m.priv_size = sizeof h->meta;
		h->m.pool = mp;
		h->m.nb_segs = 1;
		rte_mbuf_refcnt_set(&h->m, 1);
		obj[i] = *lent_at(NULL) = h;
	}
	return 0;
}

static int
take_back(struct rte_mempool *mp, void *const *obj, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		*lent_at(obj[i]) = NULL;
		packet_end(obj[i]);
	}
	return 0;
}

static int
no_memory(struct rte_mempool *mp)
{
	return 0;
}

static unsigned
count_none(const struct rte_mempool *mp)
{
	return 0;
}

static const struct rte_mempool_ops ops = {.name = "fuzz",
	.alloc = no_memory,
	.enqueue = take_back,
	.dequeue = lend,
	.get_count = count_none};
static struct rte_mempool pool;

/* ---- What else the stages need ---- */

enum drop
address_by(const struct path *path, struct rte_mbuf *m)
{
	must(rte_pktmbuf_data_len(m) <= MESH_DATAGRAM_MAX);
	return DROPS;
}

void
send_frames(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	rte_pktmbuf_free_bulk(pkt, n);
}

static void
open_map(void)
{
	static const uint8_t first[] = {0x22, 0x23}, beyond[] = {0x22, 0x33};

	map.map = (struct mesh_map){.identities = 2,
		.peers = PEERS,
		.neighbours = 2,
		.forward = true,
		.peer = map.known,
		.neighbour = map.known + PEERS};
	memset(map.map.self[0].b, 0x11, SID_LEN);
	memset(map.map.self[1].b, 0x12, SID_LEN);
	for (unsigned i = 0; i < 2; i++) {
		neighbours[i] = (struct mesh_neighbour){.id = 100 + i,
			.slot = (uint16_t)i,
			.core = (uint8_t)i,
			.addr = {.family = AF_INET,
				.port = MESH_PORT,
				.ip = {192, 0, 2, (uint8_t)(9 + i)}},
			.state = &links[i]};
		memset(neighbours[i].sid.b, first[i], SID_LEN);
		peers[i] = (struct mesh_peer){.id = 200 + i,
			.slot = (uint16_t)i,
			.identity = i == 0 ? 0 : SW_MESH_NONE,
			.neighbour = (uint16_t)i,
			.key = {1}};
		memset(peers[i].sid.b, beyond[i], SID_LEN);
		map.map.peer[i] = (struct mesh_known){peers[i].sid, (uint16_t)i};
		map.map.neighbour[i] = (struct mesh_known){neighbours[i].sid, (uint16_t)i};
		mesh.neighbour[i] = &neighbours[i];
		mesh.peer[i] = &peers[i];
	}
	mesh.map = &map.map;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	core_open();
	pool.ops_index = rte_mempool_register_ops(&ops);
	must(pool.ops_index >= 0);
	core.copies = &pool;
	open_map();
	tables.locals = MESH + 1;
	tables.local[MESH] = (struct local){
		.addr.family = SW_AF_MESH, .port_last = 65535, .port = sessions};
	for (unsigned i = 2; i < 65536; i += 4) /* every other session is a call's */
		sessions[i] = port_entry(0, 0);
	tables.mesh = &mesh;
	return 0;
}

/* As if nobody had said anything yet. */
static void
forget(void)
{
	core_forget();
	memset((void *)links, 0, sizeof links);
	links[0].numbers = links[1].numbers = 0x0101;
	core.mesh = mesh_core_open(&core);
	neighbours[0].link = mesh_link_open(&links[0], core.now, core.tsc_hz);
	must(core.mesh != NULL && neighbours[0].link != NULL);
}

/* ---- Before, and after ---- */

/* LEN bytes with the headers in front that parse has taken off, and nothing behind. */
static struct rte_mbuf *
received(const uint8_t *data, size_t len)
{
	enum { IN_FRONT = RTE_PKTMBUF_HEADROOM + 42 };
	static uint8_t p[IN_FRONT + DATAGRAM_MAX];
	struct rte_mbuf *m;

	memcpy(p + IN_FRONT, data, len);
	m = packet_make(p, IN_FRONT + len, 0);
	rte_pktmbuf_adj(m, IN_FRONT);
	return m;
}

/* What has been handed over, but for the datagram, are frames for others. */
static void
take_frames_back(void)
{
	for (unsigned i = 0; i < LENT_MAX; i++)
		if (lent[i] != NULL) {
			must(lent[i]->meta.step == STEP_MESH_FRAME);
			must(lent[i]->meta.out.payload <= lent[i]->m.data_len);
			packet_end(&lent[i]->m);
			lent[i] = NULL;
		}
}

/* Let the boxes in the datagram P be such as they would be from the peer. */
static void
close_boxes(uint8_t *p, unsigned len)
{
	struct nonces nonces = {.left = 0};
	struct mesh_envelope e;
	struct mesh_frame f;
	int n = mesh_envelope_read(p, len, &e);

	for (; n > 0 && len > (unsigned)n; n = mesh_frame_read(p, len, &e, &f)) {
		p += n;
		len -= (unsigned)n;
		if (mesh_frame_read(p, len, &e, &f) > 0 && f.len >= BOX_HEAD &&
			(f.flags & MESH_BOXED) == MESH_BOXED)
			box_seal(p + (f.payload - p), f.len - BOX_HEAD, peers[0].key, &nonces);
	}
}

static void
must_be_rtp(struct rte_mbuf *m)
{
	const struct meta *me = meta(m);
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct vomp_codec_row *row = vomp_codec_by_payload_type(p[1]);
	uint32_t len = rte_pktmbuf_data_len(m), sum = 0;

	must(len > RTP_HEADER && len == m->pkt_len && len <= MESH_DATAGRAM_MAX);
	must(p[0] == 0x80 && row != NULL && row->id != VOMP_TEXT);
	must(me->in.local == MESH && me->in.src.family == SW_AF_MESH);
	must(me->in.src.port != 0 && sessions[me->in.dst_port] != 0);
	must(memcmp(me->in.src.ip, peers[0].sid.b, sizeof me->in.src.ip) == 0);
	must(me->ticks == row->clock_hz_100 * 2 && !me->mesh);
	for (uint32_t i = 0; i < len; i++) /* all of it is there */
		sum += p[i];
	must(sum > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rte_mbuf *m, *pkt[1], *out[MESH_SOUNDS];
	bool in_place = false;
	struct meta *me;
	unsigned n;

	if (size < 2 || size > 1 + DATAGRAM_MAX)
		return 0;
	forget();
	m = pkt[0] = received(data + 1, size - 1);
	me = meta(m);
	me->mesh = true;
	me->in.src = neighbours[0].addr;
	me->in.src.port = (uint16_t)(me->in.src.port + (data[0] & 1));
	me->in.dst_port = MESH_PORT;
	if (!(data[0] & 2) && size - 1 <= MESH_DATAGRAM_MAX)
		close_boxes(rte_pktmbuf_mtod(m, uint8_t *), (unsigned)size - 1);

	n = mesh_in_stage(&core, pkt, 1, out);
	must(n <= MESH_SOUNDS);
	for (unsigned i = 0; i < n; i++) {
		must_be_rtp(out[i]);
		in_place |= out[i] == m;
		if (out[i] != m)
			rte_pktmbuf_free(out[i]);
	}
	/* Freed, or gone on as RTP, or to another party; frames for others are copies. */
	must(packet_was_freed(m) + in_place <= 1);
	must(handed_over > 0 || packet_was_freed(m) || in_place);
	must(all_drops() <= 1);
	take_frames_back();
	mesh_flush(&core);
	mesh_link_close(neighbours[0].link);
	mesh_core_close(core.mesh);
	packet_end(m);
	return 0;
}

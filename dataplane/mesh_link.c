/* SPDX-License-Identifier: Apache-2.0
 *
 * How frames leave by a neighbour's link: those of a turn share datagrams, the link's own
 * state rides along when there is something to acknowledge, and what asks for it is kept until
 * it is acknowledged.  What counts as lost, and when, is mesh/link.h's.  A neighbour that has
 * never spoken version 1 gets version 0, which knows no numbers of frames, so nothing is sent
 * to it twice.  Forwarding core that has the link, but for open and close, which are main's.
 */
#include <rte_random.h>
#include <string.h>
#include <sys/mman.h>

#include "dataplane/mesh_inside.h"

/* ---- Life ---- */

/* There is room for more frames than most links ever keep: what is not touched takes no
 * memory. */
struct mesh_link *
mesh_link_open(const struct sw_mesh_link *state, uint64_t now, uint64_t tsc_hz)
{
	struct mesh_link *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint16_t numbers = atomic_load_explicit(&state->numbers, memory_order_relaxed);

	if (l == MAP_FAILED)
		return NULL;
	(void)madvise(l, sizeof *l, MADV_NOHUGEPAGE);
	if (numbers == 0) /* most likely nobody was here before */
		numbers = (uint16_t)rte_rand();
	link_init(&l->link, (uint8_t)numbers, (uint8_t)(numbers >> 8),
		now / RTE_MAX(tsc_hz / 1000000, UINT64_C(1)));
	l->link.counts = (struct link_counts){.duplicates = state->duplicates,
		.resent = state->resent,
		.given_up = state->given_up,
		.acks_sent = state->acks_sent,
		.acks_heard = state->acks_heard};
	return l;
}

void
mesh_link_close(void *link)
{
	if (link != NULL)
		munmap(link, sizeof(struct mesh_link));
}

/* Do frames of the datagram that is open, or of the next one, have numbers? */
static bool
has_numbers(const struct mesh_neighbour *nb)
{
	struct mesh_link *l = nb->link;

	if (l->open == NULL)
		l->numbered =
			atomic_load_explicit(&nb->state->version, memory_order_relaxed) > 0;
	return l->numbered;
}

/* ---- Datagrams ---- */

static void
leave(struct lcore *lc, struct rte_mbuf *m)
{
	struct mesh_core *mc = lc->mesh;

	mc->leave[mc->leaving++] = m;
	if (mc->leaving < BURST)
		return;
	send_frames(lc, mc->leave, mc->leaving);
	mc->leaving = 0;
}

/* The next numbers are in the shared state before anybody sees these, so that whoever takes
 * over goes on behind them. */
static void
note_numbers(const struct mesh_neighbour *nb)
{
	const struct link *l = &nb->link->link;

	atomic_store_explicit(&nb->state->numbers,
		(uint16_t)((l->frame_seq & 0xff) << 8 | (l->seq & 0xff)),
		memory_order_relaxed);
}

/* Send M, a datagram to NB. */
static void
send_datagram(struct lcore *lc, const struct mesh_neighbour *nb, struct rte_mbuf *m)
{
	const struct path *path = atomic_load_explicit(&nb->path, memory_order_acquire);
	enum drop why = address_by(path, m);

	if (why != DROPS) {
		drop(lc, m, why);
		return;
	}
	count_add(&nb->state->tx_datagrams, 1);
	leave(lc, m);
}

/* A datagram with room for an envelope in front.  NULL, and counted. */
static struct rte_mbuf *
datagram_of(struct lcore *lc, unsigned envelope)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(lc->copies);

	if (m == NULL) {
		count_add(&lc->count->drops[DROP_NO_MBUF], 1);
		return NULL;
	}
	rte_pktmbuf_append(m, (uint16_t)envelope); /* there is room */
	return m;
}

static void
close_datagram(struct lcore *lc, const struct mesh_neighbour *nb)
{
	struct mesh_link *l = nb->link;
	struct rte_mbuf *m = l->open;
	const struct sid *self = &mesh_map(lc->tables->mesh)->self[0];
	struct mesh_writer w = {.max = MESH_ENVELOPE};

	if (m == NULL)
		return;
	w.p = rte_pktmbuf_mtod(m, uint8_t *);
	if (has_numbers(nb))
		mesh_put_envelope(&w, self, MESH_UNICAST | MESH_HAS_SEQ,
			link_send(&l->link, l->waits, mesh_now_us(lc)));
	else
		mesh_put_envelope_0(&w, self, MESH_UNICAST);
	l->open = NULL;
	l->waits = false;
	note_numbers(nb);
	send_datagram(lc, nb, m);
}

/* ---- Frames ---- */

/* A frame in its two parts. */
struct parts {
	const uint8_t *head, *payload;
	uint16_t head_len, len;
};

/* Where a frame of SIZE bytes, and what stands between its parts, fits: the datagram that is
 * open, or the next one.  False: no packet buffer. */
static bool
make_room(struct lcore *lc, const struct mesh_neighbour *nb, unsigned size)
{
	struct mesh_link *l = nb->link;

	if (l->open != NULL && rte_pktmbuf_data_len(l->open) + size + 3 > MESH_DATAGRAM_MAX)
		close_datagram(lc, nb);
	if (l->open == NULL)
		l->open = datagram_of(lc, MESH_ENVELOPE - !has_numbers(nb));
	return l->open != NULL;
}

/* There is room for it. */
static void
write_frame(const struct mesh_neighbour *nb, const struct parts *f, uint8_t seq)
{
	struct mesh_link *l = nb->link;
	size_t between = l->numbered + sizeof f->len;
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(
		l->open, (uint16_t)(f->head_len + between + f->len));

	memcpy(p, f->head, f->head_len);
	p += f->head_len;
	if (l->numbered)
		*p++ = seq;
	*p++ = (uint8_t)(f->len >> 8);
	*p++ = (uint8_t)f->len;
	memcpy(p, f->payload, f->len);
	count_add(&nb->state->tx_frames, 1);
}

/* Send F once. */
static void
add_frame(struct lcore *lc, const struct mesh_neighbour *nb, const struct parts *f)
{
	if (make_room(lc, nb, (unsigned)f->head_len + f->len))
		write_frame(nb, f, link_frame_seq(&nb->link->link));
}

/* Put what is kept in PLACE into a datagram. */
static void
add_kept(struct lcore *lc, const struct mesh_neighbour *nb, unsigned place)
{
	struct mesh_link *l = nb->link;
	const struct mesh_kept *k = &l->kept[place];
	const struct parts f = {k->bytes, k->bytes + k->head_len, k->head_len, k->len};

	if (!make_room(lc, nb, (unsigned)k->head_len + k->len))
		return; /* it is tried again */
	write_frame(nb, &f, link_put(&l->link, place, mesh_now_us(lc)));
	l->waits = true;
}

/* Keep F until it is acknowledged, and send it. */
static void
add_and_keep(struct lcore *lc, const struct mesh_neighbour *nb, const struct parts *f)
{
	struct mesh_link *l = nb->link;
	unsigned place = link_keep(&l->link, mesh_now_us(lc));
	struct mesh_kept *k = &l->kept[place];

	k->head_len = f->head_len;
	k->len = f->len;
	memcpy(k->bytes, f->head, f->head_len);
	memcpy(k->bytes + f->head_len, f->payload, f->len);
	add_kept(lc, nb, place);
}

/* ---- Our link state ---- */

/* We hear the neighbour; and it is reached by us, which lets it acknowledge without delay. */
static void
write_link_state(const struct mesh_neighbour *nb, struct mesh_writer *w, uint64_t now)
{
	const struct link *l = &nb->link->link;
	bool unicast = link_is_unicast(l, now);
	const struct link_heard *h = &l->heard[unicast];
	struct link_record r = {.flags = LINK_HAS_INTERFACE |
					 (unicast ? LINK_UNICAST : LINK_BROADCAST) |
					 (h->any ? LINK_HAS_ACK : 0),
		.version = 1,
		.interface = nb->interface,
		.ack = h->last,
		.mask = h->mask,
		.receiver.kind = MESH_ADDRESS_SENDER,
		.transmitter = mesh_by_prefix(&nb->sid)};

	mesh_put_ports(w, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	mesh_put_link_record(w, &r);
	r = (struct link_record){.flags = LINK_HAS_DROP_RATE,
		.version = 1,
		.receiver = mesh_by_prefix(&nb->sid),
		.transmitter.kind = MESH_ADDRESS_SENDER};
	mesh_put_link_record(w, &r);
}

/* Nothing but an envelope: lets a neighbour know that we can do version 1. */
static void
say_version(struct lcore *lc, const struct mesh_neighbour *nb)
{
	struct rte_mbuf *m = datagram_of(lc, MESH_ENVELOPE - 1);
	struct mesh_writer w = {.max = MESH_ENVELOPE};

	if (m == NULL)
		return;
	w.p = rte_pktmbuf_mtod(m, uint8_t *);
	mesh_put_envelope(&w, &mesh_map(lc->tables->mesh)->self[0], MESH_UNICAST, 0);
	send_datagram(lc, nb, m);
}

static void
say(struct lcore *lc, const struct mesh_neighbour *nb)
{
	uint8_t head[1 + 1 + MESH_PREFIX], body[96];
	const struct mesh_frame f = {.flags = MESH_ONE_HOP,
		.type = MESH_DATA,
		.destination = mesh_by_prefix(&nb->sid)};
	struct mesh_writer hw = {.p = head, .max = sizeof head},
			   bw = {.p = body, .max = sizeof body};
	struct link *l = &nb->link->link;
	struct parts parts;

	mesh_put_frame_head(&hw, &f);
	write_link_state(nb, &bw, mesh_now_us(lc));
	parts = (struct parts){head, body, (uint16_t)hw.len, (uint16_t)bw.len};
	add_frame(lc, nb, &parts);
	link_said(l, mesh_now_us(lc));
}

/* ---- Frames from elsewhere ---- */

/* The neighbour that M, which has come by a ring or from here, is for. */
static const struct mesh_neighbour *
neighbour_of(const struct lcore *lc, const struct meta *me)
{
	const struct mesh_neighbour *nb = mesh_neighbour(lc->tables->mesh, me->out.to_slot);

	return nb != NULL && nb->id == me->out.to_id && nb->core == lc->number ? nb : NULL;
}

void
mesh_take_frame(struct lcore *lc, struct rte_mbuf *m)
{
	struct meta *me = meta(m);
	const struct mesh_neighbour *nb = neighbour_of(lc, me);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint16_t len = rte_pktmbuf_data_len(m), head = me->out.payload;
	struct parts f;

	if (nb == NULL || mesh_map(lc->tables->mesh)->identities == 0) {
		drop(lc, m, DROP_MESH_NO_WAY);
		return;
	}
	if (len > MESH_FRAME_MAX || head == 0 || head > len) {
		drop(lc, m, DROP_TOO_LONG);
		return;
	}
	mesh_touch(lc->mesh, nb->slot);
	if (nb->link->link.counts.acks_sent == 0)
		say(lc, nb); /* the first frame of all may count as a repeat: link.c */
	f = (struct parts){p, p + head, head, (uint16_t)(len - head)};
	if (!has_numbers(nb))
		p[0] &= (uint8_t)~MESH_ACK_SOON;
	if (p[0] & MESH_ACK_SOON)
		add_and_keep(lc, nb, &f);
	else
		add_frame(lc, nb, &f);
	count_add(&nb->state->tx_audio, me->out.from_id != 0);
	rte_pktmbuf_free(m);
}

/* ---- The end of a turn ---- */

static void
note_counts(const struct mesh_neighbour *nb)
{
	const struct link *l = &nb->link->link;
	struct sw_mesh_link *st = nb->state;
	const struct {
		_Atomic uint64_t *to;
		uint64_t is;
	} counts[] = {{&st->duplicates, l->counts.duplicates}, {&st->resent, l->counts.resent},
		{&st->given_up, l->counts.given_up}, {&st->acks_sent, l->counts.acks_sent},
		{&st->acks_heard, l->counts.acks_heard}};

	for (unsigned i = 0; i < RTE_DIM(counts); i++)
		atomic_store_explicit(counts[i].to, counts[i].is, memory_order_relaxed);
	atomic_store_explicit(&st->rtt_us, l->rtt_us, memory_order_relaxed);
}

static void
flush_link(struct lcore *lc, unsigned slot)
{
	const struct mesh_neighbour *nb = mesh_neighbour(lc->tables->mesh, slot);
	struct mesh_link *l;
	struct link_work work;

	if (nb == NULL || nb->core != lc->number ||
		mesh_map(lc->tables->mesh)->identities == 0)
		return; /* it is due when there is something again */
	l = nb->link;
	link_run(&l->link, mesh_now_us(lc), &work);
	for (unsigned i = 0; i < work.again; i++)
		add_kept(lc, nb, work.place[i]);
	if (work.say || (l->open != NULL && l->link.since_ack > 0))
		say(lc, nb);
	if (work.say && !l->numbered)
		say_version(lc, nb);
	close_datagram(lc, nb);
	note_counts(nb);
	mesh_set_due(lc->mesh, slot, link_due(&l->link));
}

unsigned
mesh_flush(struct lcore *lc)
{
	struct mesh_core *mc = lc->mesh;
	unsigned links = 0;

	mesh_touch_due(lc);
	for (unsigned w = 0; w < RTE_DIM(mc->touched); w++)
		for (; mc->touched[w] != 0; mc->touched[w] &= mc->touched[w] - 1) {
			flush_link(lc, 64 * w + (unsigned)__builtin_ctzll(mc->touched[w]));
			links++;
		}
	if (mc->leaving > 0)
		send_frames(lc, mc->leave, mc->leaving);
	mc->leaving = 0;
	return links;
}

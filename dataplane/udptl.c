/* SPDX-License-Identifier: Apache-2.0
 *
 * What udptl.h says, but for the making of datagrams (udptl_make.c).  T.38 says in words and
 * figures what a message of parity is about: with E of them in datagram N, the one at place M
 * (from 0 on) is about N + M - E, N + M - 2E and so on, as many as the span says. */
#include "dataplane/udptl.h"

#include <errno.h>
#include <string.h>

#include "dataplane/ifp.h"

/* ---- A datagram.  Lengths and counts: X.691 section 10.9, below 16,384. ---- */

struct at {
	const uint8_t *p;
	size_t left;
};

enum {
	SHORT_MAX = 0x7f, /* a length in one octet */
	LONG = 0x80,      /* one in two, of 14 bits */
	FRAGMENTED = 0xc0,
	PARITY = 0x80, /* the second alternative of error-recovery */
};

static bool
get_length(struct at *a, size_t *n)
{
	if (a->left == 0)
		return false;
	if (a->p[0] <= SHORT_MAX) {
		*n = a->p[0];
		a->p++;
		a->left--;
		return true;
	}
	if (a->p[0] >= FRAGMENTED || a->left < 2)
		return false;
	*n = (size_t)(a->p[0] & ~LONG) << 8 | a->p[1];
	a->p += 2;
	a->left -= 2;
	return true;
}

static bool
get_ifp(struct at *a, struct udptl_ifp *ifp)
{
	size_t n;

	if (!get_length(a, &n) || n > a->left || n > UDPTL_IFP_MAX)
		return false;
	*ifp = (struct udptl_ifp){.p = a->p, .len = (uint16_t)n};
	a->p += n;
	a->left -= n;
	return true;
}

/* fec-npackets, an INTEGER without bounds: its length, which is one for all that make sense,
 * and itself. */
static bool
get_span(struct at *a, uint8_t *span)
{
	if (a->left < 2 || a->p[0] != 1 || a->p[1] > SHORT_MAX)
		return false;
	*span = a->p[1];
	a->p += 2;
	a->left -= 2;
	return true;
}

static bool
get_parts(struct at *a, struct udptl_packet *out)
{
	struct udptl_ifp part;
	size_t n;

	if (!get_length(a, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!get_ifp(a, &part))
			return false;
		if (i < UDPTL_PARTS)
			out->part[out->parts++] = part;
	}
	/* Which packets a message of parity is about follows from how many there are. */
	return out->correction != SW_FAX_FEC || n <= UDPTL_PARTS;
}

int
udptl_parse(const uint8_t *p, size_t len, struct udptl_packet *out)
{
	struct at a;

	out->parts = 0;
	out->span = 0;
	if (len < 2)
		return -EBADMSG;
	a = (struct at){.p = p + 2, .left = len - 2};
	out->number = (uint16_t)(p[0] << 8 | p[1]);
	/* One bit says which correction there is, and seven pad it. */
	if (!get_ifp(&a, &out->primary) || a.left == 0 || (a.p[0] & ~PARITY) != 0)
		return -EBADMSG;
	out->correction = (a.p[0] & PARITY) != 0 ? SW_FAX_FEC : SW_FAX_REDUNDANCY;
	a.p++;
	a.left--;
	if (out->correction == SW_FAX_FEC && !get_span(&a, &out->span))
		return -EBADMSG;
	return get_parts(&a, out) ? 0 : -EBADMSG;
}

/* ---- What arrives. ---- */

static struct udptl_kept *
place_of(struct udptl_rx *rx, uint16_t number)
{
	return &rx->kept[number % UDPTL_KEPT];
}

static struct udptl_kept *
find(struct udptl_rx *rx, uint16_t number)
{
	struct udptl_kept *k = place_of(rx, number);

	return k->is_there && k->number == number ? k : NULL;
}

static void
keep(struct udptl_rx *rx, uint16_t number, const struct udptl_ifp *ifp)
{
	struct udptl_kept *k = place_of(rx, number);

	k->number = number;
	k->len = ifp->len;
	k->is_there = true;
	if (ifp->len > 0)
		memcpy(k->ifp, ifp->p, ifp->len);
}

void
udptl_rx_init(struct udptl_rx *rx, unsigned version)
{
	*rx = (struct udptl_rx){.version = (uint8_t)version, .straggler = -1};
}

/* By copies: those that have not come, of the last BEHIND numbers. */
static unsigned
recover_copies(struct udptl_rx *rx, const struct udptl_packet *in, unsigned behind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < in->parts && i < behind; i++) {
		uint16_t number = (uint16_t)(in->number - 1 - i);

		if (in->part[i].len == 0 || find(rx, number) != NULL)
			continue;
		keep(rx, number, &in->part[i]);
		n++;
	}
	return n;
}

/* Is the one that is missing, of those that message M of IN is about, one of the last BEHIND?
 * False: none is, or more than one, or an older one. */
static bool
is_one_missing(struct udptl_rx *rx, const struct udptl_packet *in, unsigned m, unsigned behind,
	uint16_t *number)
{
	unsigned missing = 0;

	for (unsigned i = 1; i <= in->span; i++) {
		unsigned back = i * in->parts - m;

		if (back > UDPTL_KEPT - 1)
			return false; /* so far back nothing is known any more */
		if (find(rx, (uint16_t)(in->number - back)) != NULL)
			continue;
		*number = (uint16_t)(in->number - back);
		if (missing++ > 0 || back > behind)
			return false;
	}
	return missing == 1;
}

/* NUMBER is what all others that message M is about make of it, with zeros behind it if one of
 * them is longer: give_on() sees what is of it. */
static void
recover_by_parity(
	struct udptl_rx *rx, const struct udptl_packet *in, unsigned m, uint16_t number)
{
	struct udptl_kept *k = place_of(rx, number);

	keep(rx, number, &in->part[m]);
	for (unsigned i = 1; i <= in->span; i++) {
		const struct udptl_kept *other =
			find(rx, (uint16_t)(in->number - (i * in->parts - m)));

		for (unsigned b = 0; other != k && b < other->len && b < k->len; b++)
			k->ifp[b] ^= other->ifp[b];
	}
}

/* By parity. */
static unsigned
recover_parity(struct udptl_rx *rx, const struct udptl_packet *in, unsigned behind)
{
	unsigned n = 0;
	uint16_t number;

	for (unsigned m = 0; m < in->parts && behind > 0; m++) {
		if (in->part[m].len == 0 || !is_one_missing(rx, in, m, behind, &number))
			continue;
		recover_by_parity(rx, in, m, number);
		n++;
	}
	return n;
}

/* Give on what there is of NUMBER. */
static void
give_on(struct udptl_rx *rx, uint16_t number, struct transcode_counts *counts,
	udptl_deliver *deliver, void *arg)
{
	const struct udptl_kept *k = find(rx, number);
	int len;

	if (k == NULL) {
		counts->lost++;
		rx->missing++;
		return;
	}
	if (k->len == 0) /* nothing but a number, to keep a way open */
		return;
	len = ifp_length(k->ifp, k->len, rx->version);
	if (len < 0) {
		counts->malformed++;
		rx->missing++;
		return;
	}
	counts->frames++;
	deliver(arg, k->ifp, (size_t)len, rx->missing);
	rx->missing = 0;
}

/* The first datagram of all, or of another numbering.  The copies in it are of datagrams that
 * were sent and have not come. */
static void
begin_at(struct udptl_rx *rx, const struct udptl_packet *in)
{
	unsigned before = in->correction == SW_FAX_REDUNDANCY ? in->parts : 0;

	for (unsigned i = 0; i < UDPTL_KEPT; i++)
		rx->kept[i].is_there = false;
	rx->next = (uint16_t)(in->number - (before < in->number ? before : in->number));
	rx->has_begun = true;
	rx->straggler = -1;
	rx->strange = 0;
}

/* Was NUMBER another packet's than IFP?  One that parity has brought back may have zeros
 * behind it. */
static bool
is_another(struct udptl_rx *rx, uint16_t number, const struct udptl_ifp *ifp)
{
	const struct udptl_kept *k = find(rx, number);

	return k != NULL && ifp->len > 0 &&
	       (ifp->len > k->len || memcmp(ifp->p, k->ifp, ifp->len) != 0);
}

/* May IN, BACK before what is to come, be of another numbering?  It is too old to be merely
 * late, or a number in it was another packet's: its own, or that of a copy. */
static bool
is_strange(struct udptl_rx *rx, const struct udptl_packet *in, unsigned back)
{
	bool is = is_another(rx, in->number, &in->primary);

	for (unsigned i = 0; i < in->parts && in->correction == SW_FAX_REDUNDANCY; i++)
		is = is || is_another(rx, (uint16_t)(in->number - 1 - i), &in->part[i]);
	return is || (back > UDPTL_KEPT && find(rx, in->number) == NULL);
}

/* IN, BACK before what is to come.  Is it the second such one in a row of stragglers, with
 * none between them that goes on?  That is a source that counts anew, as in reorder.c.  Those
 * in the row that are what came under their numbers prove nothing: the same indicators and
 * flags begin every fax. */
static bool
begins_anew(struct udptl_rx *rx, const struct udptl_packet *in, unsigned back)
{
	bool is = is_strange(rx, in, back);

	if (rx->straggler != in->number)
		rx->strange = 0;
	rx->straggler = (uint16_t)(in->number + 1);
	rx->strange += is;
	return is && rx->strange > 1;
}

/* How many datagrams are missing before IN; -1: it belongs before what has come. */
static int
place(struct udptl_rx *rx, const struct udptl_packet *in, struct transcode_counts *counts)
{
	int16_t ahead = (int16_t)(in->number - rx->next);

	if (!rx->has_begun || ahead > UDPTL_JUMP || ahead < -UDPTL_JUMP ||
		(ahead < 0 && begins_anew(rx, in, (unsigned)-ahead))) {
		counts->jumps += rx->has_begun;
		begin_at(rx, in);
		return (uint16_t)(in->number - rx->next);
	}
	if (ahead >= 0) {
		rx->straggler = -1;
		return ahead;
	}
	if (find(rx, in->number) != NULL)
		counts->duplicates++;
	else
		counts->late++;
	return -1;
}

void
udptl_take(struct udptl_rx *rx, const uint8_t *p, size_t len, struct transcode_counts *counts,
	udptl_deliver *deliver, void *arg)
{
	struct udptl_packet in;
	int behind;

	counts->packets_in++;
	if (udptl_parse(p, len, &in) != 0) {
		counts->malformed++;
		return;
	}
	behind = place(rx, &in, counts);
	if (behind < 0)
		return;
	keep(rx, in.number, &in.primary);
	counts->recovered += (in.correction == SW_FAX_FEC ? recover_parity : recover_copies)(
		rx, &in, (unsigned)behind);
	for (int i = 0; i <= behind; i++)
		give_on(rx, rx->next++, counts, deliver, arg);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams of UDPTL that leave: see udptl.h. */
#include <errno.h>
#include <string.h>

#include "dataplane/udptl.h"

enum {
	SPAN = 3, /* IFP packets behind a message of parity, if as many have been sent */
	SHORT_MAX = 0x7f, /* lengths: udptl.c */
	LONG = 0x80,
	PARITY = 0x80,
};

static_assert(SPAN * SW_FAX_DEPTH_MAX < UDPTL_KEPT, "all that parity is about is there");

/* A datagram under way. */
struct made {
	uint8_t *p;
	size_t len, most;
};

void
udptl_tx_init(struct udptl_tx *tx, const struct sw_fax *conf, uint16_t number)
{
	*tx = (struct udptl_tx){.number = number,
		.most = SW_FAX_DATAGRAM_MAX,
		.correction = conf->correction,
		.depth = conf->depth};
	if (conf->max_datagram != 0 && conf->max_datagram < tx->most)
		tx->most = conf->max_datagram;
}

static void
put(struct made *m, const uint8_t *p, size_t len)
{
	memcpy(m->p + m->len, p, len);
	m->len += len;
}

static void
put_length(struct made *m, size_t n)
{
	const uint8_t octets[2] = {(uint8_t)(LONG | n >> 8), (uint8_t)n};

	if (n > SHORT_MAX)
		put(m, octets, 2);
	else
		put(m, octets + 1, 1);
}

static size_t
size_of(size_t len)
{
	return len + (len > SHORT_MAX ? 2 : 1);
}

/* The one sent BACK datagrams ago. */
static const struct udptl_kept *
sent(const struct udptl_tx *tx, unsigned back)
{
	return &tx->kept[(uint16_t)(tx->number - back) % UDPTL_KEPT];
}

/* As many copies as are wanted and fit. */
static void
put_copies(struct made *m, const struct udptl_tx *tx, unsigned wanted)
{
	size_t len = m->len + 2;
	unsigned n = 0;

	while (n < wanted && n < tx->sent && len + size_of(sent(tx, n + 1)->len) <= m->most)
		len += size_of(sent(tx, ++n)->len);
	put(m, (const uint8_t[]){0}, 1);
	put_length(m, n);
	for (unsigned i = 1; i <= n; i++) {
		put_length(m, sent(tx, i)->len);
		put(m, sent(tx, i)->ifp, sent(tx, i)->len);
	}
}

/* Message AT of PARTS, each about SPAN packets, into OUT; its length. */
static size_t
parity(const struct udptl_tx *tx, unsigned at, unsigned parts, unsigned span,
	uint8_t out[UDPTL_IFP_MAX])
{
	size_t len = 0;

	memset(out, 0, UDPTL_IFP_MAX);
	for (unsigned i = 1; i <= span; i++) {
		const struct udptl_kept *k = sent(tx, i * parts - at);

		for (size_t b = 0; b < k->len; b++)
			out[b] ^= k->ifp[b];
		len = k->len > len ? k->len : len;
	}
	return len;
}

/* PARTS messages of parity.  False: they do not fit, or too little has been sent. */
static bool
put_parity(struct made *m, const struct udptl_tx *tx, unsigned parts)
{
	unsigned span = tx->sent / parts < SPAN ? tx->sent / parts : SPAN;
	struct made was = *m;
	uint8_t message[UDPTL_IFP_MAX];

	if (span == 0 || m->len + 4 > m->most)
		return false;
	put(m, (const uint8_t[]){PARITY, 1, (uint8_t)span, (uint8_t)parts}, 4);
	for (unsigned at = 0; at < parts; at++) {
		size_t len = parity(tx, at, parts, span, message);

		if (m->len + size_of(len) > m->most) {
			*m = was;
			return false;
		}
		put_length(m, len);
		put(m, message, len);
	}
	return true;
}

static void
remember(struct udptl_tx *tx, const uint8_t *p, size_t len)
{
	struct udptl_kept *k = &tx->kept[tx->number % UDPTL_KEPT];

	k->len = (uint16_t)len;
	memcpy(k->ifp, p, len);
	tx->number++;
	tx->sent += tx->sent < UDPTL_KEPT - 1;
}

int
udptl_make(struct udptl_tx *tx, const uint8_t *p, size_t len, uint8_t *out)
{
	struct made m = {.p = out, .most = tx->most};
	unsigned parts = tx->correction == SW_FAX_FEC ? tx->depth : 0;

	/* A packet that is larger than the far side says that it takes is still better sent
	 * than not. */
	if (2 + size_of(len) + 2 > SW_FAX_DATAGRAM_MAX)
		return -EMSGSIZE;
	put(&m, (const uint8_t[]){(uint8_t)(tx->number >> 8), (uint8_t)tx->number}, 2);
	put_length(&m, len);
	put(&m, p, len);
	while (parts > 0 && !put_parity(&m, tx, parts))
		parts--;
	if (parts == 0)
		put_copies(&m, tx, tx->correction == SW_FAX_REDUNDANCY ? tx->depth : 0);
	remember(tx, p, len);
	return (int)m.len;
}

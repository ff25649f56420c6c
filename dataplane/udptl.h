/* SPDX-License-Identifier: Apache-2.0
 *
 * UDPTL, the datagrams that T.38 travels in: one IFP packet each, numbered, and something
 * against the loss of those before it: copies of them, or parity.  What has come in order is
 * given on at once, and so is what was lost as soon as a later datagram brings it back;
 * nothing is ever waited for, so what no later datagram can bring back is lost at once as
 * well.
 *
 * Pure, no allocation; a transcode core.  ITU-T T.38 section 9.1 (syntax in annex A). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/switch.h"

enum {
	UDPTL_IFP_MAX = 1400, /* bytes of one IFP packet */
	UDPTL_PARTS = 16,     /* copies, or messages of parity, that are looked at */
	UDPTL_KEPT = 32,      /* IFP packets that parity may be about; a power of two */
	UDPTL_JUMP = 256,     /* more missing at once is no loss, but a beginning */
};

static_assert(
	(int)UDPTL_PARTS < (int)UDPTL_KEPT, "a copy has its place beside what it came with");

/* ---- A datagram. ---- */

struct udptl_ifp {
	const uint8_t *p;
	uint16_t len; /* 0: there is none */
};

struct udptl_packet {
	uint16_t number;
	uint8_t correction; /* enum sw_fax_correction: what `part` is */
	uint8_t span;       /* IFP packets behind each message of parity */
	uint8_t parts;
	struct udptl_ifp primary;
	struct udptl_ifp part[UDPTL_PARTS]; /* copies: of number - 1, - 2, ... */
};

/* What is in a datagram of LEN bytes at P, which OUT points into.  0; -EBADMSG. */
int udptl_parse(const uint8_t *p, size_t len, struct udptl_packet *out);

/* ---- What arrives. ---- */

struct udptl_kept {
	uint16_t number;
	uint16_t len;
	bool is_there;
	uint8_t ifp[UDPTL_IFP_MAX];
};

struct udptl_rx {
	uint16_t next; /* number of the datagram that is to come */
	bool has_begun;
	uint8_t version;   /* of T.38: struct sw_fax */
	uint8_t strange;   /* how many stragglers in a row seem to be of another numbering */
	unsigned missing;  /* in front of the packet that is given on next */
	int32_t straggler; /* the number behind that of the datagram that came last, if that
			    * one belonged before what had come; -1: it did not */
	struct udptl_kept kept[UDPTL_KEPT];
};

/* An IFP packet, LEN bytes at P (until the call returns), in front of which MISSING are
 * lost. */
typedef void udptl_deliver(void *arg, const uint8_t *p, size_t len, unsigned missing);

/* VERSION: of T.38. */
void udptl_rx_init(struct udptl_rx *rx, unsigned version);

/* A datagram has come; DELIVER is called for all IFP packets that it brings.  Counts, in
 * COUNTS: packets_in, frames (IFP packets given on), recovered, lost, late, duplicates,
 * jumps, malformed. */
void udptl_take(struct udptl_rx *rx, const uint8_t *p, size_t len,
	struct transcode_counts *counts, udptl_deliver *deliver, void *arg);

/* ---- What leaves. ---- */

struct udptl_tx {
	uint16_t number; /* of the next datagram */
	uint16_t sent;   /* before it, and still in `kept`; at most UDPTL_KEPT */
	uint16_t most;   /* bytes of a datagram */
	uint8_t correction;
	uint8_t depth;
	struct udptl_kept kept[UDPTL_KEPT];
};

void udptl_tx_init(struct udptl_tx *tx, const struct sw_fax *conf, uint16_t number);

/* The next datagram, with the IFP packet of LEN bytes at P, into OUT, which has room for
 * SW_FAX_DATAGRAM_MAX bytes.  How many it has: what does not fit of the correction is left
 * out.  -EMSGSIZE: not even the packet fits. */
int udptl_make(struct udptl_tx *tx, const uint8_t *p, size_t len, uint8_t *out);

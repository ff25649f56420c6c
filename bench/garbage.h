/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets that nobody asked for, at a rate, from one phone to ports of the relay that are
 * chosen at random: for `flood`, and for `load`, beside its calls.  What is random is so from
 * packet to packet: the relay can neither learn nor cache anything of it.  One thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bench/wire.h"

struct port;

enum { GARBAGE_STUN = 28 /* bytes of a STUN request: header and one attribute */ };

struct garbage_kind {
	const char *name; /* "rtp" */
	const char *help;
	bool unused; /* beside calls it goes where none of them is */
	/* Write a datagram of up to ROOM >= GARBAGE_STUN bytes.  Its length. */
	unsigned (*write)(uint64_t *random, uint8_t *out, unsigned room);
};

const struct garbage_kind *garbage_kind(const char *name); /* NULL: there is none */
void garbage_list_kinds(void);                             /* on stdout, for --help */

struct garbage {
	/* Filled in by the caller. */
	const struct garbage_kind *kind;
	double rate;                  /* packets/s */
	unsigned payload;             /* bytes of each datagram */
	struct port *port;            /* leaves by */
	struct wire_end from, to;     /* from.addr.port is the first that it is from ... */
	unsigned from_ports;          /* ... of so many; to.addr.port counts for nothing: */
	uint16_t to_port[UINT16_MAX]; /* ports that it goes to */
	unsigned to_ports;
	/* By garbage_begin() and garbage_pour(). */
	uint64_t sent, refused;
	uint64_t began, issued; /* sent, refused, or too late to be sent */
	uint64_t random;        /* xorshift */
	uint8_t head[WIRE_HEAD_MAX];
	unsigned at; /* bytes of it */
};

/* All ports from FIRST to LAST but those that TAKEN (NULL: none is) says. */
void garbage_aim(struct garbage *g, unsigned first, unsigned last, const bool *taken);

/* From NOW (ns of clock_ns()) on; counts from 0. */
void garbage_begin(struct garbage *g, uint64_t now);

/* Send what is due by NOW, at most a burst.  How many were due. */
unsigned garbage_pour(struct garbage *g, uint64_t now);

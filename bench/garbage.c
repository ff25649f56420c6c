/* SPDX-License-Identifier: Apache-2.0
 *
 * The makers and the tap behind garbage.h.  One thread. */
#include "bench/garbage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/port.h"

enum {
	STUN_COOKIE = 0x2112a442,
	BACKLOG_US = 2000, /* held up, garbage catches up on so much */
};

/* ---- What is sent ---- */

static uint64_t
next_random(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned
write_noise(uint64_t *random, uint8_t *out, unsigned room)
{
	for (unsigned i = 0; i < room; i += 8) {
		uint64_t r = next_random(random);

		memcpy(out + i, &r, room - i < 8 ? room - i : 8);
	}
	return room;
}

/* A header that parses, and a tag that does not fit. */
static unsigned
write_rtp(uint64_t *random, uint8_t *out, unsigned room)
{
	write_noise(random, out, room);
	wire_rtp(out, 0, (uint16_t)next_random(random), (uint32_t)next_random(random),
		(uint32_t)next_random(random));
	return room;
}

/* A binding request with a PRIORITY (RFC 8489 section 5, RFC 8445 section 7.1.1). */
static unsigned
write_stun(uint64_t *random, uint8_t *out, unsigned room)
{
	write_noise(random, out, GARBAGE_STUN);
	put16(out, 0x0001);
	put16(out + 2, GARBAGE_STUN - 20);
	put16(out + 4, STUN_COOKIE >> 16);
	put16(out + 6, STUN_COOKIE & 0xffff);
	put16(out + 20, 0x0024);
	put16(out + 22, 4);
	return GARBAGE_STUN;
}

static const struct garbage_kind kinds[] = {
	{"rtp", "RTP with random SSRC, number and content: a wrong tag where SRTP is expected",
		false, write_rtp},
	{"noise", "random bytes", true, write_noise},
	{"stun", "STUN binding requests", false, write_stun},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

const struct garbage_kind *
garbage_kind(const char *name)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

void
garbage_list_kinds(void)
{
	for (unsigned i = 0; i < KINDS; i++)
		printf("  %-8s %s\n", kinds[i].name, kinds[i].help);
}

/* ---- Sending ---- */

void
garbage_aim(struct garbage *g, unsigned first, unsigned last, const bool *taken)
{
	g->to_ports = 0;
	for (unsigned port = first; port <= last; port++)
		if (taken == NULL || !taken[port])
			g->to_port[g->to_ports++] = (uint16_t)port;
}

void
garbage_begin(struct garbage *g, uint64_t now)
{
	g->sent = g->refused = g->issued = 0;
	g->began = now;
	g->random = now | 1;
	g->at = wire_head(g->head, &g->from, &g->to, 0);
}

/* Fill FRAME; its length. */
static uint16_t
make(struct garbage *g, uint8_t *frame)
{
	uint8_t *udp = frame + g->at - WIRE_UDP;
	uint64_t r = next_random(&g->random);
	unsigned len;

	memcpy(frame, g->head, g->at);
	put16(udp, g->from.addr.port + (unsigned)(r & 0xffff) % g->from_ports);
	put16(udp + 2, g->to_port[(r >> 16 & 0xffffff) % g->to_ports]);
	len = g->kind->write(&g->random, frame + g->at, g->payload);
	wire_finish(frame, g->at, len);
	return (uint16_t)(g->at + len);
}

static void
send_some(struct garbage *g, unsigned n)
{
	uint8_t *frame[PORT_BURST];
	uint16_t len[PORT_BURST];
	unsigned room = port_room(g->port, frame, n), sent;

	for (unsigned i = 0; i < room; i++)
		len[i] = make(g, frame[i]);
	sent = port_send(g->port, len, room);
	g->sent += sent;
	g->refused += n - sent;
}

unsigned
garbage_pour(struct garbage *g, uint64_t now)
{
	const double per_ns = g->rate / 1e9;
	const uint64_t backlog = (uint64_t)fmax(g->rate * BACKLOG_US / 1e6, PORT_BURST);
	uint64_t due = (uint64_t)((double)(now - g->began) * per_ns) - g->issued;

	if (due > backlog)
		g->issued += due - backlog;
	if (due > PORT_BURST)
		due = PORT_BURST;
	if (due > 0)
		send_some(g, (unsigned)due);
	g->issued += due;
	return (unsigned)due;
}

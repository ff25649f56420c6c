/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes a T.38 gateway, SpanDSP and all: any datagrams and any RTP at any time, in any
 *version. Whatever comes, datagrams that leave are numbered one behind the other, are read
 *again by udptl_parse(), and are no longer than was asked for or than their one IFP packet;
 *sound leaves when it is due, and the timer asks for nothing that it then does not do.  What
 *arrives lies in blocks of its very size.
 *
 *	conf (5 bytes), then events: kind (1), len (1), time (1), bytes; of kind
 *	0 a datagram as it stands, 1 one with the next number and what follows as its IFP
 *packet, 2 RTP, 3 nothing, for long */
#include <stdlib.h>
#include <string.h>

#include "dataplane/fax.h"
#include "dataplane/udptl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MAX = 200, CONF = 5, HEAD = 3 };

struct run {
	struct fax *fax;
	struct fax_voice *voice;
	uint64_t now_us;
	uint16_t most, number, next; /* next: of what comes */
	bool has_sent;
	struct transcode_in in;
};

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
leaves(void *arg, const uint8_t *p, size_t len)
{
	struct run *r = arg;
	struct udptl_packet is;

	must(len <= SW_FAX_DATAGRAM_MAX && udptl_parse(p, len, &is) == 0);
	must(is.parts == 0 || len <= r->most);
	must(!r->has_sent || is.number == (uint16_t)(r->number + 1) || is.number == r->number);
	r->has_sent = true;
	r->number = is.number;
}

static void
open_run(struct run *r, const uint8_t *c)
{
	struct sw_state st = {.transcoders = 1};
	struct sw_bridge a = {.kind = SW_BRIDGE_FAX}, b = {.kind = SW_BRIDGE_FAX};

	a.fax.version = c[0] % (SW_FAX_VERSION_MAX + 1);
	a.fax.correction = c[1] % SW_FAX_CORRECTIONS;
	a.fax.depth = a.fax.correction == SW_FAX_NONE ? 0 : 1 + c[2] % SW_FAX_DEPTH_MAX;
	a.fax.flags = c[3] & SW_FAX_FLAGS & ~SW_FAX_NO_V27TER;
	a.fax.max_datagram = (uint16_t)(SW_FAX_DATAGRAM_MIN + c[4] * 6);
	r->most = a.fax.max_datagram;
	must(codec_static(8, &a.transcode.from[0]) == 0 &&
		codec_static(0, &a.transcode.from[1]) == 0 &&
		codec_static(0, &b.transcode.to[0]) == 0);
	a.transcode.window_us = c[4] * 1000u;
	must(sw_check_bridge(&a, &st) == 0 && sw_check_bridge(&b, &st) == 0);
	r->fax = fax_open(&a);
	r->voice = fax_voice_open(&b.transcode.to[0]);
	must(r->fax != NULL && r->voice != NULL);
	fax_voice_begin(r->voice, r->now_us);
}

/* Time passes as it does on a core. */
static void
wait_for(struct run *r, uint64_t us)
{
	uint64_t until = r->now_us + us;

	for (;;) {
		uint64_t voice = fax_voice_due(r->voice), due = fax_due(r->fax);
		const uint8_t *payload;
		uint32_t skipped;

		if (voice > until && due > until)
			break;
		r->now_us = voice < due ? voice : due > r->now_us ? due : r->now_us;
		if (due <= r->now_us) {
			fax_run(r->fax, r->now_us, leaves, r);
			must(fax_due(r->fax) > r->now_us);
		}
		if (voice <= r->now_us) {
			must(fax_voice_speak(
				     r->voice, r->fax, r->now_us, &payload, &skipped) == 160 &&
				skipped == 0);
			must(fax_voice_due(r->voice) > r->now_us);
		}
	}
	r->now_us = until;
}

static void
datagram(struct run *r, bool made, const uint8_t *p, size_t len)
{
	uint8_t *exact = malloc(len + 6);
	size_t n = len;

	must(exact != NULL);
	memcpy(exact, p, len);
	if (made && len < 128) {
		exact[0] = (uint8_t)(r->next >> 8);
		exact[1] = (uint8_t)r->next;
		exact[2] = (uint8_t)len;
		memcpy(exact + 3, p, len);
		exact[3 + len] = exact[4 + len] = 0;
		n = len + 5;
		r->next++;
	}
	exact = realloc(exact, n > 0 ? n : 1);
	must(exact != NULL);
	fax_take(r->fax, exact, n, fax_voice_counts(r->voice));
	free(exact);
}

static void
rtp(struct run *r, const uint8_t *p, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	must(exact != NULL);
	memcpy(exact, p, len);
	if (len > 0) {
		r->in.index += (p[0] & 7) - 1;
		r->in.timestamp += (p[0] & 8) != 0 ? p[0] * 100u : 160;
		r->in.payload_type = (p[0] >> 4 & 3) == 3 ? 101 : (p[0] & 16) != 0 ? 0 : 8;
		r->in.ssrc += (p[0] >> 6) == 3;
	}
	r->in.len = (uint16_t)len;
	r->in.payload = exact;
	fax_hear(r->fax, &r->in, r->now_us, leaves, r);
	free(exact); /* nobody keeps it */
}

/* How many bytes it took. */
static size_t
event(struct run *r, const uint8_t *data, size_t size)
{
	size_t len = data[1] < size - HEAD ? data[1] : size - HEAD;

	if (data[0] % 4 < 2)
		datagram(r, data[0] % 4 == 1, data + HEAD, len);
	else if (data[0] % 4 == 2)
		rtp(r, data + HEAD, len);
	wait_for(r, data[2] * (data[0] % 4 == 3 ? UINT64_C(20000) : UINT64_C(500)));
	return HEAD + (data[0] % 4 == 3 ? 0 : len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = {.now_us = 1, .in = {.index = 100, .timestamp = 1000}};

	if (size < CONF)
		return 0;
	open_run(&r, data);
	data += CONF;
	size -= CONF;
	for (unsigned n = 0; size > HEAD && n < EVENTS_MAX; n++) {
		size_t used = event(&r, data, size);

		data += used;
		size -= used;
	}
	must(fax_counts(r.fax)->packets_in >= fax_counts(r.fax)->frames);
	fax_close(r.fax);
	fax_voice_close(r.voice);
	return 0;
}

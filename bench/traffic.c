/* SPDX-License-Identifier: Apache-2.0
 *
 * The streams behind traffic.h.  The generator's one thread. */
#include "bench/traffic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/clock.h"

enum {
	WINDOW_MIN = 64,
	WINDOW_MAX = 16384, /* a quarter of the sequence numbers */
	FIRST_MAX = 0x7fff, /* RFC 3711 3.3.1: a first number in the lower half cannot hide a
			       wrap */
	REPLAY_S = 4,       /* seconds that a replay may be old */
};

/* Room for so many of one stream's packets. */
static unsigned
window_for(double packets)
{
	unsigned window = WINDOW_MIN;

	while (window < packets && window < WINDOW_MAX)
		window *= 2;
	return window;
}

static int
open_key(struct seal **seal, const struct sw_key *key, bool unseal)
{
	if (key->suite == SW_SUITE_PLAIN)
		return 0;
	*seal = seal_open(key, unseal);
	return *seal != NULL ? 0 : -errno;
}

/* The packet index that stream I begins with. */
static int
first_index(const struct traffic *t, unsigned i, uint64_t *first)
{
	uint64_t before = t->conf.roll_over * (uint64_t)i / t->streams;

	if (t->conf.roll_over != 0) {
		*first = 0xffff - (before < FIRST_MAX ? before : FIRST_MAX);
		return 0;
	}
	if (getrandom(first, sizeof *first, 0) < 0)
		return -errno;
	*first %= FIRST_MAX;
	return 0;
}

/* FROM talks, TO hears it; they are the same where the relay is a mere reflector. */
static int
open_stream(struct traffic *t, struct stream *s, unsigned side, const struct leg *from,
	const struct leg *to)
{
	struct wire_end phone = {.addr = from->phone}, relay = {.addr = from->relay};
	const struct sw_key *heard = t->conf.reflect ? &from->phone_key : &to->relay_key;
	int error;

	s->port = (uint8_t)(side % t->ports);
	s->back = t->conf.reflect ? s->port : (uint8_t)(!side % t->ports);
	s->back_to = t->conf.reflect ? 0 : to->phone.port;
	memcpy(phone.mac, t->port[s->port]->mac, 6);
	memcpy(relay.mac, from->relay_mac, 6);
	s->rtp_at = (uint8_t)wire_head(s->head, &phone, &relay, 46);
	error = open_key(&s->seal, &from->phone_key, false);
	return error != 0 ? error : open_key(&s->unseal, heard, true);
}

int
traffic_open(struct traffic *t, const struct traffic_conf *conf, struct port *a,
	struct port *b, const struct call *calls, unsigned n)
{
	unsigned sides = conf->reflect || conf->one_way ? 1 : 2;
	int error = -ENOMEM;

	memset(t, 0, sizeof *t);
	t->conf = *conf;
	t->port[0] = a;
	t->port[1] = b;
	t->ports = a == b ? 1 : 2;
	t->streams = n * sides;
	t->window =
		window_for(conf->rate_max / t->streams * (conf->replay > 0 ? REPLAY_S : 1));
	t->random = clock_ns() | 1;
	t->stream = calloc(t->streams, sizeof *t->stream);
	t->sent_at = calloc((size_t)t->streams * t->window, sizeof *t->sent_at);
	t->lane = seal_lane_open();
	if (t->stream == NULL || t->sent_at == NULL || t->lane == NULL)
		goto failed;
	for (unsigned i = 0; i < sizeof t->payload; i++)
		t->payload[i] = (uint8_t)(i * 167 + 13); /* shifted or cut, it is another */
	if (getrandom(&t->ssrc, sizeof t->ssrc, 0) < 0)
		goto failed;
	for (unsigned i = 0; i < t->streams; i++) {
		struct stream *s = &t->stream[i];
		const struct leg *leg = calls[i / sides].leg;
		unsigned side = i % sides;

		s->sent_at = t->sent_at + (size_t)i * t->window;
		if ((error = first_index(t, i, &s->first)) != 0)
			goto failed;
		error = open_stream(t, s, side, &leg[side], &leg[!side]);
		if (error != 0)
			goto failed;
	}
	traffic_reset(t);
	return 0;

failed:
	traffic_close(t);
	return error;
}

void
traffic_close(struct traffic *t)
{
	for (unsigned i = 0; t->stream != NULL && i < t->streams; i++) {
		seal_close(t->stream[i].seal);
		seal_close(t->stream[i].unseal);
	}
	if (t->lane != NULL)
		seal_lane_close(t->lane);
	free(t->stream);
	free(t->sent_at);
	memset(t, 0, sizeof *t);
}

void
traffic_reset(struct traffic *t)
{
	memset(t->sent_at, 0, (size_t)t->streams * t->window * sizeof *t->sent_at);
	memset(&t->tally, 0, sizeof t->tally);
	hist_reset(&t->tally.delay);
	gaps_reset(t, clock_ns());
	t->since = t->number + 1;
	for (unsigned i = 0; i < t->ports; i++)
		port_missed(t->port[i]);
}

uint64_t
traffic_sent_by(const struct traffic *t, unsigned i)
{
	return t->number + (i < t->next ? 1 : 0);
}

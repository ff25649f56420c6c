/* SPDX-License-Identifier: Apache-2.0
 *
 * What a packet is whose turn has come, by its timestamp: the next piece of sound, or sound
 * after a loss, which is made up (from what the next packet repeats of it, by the decoder, by
 * plc.h, in this order), or after a pause, which stays one.  And what is made up when nothing
 * comes to a party that needs something.  See transcode_inside.h. */
#include <string.h>

#include "dataplane/transcode_inside.h"

enum {
	NOISE_US = 30000000, /* of a pause that one CN describes */
	PAUSE_US = 60000,    /* without packets: a codec that pauses by itself does */
	JUMP_US = 500000,    /* of timestamps against arrival */
	SLOPPY = 200,        /* a 200th of a second: timestamps this far off mean nothing */
	BEHIND_US = 200000,  /* a fill that is due for so long is not made up for */
	STEP_MIN_US = 10000, /* of a fill: a packet may be one sample */
	CLOCK_PROOF = 5,     /* packets by which it is seen that a clock is another */
};

/* What E hears next has nothing to do with what it has heard. */
static void
forget(const struct ear *e)
{
	e->codec->decoder_reset(e->decoder);
	if (e->plc != NULL)
		plc_reset(e->plc);
	if (e->resample != NULL)
		resample_reset(e->resample);
}

void
in_anew(struct transcode *t)
{
	t->anchor.is_set = false;
	t->noise = NULL;
	t->event.is_known = t->event.is_on = false;
	t->missing = 0;
	t->made_us = 0;
	if (t->ear != NULL && t->ear->kind == EAR_DECODE)
		forget(t->ear);
	t->out.marker = true;
}

/* ---- Where a packet stands. ---- */

/* Is it no more than what a clock of slots rounds off? */
static bool
is_within_slot(const struct transcode *t, int64_t ticks)
{
	int64_t slot = (int64_t)t->anchor.clock * TRANSCODE_SLOT_US / 1000000;

	return (t->flags & TRANSCODE_SLOTS) != 0 && ticks > -slot && ticks < slot;
}

int64_t
in_gap(struct transcode *t, const struct ear *e, const struct held *p)
{
	const struct anchor *a = &t->anchor;
	int64_t late_us = (int64_t)(p->came_us - a->came_us), ticks;

	if (!a->has_come)
		return 0;
	if (late_us < 0) /* it waited for others */
		late_us = 0;
	if (a->is_set && e->clock == a->clock) {
		ticks = (int32_t)(p->in.timestamp - a->expect);
		if (ticks == 0 || is_within_slot(t, ticks))
			return 0;
		if (ticks <= (late_us + JUMP_US) * a->clock / 1000000 &&
			ticks >= -(int64_t)a->last_us * a->clock / 1000000)
			return ticks < 0 ? -(int64_t)scale(
						   (uint64_t)-ticks, a->clock, t->out.clock)
					 : scale((uint64_t)ticks, a->clock, t->out.clock);
		t->counts.jumps++;
		t->out.marker = true;
	}
	/* Another clock, or none that makes sense: as much as has passed here. */
	late_us -= a->last_us;
	return late_us > a->last_us ? late_us * t->out.clock / 1000000 : 0;
}

/* Some phones count the samples of G.722, not the ticks of its clock, which is half as fast
 * for a reason that they do not know (RFC 3551 section 4.5.2).  P is next, by its number and
 * by when it came: if again and again it is not by its timestamp, but would be by the other
 * clock, that is the one. */
static void
follow_clock(struct ear *e, const struct anchor *a, const struct held *p, unsigned missing)
{
	uint32_t clock = codec_clock(&e->format), rate = e->format.rate, step, other;
	int64_t us = (int64_t)(p->came_us - a->came_us);

	if (rate <= clock)
		return;
	other = e->clock == clock ? rate : clock;
	step = p->in.timestamp - a->expect + scale(a->last_us, 1000000, a->clock);
	if (!a->is_set || a->clock != e->clock || missing > 0 || us > a->last_us * 3 / 2 ||
		step != scale(a->last_us, 1000000, other)) {
		e->other_clock = 0;
		return;
	}
	if (++e->other_clock < CLOCK_PROOF)
		return;
	e->clock = other;
	e->other_clock = 0;
}

/* P, which ends LEN_US after it begins, is what the next one is compared with. */
static void
anchor_set(struct transcode *t, const struct ear *e, const struct held *p, uint32_t samples)
{
	struct anchor *a = &t->anchor;

	a->is_set = a->has_come = true;
	a->clock = e->clock;
	a->expect = p->in.timestamp + scale(samples, e->format.rate, e->clock);
	a->came_us = p->came_us;
	a->last_us = scale(samples, e->format.rate, 1000000);
	a->dry_us = p->came_us + a->last_us;
	t->filled_us = 0;
	t->has_paused = false;
	t->noise = NULL;
}

/* ---- Making up. ---- */

static void
conceal(const struct ear *e, int16_t *pcm, uint32_t samples)
{
	unsigned channels = e->format.channels;
	int made = 0;

	if (e->plc != NULL) {
		int16_t mono[CODEC_SAMPLES_MAX];

		plc_conceal(e->plc, mono, samples);
		channels_change(mono, samples, 1, pcm, channels);
		return;
	}
	made = e->codec->conceal(e->decoder, pcm, samples);
	made = made > 0 ? made : 0;
	memset(pcm + (size_t)made * channels, 0,
		(samples - (size_t)made) * channels * sizeof *pcm);
}

/* Sound of TICKS in the place of what did not come; the last of it perhaps from NEXT.  How
 * many packets' worth of it had to be made up. */
static unsigned
cover(struct transcode *t, uint32_t ticks, const struct held *next)
{
	const struct ear *e = t->ear;
	int16_t pcm[PCM_MAX];
	uint32_t left = scale(ticks, t->out.clock, e->format.rate), n, one;
	unsigned made = 0;
	int recovered;

	one = scale(t->anchor.last_us, 1000000, e->format.rate);
	one = one >= e->format.rate / 400 && one <= CODEC_SAMPLES_MAX ? one
								      : e->format.rate / 50;
	for (; left > 0; left -= n) {
		n = left < one ? left : one;
		recovered = 0;
		if (n == left && next != NULL && e->codec->recover != NULL)
			recovered = e->codec->recover(
				e->decoder, next->in.payload, next->in.len, pcm, n);
		if (recovered == (int)n) {
			t->counts.recovered++;
			t->made_us = 0;
		} else {
			conceal(e, pcm, n);
			made++;
		}
		sound(t, e, pcm, n, recovered != (int)n);
	}
	return made;
}

/* TICKS of a pause, as the sender describes it if he does. */
static void
noise(struct transcode *t, uint32_t ticks)
{
	const struct ear *e = t->noise;
	int16_t pcm[PCM_MAX];

	if (e == NULL) {
		sound_noise(t, scale(ticks, t->out.clock, t->out.format.rate));
		return;
	}
	for (uint32_t left = scale(ticks, t->out.clock, e->format.rate), n; left > 0;
		left -= n) {
		n = left < e->format.rate / 50 ? left : e->format.rate / 50;
		conceal(e, pcm, n);
		sound(t, e, pcm, n, false);
	}
}

/* GAP ticks in front of P have not come. */
static void
bridge_gap(struct transcode *t, const struct ear *e, const struct held *p, uint32_t gap)
{
	struct mouth *m = &t->out;
	uint32_t known = gap < m->ahead ? gap : m->ahead; /* the timer was there before */
	uint32_t most = (uint32_t)((uint64_t)m->clock * CONCEAL_US / 1000000),
		 sloppy = m->clock / SLOPPY;
	uint64_t lost = (uint64_t)t->missing * t->anchor.last_us * m->clock / 1000000;

	m->ahead -= known;
	gap -= known;
	lost = lost < most ? lost : most;
	lost = lost < gap ? lost : gap;
	if (lost > sloppy && t->noise == NULL && t->ear != NULL &&
		t->ear->kind == EAR_DECODE) {
		t->counts.concealed += cover(t, (uint32_t)lost, t->ear == e ? p : NULL);
		gap -= (uint32_t)lost;
	}
	if (gap <= sloppy)
		return;
	/* Where all payloads pass there is nobody to encode noise. */
	if (gap < most && !t->event.is_on && m->encoder != NULL &&
		((t->flags & TRANSCODE_FILL) != 0 || t->noise != NULL))
		noise(t, gap);
	else
		out_pause(t, gap);
}

/* ---- Packets. ---- */

/* Sound that comes sooner than its predecessor ends, while sound has been made up in its
 * place: what was made up is not to be a delay for ever. */
static bool
is_to_shed(struct transcode *t, const struct ear *e, const struct held *p, unsigned samples)
{
	struct anchor *a = &t->anchor;
	int64_t early_us = a->early_us + a->last_us - (int64_t)(p->came_us - a->came_us);
	uint32_t ticks;

	a->early_us = early_us > 0 ? early_us : 0;
	if (t->out.ahead == 0 || a->early_us < a->last_us)
		return false;
	ticks = scale(samples, e->format.rate, t->out.clock);
	if (t->out.ahead < ticks)
		return false;
	a->early_us -= a->last_us;
	t->out.ahead -= ticks;
	t->stale++;
	return true;
}

static void
hear(struct transcode *t, struct ear *e, int16_t *pcm, uint32_t samples)
{
	int16_t mono[CODEC_SAMPLES_MAX];

	if (e->plc == NULL)
		return;
	if (e->format.channels == 1) {
		plc_heard(e->plc, pcm, samples);
		return;
	}
	channels_change(pcm, samples, e->format.channels, mono, 1);
	plc_heard(e->plc, mono, samples);
}

/* In which mode the party wants to be sent what it hears. */
static void
note_request(struct transcode *t, const struct ear *e, const struct held *p)
{
	int mode = e->codec->request != NULL
			   ? e->codec->request(&e->format, p->in.payload, p->in.len)
			   : -1;

	if (mode >= 0)
		t->request = (uint8_t)(mode + 1);
}

static void
decode(struct transcode *t, struct ear *e, const struct held *p, bool shed)
{
	int16_t pcm[PCM_MAX];
	int n = e->codec->decode(e->decoder, p->in.payload, p->in.len, pcm, CODEC_SAMPLES_MAX);

	if (n <= 0) {
		t->counts.malformed++;
		t->missing = 1;
		return;
	}
	anchor_set(t, e, p, (uint32_t)n);
	t->counts.frames++;
	note_request(t, e, p);
	hear(t, e, pcm, (uint32_t)n);
	if (!shed)
		sound(t, e, pcm, (size_t)n, false);
	t->made_us = 0;
}

static void
turn_to(struct transcode *t, struct ear *e)
{
	if (t->ear == e)
		return;
	if (t->ear != NULL && e->kind == EAR_DECODE)
		forget(e);
	if (t->ear != NULL)
		out_flush(t);
	t->ear = e;
}

static void
speech_packet(struct transcode *t, struct ear *e, const struct held *p)
{
	int samples = e->codec->samples(&e->format, p->in.payload, p->in.len);
	int64_t gap;

	if (samples < 0) {
		t->counts.malformed++;
		t->missing++;
		return;
	}
	if (samples == 0) /* it pauses */
		return;
	follow_clock(e, &t->anchor, p, t->missing);
	gap = in_gap(t, e, p);
	gap = gap > 0 ? gap : 0;
	t->out.marker |= p->in.marker;
	if (e->kind == EAR_PASS) {
		turn_to(t, e);
		pass_packet(t, e, p, (unsigned)samples, (uint32_t)gap);
		anchor_set(t, e, p, (uint32_t)samples);
		t->missing = 0;
		return;
	}
	if (gap > 0)
		bridge_gap(t, e, p, (uint32_t)gap);
	turn_to(t, e);
	t->missing = 0;
	decode(t, e, p, is_to_shed(t, e, p, (unsigned)samples));
}

/* A pause begins, and this is how it sounds. */
static void
noise_packet(struct transcode *t, struct ear *e, const struct held *p)
{
	int64_t gap = in_gap(t, e, p);

	if (e->decoder != NULL &&
		e->codec->decode(e->decoder, p->in.payload, p->in.len, NULL, 0) < 0) {
		t->counts.malformed++;
		return;
	}
	t->missing = 0;
	bridge_gap(t, e, p, gap > 0 ? (uint32_t)gap : 0);
	anchor_set(t, e, p, 0);
	if (e->to_type != CODEC_DYNAMIC) {
		out_flush(t);
		out_payload(t, e->to_type, t->out.timestamp, false, p->in.payload, p->in.len);
		t->out.marker = true;
		t->has_paused = true;
	} else if (e->decoder != NULL &&
		   ((t->flags & TRANSCODE_FILL) != 0 || !t->out.codec->own_dtx)) {
		t->noise = e;
	}
}

void
in_packet(struct transcode *t, struct ear *e, const struct held *p)
{
	if (e == NULL) {
		t->counts.unknown++;
		return;
	}
	switch (e->kind) {
	case EAR_EVENT:
		event_packet(t, e, p);
		break;
	case EAR_NOISE:
		noise_packet(t, e, p);
		break;
	default:
		speech_packet(t, e, p);
	}
}

/* ---- When nothing comes. ---- */

static uint32_t
packet_us(const struct transcode *t)
{
	return scale(t->out.packet, t->out.format.rate, 1000000);
}

uint64_t
in_due(const struct transcode *t)
{
	const struct anchor *a = &t->anchor;

	if (!a->is_set || t->out.encoder == NULL)
		return UINT64_MAX;
	if (t->noise != NULL)
		return t->filled_us < NOISE_US ? a->dry_us + packet_us(t) : UINT64_MAX;
	if (t->ear == NULL || t->ear->kind != EAR_DECODE || t->has_paused)
		return UINT64_MAX;
	if ((t->flags & TRANSCODE_FILL) != 0)
		return t->filled_us < TRANSCODE_FILL_US
			       ? a->dry_us + a->last_us + reorder_window_us(t->order)
			       : UINT64_MAX;
	return t->out.noise_type != CODEC_DYNAMIC && t->ear->codec->own_dtx
		       ? a->dry_us + PAUSE_US
		       : UINT64_MAX;
}

/* The far side is told of a pause that began without a word. */
static void
tell_pause(struct transcode *t)
{
	uint8_t level = sound_floor(t);

	out_flush(t);
	out_payload(t, t->out.noise_type, t->out.timestamp, false, &level, 1);
	t->out.marker = true;
	t->has_paused = true;
}

/* How much is made up at a time: what the sender would have sent, so that it ends with him. */
static uint32_t
step_us(const struct transcode *t)
{
	return t->noise != NULL || t->anchor.last_us < STEP_MIN_US ? packet_us(t)
								   : t->anchor.last_us;
}

void
in_fill(struct transcode *t, uint64_t now_us)
{
	struct mouth *m = &t->out;

	while (in_due(t) <= now_us) {
		uint32_t step = step_us(t), ticks = scale(step, 1000000, m->clock);

		if ((t->flags & TRANSCODE_FILL) == 0 && t->noise == NULL) {
			tell_pause(t);
			return;
		}
		if (in_due(t) + BEHIND_US < now_us || event_covers(t)) {
			out_flush(t);
			out_skip(t, ticks);
		} else {
			if (t->noise != NULL)
				noise(t, ticks);
			else
				cover(t, ticks, NULL);
			t->counts.filled++;
		}
		m->ahead += ticks;
		t->anchor.dry_us += step;
		t->anchor.early_us = 0;
		t->filled_us += step;
	}
}

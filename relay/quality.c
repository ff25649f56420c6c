/* SPDX-License-Identifier: Apache-2.0
 *
 * The E-model; see quality.h.  Names are those of G.107 section 7. */
#include "relay/quality.h"

#include <math.h>

/* Ie of G.113 appendix I, Bpl of the same; for wide bands Ie,WB of its appendix IV, table IV.1
 * (heard with one ear).  AMR stands for its mode of 12.2 kbit/s, which is that of GSM-EFR,
 * AMR-WB for 12.65.  Opus: Alahmadi, Pocta and Melvin, ACM TOMM 17 (2021), the wideband mode
 * at 13 kbit/s, the most for which they have one at a variable rate; at higher rates it sounds
 * better.
 *
 * Held against others who have copied the same tables: G.711, G.729, G.723.1, GSM, Ie of
 * GSM-EFR and of G.726-32, AMR-WB, Opus.  Nowhere found again, and so to be taken as
 * estimates: Ie of the other rates of G.726, and of G.722 (others have 14 for 64 kbit/s).
 *
 * Bpl of G.726, G.722 and L16 are estimates: they have the concealment of G.711 laid over
 * their samples; so is that of AMR and GSM-EFR, which repeat and fade parameters as GSM does.
 * That of AMR-WB (table IV.4) is for two ears; for one there is none. */
const struct quality_codec quality_codecs[REQUEST_CODECS] = {
	[REQUEST_OTHER] = {0, 25.1, 0},
	[REQUEST_PCMU] = {0, 25.1, 0},
	[REQUEST_PCMA] = {0, 25.1, 0},
	[REQUEST_G729] = {11, 19.0, 5},
	[REQUEST_G723] = {15, 16.1, 7.5},
	[REQUEST_GSM_EFR] = {5, 10.0, 0},
	[REQUEST_AMR] = {5, 10.0, 5},
	[REQUEST_UNRATED] = {0, 0, 0},
	[REQUEST_GSM] = {20, 10.0, 0},
	[REQUEST_G726_16] = {50, 25.1, 0},
	[REQUEST_G726_24] = {25, 25.1, 0},
	[REQUEST_G726_32] = {7, 25.1, 0},
	[REQUEST_G726_40] = {2, 25.1, 0},
	[REQUEST_G722] = {13, 25.1, 1.5, .is_wide = true},
	[REQUEST_AMR_WB] = {13, 4.3, 5, .is_wide = true},
	[REQUEST_L16] = {0, 25.1, 0, .is_wide = true},
	[REQUEST_OPUS] = {20.0, 19.5, 6.5, .is_wide = true},
};

/* ---- The E-model.  R = Ro - Is - Id - Ie_eff + A, with A = 0. ---- */

/* With the default values of G.107 table 3: what neither delay nor loss changes. */
static const double Ro = 94.77, Is = 1.41;
/* Ro,WB; Is,WB is 0: G.107.1, 7.2 and 7.3.  Delay impairs on the wider scale as on the narrow
 * one, losses up to 95 on either, and opinions are those of R / 1.29 (annex A). */
static const double wide_best = 129, wide_by = 1.29;

/* The talker hears himself, by the default loss of his echo's way; 7.4.1. */
static double
talker_echo(double t)
{
	static const double TELR = 65, Roe = 94.77;
	double terv = TELR - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t * t);
	double re = 80 + 2.5 * (terv - 14);

	return ((Roe - re) / 2 + sqrt((Roe - re) * (Roe - re) / 4 + 100) - 1) * (1 - exp(-t));
}

/* The listener hears the other twice, by the default loss of a four-wire loop; 7.4.2. */
static double
listener_echo(double t)
{
	static const double WEPL = 110;
	double rle = 10.5 * (WEPL + 7) / sqrt(sqrt(2 * t + 1));

	return (Ro - rle) / 2 + sqrt((Ro - rle) * (Ro - rle) / 4 + 169);
}

/* They wait for each other; 7.4.3. */
static double
too_long(double t)
{
	double x;

	if (t <= 100)
		return 0;
	x = log2(t / 100);
	return 25 * (pow(1 + pow(x, 6), 1 / 6.) - 3 * pow(1 + pow(x / 3, 6), 1 / 6.) + 2);
}

/* The codec's, under random losses; 7.5. */
static double
equipment(const struct quality_codec *c, double loss)
{
	return c->impairment + (95 - c->impairment) * loss / (loss + c->robustness);
}

double
quality_rating(const struct quality_codec *codec, double loss, double delay_ms)
{
	double best = codec->is_wide ? wide_best : Ro - Is;
	double r = best - talker_echo(delay_ms) - listener_echo(delay_ms) -
		   too_long(delay_ms) - equipment(codec, loss);

	return r > 0 ? r : 0;
}

double
quality_mos(double r)
{
	if (r <= 0)
		return 1;
	if (r >= 100)
		return 4.5;
	/* A little below 1 for the smallest R. */
	return fmax(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

/* ---- The listener ---- */

/* Delays beyond the shortest one are taken to fall off exponentially; their mean is then the
 * jitter, and exp(-buffer / jitter) come too late.  An adaptive buffer of five times the
 * jitter loses 0.7 %; below that of a packet nobody goes, and above the most it loses more. */
struct quality_buffer
quality_buffer(double jitter_ms)
{
	static const double least_ms = 20, most_ms = 200, times = 5;
	double delay = fmin(fmax(times * jitter_ms, least_ms), most_ms);

	return (struct quality_buffer){
		.delay_ms = delay, .late = jitter_ms > 0 ? 100 * exp(-delay / jitter_ms) : 0};
}

double
quality_of_way(const struct quality_way *way)
{
	static const double packet_ms = 20; /* it is full before it leaves */
	struct quality_buffer buffer = quality_buffer(way->jitter_ms);
	double loss = fmin(fmax(way->loss, 0), 100), r;

	if (way->codec->robustness <= 0)
		return 0;
	loss += (100 - loss) / 100 * buffer.late;
	r = quality_rating(way->codec, loss,
		packet_ms + way->codec->ahead_ms + way->network_ms + buffer.delay_ms);
	return quality_mos(way->codec->is_wide ? r / wide_by : r);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The gateway of fax.h: SpanDSP's, and the two streams that it stands between.  fax_ear.c puts
 * sound into order, fax_voice.c is sound that leaves. */
#include "dataplane/fax.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* SpanDSP's headers want these first. */
#include <spandsp/telephony.h>

#include <spandsp.h>

#include "dataplane/fax_ear.h"
#include "dataplane/udptl.h"

enum { TRANSFERRED_TCF = T38_DATA_RATE_MANAGEMENT_TRANSFERRED_TCF };

struct fax {
	t38_gateway_state_t *gateway;
	t38_core_state_t *ifp; /* the gateway's */
	struct fax_ear *ear;
	uint16_t ifp_number; /* of the IFP packet that SpanDSP expects next */
	struct transcode_counts counts;
	fax_send *send; /* of this call; NULL: nothing leaves now */
	void *arg;
	struct udptl_rx rx;
	struct udptl_tx tx;
};

/* ---- What leaves as datagrams. ---- */

/* SpanDSP has an IFP packet.  What nothing follows for a while it wants sent COUNT times. */
static int
send_ifp(t38_core_state_t *ifp, void *user, const uint8_t *p, int len, int count)
{
	uint8_t out[SW_FAX_DATAGRAM_MAX];
	struct fax *f = user;
	int n;

	if (f->send == NULL || len <= 0)
		return 0;
	n = udptl_make(&f->tx, p, (size_t)len, out);
	for (int i = 0; i < count && n > 0; i++) {
		f->counts.packets_out++;
		f->send(f->arg, out, (size_t)n);
	}
	return 0;
}

/* ---- Life. ---- */

/* As a machine's capabilities say it, V.17 comes along with both others (T.30 table 2, bits 11
 * to 14): without one of them it is not there.  SpanDSP 0.0.6 leaves V.27ter, which every
 * machine has to know, in those it passes on, whatever it is told here, and looks at IAF not
 * at all: so NO_V27TER ends V.17 alone, and NO_IAF nothing. */
static int
modems_of(unsigned flags)
{
	const unsigned others = SW_FAX_NO_V29 | SW_FAX_NO_V27TER;
	int modems = 0;

	modems |= (flags & SW_FAX_NO_V27TER) == 0 ? T30_SUPPORT_V27TER : 0;
	modems |= (flags & SW_FAX_NO_V29) == 0 ? T30_SUPPORT_V29 : 0;
	modems |= (flags & (SW_FAX_NO_V17 | others)) == 0 ? T30_SUPPORT_V17 : 0;
	modems |= (flags & SW_FAX_NO_IAF) == 0 ? T30_SUPPORT_IAF : 0;
	return modems;
}

static void
set_up(struct fax *f, const struct sw_fax *conf)
{
	span_log_set_level(t38_gateway_get_logging_state(f->gateway), SPAN_LOG_NONE);
	span_log_set_level(t38_core_get_logging_state(f->ifp), SPAN_LOG_NONE);
	t38_set_t38_version(f->ifp, conf->version);
	t38_set_data_rate_management_method(f->ifp, TRANSFERRED_TCF);
	t38_gateway_set_fill_bit_removal(f->gateway, FALSE);
	t38_gateway_set_transmit_on_idle(f->gateway, TRUE);
	t38_gateway_set_ecm_capability(
		f->gateway, (conf->flags & SW_FAX_NO_ECM) == 0 ? TRUE : FALSE);
	t38_gateway_set_supported_modems(f->gateway, modems_of(conf->flags));
}

struct fax *
fax_open(const struct sw_bridge *conf)
{
	struct fax *f = calloc(1, sizeof *f);

	if (f == NULL)
		return NULL;
	f->gateway = t38_gateway_init(NULL, send_ifp, f);
	f->ear = fax_ear_open(conf->transcode.from, conf->transcode.window_us);
	if (f->gateway == NULL || f->ear == NULL) {
		fax_close(f);
		errno = ENOMEM;
		return NULL;
	}
	f->ifp = t38_gateway_get_t38_core_state(f->gateway);
	set_up(f, &conf->fax);
	udptl_rx_init(&f->rx, conf->fax.version);
	udptl_tx_init(&f->tx, &conf->fax, 0);
	return f;
}

void
fax_close(struct fax *f)
{
	if (f == NULL)
		return;
	if (f->gateway != NULL)
		t38_gateway_free(f->gateway);
	fax_ear_close(f->ear);
	free(f);
}

void
fax_continue(struct fax *f, uint16_t number)
{
	f->tx.number = number;
}

/* ---- Sound that comes. ---- */

/* SAMPLES in their turn; PCM NULL: they are lost.  SpanDSP keeps a modem going over a gap
 * better than silence would. */
static void
hear(void *arg, int16_t *pcm, size_t samples)
{
	struct fax *f = arg;

	if (pcm != NULL)
		t38_gateway_rx(f->gateway, pcm, (int)samples);
	else
		t38_gateway_rx_fillin(f->gateway, (int)samples);
}

void
fax_hear(struct fax *f, const struct transcode_in *in, uint64_t now_us, fax_send *send,
	void *arg)
{
	f->send = send;
	f->arg = arg;
	fax_ear_put(f->ear, in, now_us, &f->counts, hear, f);
	f->send = NULL;
}

uint64_t
fax_due(const struct fax *f)
{
	return fax_ear_due(f->ear);
}

void
fax_run(struct fax *f, uint64_t now_us, fax_send *send, void *arg)
{
	f->send = send;
	f->arg = arg;
	fax_ear_run(f->ear, now_us, &f->counts, hear, f);
	f->send = NULL;
}

/* ---- Datagrams that come. ---- */

/* However many are missing, SpanDSP is told that some are: it does not count them. */
static void
deliver(void *arg, const uint8_t *p, size_t len, unsigned missing)
{
	struct fax *f = arg;

	f->ifp_number = (uint16_t)(f->ifp_number + (missing > 0));
	t38_core_rx_ifp_packet(f->ifp, p, (int)len, f->ifp_number++);
}

void
fax_take(struct fax *f, const uint8_t *p, size_t len, struct transcode_counts *counts)
{
	udptl_take(&f->rx, p, len, counts, deliver, f);
}

void
fax_sound(struct fax *f, int16_t *pcm, size_t samples)
{
	int n = t38_gateway_tx(f->gateway, pcm, (int)samples);
	size_t made = n > 0 ? (size_t)n : 0;

	if (made < samples)
		memset(pcm + made, 0, (samples - made) * sizeof *pcm);
}

/* ---- Figures. ---- */

const struct transcode_counts *
fax_counts(struct fax *f)
{
	fax_ear_counts(f->ear, &f->counts);
	return &f->counts;
}

void
fax_progress(struct fax *f, struct fax_progress *out)
{
	t38_stats_t is;

	t38_gateway_get_transfer_statistics(f->gateway, &is);
	*out = (struct fax_progress){.pages = (uint32_t)is.pages_transferred,
		.bps = (uint32_t)is.bit_rate,
		.ecm = is.error_correcting_mode != 0};
}

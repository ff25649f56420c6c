/* SPDX-License-Identifier: Apache-2.0
 *
 * See machine.h. */
#include "tests/fax/machine.h"

#include <stdlib.h>
#include <string.h>

#include <spandsp/telephony.h>

#include <spandsp.h>

struct machine {
	struct machine_conf conf;
	fax_state_t *fax;             /* by sound */
	t38_terminal_state_t *remote; /* by T.38 */
	t38_core_state_t *ifp;
	t30_state_t *t30;
	uint16_t number;
	struct machine_result result;
};

static void
note_pages(struct machine *m)
{
	t30_stats_t is;

	t30_get_transfer_statistics(m->t30, &is);
	m->result.pages = (unsigned)(m->conf.document != NULL ? is.pages_tx : is.pages_rx);
	m->result.bps = (unsigned)is.bit_rate;
	m->result.ecm = is.error_correcting_mode != 0;
}

static void
at_the_end(t30_state_t *t30, void *user, int result)
{
	struct machine *m = user;

	m->result.t30 = result;
	m->result.is_over = true;
	note_pages(m);
}

static int
send_ifp(t38_core_state_t *ifp, void *user, const uint8_t *p, int len, int count)
{
	struct machine *m = user;

	m->conf.send(m->conf.arg, p, (size_t)len, (unsigned)count);
	return 0;
}

static bool
open_line(struct machine *m)
{
	int calls = m->conf.is_caller ? TRUE : FALSE;

	if (!m->conf.is_t38) {
		m->fax = fax_init(NULL, calls);
		if (m->fax == NULL)
			return false;
		fax_set_transmit_on_idle(m->fax, TRUE);
		m->t30 = fax_get_t30_state(m->fax);
		return true;
	}
	m->remote = t38_terminal_init(NULL, calls, send_ifp, m);
	if (m->remote == NULL)
		return false;
	m->t30 = t38_terminal_get_t30_state(m->remote);
	m->ifp = t38_terminal_get_t38_core_state(m->remote);
	t38_set_t38_version(m->ifp, m->conf.version);
	return true;
}

struct machine *
machine_open(const struct machine_conf *conf)
{
	struct machine *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->conf = *conf;
	if (!open_line(m)) {
		free(m);
		return NULL;
	}
	t30_set_tx_ident(m->t30, conf->is_caller ? "+1 555 0100" : "+1 555 0199");
	t30_set_ecm_capability(m->t30, conf->no_ecm ? FALSE : TRUE);
	t30_set_supported_compressions(m->t30, T30_SUPPORT_T4_1D_COMPRESSION |
						       T30_SUPPORT_T4_2D_COMPRESSION |
						       T30_SUPPORT_T6_COMPRESSION);
	t30_set_supported_modems(
		m->t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17);
	if (conf->document != NULL)
		t30_set_tx_file(m->t30, conf->document, -1, -1);
	if (conf->into != NULL)
		t30_set_rx_file(m->t30, conf->into, -1);
	t30_set_phase_e_handler(m->t30, at_the_end, m);
	return m;
}

void
machine_close(struct machine *m)
{
	if (m == NULL)
		return;
	if (m->fax != NULL)
		fax_free(m->fax);
	if (m->remote != NULL)
		t38_terminal_free(m->remote);
	free(m);
}

void
machine_talk(struct machine *m, int16_t *pcm, size_t samples)
{
	int n;

	fax_rx(m->fax, pcm, (int)samples);
	n = fax_tx(m->fax, pcm, (int)samples);
	n = n > 0 ? n : 0;
	memset(pcm + n, 0, (samples - (size_t)n) * sizeof *pcm);
}

void
machine_wait(struct machine *m, size_t samples)
{
	t38_terminal_send_timeout(m->remote, (int)samples);
}

void
machine_take(struct machine *m, const uint8_t *p, size_t len, unsigned missing)
{
	m->number = (uint16_t)(m->number + (missing > 0));
	t38_core_rx_ifp_packet(m->ifp, p, (int)len, m->number++);
}

struct machine_result
machine_result(struct machine *m)
{
	if (!m->result.is_over)
		note_pages(m);
	return m->result;
}

const char *
machine_words(int t30)
{
	return t30_completion_code_to_str(t30);
}

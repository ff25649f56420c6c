/* SPDX-License-Identifier: Apache-2.0
 *
 * See fax_seen.h.  The switch counts pages where the sound comes in. */
#include "relay/fax_seen.h"

#include "dataplane/switch_client.h"
#include "relay/coding.h"
#include "relay/fax.h"
#include "relay/figures.h"

static uint32_t
load(const _Atomic uint32_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

bool
fax_see(const struct call *c, unsigned leg, unsigned i, const struct switch_client *client,
	struct fax_seen *f)
{
	const struct stream *s = &c->leg[leg].stream[i], *peer = bridge_peer(c, leg, i);
	const struct sw_bridge_state *st;

	if (!fax_joins(s, peer))
		return false;
	*f = (struct fax_seen){.t38 = fax_is_t38(s)};
	f->conf = fax_get((f->t38 ? s : peer)->coding);
	if ((st = figures_bridge(f->t38 ? peer : s, client)) == NULL)
		return true;
	f->pages = load(&st->fax_pages);
	f->bit_rate = load(&st->fax_bps);
	f->ecm = load(&st->fax_ecm) != 0;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fax gateways in what `query` answers; see ng_query_inside.h. */
#include "relay/fax_seen.h"
#include "relay/ng_query_inside.h"

void
ng_query_fax(struct ng_tale *t, struct value *media, const struct ng_side *side, unsigned i)
{
	struct fax_seen f;
	struct value *d;

	if (!fax_see(side->call, side->leg, i, t->client, &f))
		return;
	d = value_put_dict(t->a, media, "fax");
	value_put_string(t->a, d, "side", f.t38 ? "T.38" : "audio");
	value_put_number(t->a, d, "T.38 version", f.conf.version);
	value_put_string(
		t->a, d, "error correction", request_correction_words[f.conf.correction]);
	value_put_number(t->a, d, "pages", f.pages);
	if (f.bit_rate == 0)
		return;
	value_put_number(t->a, d, "bit rate", f.bit_rate);
	value_put_string(t->a, d, "ECM", f.ecm ? "yes" : "no");
}

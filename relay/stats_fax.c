/* SPDX-License-Identifier: Apache-2.0
 *
 * Fax gateways -> JSON; see stats.h. */
#include "relay/fax_seen.h"
#include "relay/fields_call.h"
#include "relay/put.h"
#include "relay/stats.h"

static json_t *
without_json(const struct request_fax *conf)
{
	json_t *list = json_array();

	for (unsigned i = 0; request_fax_words[i] != NULL; i++)
		if (conf->limits & 1u << i)
			json_array_append_new(list, json_string(request_fax_words[i]));
	return list;
}

void
stats_put_fax(json_t *o, const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client)
{
	json_t *fax, *without;
	struct fax_seen f;

	if (!fax_see(c, leg, i, client, &f))
		return;
	fax = json_object();
	without = without_json(&f.conf);
	put_text(fax, "side", fields_call_fax_sides[f.t38]);
	put_count(fax, "version", f.conf.version);
	put_text(fax, "correction", request_correction_words[f.conf.correction]);
	if (f.conf.max_datagram != 0)
		put_count(fax, "max_datagram", f.conf.max_datagram);
	if (json_array_size(without) > 0)
		json_object_set(fax, "without", without);
	json_decref(without);
	put_count(fax, "pages", f.pages);
	if (f.bit_rate != 0) {
		put_count(fax, "bit_rate", f.bit_rate);
		json_object_set_new(fax, "ecm", json_boolean(f.ecm));
	}
	json_object_set_new(o, "fax", fax);
}

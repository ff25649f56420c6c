/* SPDX-License-Identifier: Apache-2.0
 *
 * What NG calls a call; see stats.h. */
#include "relay/call.h"
#include "relay/dialog.h"
#include "relay/put.h"
#include "relay/stats.h"

static void
put_slice(json_t *o, const char *name, struct slice text)
{
	if (text.at != NULL)
		put_name(o, name, text.at, text.len);
}

void
stats_put_ng(json_t *o, const struct call *c)
{
	struct dialog_note n;
	json_t *ng;

	if (dialog_note_of(&n, c) != 0)
		return;
	ng = json_object();
	put_slice(ng, "call_id", n.call_id);
	put_slice(ng, "from_tag", n.party[0].tag);
	put_slice(ng, "to_tag", n.party[1].tag);
	json_object_set_new(o, "ng", ng);
}

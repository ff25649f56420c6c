/* SPDX-License-Identifier: Apache-2.0
 *
 * A leg of the mesh -> JSON; of stats.h. */
#include <stdio.h>

#include "relay/call_mesh.h"
#include "relay/put.h"
#include "relay/stats.h"

static void
put_address(json_t *o, const char *name, const uint8_t address[REQUEST_SID])
{
	char text[2 * REQUEST_SID + 1];

	for (unsigned i = 0; i < REQUEST_SID; i++)
		snprintf(text + 2 * (size_t)i, 3, "%02X", address[i]);
	put_text(o, name, text);
}

void
stats_put_mesh(json_t *o, const struct leg *l)
{
	const struct request_mesh *m = l->mesh;

	if (m == NULL)
		return;
	put_text(o, "type", request_leg_words[REQUEST_VOMP]);
	if (m->has_sid)
		put_address(o, "sid", m->sid);
	if (m->did[0] != '\0')
		put_text(o, "did", m->did);
	if (m->from[0] != '\0')
		put_text(o, "from", m->from);
	if (m->has_identity)
		put_address(o, "identity", m->identity);
	put_text(o, "direction", call_mesh_direction_words[m->incoming]);
	put_text(o, "state", call_mesh_words[call_mesh_state(m)]);
	put_count(o, "session", l->stream[0].port);
	if (m->far_session != 0)
		put_count(o, "far_session", m->far_session);
}

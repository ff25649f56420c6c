/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a leg in the mesh, as stats_put_mesh() fills them in: for answers about calls
 * and legs. */
#pragma once

#include "control/request.h"
#include "relay/call_mesh.h"
#include "relay/fields.h"

/* clang-format off */
#define MESH_LEG \
	WORD("type", request_leg_words, "vomp; absent: rtp, and none of what follows up to streams"), \
	TEXT("sid", 0, 0, "address of the party in the mesh; absent: not known yet"), \
	TEXT("did", 0, 0, "number that is called; absent: none"), \
	TEXT("from", 0, 0, "number that calls; absent: none"), \
	TEXT("identity", 0, 0, "address of ours that calls, or is called; absent: the first one"), \
	WORD("direction", call_mesh_direction_words, "incoming: the party calls us"), \
	WORD("state", call_mesh_words, "looked_up: its number is being asked for; dialled: it is called, or calls; offered: it" \
		" calls us, and waits for call.ring or call.answer; talking: sound may flow"), \
	COUNT("session", NULL, "of VoMP, ours"), \
	COUNT("far_session", NULL, "the party's; absent: not known yet")
/* clang-format on */

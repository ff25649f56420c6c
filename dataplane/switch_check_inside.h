/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind the checks of switch.h share: switch_check.c (messages, rules, state),
 * switch_check_history.c (what is known of a transport), switch_check_mesh.c (the mesh).
 * Nobody else's.  Pure; main threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/switch.h"

bool sw_is_zero(const void *bytes, size_t n);

/* Is it an address at all, whatever it is good for?  Or none. */
bool sw_is_address(const struct sw_addr *a);
/* May something be sent there? */
bool sw_is_destination(const struct sw_addr *a);

bool sw_is_key(const struct sw_key *k);
/* One key for both ways would encrypt two streams with one key stream where they share an
 * SSRC. */
bool sw_is_same_key(const struct sw_key *a, const struct sw_key *b);

/* ---- switch_check_mesh.c ---- */

/* Is T, at a local address of the mesh, a mesh leg? */
bool sw_mesh_leg_ok(const struct sw_transport *t);

/* Messages, whose bytes are all there. */
bool sw_mesh_node_ok(const void *msg);
bool sw_mesh_neighbour_ok(const void *msg);
bool sw_mesh_peer_ok(const void *msg);
bool sw_mesh_neighbour_del_ok(const void *msg);
bool sw_mesh_peer_del_ok(const void *msg);
bool sw_mesh_tell_ok(const void *msg);
bool sw_mesh_cast_ok(const void *msg);
bool sw_mesh_say_ok(const void *msg);
bool sw_mesh_heard_ok(const void *msg);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the section [mesh]: neighbours to be ("192.0.2.1", "192.0.2.1:4110",
 * "[2001:db8::1]:4110"), a number, a name; and what follows from the section.  Pure, any
 * thread. */
#pragma once

#include <stddef.h>

#include "dataplane/switch.h"

struct config;
struct config_type;

extern const struct config_type config_type_mesh_peer; /* struct config_mesh_peers */
extern const struct config_type config_type_did;       /* char[] */
extern const struct config_type config_type_mesh_name; /* char[] */

/* Where the node of the mesh is: the first address of its interface, without a port.  C has
 * one. */
const struct sw_addr *config_mesh_address(const struct config *c);

/* Does the section fit the others?  0; -EINVAL and WHY says what is wrong. */
int config_mesh_check(const struct config *c, char *why, size_t size);

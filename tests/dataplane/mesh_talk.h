/* SPDX-License-Identifier: Apache-2.0
 *
 * A call between the phone and the far node of mesh_rig.h, which suites have in common. */
#pragma once

#include "tests/dataplane/mesh_rig.h"

extern struct inproc rig;
extern struct far far;

void talk_begin(void);
void talk_end(void);

const struct sw_mesh_link *link_of(const struct far *f);

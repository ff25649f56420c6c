/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_talk.h. */
#include "tests/dataplane/mesh_talk.h"

struct inproc rig;
struct far far;

void
talk_begin(void)
{
	mesh_rig_open(&rig, 1);
	far_init(&far, 1, 0);
	far_meet(&rig, &far);
	mesh_rig_call(&rig, &far);
}

void
talk_end(void)
{
	mesh_rig_close(&rig);
}

const struct sw_mesh_link *
link_of(const struct far *f)
{
	return &rig.state.mesh_link[f->slot];
}

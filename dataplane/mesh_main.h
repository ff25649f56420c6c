/* SPDX-License-Identifier: Apache-2.0
 *
 * Main's part of what is said in the mesh: frames that control wants sent go to the core that
 * has the link, whole datagrams to the core that has the device; what cores have found to be
 * control's goes up.  Nothing here waits.  Main thread. */
#pragma once

#include "dataplane/mesh.h"

struct mesh_main;

/* Tell control of M, whose head is not filled in.  False: nobody listens, or too much waits.
 */
typedef bool mesh_main_told(void *arg, struct sw_mesh_heard *m);

/* END: main's.  NULL: ENOMEM. */
struct mesh_main *mesh_main_open(struct switch_tables *tb, struct crossing_end *end);
/* Nothing of it is under way any more; NULL is fine. */
void mesh_main_close(struct mesh_main *mm);
void mesh_main_listen(struct mesh_main *mm, mesh_main_told *told, void *arg);

/* Packet buffers that it has. */
unsigned mesh_main_mbufs(void);

/* Commands of switch.h, checked already.  0 or -errno as stated there; MM NULL: -ENODEV. */
int mesh_main_tell(struct mesh_main *mm, const struct sw_mesh_tell *m);
int mesh_main_cast(struct mesh_main *mm, const struct sw_mesh_cast *m);
int mesh_main_say(struct mesh_main *mm, const struct sw_mesh_say *m);

/* M: what a core has handed over (STEP_MESH_UP); takes it. */
void mesh_main_heard(struct mesh_main *mm, struct rte_mbuf *m);

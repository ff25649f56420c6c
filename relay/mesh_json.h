/* SPDX-License-Identifier: Apache-2.0
 *
 * This node of the mesh as JSON, for answers.  Each returns a new object, or NULL without
 * memory; secrets are in none of them.  Control's one thread. */
#pragma once

#include <jansson.h>

#include "mesh/sid.h"

struct dna_answer;
struct mesh;

void mesh_put_sid_text(json_t *o, const char *name, const struct sid *sid);
json_t *mesh_json_peers(const struct mesh *m);                /* mesh.peers */
json_t *mesh_json_routes(const struct mesh *m);               /* mesh.routes */
json_t *mesh_json_identities(const struct mesh *m);           /* mesh.identity.list */
json_t *mesh_json_identity(const struct mesh *m, unsigned n); /* one of these */
json_t *mesh_json_found(const struct dna_answer *a);          /* one of mesh.lookup */
json_t *mesh_json_sums(const struct mesh *m);                 /* of stats.get */

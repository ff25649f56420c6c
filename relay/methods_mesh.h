/* SPDX-License-Identifier: Apache-2.0
 *
 * What methods_mesh.c and methods_mesh_identity.c share.  Nobody else's.  One thread. */
#pragma once

#include <jansson.h>

#include "control/fault.h"
#include "relay/mesh.h"

struct node;
struct rpc_request;

void method_mesh_refuse(struct rpc_request *req, enum fault_kind kind, const char *field,
	const char *got, const char *expected, const char *text);
/* NULL: there is none, and REQ has been told. */
struct mesh *method_mesh_of(struct rpc_request *req, struct node *node);
/* The SID that PARAMS have.  0; else REQ has been told. */
int method_mesh_sid(struct rpc_request *req, const json_t *params, struct sid *sid);
/* Answer with what JSON makes of the mesh. */
void method_mesh_answer(
	struct rpc_request *req, struct node *node, json_t *(*json)(const struct mesh *m));

static inline const char *
method_text(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

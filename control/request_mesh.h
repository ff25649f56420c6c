/* SPDX-License-Identifier: Apache-2.0
 *
 * A leg of type "vomp" in JSON -> struct request_mesh: who is called in the mesh, by an
 * address or by a number.  What such a leg sends and receives follows from that, so nothing of
 * it may be said.  Of request_json.c; pure. */
#pragma once

#include <jansson.h>

#include "control/request.h"

/* The leg that J describes, at PATH ("legs[0]"), if it is one; another one may say nothing of
 * what follows.  0, or -EINVAL and FAULT names the field. */
int request_read_mesh(
	struct request_mesh *m, const json_t *j, const char *path, struct fault *fault);

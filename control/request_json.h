/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of call.create and call.update -> struct call_request.  Pure: touches nothing
 * but its arguments.  The method's field table has refused wrong types and ranges before; what
 * it let through or never saw (the fuzz target) is refused here.  Control's one thread. */
#pragma once

#include <jansson.h>

#include "control/request.h"

/* 0, or -EINVAL and FAULT (kind FAULT_BAD_REQUEST or FAULT_BAD_KEY) names the field by its
 * path. */
int request_from_json(struct call_request *r, const json_t *params, struct fault *fault);

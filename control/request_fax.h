/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request says of the T.38 of a stream: JSON -> struct request_fax.  Of request_json.c;
 * pure. */
#pragma once

#include "control/request.h"
#include "control/request_value.h"

/* `fax` of a stream.  0, -EINVAL. */
int request_take_fax(struct stream_request *s, const json_t *j, const struct request_value *v);

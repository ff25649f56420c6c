/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request says of codecs: JSON -> the lists of struct stream_request and struct
 * codec_rules.  Of request_json.c; pure. */
#pragma once

#include "control/request.h"
#include "control/request_value.h"

/* `codecs` of a stream.  0, -EINVAL. */
int request_take_formats(
	struct stream_request *s, const json_t *j, const struct request_value *v);

/* `codecs` of the call; NULL: nothing is said. */
int request_read_rules(struct call_request *r, const json_t *j, struct fault *fault);

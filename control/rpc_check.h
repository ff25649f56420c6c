/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a JSON value fit a table of fields?  Control asks before a handler sees a request, so
 * that handlers may take types, ranges and words for granted.  Pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "control/rpc.h"

/* Does OBJECT have the fields that FIELDS (NULL: none at all) asks for, and no others?  0;
 * -EINVAL with an error -32602 in *ERROR, the caller's (NULL: no memory), that names the field
 * by its path. */
int rpc_check(const struct rpc_field *fields, json_t *object, json_t **error);

/* JSON-RPC's params by position -> by name, in the order of FIELDS.  0 and a new object in
 * *NAMED; or as above, when there are more values than fields. */
int rpc_check_by_name(
	const struct rpc_field *fields, json_t *array, json_t **named, json_t **error);

/* Write what F takes into BUF, cut to ROOM bytes: "integer 1..65535", "one of audio, video".
 * BUF. */
const char *rpc_check_expected(const struct rpc_field *f, char *buf, size_t room);

/* SPDX-License-Identifier: Apache-2.0
 *
 * How the tables of methods write their fields: TEXT, INT, ...: name, then what is particular,
 * then help. */
#pragma once

#include "control/rpc.h"

/* clang-format off */
#define TEXT(n, least, most, h) {.name = n, .type = RPC_STRING, .min = least, .max = most, .help = h}
#define NEED(n, least, most, h) \
	{.name = n, .type = RPC_STRING, .required = true, .min = least, .max = most, .help = h}
#define WORD(n, w, h) {.name = n, .type = RPC_STRING, .words = w, .help = h}
#define INT(n, least, most, u, h) \
	{.name = n, .type = RPC_INT, .min = least, .max = most, .unit = u, .help = h}
#define COUNT(n, u, h) {.name = n, .type = RPC_INT, .unit = u, .help = h}
#define NUMBER(n, u, h) {.name = n, .type = RPC_NUMBER, .unit = u, .help = h}
#define BOOL(n, h) {.name = n, .type = RPC_BOOL, .help = h}
#define OBJECT(n, f, h) {.name = n, .type = RPC_OBJECT, .fields = f, .help = h}
#define ARRAY(n, f, h) {.name = n, .type = RPC_ARRAY, .fields = f, .help = h}
#define MOS(n, h) NUMBER(n, "1 to 4.5", h)
#define NO_MORE {.name = NULL}
/* clang-format on */

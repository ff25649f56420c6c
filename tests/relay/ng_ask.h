/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of NG as JSON, at the desk of ng_desk.h. */
#pragma once

#include <jansson.h>

#include "tests/relay/ng_desk.h"

/* The answer to TEXT, when the switch has acknowledged all.  To be released. */
json_t *ng_ask(const char *text);

/* It must be "result": "ok", or (SAYS) an error for that reason. */
void ng_must(const char *text, const char *says);

/* What is at PATH of O, "tags/ft/medias/0/index"; NULL. */
json_t *ng_at(json_t *o, const char *path);

/* An offer and an answer of call ID: of tag FROM at 192.0.2.10 to TO at 192.0.2.20, one m=
 * line of PCMA, and what MORE says ("'label': 'x', "). */
void ng_ask_call(const char *id, const char *from, const char *to, const char *more);

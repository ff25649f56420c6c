/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of JSON objects, for answers about calls and the node: each function adds NAME to O,
 * or nothing without memory.  Control's one thread. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/switch.h"

void put_count(json_t *o, const char *name, uint64_t n);
void put_text(json_t *o, const char *name, const char *text);
/* At most N bytes, which may lack their NUL. */
void put_name(json_t *o, const char *name, const char *text, size_t n);
/* Rounded to one in STEPS: 10 leaves one decimal. */
void put_number(json_t *o, const char *name, double v, double steps);
void put_ip(json_t *o, const char *name, const struct sw_addr *a);
/* By reason; those that count something. */
void put_drops(json_t *o, const char *name, const _Atomic uint64_t counts[DROPS]);

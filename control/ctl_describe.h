/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of rpc.describe for people. */
#pragma once

#include <jansson.h>
#include <stdio.h>

void ctl_describe(FILE *f, json_t *answer);

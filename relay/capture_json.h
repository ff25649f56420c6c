/* SPDX-License-Identifier: Apache-2.0
 *
 * What methods and events say of a capture: how one that is under way is, and how one has
 * ended.  Control's one thread; the caller owns what it gets. */
#pragma once

#include <jansson.h>

struct capture_info;

json_t *capture_running_json(const struct capture_info *i);
json_t *capture_ended_json(const struct capture_info *i);

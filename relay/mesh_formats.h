/* SPDX-License-Identifier: Apache-2.0
 *
 * Codecs of VoMP as the call model has them: what payload types and clocks they have on a mesh
 * leg is said once, by mesh/vomp.h.  A set of codecs has bit n for id n, n < 32, as in struct
 * vomp_call.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/request.h"

struct coding;

/* The codecs in SET, and telephone-event with EVENTS, in the order in which we would rather
 * speak; how many. */
unsigned mesh_formats(
	uint32_t set, bool events, struct request_format format[REQUEST_FORMATS]);

/* The codecs that C has, which may be NULL: all that there are, as RULES let them be used (by
 * the first leg, or by the second one: MASKED).  *EVENTS: telephone-event, too. */
uint32_t mesh_formats_set(
	const struct coding *c, const struct codec_rules *rules, bool masked, bool *events);

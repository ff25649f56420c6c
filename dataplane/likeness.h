/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a source is like the address that signalling gave: what SW_SOURCE_BEST goes by.
 * Pure, no DPDK. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "dataplane/switch.h"

enum likeness { LIKE_NOT, LIKE_PORT, LIKE_HOST, LIKE_EQUAL };

static inline enum likeness
likeness_of(const struct sw_addr *source, const struct sw_addr *signalled)
{
	bool port = source->port == signalled->port;

	if (source->family == signalled->family &&
		memcmp(source->ip, signalled->ip, sizeof source->ip) == 0)
		return port ? LIKE_EQUAL : LIKE_HOST;
	return port ? LIKE_PORT : LIKE_NOT;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind config_type.h share: config_type.c and config_address.c.  Nobody
 * else's.  Pure, any thread. */
#pragma once

#include <stdint.h>

/* TEXT as a number of BASE: digits only (strtoull takes blanks and signs), at most MAX.  0 or
 * -EINVAL. */
int config_digits(const char *text, int base, uint64_t max, uint64_t *n);

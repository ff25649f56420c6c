/* SPDX-License-Identifier: Apache-2.0
 *
 * The table behind suite.h.  Any thread; constant data. */
#include "dataplane/suite.h"

#include <stddef.h>
#include <string.h>

/* RFC 3711 section 5.2, RFC 6188 section 3: an RTCP tag is always 80 bits, also where the RTP
 * tag is 32.  RFC 7714 section 13.2: GCM tags are 128 bits, salts 96. */
static const struct sw_suite_info suites[SW_SUITES] = {
	[SW_SUITE_PLAIN] = {"none", 0, 0, 0, 0, 0},
	[SW_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, 0},
	[SW_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, 0},
	[SW_AES_192_CM_HMAC_SHA1_80] = {"AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10, 0},
	[SW_AES_192_CM_HMAC_SHA1_32] = {"AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10, 0},
	[SW_AES_256_CM_HMAC_SHA1_80] = {"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, 0},
	[SW_AES_256_CM_HMAC_SHA1_32] = {"AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, 0},
	[SW_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 16, 12, 16, 16, 1},
	[SW_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 32, 12, 16, 16, 1},
};

const struct sw_suite_info *
sw_suite_info(unsigned suite)
{
	return suite < SW_SUITES ? &suites[suite] : NULL;
}

int
sw_suite_find(const char *name)
{
	for (int i = 0; i < SW_SUITES; i++)
		if (strcmp(suites[i].name, name) == 0)
			return i;
	return -1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64, RFC 4648 section 4, for SRTP keys.  Any thread; pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Characters that N bytes take, with padding, without a NUL. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Write N bytes as text into OUT of BASE64_LEN(N) + 1. */
void base64_encode(char *out, const uint8_t *in, size_t n);

/* Read N characters into OUT of ROOM bytes.  Padding may be missing, as rtpengine writes it,
 * but not be wrong; no white space; the bits left over must be 0.  Bytes written; -EINVAL,
 * -ENOSPC. */
ssize_t base64_decode(uint8_t *out, size_t room, const char *in, size_t n);

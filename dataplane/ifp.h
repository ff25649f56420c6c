/* SPDX-License-Identifier: Apache-2.0
 *
 * The outline of an IFP packet, by which faxes travel in T.38: how long it is, if it is one at
 * all.  Who works with what is in it (SpanDSP) wants it without a byte too many, and what
 * parity has brought back may have zeros behind it.  Pure.  ITU-T T.38 section 7 and annex A:
 * packed encoding rules, aligned. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How many of LEN bytes at P are one IFP packet of T.38 version VERSION (in 0, a field's type
 * takes half a byte).  -EBADMSG: it is none. */
int ifp_length(const uint8_t *p, size_t len, unsigned version);

/* SPDX-License-Identifier: Apache-2.0
 *
 * SipHash-2-4, a keyed hash of short strings: who does not know the key can neither foretell
 * nor undo it.  Pure.  Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint8_t key[16], const void *data, size_t len);

/* SPDX-License-Identifier: Apache-2.0
 *
 * SANITIZED is defined where AddressSanitizer looks on, which gcc and clang say in different
 * ways.  Who puts objects side by side by himself gives each a piece of malloc()'s then, so
 * that it sees where every one ends. */
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

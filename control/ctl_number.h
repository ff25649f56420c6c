/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as people read them, for everything that strowger-ctl shows. */
#pragma once

#include <stddef.h>

enum { CTL_NUMBER = 24 }; /* bytes that any of them takes */

/* A time of S seconds, in BUF: "12.3 s", "4m 05s", "3h 20m", "12d 04h".  BUF. */
const char *ctl_duration(double s, char *buf, size_t room);

/* N bytes: "512 B", "1.2 MB". */
const char *ctl_bytes(double n, char *buf, size_t room);

/* A rate or a count N in at most 6 characters: "0.5", "87", "12345", "1.23M". */
const char *ctl_short(double n, char *buf, size_t room);

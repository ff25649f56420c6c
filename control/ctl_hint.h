/* SPDX-License-Identifier: Apache-2.0
 *
 * When nobody answers strowger-ctl: why that may be, and what to do next. */
#pragma once

/* Say on stderr why there is no answer at PATH, where connecting or asking gave ERROR (an
 * errno) after at most WAITED_S seconds, and what helps. */
void ctl_hint_no_daemon(const char *path, int error, int waited_s);

/* Say on stderr who may open the socket at PATH, and how to become one of them. */
void ctl_hint_permission(const char *path);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Visits to another network namespace: sockets opened there stay there.  Of the calling thread
 * only. */
#pragma once

/* Go to the namespace called NAME (as `ip netns` knows it, or a path); NULL: stay.  A
 * descriptor for netns_leave(), or -errno. */
int netns_enter(const char *name);
void netns_leave(int back);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the kernel for the MAC address behind an IP address on a link (ARP, NDP).  In the
 * network namespace of the calling thread. */
#pragma once

#include "dataplane/switch.h"

/* Waits up to two seconds.  0; -EHOSTUNREACH when nobody answers; -errno. */
int neighbour_find(int ifindex, const struct sw_addr *addr, uint8_t mac[6]);

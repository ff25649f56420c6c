/* SPDX-License-Identifier: Apache-2.0
 *
 * Has a NIC give each media port's packets to the queue of the core that the port belongs to
 * (switch.h: sw_core_of()), so that none need cross from core to core.  Main thread; rte_flow.
 */
#pragma once

#include <rte_flow.h>

#include "dataplane/device.h"

/* One rule: datagrams over FAMILY to the ports of one core go to one queue. */
struct steer_rule {
	struct rte_flow_attr attr;
	struct rte_flow_item pattern[4]; /* Ethernet, IP, UDP, end */
	struct rte_flow_item_udp spec, mask;
	struct rte_flow_action_queue queue;
	struct rte_flow_action action[2];
};

/* That of core CORE of CORES (a power of two, as many as queues), of device NUMBER.  R holds
 * pointers into itself: it is not to be moved. */
void steer_rule(
	struct steer_rule *r, uint16_t family, unsigned number, unsigned core, unsigned cores);

/* Tell the NIC of the open device D, number NUMBER, if it has a queue a core and takes such
 * rules.  Else the cores hand over what is not their own; is it told? */
bool device_steer(const struct device *d, unsigned number, unsigned cores);

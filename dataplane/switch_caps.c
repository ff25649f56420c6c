/* SPDX-License-Identifier: Apache-2.0
 *
 * See switch_caps.h. */
#include "dataplane/switch_caps.h"

#include <linux/capability.h>
#include <stddef.h>

#include "dataplane/capabilities.h"

static const struct {
	int cap;
	unsigned when; /* enum switch_need */
} caps[] = {
	/* XDP programs, nftables, TAPs; while it runs: what is asked of the kernel's
	 * neighbours, and at the end the XDP program and the reserved ports, which are put
	 * back. */
	{CAP_NET_ADMIN, SWITCH_STARTS | SWITCH_RUNS},
	/* Sockets of AF_PACKET and AF_XDP. */
	{CAP_NET_RAW, SWITCH_STARTS},
	/* The XDP program and its maps: loading them, finding them by number. */
	{CAP_BPF, SWITCH_STARTS}, {CAP_PERFMON, SWITCH_STARTS},
	{CAP_SYS_ADMIN, SWITCH_STARTS | SWITCH_HAS_NIC}, /* there: physical addresses */
	/* Packet memory that the kernel or a NIC writes is locked; with a NIC, what is
	 * allocated later too. */
	{CAP_IPC_LOCK, SWITCH_STARTS | SWITCH_HAS_NIC},
	/* The peer's socket, and what VFIO shows, may belong to another user. */
	{CAP_DAC_OVERRIDE, SWITCH_STARTS | SWITCH_CONNECTS},
	{CAP_CHOWN, SWITCH_STARTS},      /* switch.sock is control's */
	{CAP_SYS_PTRACE, SWITCH_STARTS}, /* to name the program that has a media port */
	{CAP_SETPCAP, SWITCH_STARTS},    /* to give up the others for good */
};

uint64_t
switch_caps(unsigned when)
{
	uint64_t set = 0;

	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++)
		if (caps[i].when & when)
			set |= CAPABILITY(caps[i].cap);
	return set;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the blocks that a capture is made of, in this host's byte order.  A file is one
 * section, then its interfaces, numbered from 0 in their order, then packets.  Each function
 * writes one block into ROOM bytes at TO and says how many it took; 0: it does not fit, and
 * what is there now is none.
 *
 * Plain C, pure.  draft-ietf-opsawg-pcapng-02. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t pcapng_section(uint8_t *to, size_t room, const char *program, const char *comment);

/* An Ethernet of which at most SNAPLEN bytes a packet are kept; times are nanoseconds. */
size_t pcapng_interface(uint8_t *to, size_t room, const char *name, uint32_t snaplen);

struct pcapng_packet {
	uint32_t interface;
	bool out;    /* we sent it; else it arrived */
	uint64_t ns; /* since 1970 */
	const uint8_t *frame;
	uint32_t kept; /* bytes of it that are written */
	uint32_t len;  /* bytes that it had on the wire */
};

size_t pcapng_packet(uint8_t *to, size_t room, const struct pcapng_packet *p);

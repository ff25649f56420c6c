/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a phone of the generator is plugged in: frames out, frames in, many at a time.  One
 * row a kind in port.c.  The generator's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

enum { PORT_BURST = 32 }; /* most frames in one call */

struct port_frame {
	uint8_t *data; /* writable, with SEAL_TAILROOM bytes behind */
	uint16_t len;
	bool partial; /* its kernel left the UDP checksum to a device that never came */
};

struct port;

struct port_kind {
	const char *name; /* "packet" */
	const char *help;
	int (*open)(struct port *p);
	unsigned (*room)(struct port *p, uint8_t **frame, unsigned n);
	unsigned (*send)(struct port *p, const uint16_t *len, unsigned n);
	unsigned (*take)(struct port *p, struct port_frame *frame, unsigned n);
	int (*find)(struct port *p, const struct sw_addr *addr, uint8_t mac[6]);
	uint64_t (*missed)(struct port *p);
	void (*close)(struct port *p);
};

struct port {
	/* Filled in by the caller. */
	const char *arg;   /* kernel interface; memif socket */
	const char *netns; /* name, or path; NULL: the own one */
	uint16_t port_first,
		port_last; /* UDP ports of the phones here: the kernel must not answer */
	/* By the caller, or else by port_open() where the kind knows. */
	struct sw_addr addr; /* family 0: the interface's first */
	uint8_t mac[6];      /* all 0: the interface's */
	/* By port_open(). */
	const struct port_kind *kind;
	int fd; /* readable when frames wait; -1: there is none */
	void *priv;
};

/* Open P at SPEC, "KIND:ARG".  0 or -errno after a message on stderr. */
int port_open(struct port *p, const char *spec);
void port_close(struct port *p); /* not open: fine */

/* Buffers for up to N frames of WIRE_FRAME_MAX + SEAL_TAILROOM bytes; then send the first of
 * them, LEN[i] bytes each.  How many there are; how many were taken (the rest is forgotten).
 */
unsigned port_room(struct port *p, uint8_t **frame, unsigned n);
unsigned port_send(struct port *p, const uint16_t *len, unsigned n);

/* Frames that arrived, up to N; they are the caller's until the next port_take(). */
unsigned port_take(struct port *p, struct port_frame *frame, unsigned n);

/* The MAC address of ADDR on this link.  0; -EHOSTUNREACH when nobody answers, -ENOTSUP when
 * the kind cannot ask. */
int port_find(struct port *p, const struct sw_addr *addr, uint8_t mac[6]);

/* Frames that came and were lost here, in the generator, since the last time: its own fault.
 */
uint64_t port_missed(struct port *p);

void port_list_kinds(void); /* on stdout, for --help */

extern const struct port_kind port_packet, port_memif;

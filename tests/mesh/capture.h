/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures of a mesh between programs that we did not write (tests/vectors/vomp), the nodes in
 * them, whose secrets are known, and whom an address there means. */
#pragma once

#include <jansson.h>

#include "mesh/packet.h"

enum { CAPTURES = 3, NODES = 4 };
extern const char *const captures[CAPTURES];

/* A UDP datagram of a capture, in memory of its very size. */
typedef void capture_datagram(void *arg, unsigned number, const uint8_t *p, unsigned len);
/* Each of the capture NAME, numbered from 1 on; how many. */
unsigned capture_each(const char *name, capture_datagram *each, void *arg);

/* A file beside them; the caller's. */
json_t *capture_json(const char *name);

/* "A", "B", "C" are servald; "N" is independent of it and of us. */
struct node {
	const char *name;
	struct mesh_identity id; /* derived from its seed */
};
extern struct node nodes[NODES];
void nodes_read(void);
const struct node *node_of_sid(const uint8_t sid[SID_LEN]); /* NULL */

/* Whom addresses mean goes on from field to field of a datagram, and anew in a body of link
 * state. */
struct whom {
	const struct node *sender, *previous;
};
const struct node *whom(struct whom *w, const struct mesh_address *a);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Validation of what control and the switch say to each other of the mesh (switch.h).  Pure
 * functions over bytes, linked into both processes; main threads. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "dataplane/switch_check_inside.h"
#include "mesh/vomp.h"

static_assert((int)SW_SID == SID_LEN && (int)SW_MESH_KEY == MESH_KEY &&
		      (int)SW_MESH_BYTES == MESH_DATAGRAM_MAX &&
		      (int)SW_MESH_SAY_MAX == VOMP_AUDIO_MAX,
	"they are the mesh's own");

/* ---- Rules ---- */

bool
sw_mesh_leg_ok(const struct sw_transport *t)
{
	return t->port % 2 == 0 && t->mux && t->source == SW_SOURCE_SIGNALLED && !t->opaque &&
	       t->identity < SW_MESH_IDENTITIES && t->unseal.suite == SW_SUITE_PLAIN &&
	       t->seal.suite == SW_SUITE_PLAIN;
}

/* Two identities with one SID would both be meant. */
static bool
is_repeated(const struct sw_mesh_node *n, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (memcmp(n->sid[i], n->sid[j], SW_SID) == 0)
			return true;
	return false;
}

int
sw_check_mesh_node(const struct sw_mesh_node *n)
{
	if (n->identities > SW_MESH_IDENTITIES || n->forward > 1 ||
		!sw_is_zero(n->reserved, sizeof n->reserved) ||
		!sw_is_zero(n->sid[n->identities],
			(size_t)(SW_MESH_IDENTITIES - n->identities) * SW_SID))
		return -EINVAL;
	for (unsigned i = 0; i < n->identities; i++)
		if (sw_is_zero(n->sid[i], SW_SID) || is_repeated(n, i))
			return -EINVAL;
	return 0;
}

static bool
neighbour_ok(const struct sw_mesh_neighbour *n)
{
	return n->id != 0 && n->slot < SW_MESH_NEIGHBOURS && n->reserved == 0 &&
	       !sw_is_zero(n->sid, SW_SID) && n->addr.family != SW_AF_MESH &&
	       sw_is_destination(&n->addr);
}

int
sw_check_mesh_neighbour(const struct sw_mesh_neighbour *n, const struct sw_state *st)
{
	if (!neighbour_ok(n))
		return -EINVAL;
	for (uint32_t i = 0; i < st->addresses && i < SW_ADDRESSES; i++)
		if (st->address[i].addr.family == n->addr.family)
			return 0;
	return -EINVAL; /* nothing can be sent there */
}

static bool
peer_ok(const struct sw_mesh_peer *p)
{
	return p->id != 0 && p->slot < SW_MESH_PEERS && p->reserved == 0 &&
	       (p->identity < SW_MESH_IDENTITIES || p->identity == SW_MESH_NONE) &&
	       (p->neighbour < SW_MESH_NEIGHBOURS || p->neighbour == SW_MESH_NONE) &&
	       !sw_is_zero(p->sid, SW_SID) &&
	       sw_is_zero(p->key, SW_MESH_KEY) == (p->identity == SW_MESH_NONE);
}

int
sw_check_mesh_peer(const struct sw_mesh_peer *p, const struct sw_mesh_node *n)
{
	if (!peer_ok(p) || (p->identity != SW_MESH_NONE && p->identity >= n->identities))
		return -EINVAL;
	for (unsigned i = 0; i < n->identities && i < SW_MESH_IDENTITIES; i++)
		if (memcmp(p->sid, n->sid[i], SW_SID) == 0)
			return -EINVAL; /* we do not speak with ourselves */
	return 0;
}

/* ---- Messages ---- */

bool
sw_mesh_node_ok(const void *msg)
{
	return sw_check_mesh_node(&((const struct sw_mesh_node_set *)msg)->node) == 0;
}

bool
sw_mesh_neighbour_ok(const void *msg)
{
	return neighbour_ok(&((const struct sw_mesh_neighbour_set *)msg)->neighbour);
}

bool
sw_mesh_peer_ok(const void *msg)
{
	return peer_ok(&((const struct sw_mesh_peer_set *)msg)->peer);
}

static bool
del_ok(const struct sw_mesh_del *m, uint32_t slots)
{
	return m->id != 0 && m->slot < slots && m->reserved == 0;
}

bool
sw_mesh_neighbour_del_ok(const void *msg)
{
	return del_ok(msg, SW_MESH_NEIGHBOURS);
}

bool
sw_mesh_peer_del_ok(const void *msg)
{
	return del_ok(msg, SW_MESH_PEERS);
}

/* Does a message of LEN bytes end behind N bytes from BYTES on, with zeros up to a multiple of
 * 8?  It begins at MSG. */
static bool
ends(const void *msg, uint16_t len, const uint8_t *bytes, size_t n)
{
	size_t at = (size_t)(bytes - (const uint8_t *)msg);

	return n > 0 && n <= SW_MESH_BYTES && len == sw_len_of(at, n) &&
	       sw_is_zero(bytes + n, len - at - n);
}

bool
sw_mesh_tell_ok(const void *msg)
{
	const struct sw_mesh_tell *m = msg;
	size_t n = (size_t)m->head_len + m->len;

	return m->id != 0 && m->slot < SW_MESH_NEIGHBOURS && m->head_len > 0 &&
	       n < SW_MESH_BYTES && m->reserved == 0 && ends(m, m->head.len, m->bytes, n);
}

/* Of a datagram: an address of IP. */
static bool
is_ip(const struct sw_addr *a)
{
	return (a->family == AF_INET || a->family == AF_INET6) && sw_is_address(a);
}

bool
sw_mesh_cast_ok(const void *msg)
{
	const struct sw_mesh_cast *m = msg;

	return is_ip(&m->to) && sw_is_zero(m->reserved, sizeof m->reserved) &&
	       ends(m, m->head.len, m->bytes, m->len);
}

bool
sw_mesh_say_ok(const void *msg)
{
	const struct sw_mesh_say *m = msg;

	return m->id != 0 && m->slot < SW_TRANSPORTS_MAX && m->reserved == 0 &&
	       (m->codec == VOMP_DTMF || m->codec == VOMP_TEXT) && m->len <= SW_MESH_SAY_MAX &&
	       ends(m, m->head.len, m->bytes, m->len);
}

bool
sw_mesh_heard_ok(const void *msg)
{
	const struct sw_mesh_heard *m = msg;

	return is_ip(&m->from) && m->from.port != 0 && m->broadcast <= 1 && m->reserved == 0 &&
	       ends(m, m->head.len, m->bytes, m->len);
}

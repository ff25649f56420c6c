/* SPDX-License-Identifier: Apache-2.0
 *
 * How NG's answers leave by UDP, each from the address that was asked: those of one turn
 * together, for a client that is woken up by each of them takes our CPU from us.  When they
 * are many, a thread of the post's own sends them, if control may run on more than one CPU:
 * the kernel takes a fifth of a call's time for the answers' way to the client.  They leave in
 * no certain order; one that cannot leave is lost, as datagrams are: its client asks again.
 *
 * Control's one thread calls; the post's thread knows nothing but the socket and the bytes. */
#pragma once

#include <stdalign.h>
#include <sys/socket.h>

#include "control/ng_server_inside.h"

/* What of a datagram is beside its text, on either way. */
struct ng_beside {
	struct sockaddr_storage peer;
	alignas(struct cmsghdr) char control[64];
};

struct ng_post;

/* FD stays the caller's, and outlives the post.  NULL: errno. */
struct ng_post *ng_post_open(int fd);
void ng_post_close(struct ng_post *p); /* what waits leaves first; NULL is fine */

/* TEXT, which is copied, for A leaves by the next flush at the latest. */
void ng_post_add(struct ng_post *p, const struct ng_asker *a, struct slice text);

/* TEXT leaves now.  0 or -errno. */
int ng_post_now(const struct ng_post *p, const struct ng_asker *a, struct slice text);

/* What waits leaves, now or by the thread. */
void ng_post_flush(struct ng_post *p);

/* All has left when this returns. */
void ng_post_empty(struct ng_post *p);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind switch_client.h share: switch_client.c (the connection, and what the
 * switch says), switch_client_view.c (the shared state), switch_client_queue.c (commands on
 * their way and in flight), switch_client_commands.c and switch_client_mesh.c (each command).
 * Nobody else's.
 *
 * Commands are numbered without gaps and wait in a ring for their acknowledgements, which may
 * come in any order (a withdrawn transport is acknowledged when its slot is free), so the
 * number is the place in the ring.  Their bytes wait in one buffer and leave as many to a
 * message as fit; one that a descriptor goes with leaves by itself. */
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/switch_client.h"

enum stage {
	AWAY,
	GREETED, /* hello is on its way */
	READY,
};

struct waiting {
	switch_done *done; /* may be NULL */
	void *arg;
	struct sw_history
		*history; /* SW_TRANSPORT_STOP: filled by the switch; NULL: unwanted */
	uint16_t type;    /* enum sw_type; 0: answered */
};

/* A descriptor that is to go with a command. */
struct passing {
	uint64_t seq; /* of the command, whose bytes wait */
	int fd;
};

/* What of the state is mapped. */
struct view {
	struct sw_state head; /* as it was checked; what is mapped may change */
	const char *base;     /* [0, head.rules_at): read only */
	void *records;        /* [head.records_at, head.size): ours */
	int fd;               /* -1: no state yet */
};

struct switch_client {
	const struct switch_client_calls *calls;
	void *arg;
	int fd;
	enum stage stage;
	struct view view;
	int silence; /* SW_WELCOME's second descriptor; -1: none */

	uint64_t heard;        /* messages that have come */
	uint64_t oldest, next; /* numbers: the oldest unanswered command, the next one */
	struct waiting *ring;  /* number & (ring_size - 1) */
	size_t ring_size;      /* a power of two */

	char *out; /* bytes [out_head, out_tail) wait, whole messages at multiples of 8; keys
		    * are among them: memory of secret.h */
	size_t out_head, out_tail, out_size;
	bool hurries; /* not all of them are deletions */

	struct passing passing[SW_CAPTURES]; /* oldest first; ours */
	unsigned passings;

	alignas(8) char in[SW_MESSAGE_MAX];
};

/* ---- switch_client_view.c ---- */

/* Check and map the state in FD, which is the view's from now on; closed on failure.  NULL, or
 * what is wrong with it. */
const char *switch_view_init(struct view *v, int fd);
void switch_view_fini(struct view *v);

/* ---- switch_client_queue.c ---- */

struct waiting *switch_client_waiting_at(const struct switch_client *c, uint64_t seq);
/* NULL: no command SEQ of TYPE is in flight. */
struct waiting *switch_client_waiting(
	const struct switch_client *c, uint64_t seq, uint32_t type);

/* The answer to command SEQ of TYPE.  False: no such command is in flight. */
bool switch_client_answer(struct switch_client *c, uint64_t seq, uint32_t type, int error);

/* See that one more command can be in flight.  0 or -ENOBUFS. */
int switch_client_make_room(struct switch_client *c);

/* Number MSG, remember whom to call, let its bytes wait.  FD, -1: none, goes with it, and is
 * ours in any case.  0 or -ENOBUFS. */
int switch_client_queue(struct switch_client *c, enum sw_type type, void *msg, size_t len,
	int fd, switch_done *done, void *arg);

/* Forget what waits to be written. */
void switch_client_clear(struct switch_client *c);

/* ---- switch_client_commands.c ---- */

/* Queue MSG, of LEN bytes and without a descriptor.  0; -ENOTCONN, -ENOBUFS. */
int switch_client_command(struct switch_client *c, enum sw_type type, void *msg, size_t len,
	switch_done *done, void *arg);

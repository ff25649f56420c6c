/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind switch_server.h share: switch_server.c (the socket, what comes and
 * what goes), switch_server_commands.c (what control wants), switch_server_mesh.c (of the
 * mesh).  Nobody else's.  Main thread. */
#pragma once

#include <stdalign.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "dataplane/switch_server.h"

struct event;

/* One SEQPACKET message on its way out; keys may be in it: memory of secret.h, whose slots go
 * up to 4096 bytes. */
struct message {
	TAILQ_ENTRY(message) next;
	size_t len;
	alignas(8) uint8_t bytes[4064];
};

struct switch_server {
	const struct switch_server_calls *calls;
	void *arg;
	struct event_base *base;
	struct event *listener, *reader, *writer;
	char *path;
	int fd;              /* of control; -1: none */
	uint64_t connection; /* counts them: a late acknowledgement must not meet the next one
			      */
	bool welcomed;
	TAILQ_HEAD(messages, message) out;
	size_t waiting; /* bytes in it */
	struct switch_tables *tables;
	const struct state *state;
	int silence; /* goes with each welcome; -1: there is none */
	struct capture *capture;
	struct mesh_main *mesh;
	int passed; /* descriptor that came with the message at hand; -1: none */
	alignas(8) uint8_t in[SW_MESSAGE_MAX];
};

/* Append one struct of switch.h to what waits; lengths are multiples of 8 by their layout. */
void switch_server_put(struct switch_server *s, const void *msg, size_t len);
void switch_server_acknowledge(struct switch_server *s, const struct sw_head *to, int error);

/* Say MSG, of which its own length tells how much, though nobody has asked; at once.  False:
 * nobody is there, or too much waits for him. */
bool switch_server_say(struct switch_server *s, const struct sw_head *msg);

/* The descriptor that came with the message at hand, the caller's from now on; -1: none. */
int switch_server_take_fd(struct switch_server *s);

/* Do what a command other than SW_HELLO wants, and acknowledge it, or see that it will be. */
void switch_server_carry_out(struct switch_server *s, const struct sw_head *head);

/* ---- switch_server_mesh.c: one a command.  0 or -errno ---- */

int switch_server_mesh_node(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_neighbour(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_neighbour_del(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_peer(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_peer_del(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_tell(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_cast(struct switch_server *s, const struct sw_head *head);
int switch_server_mesh_say(struct switch_server *s, const struct sw_head *head);

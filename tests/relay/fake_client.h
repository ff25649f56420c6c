/* SPDX-License-Identifier: Apache-2.0
 *
 * A switch behind the functions of dataplane/switch_client.h, in the test's own memory: keeps
 * what it is told by the contract of switch.h, acknowledges when the test says so, refuses and
 * dies on demand. */
#pragma once

#include "dataplane/switch_client.h"

enum {
	FAKE_SLOTS = 512,
	FAKE_BLOCKS = 4096,
	FAKE_COMMANDS = 4096, /* waiting at once */
	FAKE_TRANSCODERS = 2, /* that accept */
};

/* Connected, with two interfaces: "outside" 192.0.2.1, 192.0.2.2, 2001:db8::1;
 * "inside" 10.0.0.1; ports 30000 to 30999 each; one forwarding core. */
struct switch_client *fake_open(void);
void fake_close(struct switch_client *c);

/* Before anything else: with a mesh, whose sessions are 30000 to 30999, too. */
void fake_mesh(struct switch_client *c);
/* What was to be said on mesh legs since it was asked last, as "CODEC BYTES in hexadecimal "
 * each. */
const char *fake_said(struct switch_client *c);

/* Acknowledge what waits, also what is said in answer to that; at most N commands. */
void fake_answer(struct switch_client *c, unsigned n);
void fake_answer_all(struct switch_client *c);
unsigned fake_waiting(const struct switch_client *c);

/* The command of TYPE that comes after SKIP others of it is answered with ERROR, once. */
void fake_refuse(struct switch_client *c, enum sw_type type, unsigned skip, int error);

/* The next N commands of TYPE find no room. */
void fake_full(struct switch_client *c, enum sw_type type, unsigned n);

/* The connection ends: what waits is answered with -EPIPE; what it holds stays (fake_adopt()),
 * or memory and all are as new (fake_fresh()). */
void fake_lose(struct switch_client *c);
void fake_adopt(struct switch_client *c);
void fake_fresh(struct switch_client *c);

/* Control is killed: what it has said is carried out up to the Nth command, the rest is
 * forgotten, and it learns nothing.  Afterwards, when its memory has gone as by calls_close():
 * fake_bury(). */
void fake_orphan(struct switch_client *c, unsigned n);
void fake_bury(struct switch_client *c);

/* The newest capture that is under way; NULL: none. */
const struct sw_capture_set *fake_capture(const struct switch_client *c);
/* It ends by itself with ERROR, of which TOLD is told; also when control ends it. */
void fake_captured(struct switch_client *c, int error);
void fake_tell_captured(struct switch_client *c,
	void (*told)(void *arg, const struct sw_captured *m), void *arg);

/* What it holds.  NULL: nothing in that slot. */
const struct sw_transport *fake_transport(const struct switch_client *c, uint32_t slot);
const struct sw_flow *fake_flow(const struct switch_client *c, uint32_t slot);
const struct sw_bridge *fake_bridge(
	const struct switch_client *c, uint32_t slot); /* NULL: its flow is not bridged */
bool fake_is_stopped(const struct switch_client *c, uint32_t slot);
unsigned fake_count(const struct switch_client *c);

/* To be changed by tests. */
struct sw_state *fake_state(struct switch_client *c);
struct sw_core *fake_core(struct switch_client *c, unsigned i);
struct sw_transcoder *fake_transcoder(struct switch_client *c, unsigned i);
struct sw_bridge_state *fake_bridge_state(struct switch_client *c, uint32_t slot);
struct sw_transport_state *fake_transport_state(struct switch_client *c, uint32_t slot);
struct sw_transport_more *fake_transport_more(struct switch_client *c, uint32_t slot);

unsigned fake_sent(const struct switch_client *c, enum sw_type type); /* commands so far */

/* Has it been hurried since it was asked last? */
bool fake_hurried(struct switch_client *c);

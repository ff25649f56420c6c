/* SPDX-License-Identifier: Apache-2.0
 *
 * One call of VoMP (mesh/vomp_call.h), ours, and what the far side says to it. */
#pragma once

#include "mesh/vomp_call.h"

enum { OURS = 0x1111, THEIRS = 0x2222, NOW = 1000000 }; /* sessions; ms */

/* What either end can do and the numbers, unless said otherwise. */
extern const struct vomp_offer call_offer;
extern const struct vomp_times call_times;

struct frame {
	uint8_t bytes[256];
	struct mesh_writer w; /* behind the ports */
};

/* The far side's, for our session TO; a body may be added. */
void far_header(struct frame *f, uint16_t to, uint8_t state, uint8_t view);
/* It says that its state is STATE; with a list of codecs where there is to be one. */
struct vomp_todo far_take(struct vomp_call *c, uint8_t state, int64_t now);
struct vomp_todo far_take_offer(struct vomp_call *c, uint8_t state, uint8_t view,
	const struct vomp_offer *o, int64_t now);

/* What we say; and that it is said. */
void call_write(struct vomp_call *c, struct frame *f, int64_t now);
void call_say(struct vomp_call *c, int64_t now);
bool is_nothing(struct vomp_todo t);

/* One that we make; one that the far side makes, of which we can THEIRS; one that has come as
 * far as LOCAL and REMOTE, all of it said. */
void call_dial(struct vomp_call *c);
void call_asked(struct vomp_call *c, const struct vomp_offer *theirs, struct vomp_todo *t);
void call_be_asked(struct vomp_call *c);
void call_put(struct vomp_call *c, bool caller, uint8_t local, uint8_t remote);

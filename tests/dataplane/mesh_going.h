/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of suites about what leaves to the far node of a call (mesh_talk.h). */
#pragma once

#include "tests/dataplane/mesh_talk.h"

extern struct far_heard h;
extern uint8_t speech[160]; /* that the phone says */

void going_begin(void);

void say(uint16_t seq, uint32_t timestamp);
void expect_sound(uint8_t codec, uint16_t slot, const void *data, unsigned len);
void expect_silence(void);

/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of suites about what comes from the far node of a call (mesh_talk.h). */
#pragma once

#include "tests/dataplane/mesh_talk.h"

extern uint8_t datagram[MESH_DATAGRAM_MAX]; /* that the far node is putting together ... */
extern struct mesh_writer w;                /* ... with this */
extern struct up up;
extern struct rig_datagram heard;

void coming_begin(void); /* the call, and a datagram */

void deliver(void);     /* send what has been put together, and begin the next one */
bool phone_hears(void); /* the next datagram that goes to the phone */
void expect_rtp(uint8_t type, uint16_t seq, const void *payload, unsigned len);
void expect_nothing_up(void);

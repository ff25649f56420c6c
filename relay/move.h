/* SPDX-License-Identifier: Apache-2.0
 *
 * The jobs that move a call to another node and take one over.  Of calls.c.  Control's one
 * thread.
 *
 * No index may be sealed twice, so a call never runs in two places, whoever dies when:
 *
 * - Exported, its transports are stopped before its record can be read, and before it is
 *   answered it is written down that they stay so.  If we are killed in between, our successor
 *   sets them again, and they go on from what the switch has kept.
 * - Imported, its transports are there, with their history, and the call is written down,
 *   before its flows are: until then nothing leaves.  If we are killed before, our successor
 *   has the switch drop them, and the record is as good as it was.
 *
 * What one process cannot see is a record that is imported in two places, or twice. */
#pragma once

#include "relay/job.h"

/* Read the record of LEN bytes that J is to import; its id becomes J's.  0; -EINVAL: J has
 * been refused, and is gone. */
int move_read(struct job *j, const uint8_t *record, size_t len);

/* Start an export of CALL, an import; CALL: of that id, NULL: there is none. */
void move_out(struct job *j, struct call *call);
void move_in(struct job *j, struct call *call);

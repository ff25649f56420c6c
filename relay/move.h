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
 * Home again, where it has stayed, exported: the switch is asked once more what it has kept of
 * each transport, and history_order() says which is the later, that or the record.  A record
 * that is nowhere ahead is an old one: the call goes on as it was here.  Otherwise the call
 * becomes what the record says, and that is written down while it is still exported; then its
 * transports take the record's histories, then it is written down that it runs, then come its
 * flows.  Killed in between it is exported, under no older keys or numbers than it has used
 * anywhere, and the same record brings it home.  Where each is ahead of the other somewhere,
 * it has run in two places, and is refused.
 *
 * What one process cannot see is a record that is imported in two places, or twice. */
#pragma once

#include "relay/job.h"

/* Read the record of LEN bytes that J is to import; its id becomes J's.  0; -EINVAL: J has
 * been refused, and is gone. */
int move_read(struct job *j, const uint8_t *record, size_t len);

extern const struct job_kind move_export, move_import;

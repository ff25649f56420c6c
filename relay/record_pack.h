/* SPDX-License-Identifier: Apache-2.0
 *
 * Records (record.h) as they lie in the shared memory: packed, for a node has many, and they
 * say nearly the same.  What leaves the node is never packed.  Pure; control's one thread.
 * Neither keeps anything of a record, which may hold keys; BUF is the caller's to wipe. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The LEN bytes of RECORD into SIZE bytes at BUF, packed if they are to LAST, for that takes
 * longer than all else of writing one: how many; -ENOSPC (never with more than LEN of them).
 */
ssize_t record_pack(const uint8_t *record, size_t len, bool last, uint8_t *buf, size_t size);

/* And back; PACKED may be any bytes.  How many; -EBADMSG (also for more than SIZE). */
ssize_t record_unpack(const uint8_t *packed, size_t len, uint8_t *buf, size_t size);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the call records in the blocks of the shared memory, so that whoever follows us finds
 * them.  A record lies in a chain of blocks and is there from one release store on: a kill at
 * any moment leaves it whole or not at all, and of a record and the one that replaces it the
 * one or the other.
 *
 * Which blocks are free is known only here; a successor finds out by looking at all of them.
 * Blocks are wiped before they are free: records hold keys.  Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dataplane/switch.h"

struct store;

enum { STORE_NONE = UINT32_MAX };

/* Over the N blocks at BLOCKS, which must stay mapped.  Looks for records; what is half-made,
 * replaced or damaged is wiped.  FD: the file that they are mapped from, AT bytes into it;
 * where it has holes nothing is looked for, which would fill them with memory.  -1: not known.
 * NULL: errno. */
struct store *store_open(void *blocks, uint32_t n, int fd, uint64_t at);
void store_close(struct store *s); /* the records stay; NULL is fine */

/* The same blocks are mapped elsewhere now. */
void store_moved(struct store *s, void *blocks);

/* Hand every record to EACH: its number, its LEN bytes in memory that is wiped after the call.
 * It may drop that record. */
void store_each(struct store *s,
	void (*each)(void *arg, uint32_t record, const uint8_t *data, size_t len), void *arg);

/* Write LEN >= 1 bytes as a record that is not there yet: store_commit() or store_drop() must
 * follow. 0 and RECORD; -ENOSPC. */
int store_write(struct store *s, const uint8_t *data, size_t len, uint32_t *record);

/* From now on RECORD is there, and OLD (STORE_NONE: none) is not. */
void store_commit(struct store *s, uint32_t record, uint32_t old);
void store_drop(struct store *s, uint32_t record); /* STORE_NONE is fine */

uint32_t store_free(const struct store *s); /* blocks */
uint32_t store_damaged(
	const struct store *s); /* records that were thrown away at the opening */

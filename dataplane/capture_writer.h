/* SPDX-License-Identifier: Apache-2.0
 *
 * One capture's file and the thread that writes it.  A disk may keep a write waiting for as
 * long as it likes: then this thread waits, and nobody else.  Main fills batches of whole
 * blocks and hands them over; when the disk has fallen behind by all there are, main is told
 * that there is no room, and goes on.  No DPDK.  Main calls all of these; none of them waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_BATCH = 65536 }; /* bytes that are written at one time */

struct capture_writer;

struct capture_written {
	uint64_t packets;
	uint64_t bytes; /* of the file: whole blocks */
	int error;      /* -errno: it was cut back to these, and nothing more goes there */
};

/* For FD, a file of BYTES bytes, which is the writer's from now on.  NULL with errno: ENOMEM,
 * EAGAIN (no thread); FD stays the caller's. */
struct capture_writer *capture_writer_open(int fd, uint64_t bytes);

/* Room for one block of LEN bytes at most, LEN <= CAPTURE_BATCH.  NULL: the disk is behind. */
uint8_t *capture_writer_room(struct capture_writer *w, size_t len);
/* A packet's block of LEN bytes stands there now. */
void capture_writer_put(struct capture_writer *w, size_t len);
/* Let it be written now, though there may be room in its batch. */
void capture_writer_flush(struct capture_writer *w);

/* Once: no more comes.  What is there is written, and the file closed. */
void capture_writer_end(struct capture_writer *w);
/* What stands in the file by now.  True: it has ended, and this is the last word. */
bool capture_writer_look(const struct capture_writer *w, struct capture_written *so_far);
/* After its last word; or else the thread, should the disk wake, ends by itself. */
void capture_writer_close(struct capture_writer *w);

/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture_writer.h.  A file only ever grows by whole blocks: what a full disk has cut off
 * is taken back, so what stands there can be read whenever it ends.  The thread begins when
 * the switch has given up what it does not need, and so has no more than main. */
#include "dataplane/capture_writer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCHES = 16 }; /* a power of two */

/* Whole blocks: filled by main, then written by the thread. */
struct batch {
	uint32_t len, packets;
	uint8_t bytes[CAPTURE_BATCH];
};

struct capture_writer {
	int fd;
	sem_t turn;             /* one for each batch that was given, one for the end */
	_Atomic uint32_t given; /* batches so far; main writes */
	_Atomic uint32_t done;  /* and written; this and all below: the thread writes */
	_Atomic uint64_t packets, bytes;
	_Atomic int error;
	_Atomic bool ended;
	_Atomic bool parted;
	struct batch batch[BATCHES]; /* number N is at N % BATCHES */
};

/* ---- The thread ---- */

/* All of it into the file, or nothing of it. */
static void
write_batch(struct capture_writer *w, const struct batch *b)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(w->fd, b->bytes + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int error = n < 0 ? -errno : -EIO;

			if (ftruncate(w->fd, (off_t)w->bytes) != 0)
				error = -EIO; /* half a block stays: readers say so */
			w->error = error;
			return;
		}
		done += (size_t)n;
	}
	w->packets += b->packets;
	w->bytes += b->len;
}

/* Main and the thread part from W; the second frees it. */
static void
part(struct capture_writer *w)
{
	if (!atomic_exchange(&w->parted, true))
		return;
	sem_destroy(&w->turn);
	free(w);
}

static void *
run(void *arg)
{
	struct capture_writer *w = arg;
	struct batch *b;
	uint32_t done = 0;

	pthread_setname_np(pthread_self(), "capture");
	for (;;) {
		while (sem_wait(&w->turn) != 0) { /* EINTR */
		}
		if (done == w->given)
			break;
		b = &w->batch[done % BATCHES];
		if (w->error == 0)
			write_batch(w, b);
		b->len = b->packets = 0;
		w->done = ++done; /* main's again */
	}
	close(w->fd);
	w->ended = true;
	part(w);
	return NULL;
}

/* ---- Main ---- */

struct capture_writer *
capture_writer_open(int fd, uint64_t bytes)
{
	struct capture_writer *w = calloc(1, sizeof *w);
	pthread_t thread;
	int err;

	if (w == NULL)
		return NULL;
	w->fd = fd;
	w->bytes = bytes;
	sem_init(&w->turn, 0, 0);
	if ((err = pthread_create(&thread, NULL, run, w)) == 0) {
		pthread_detach(thread);
		return w;
	}
	sem_destroy(&w->turn);
	free(w);
	errno = err;
	return NULL;
}

/* The batch that is being filled; NULL: all are given and none is written yet. */
static struct batch *
filling(struct capture_writer *w)
{
	return w->given - w->done < BATCHES ? &w->batch[w->given % BATCHES] : NULL;
}

uint8_t *
capture_writer_room(struct capture_writer *w, size_t len)
{
	struct batch *b = filling(w);

	if (b != NULL && sizeof b->bytes - b->len < len) {
		capture_writer_flush(w);
		b = filling(w);
	}
	return b != NULL ? b->bytes + b->len : NULL;
}

void
capture_writer_put(struct capture_writer *w, size_t len)
{
	struct batch *b = &w->batch[w->given % BATCHES];

	b->len += (uint32_t)len;
	b->packets++;
}

void
capture_writer_flush(struct capture_writer *w)
{
	const struct batch *b = filling(w);

	if (b == NULL || b->len == 0)
		return;
	w->given++;
	sem_post(&w->turn);
}

void
capture_writer_end(struct capture_writer *w)
{
	capture_writer_flush(w);
	sem_post(&w->turn);
}

bool
capture_writer_look(const struct capture_writer *w, struct capture_written *so_far)
{
	bool ended = w->ended; /* first, or what comes after it could be missed */

	*so_far = (struct capture_written){
		.packets = w->packets, .bytes = w->bytes, .error = w->error};
	return ended;
}

void
capture_writer_close(struct capture_writer *w)
{
	part(w);
}

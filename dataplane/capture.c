/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture.h.  A file only ever grows by whole blocks: what a full disk has cut off is
 * taken back, so what stands there can be read whenever it ends.  A write waits for a disk at
 * worst as long as the kernel makes it; the cores do not. */
#include "dataplane/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <rte_mempool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/log.h"
#include "dataplane/pcapng.h"

enum {
	BUFFER = 65536,                             /* of one file, filled in one run */
	BLOCK_MAX = RTE_MBUF_DEFAULT_DATAROOM + 64, /* a packet's, at most */
};
static_assert(BLOCK_MAX <= BUFFER, "a block fits");

/* One capture under way. */
struct file {
	struct sw_capture_set want; /* id 0: none */
	int fd;
	int error;        /* it cannot go on */
	uint64_t bytes;   /* in the file, whole blocks */
	uint64_t packets; /* there */
	uint64_t lost_before;
	size_t waiting; /* bytes in the buffer */
	unsigned packets_waiting;
	uint8_t *buffer;
};

struct capture {
	unsigned cores;
	struct capture_tap *tap;
	struct captured **frame; /* room for all that the cores may have copied */
	unsigned files;          /* under way */
	struct file file[SW_CAPTURES];
};

/* ---- Life ---- */

struct capture *
capture_open(unsigned cores)
{
	struct capture *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->tap = aligned_alloc(alignof(struct capture_tap), cores * sizeof *c->tap);
	c->frame = calloc((size_t)cores * CAPTURE_FRAMES, sizeof(struct captured *));
	if (c->tap == NULL || c->frame == NULL)
		goto no_memory;
	for (; c->cores < cores; c->cores++)
		if (capture_tap_init(&c->tap[c->cores]) != 0)
			goto no_memory;
	return c;

no_memory:
	capture_close(c);
	errno = ENOMEM;
	return NULL;
}

static void
drop_file(struct capture *c, struct file *f)
{
	close(f->fd);
	free(f->buffer);
	*f = (struct file){.fd = -1};
	c->files--;
}

void
capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].want.id != 0)
			drop_file(c, &c->file[i]);
	for (unsigned i = 0; i < c->cores; i++)
		capture_tap_fini(&c->tap[i]);
	free(c->frame);
	free(c->tap);
	free(c);
}

struct capture_tap *
capture_tap_of(struct capture *c, unsigned core)
{
	return &c->tap[core];
}

/* ---- Files ---- */

static struct file *
find(struct capture *c, uint64_t id)
{
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].want.id == id)
			return &c->file[i];
	return NULL;
}

static uint64_t
count_lost(const struct capture *c)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < c->cores; i++)
		lost += atomic_load_explicit(&c->tap[i].lost, memory_order_relaxed);
	return lost;
}

/* Everything into the file, or nothing of it. */
static void
flush(struct file *f)
{
	size_t done = 0;

	while (done < f->waiting) {
		ssize_t n = write(f->fd, f->buffer + done, f->waiting - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			f->error = n < 0 ? -errno : -EIO;
			if (ftruncate(f->fd, (off_t)f->bytes) != 0)
				f->error = -EIO; /* half a block stays: readers say so */
			break;
		}
		done += (size_t)n;
	}
	if (done == f->waiting) {
		f->bytes += f->waiting;
		f->packets += f->packets_waiting;
	}
	f->waiting = 0;
	f->packets_waiting = 0;
}

static bool
wants(const struct file *f, uint64_t transport)
{
	for (uint32_t i = 0; f->want.id != 0 && i < f->want.transports; i++)
		if (f->want.transport[i].id == transport)
			return true;
	return false;
}

/* Have those of WANT copied that some capture still wants, and no others of it. */
static void
steer(struct capture *c, struct switch_tables *tb, const struct sw_capture_set *want)
{
	for (uint32_t i = 0; i < want->transports; i++) {
		uint64_t id = want->transport[i].id;
		bool on = false;

		for (unsigned k = 0; k < SW_CAPTURES && !on; k++)
			on = wants(&c->file[k], id);
		if (tables_capture(tb, want->transport[i].slot, id, on) == -ENOMEM)
			log_err("no memory to capture a transport\n");
	}
}

static int
begin(struct capture *c, const struct sw_capture_set *want, int fd)
{
	struct file *f = find(c, 0);
	struct stat st;

	if (f == NULL)
		return -ENOSPC;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		(fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if ((f->buffer = malloc(BUFFER)) == NULL)
		return -ENOMEM;
	f->fd = fd;
	f->bytes = (uint64_t)st.st_size;
	f->lost_before = count_lost(c);
	f->want.id = want->id;
	c->files++;
	return 0;
}

static void take(struct capture *c);

int
capture_set(
	struct capture *c, struct switch_tables *tb, const struct sw_capture_set *want, int fd)
{
	struct file *f = find(c, want->id);
	struct sw_capture_set was;
	int err = 0;

	if (f != NULL && fd >= 0)
		close(fd); /* said again */
	if (f == NULL) {
		take(c); /* what a capture before has left belongs to none */
		err = begin(c, want, fd);
		if (err != 0 && fd >= 0)
			close(fd);
		f = find(c, want->id);
	}
	if (err != 0)
		return err;
	was = f->want;
	f->want = *want;
	steer(c, tb, &was);
	steer(c, tb, want);
	return 0;
}

static void
finish(struct capture *c, struct switch_tables *tb, struct file *f, capture_told *told,
	void *arg)
{
	const struct sw_capture_set was = f->want;
	struct sw_captured m = {.id = was.id};

	flush(f);
	m.packets = f->packets;
	m.bytes = f->bytes;
	m.lost = count_lost(c) - f->lost_before;
	m.error = f->error;
	drop_file(c, f);
	steer(c, tb, &was);
	if (told != NULL)
		told(arg, &m);
}

void
capture_end(struct capture *c, struct switch_tables *tb, uint64_t id, capture_told *told,
	void *arg)
{
	struct file *f;

	capture_run(c, tb, told, arg); /* all that was there when it was said */
	f = find(c, id);
	if (f != NULL)
		finish(c, tb, f, told, arg);
}

void
capture_end_all(struct capture *c, struct switch_tables *tb)
{
	capture_run(c, tb, NULL, NULL);
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].want.id != 0)
			finish(c, tb, &c->file[i], NULL, NULL);
}

/* ---- Frames ---- */

/* A moment of both clocks. */
struct moment {
	uint64_t tsc, ns;
};

/* DPDK's idea of the TSC's rate may be off by a thousandth, so each run looks at both anew:
 * over its few milliseconds that is nothing.  Whoever is interrupted between the two looks
 * again. */
static struct moment
now(void)
{
	struct moment m = {0};
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 3; i++) {
		struct timespec ts;
		uint64_t before = rte_rdtsc(), took;

		clock_gettime(CLOCK_REALTIME, &ts);
		took = rte_rdtsc() - before;
		if (took >= best)
			continue;
		best = took;
		m.tsc = before + took / 2;
		m.ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	}
	return m;
}

static uint64_t
real_ns(const struct moment *m, uint64_t tsc)
{
	int64_t ago = (int64_t)(m->tsc - tsc);

	return m->ns - (uint64_t)(int64_t)((double)ago * 1e9 / (double)rte_get_tsc_hz());
}

static void
put(struct file *f, const struct captured *frame, const struct moment *m)
{
	const struct pcapng_packet p = {.interface = frame->device,
		.out = frame->out,
		.ns = real_ns(m, frame->tsc),
		.frame = frame->frame,
		.kept = RTE_MIN(frame->kept, f->want.snaplen),
		.len = frame->len};
	size_t len;

	if (BUFFER - f->waiting < BLOCK_MAX)
		flush(f);
	if (f->error != 0)
		return;
	len = pcapng_packet(f->buffer + f->waiting, BUFFER - f->waiting, &p);
	if (f->bytes + f->waiting + len > f->want.max_bytes) {
		f->error = -EFBIG;
		return;
	}
	f->waiting += len;
	f->packets_waiting++;
}

static int
by_time(const void *a, const void *b)
{
	const struct captured *const *x = a, *const *y = b;

	if ((*x)->tsc != (*y)->tsc)
		return (*x)->tsc > (*y)->tsc ? 1 : -1;
	return (*x)->order > (*y)->order ? 1 : -1;
}

/* What the cores have copied, in the order of time: each core's ring is, several are not.  How
 * many. */
static unsigned
collect(struct capture *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->cores; i++)
		n += rte_ring_sc_dequeue_burst(
			c->tap[i].ring, (void **)&c->frame[n], CAPTURE_FRAMES, NULL);
	for (unsigned i = 0; i < n; i++)
		c->frame[i]->order = i;
	if (c->cores > 1)
		qsort(c->frame, n, sizeof c->frame[0], by_time);
	return n;
}

static void
take(struct capture *c)
{
	struct moment m = now();
	unsigned n = collect(c);

	for (unsigned i = 0; i < n; i++) {
		struct captured *frame = c->frame[i];

		for (unsigned k = 0; k < SW_CAPTURES; k++)
			if (wants(&c->file[k], frame->transport))
				put(&c->file[k], frame, &m);
		rte_mempool_put(rte_mempool_from_obj(frame), frame);
	}
}

void
capture_run(struct capture *c, struct switch_tables *tb, capture_told *told, void *arg)
{
	if (c->files == 0)
		return;
	take(c);
	for (unsigned i = 0; i < SW_CAPTURES; i++) {
		struct file *f = &c->file[i];

		if (f->want.id != 0 && f->error == 0)
			flush(f);
		if (f->want.id != 0 && f->error != 0)
			finish(c, tb, f, told, arg);
	}
}

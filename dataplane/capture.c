/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture.h.  What is written goes by capture_writer.h: no disk keeps main waiting. */
#include "dataplane/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <rte_mempool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/capture_writer.h"
#include "dataplane/log.h"
#include "dataplane/pcapng.h"

enum {
	BLOCK_MAX = RTE_MBUF_DEFAULT_DATAROOM + 64, /* a packet's, at most */
	PATIENCE_MS = 2000, /* how long a disk may take to write what is left at the end */
	CLOSE_MS = 500,     /* the same, when all ends */
};
static_assert((size_t)BLOCK_MAX <= CAPTURE_BATCH, "a block fits");

enum phase {
	FREE,
	RUNS,
	ENDS,  /* nothing more is put there; what was put is being written */
	HANGS, /* told of, or nobody is to be; the disk still has not taken it */
};

/* One capture. */
struct file {
	enum phase phase;
	struct sw_capture_set want;
	struct capture_writer *writer;
	int error;      /* why it ends; 0: it is to */
	uint64_t bytes; /* in the file when all that was put is */
	uint64_t late;  /* frames that came while the disk was behind */
	uint64_t lost_before;
	uint64_t until_ms; /* ENDS: the disk has time */
};

struct capture {
	unsigned cores;
	struct capture_tap *tap;
	struct captured **frame; /* room for all that the cores may have copied */
	unsigned files;          /* not free */
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

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
drop_file(struct capture *c, struct file *f)
{
	capture_writer_close(f->writer);
	*f = (struct file){.phase = FREE};
	c->files--;
}

/* A disk that hangs still has its thread then, which ends with the process. */
static void
await_writer(struct capture *c, struct file *f, uint64_t until_ms)
{
	struct capture_written w;

	if (f->phase == RUNS)
		capture_writer_end(f->writer);
	while (!capture_writer_look(f->writer, &w) && now_ms() < until_ms)
		usleep(1000);
	drop_file(c, f);
}

void
capture_close(struct capture *c)
{
	uint64_t until_ms = now_ms() + CLOSE_MS;

	if (c == NULL)
		return;
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].phase != FREE)
			await_writer(c, &c->file[i], until_ms);
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
find_free(struct capture *c)
{
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].phase == FREE)
			return &c->file[i];
	return NULL;
}

/* One that is under way. */
static struct file *
find(struct capture *c, uint64_t id)
{
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].phase == RUNS && c->file[i].want.id == id)
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

static bool
wants(const struct file *f, uint64_t transport)
{
	for (uint32_t i = 0; f->phase == RUNS && i < f->want.transports; i++)
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
	struct file *f = find_free(c);
	struct stat st;

	if (f == NULL)
		return -ENOSPC;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		(fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if ((f->writer = capture_writer_open(fd, (uint64_t)st.st_size)) == NULL)
		return -errno;
	f->phase = RUNS;
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

/* Nothing more goes into F, because of ERROR. */
static void
end(struct capture *c, struct switch_tables *tb, struct file *f, int error)
{
	f->phase = ENDS;
	f->error = error;
	f->until_ms = now_ms() + PATIENCE_MS;
	capture_writer_end(f->writer);
	steer(c, tb, &f->want);
}

void
capture_end(struct capture *c, struct switch_tables *tb, uint64_t id)
{
	struct file *f = find(c, id);

	if (f == NULL)
		return;
	take(c); /* all that was there when it was said */
	end(c, tb, f, f->error);
}

void
capture_end_all(struct capture *c, struct switch_tables *tb)
{
	if (c->files > 0)
		take(c);
	for (unsigned i = 0; i < SW_CAPTURES; i++) {
		struct file *f = &c->file[i];

		if (f->phase == RUNS)
			end(c, tb, f, 0);
		if (f->phase == ENDS)
			f->phase = HANGS;
	}
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
	uint8_t *room;
	size_t len;

	if (f->error != 0)
		return;
	if ((room = capture_writer_room(f->writer, BLOCK_MAX)) == NULL) {
		f->late++;
		return;
	}
	len = pcapng_packet(room, BLOCK_MAX, &p);
	if (f->bytes + len > f->want.max_bytes) {
		f->error = -EFBIG;
		return;
	}
	capture_writer_put(f->writer, len);
	f->bytes += len;
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

static void
tell(const struct capture *c, const struct file *f, const struct capture_written *w, int error,
	capture_told *told, void *arg)
{
	struct sw_captured m = {.id = f->want.id,
		.packets = w->packets,
		.bytes = w->bytes,
		.lost = count_lost(c) - f->lost_before + f->late,
		.error = error};

	told(arg, &m);
}

/* What F's writer has done since. */
static void
look(struct capture *c, struct switch_tables *tb, struct file *f, capture_told *told,
	void *arg)
{
	struct capture_written w;
	bool ended = capture_writer_look(f->writer, &w);

	if (f->phase == RUNS) {
		capture_writer_flush(f->writer);
		if (f->error != 0 || w.error != 0)
			end(c, tb, f, f->error);
		return;
	}
	if (f->phase == ENDS && (ended || now_ms() >= f->until_ms)) {
		f->phase = HANGS;
		tell(c, f, &w,
			w.error != 0 ? w.error
			: ended      ? f->error
				     : -ETIMEDOUT,
			told, arg);
	}
	if (ended)
		drop_file(c, f);
}

bool
capture_is_on(const struct capture *c)
{
	return c->files > 0;
}

void
capture_run(struct capture *c, struct switch_tables *tb, capture_told *told, void *arg)
{
	if (c->files == 0)
		return;
	take(c);
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->file[i].phase != FREE)
			look(c, tb, &c->file[i], told, arg);
}

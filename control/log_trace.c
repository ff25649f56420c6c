/* SPDX-License-Identifier: Apache-2.0
 *
 * See log_trace.h.  Traces end when somebody looks and their time has come. */
#include "control/log_trace.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAST_WORDS_MS = 2000 }; /* that the end of a call takes at most */

static struct trace {
	char *id; /* NULL: none */
	enum log_level level;
	int64_t until_ms;
} traces[LOG_TRACES];

static unsigned count;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void
forget(struct trace *t)
{
	free(t->id);
	t->id = NULL;
	count--;
}

static void
forget_old(void)
{
	int64_t now = now_ms();

	for (unsigned i = 0; i < LOG_TRACES; i++)
		if (traces[i].id != NULL && now >= traces[i].until_ms)
			forget(&traces[i]);
}

static struct trace *
find(const char *id)
{
	if (count == 0) /* mostly */
		return NULL;
	forget_old();
	for (unsigned i = 0; i < LOG_TRACES; i++)
		if (traces[i].id != NULL && strcmp(traces[i].id, id) == 0)
			return &traces[i];
	return NULL;
}

static struct trace *
find_free(void)
{
	for (unsigned i = 0; i < LOG_TRACES; i++)
		if (traces[i].id == NULL)
			return &traces[i];
	return NULL;
}

int
log_trace_begin(const char *id, enum log_level level, unsigned seconds)
{
	struct trace *t = find(id);

	if (t == NULL) {
		if ((t = find_free()) == NULL)
			return -ENOSPC;
		if ((t->id = strdup(id)) == NULL)
			return -ENOMEM;
		count++;
	}
	t->level = level;
	t->until_ms = now_ms() + seconds * INT64_C(1000);
	return 0;
}

bool
log_trace_end(const char *id)
{
	struct trace *t = find(id);

	if (t != NULL)
		forget(t);
	return t != NULL;
}

void
log_trace_call_ended(const char *id)
{
	struct trace *t = find(id);
	int64_t soon;

	if (t == NULL)
		return;
	soon = now_ms() + LAST_WORDS_MS;
	if (t->until_ms > soon)
		t->until_ms = soon;
}

bool
log_trace_wants(const char *id, enum log_level level)
{
	const struct trace *t = find(id);

	return t != NULL && level <= t->level;
}

bool
log_trace_get(unsigned n, struct log_trace *t)
{
	forget_old();
	if (traces[n].id == NULL)
		return false;
	t->id = traces[n].id;
	t->level = traces[n].level;
	t->seconds_left = (unsigned)((traces[n].until_ms - now_ms() + 999) / 1000);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See log.h.  A line is one write(), so that the two daemons' lines do not mix. */
#include "control/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/log_trace.h"
#include "control/siphash.h"

enum {
	LINE = 1000, /* bytes, with what is put in front */
	NAMES = 4,   /* that log_call() may have out at once */
};

const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};
const char *const log_identifiers[] = {"hash", "plain", NULL};

/* Priorities of syslog, which the journal reads between angle brackets: sd-daemon(3). */
static const int priority[] = {3, 4, 6, 7};

static enum log_level least = LOG_LEVEL_INFO;
static bool plain;
static bool journal;
static uint8_t key[16];

/* systemd names its stream by device and inode: stderr may have been redirected since. */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/* What stands before the text.  Its length. */
static int
head(char *line, size_t room, enum log_level level)
{
	struct timespec now;
	struct tm tm;

	if (journal)
		return snprintf(line, room, "<%d>", priority[level]);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	return snprintf(line, room,
		"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ strowger %s: ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		now.tv_nsec / 1000000, log_levels[level]);
}

int
log_level_find(const char *name)
{
	for (int i = 0; log_levels[i] != NULL; i++)
		if (strcmp(log_levels[i], name) == 0)
			return i;
	return -1;
}

void
log_open(enum log_level level, bool plain_identifiers)
{
	least = level;
	plain = plain_identifiers;
	journal = stderr_is_journal();
	/* At boot, before the kernel has entropy, this waits: names must not be guessable. */
	if (getrandom(key, sizeof key, 0) != sizeof key)
		log_warn("no random numbers (%m): names of calls can be guessed");
}

void
log_set_level(enum log_level level)
{
	least = level;
}

void
log_set_identifiers(bool plain_identifiers)
{
	plain = plain_identifiers;
}

enum log_level
log_get_level(void)
{
	return least;
}

bool
log_get_plain(void)
{
	return plain;
}

void
log_hash(const char *id, char text[LOG_HASH])
{
	snprintf(text, LOG_HASH, "call-%08" PRIx32, (uint32_t)siphash(key, id, strlen(id)));
}

const char *
log_call(const char *id)
{
	static char names[NAMES][LOG_HASH];
	static unsigned next;
	char *name;

	if (plain)
		return id;
	name = names[next++ % NAMES];
	log_hash(id, name);
	return name;
}

/* The line of LEN bytes in TEXT, whose first HEAD are ours. */
static void
write_line(char *text, size_t head_len, size_t len)
{
	if (len > LINE - 1)
		len = LINE - 1;
	for (size_t i = head_len; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	text[len++] = '\n'; /* where vsnprintf() ended the string */
	if (write(STDERR_FILENO, text, len) < 0) {
		/* There is nobody left to tell. */
	}
}

/* ABOUT: what the line is about, and a colon; or "". */
static void __attribute__((format(printf, 3, 0)))
put_line(enum log_level level, const char *about, const char *fmt, va_list ap)
{
	int error = errno;
	char line[LINE];
	size_t start = (size_t)head(line, sizeof line, level);
	size_t len = start + (size_t)snprintf(line + start, sizeof line - start, "%s", about);
	int n;

	if (len > sizeof line - 1)
		len = sizeof line - 1;
	errno = error;
	n = vsnprintf(line + len, sizeof line - len, fmt, ap);
	write_line(line, start, len + (n < 0 ? 0 : (size_t)n));
	errno = error;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > least)
		return;
	va_start(ap, fmt);
	put_line(level, "", fmt, ap);
	va_end(ap);
}

bool
log_writes(const char *id, enum log_level level)
{
	return level <= least || log_trace_wants(id, level);
}

void
log_about(const char *id, enum log_level level, const char *fmt, ...)
{
	char about[LINE];
	va_list ap;

	if (!log_writes(id, level))
		return;
	snprintf(about, sizeof about, "%s: ", log_call(id));
	va_start(ap, fmt);
	put_line(level, about, fmt, ap);
	va_end(ap);
}

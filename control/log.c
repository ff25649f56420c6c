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

const char *
log_call(const char *id)
{
	static char names[NAMES][sizeof "call-01234567"];
	static unsigned next;
	char *name;

	if (plain)
		return id;
	name = names[next++ % NAMES];
	snprintf(name, sizeof names[0], "call-%08" PRIx32,
		(uint32_t)siphash(key, id, strlen(id)));
	return name;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	int error = errno;
	char line[LINE];
	size_t start, len;
	va_list ap;
	int n;

	if (level > least)
		return;
	start = (size_t)head(line, sizeof line, level);
	errno = error;
	va_start(ap, fmt);
	n = vsnprintf(line + start, sizeof line - start, fmt, ap);
	va_end(ap);
	len = start + (n < 0 ? 0 : (size_t)n);
	if (len > sizeof line - 1)
		len = sizeof line - 1;
	for (size_t i = start; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n'; /* where vsnprintf() ended the string */
	if (write(STDERR_FILENO, line, len) < 0) {
		/* There is nobody left to tell. */
	}
	errno = error;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's log: log.h says what it is for.  rte_log() prints into a stream of ours, which
 * makes lines of it, each one write(), so that the two daemons' lines do not mix.  Main
 * thread, and EAL's interrupt thread with messages of DPDK's own, under the stream's lock. */
#include "dataplane/log.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>

enum {
	LINE = 1000, /* bytes, with what is put in front; what exceeds them is cut off */
};

int log_type = RTE_LOGTYPE_USER1; /* until log_open() */

/* The line that is being written. */
static struct {
	char text[LINE];
	size_t len; /* 0: none has begun */
	int type;   /* whose it is */
} line;

static bool journal;

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

/* Put in front of LINE what control puts in front of its own. */
static void
begin(int type)
{
	static const char *const names[] = {[RTE_LOG_WARNING] = "warning",
		[RTE_LOG_NOTICE] = "info",
		[RTE_LOG_INFO] = "info",
		[RTE_LOG_DEBUG] = "debug"};
	int level = rte_log_cur_msg_loglevel(), len;
	struct timespec now;
	struct tm tm;

	level = RTE_MAX(RTE_MIN(level, (int)RTE_LOG_DEBUG), (int)RTE_LOG_EMERG);
	line.type = type;
	if (journal) { /* DPDK's levels are syslog's, counted from 1: sd-daemon(3) */
		len = snprintf(line.text, LINE, "<%d>", level - 1);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		len = snprintf(line.text, LINE,
			"%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ strowger-switch %s: ",
			tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			tm.tm_sec, now.tv_nsec / 1000000,
			names[level] != NULL ? names[level] : "error");
	}
	line.len = (size_t)len;
}

static void
end(void)
{
	line.text[line.len++] = '\n';
	if (write(STDERR_FILENO, line.text, line.len) < 0) {
		/* There is nobody left to tell. */
	}
	line.len = 0;
}

/* The stream's write function: a piece of a line, or several lines. */
static ssize_t
take(void *cookie, const char *text, size_t len)
{
	int type = rte_log_cur_msg_logtype();

	if (line.len > 0 && line.type != type)
		end(); /* some library forgot its newline */
	for (size_t i = 0; i < len; i++) {
		if (line.len == 0)
			begin(type);
		if (text[i] == '\n')
			end();
		else if (line.len < LINE - 1) /* names of others' processes stand in lines */
			line.text[line.len++] = (unsigned char)text[i] < ' ' || text[i] == 0x7f
							? '?'
							: text[i];
	}
	return (ssize_t)len;
}

void
log_set_level(unsigned level)
{
	static const uint32_t rte_level[] = {
		RTE_LOG_ERR, RTE_LOG_WARNING, RTE_LOG_INFO, RTE_LOG_DEBUG};

	/* The pattern meets only types that exist already, and EAL brings its drivers' when it
	 * starts: set again after that, it quiets those too. */
	rte_log_set_global_level(RTE_LOG_DEBUG);
	rte_log_set_level_pattern("*", RTE_LOG_WARNING);
	rte_log_set_level(log_type, rte_level[RTE_MIN(level, RTE_DIM(rte_level) - 1)]);
}

void
log_open(unsigned level)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take});
	int type = rte_log_register("strowger");

	if (type >= 0)
		log_type = type;
	journal = stderr_is_journal();
	if (f != NULL) /* or a line's level would be that of whoever empties the buffer */
		setvbuf(f, NULL, _IOLBF, 0);
	rte_openlog_stream(f != NULL ? f : stderr); /* or EAL would write to syslog as well */
	log_set_level(level);
}

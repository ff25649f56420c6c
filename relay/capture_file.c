/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture_file.h. */
#include "relay/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/pcapng.h"
#include "dataplane/switch.h"

/* The directory, which may be a link (an operator's), while what lies in it may not. */
static int
open_directory(const char *path)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -errno;
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

static int
write_head(int fd, const struct sw_state *st, uint32_t snaplen, const char *comment)
{
	uint8_t head[2048];
	size_t len = pcapng_section(head, sizeof head, "strowger " STROWGER_VERSION, comment);
	ssize_t written;

	for (uint32_t i = 0; i < st->devices && i < SW_DEVICES; i++) {
		char name[SW_NAME + 1];

		snprintf(name, sizeof name, "%.*s", SW_NAME, st->device[i].name);
		len += pcapng_interface(head + len, sizeof head - len, name, snaplen);
	}
	written = write(fd, head, len);
	if (written < 0)
		return -errno;
	return (size_t)written == len ? 0 : -ENOSPC;
}

int
capture_file_open(const char *directory, const char *name, const struct sw_state *st,
	uint32_t snaplen, const char *comment)
{
	int dir = open_directory(directory), fd, err;

	if (dir < 0)
		return dir;
	fd = openat(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);
	err = fd >= 0 ? write_head(fd, st, snaplen, comment) : -errno;
	if (fd >= 0 && err != 0) {
		close(fd);
		unlinkat(dir, name, 0);
	}
	close(dir);
	return err != 0 ? err : fd;
}

void
capture_file_remove(const char *directory, const char *name)
{
	int dir = open_directory(directory);

	if (dir < 0)
		return;
	unlinkat(dir, name, 0);
	close(dir);
}

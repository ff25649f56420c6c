/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_record.h. */
#include "control/ctl_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/rpc_parse.h"

/* A new file beside PATH, nobody else's to read. */
static int
open_beside(struct ctl_record *r, const char *path)
{
	int fd;

	/* A symbolic link stays one. */
	if ((r->path = realpath(path, NULL)) == NULL && (r->path = strdup(path)) == NULL)
		return -1;
	if (asprintf(&r->tmp, "%s.XXXXXX", r->path) < 0) {
		r->tmp = NULL;
		return -1;
	}
	if ((fd = mkostemp(r->tmp, O_CLOEXEC)) < 0) {
		free(r->tmp);
		r->tmp = NULL;
	}
	return fd;
}

int
ctl_record_open(struct ctl_record *r, const char *path)
{
	struct stat st;
	int fd, error;

	*r = (struct ctl_record){0};
	if (strcmp(path, "-") == 0) {
		r->f = stdout;
		return 0;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		fd = open(path, O_WRONLY | O_CLOEXEC);
	else
		fd = open_beside(r, path);
	if (fd >= 0 && (r->f = fdopen(fd, "w")) != NULL)
		return 0;
	error = errno;
	if (fd >= 0)
		close(fd);
	ctl_record_close(r);
	return -error;
}

/* What was written is TMP's: make it PATH's. */
static int
put_in_place(struct ctl_record *r)
{
	if (fsync(fileno(r->f)) != 0 || rename(r->tmp, r->path) != 0)
		return -errno;
	free(r->tmp);
	r->tmp = NULL;
	return 0;
}

int
ctl_record_write(struct ctl_record *r, const json_t *answer)
{
	const char *text = json_string_value(json_object_get(answer, "record"));

	errno = EIO;
	if (text == NULL || fputs(text, r->f) < 0 || fputc('\n', r->f) < 0 ||
		fflush(r->f) != 0)
		return -errno;
	return r->tmp != NULL ? put_in_place(r) : 0;
}

void
ctl_record_close(struct ctl_record *r)
{
	if (r->f != NULL && r->f != stdout)
		fclose(r->f);
	if (r->tmp != NULL)
		unlink(r->tmp);
	free(r->tmp);
	free(r->path);
	*r = (struct ctl_record){0};
}

json_t *
ctl_record_read(const char *path)
{
	static char text[RPC_LINE_MAX]; /* more does not fit a request either */
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	json_t *record;
	size_t n;

	if (f == NULL)
		return NULL;
	n = fread(text, 1, sizeof text, f);
	if (f != stdin)
		fclose(f);
	while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
		n--;
	record = json_stringn(text, n);
	explicit_bzero(text, sizeof text);
	if (record == NULL)
		errno = EBADMSG;
	return record;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_record.h. */
#include "control/ctl_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/rpc_parse.h"

FILE *
ctl_record_create(const char *path)
{
	struct stat st;
	int fd, error;
	FILE *f;

	if (strcmp(path, "-") == 0)
		return stdout;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return NULL;
	/* One that was there may be open to all; a device is as it is. */
	if (fstat(fd, &st) == 0 &&
		(!S_ISREG(st.st_mode) || fchmod(fd, S_IRUSR | S_IWUSR) == 0) &&
		(f = fdopen(fd, "w")) != NULL)
		return f;
	error = errno;
	close(fd);
	errno = error;
	return NULL;
}

int
ctl_record_write(FILE *f, const json_t *answer)
{
	const char *text = json_string_value(json_object_get(answer, "record"));
	bool bad = text == NULL || fputs(text, f) < 0 || fputc('\n', f) < 0;

	if (fflush(f) != 0 || bad)
		return errno != 0 ? -errno : -EIO;
	return f == stdout || fclose(f) == 0 ? 0 : -errno;
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

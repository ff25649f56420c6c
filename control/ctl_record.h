/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of `call export` and `call import`: a call record in base64, on one line.  It
 * holds keys: nobody else may read the file. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* Where a record goes to.  A file gets it whole or stays what it was: it may be the only
 * record of a call.  All fields are private. */
struct ctl_record {
	FILE *f;          /* NULL: none is open */
	char *path, *tmp; /* TMP, beside it, becomes PATH; NULL: stdout, or a device */
};

/* Make ready to write a record to PATH; "-": stdout.  0 or -errno. */
int ctl_record_open(struct ctl_record *r, const char *path);

/* Write the `record` of ANSWER; it is at PATH from then on.  0 or -errno. */
int ctl_record_write(struct ctl_record *r, const json_t *answer);

/* If nothing was written, nothing has changed; all-zero is fine. */
void ctl_record_close(struct ctl_record *r);

/* What stands in the file at PATH ("-": stdin), as a string.  NULL: errno; EBADMSG: no text.
 */
json_t *ctl_record_read(const char *path);

/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of `call export` and `call import`: a call record in base64, on one line.  It
 * holds keys: nobody else may read the file. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* Open the file at PATH to write a record to; "-": stdout.  NULL: errno. */
FILE *ctl_record_create(const char *path);

/* Write the `record` of ANSWER, and close F.  0 or -errno. */
int ctl_record_write(FILE *f, const json_t *answer);

/* What stands in the file at PATH ("-": stdin), as a string.  NULL: errno; EBADMSG: no text.
 */
json_t *ctl_record_read(const char *path);

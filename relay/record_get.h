/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of a call record (record.h) into members of structs, by the tables of
 * record_fields.h.  Any bytes may be read.  Only for record_read.c. */
#pragma once

#include "relay/record_fields.h"

/* What has not been read yet. */
struct record_reader {
	const uint8_t *p;
	size_t left;
};

/* The next field: its tag, and its bytes in IN.  0: there is none; -EBADMSG. */
int record_next(struct record_reader *r, struct record_reader *in);

/* Read the field with TAG into OF, if the table F has it.  0, -EBADMSG or -ENOMEM. */
int record_get(const struct record_field *f, int tag, struct record_reader in, void *of);

/* All fields of a group that holds no groups.  Likewise. */
int record_get_all(const struct record_field *fields, struct record_reader r, void *of);

/* The text of row F alone.  Likewise. */
int record_get_text(const struct record_field *f, struct record_reader in, char *member);

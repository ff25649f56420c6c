/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls by id.  Grows with them; walks them in an order that neither growth nor other calls
 * change, so that a list can be handed out in pieces.  Ids come from outside: the hash is
 * keyed.  Control's one thread. */
#pragma once

#include "relay/call.h"

struct directory;

struct directory *directory_open(void);    /* NULL: errno */
void directory_close(struct directory *d); /* the calls are the caller's; NULL is fine */

int directory_add(struct directory *d, struct call *c);                 /* 0; -EEXIST */
void directory_remove(struct directory *d, struct call *c);             /* C is in it */
struct call *directory_find(const struct directory *d, const char *id); /* NULL: none such */

/* The call behind where AFTER is or would be, NULL: the first one.  NULL: there is no more. */
struct call *directory_next(const struct directory *d, const char *after);

unsigned directory_count(const struct directory *d);

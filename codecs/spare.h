/* SPDX-License-Identifier: Apache-2.0
 *
 * Codecs just opened, for those whose libraries cannot put one back to its beginning: who has
 * to forget all takes one of these and leaves his own, which allocates nothing and takes no
 * lock.  Of those that were left new ones are made by who has time for it.  Any thread. */
#pragma once

#include <stdatomic.h>

enum { SPARES = 8 }; /* of one kind, at most: so many forget within codec_renew()'s interval */

/* One kind; the codec's file has it, with the first three filled in. */
struct spare {
	void *(*open)(unsigned kind); /* NULL: ENOMEM */
	void (*close)(void *codec);
	unsigned kind;
	_Atomic unsigned made;
	_Atomic(void *) fresh[SPARES], worn[SPARES];
};

/* One more has been opened for use: one more may be needed here. */
void spare_add(struct spare *s);

/* One just opened, for WORN; NULL: there is none, and WORN stays the caller's. */
void *spare_swap(struct spare *s, void *worn);

/* New ones for all that are worn. */
void spare_renew(struct spare *s);

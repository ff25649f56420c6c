/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tables of places.  There are never more spares than places in either, so whoever has one
 * in hand finds a free place for it. */
#include "codecs/spare.h"

#include <stddef.h>

static void *
take(_Atomic(void *) place[SPARES])
{
	void *codec = NULL;

	for (unsigned i = 0; codec == NULL && i < SPARES; i++)
		if (atomic_load_explicit(&place[i], memory_order_relaxed) != NULL)
			codec = atomic_exchange_explicit(
				&place[i], NULL, memory_order_acquire);
	return codec;
}

static void
put(_Atomic(void *) place[SPARES], void *codec)
{
	void *nothing = NULL;

	for (unsigned i = 0; !atomic_compare_exchange_strong_explicit(
		     &place[i], &nothing, codec, memory_order_release, memory_order_relaxed);
		i = (i + 1) % SPARES)
		nothing = NULL;
}

void
spare_add(struct spare *s)
{
	unsigned made = atomic_load_explicit(&s->made, memory_order_relaxed);
	void *codec;

	do {
		if (made == SPARES)
			return;
	} while (!atomic_compare_exchange_weak_explicit(
		&s->made, &made, made + 1, memory_order_relaxed, memory_order_relaxed));
	if ((codec = s->open(s->kind)) != NULL)
		put(s->fresh, codec);
	else
		atomic_fetch_sub_explicit(&s->made, 1, memory_order_relaxed);
}

void *
spare_swap(struct spare *s, void *worn)
{
	void *fresh = take(s->fresh);

	if (fresh != NULL)
		put(s->worn, worn);
	return fresh;
}

void
spare_renew(struct spare *s)
{
	void *worn, *fresh;

	while ((worn = take(s->worn)) != NULL) {
		if ((fresh = s->open(s->kind)) == NULL) {
			put(s->worn, worn); /* until there is memory */
			return;
		}
		s->close(worn);
		put(s->fresh, fresh);
	}
}

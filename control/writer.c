/* SPDX-License-Identifier: Apache-2.0
 *
 * See writer.h. */
#include "control/writer.h"

struct slice
writer_print(
	struct arena *a, void (*write)(struct writer *w, const void *what), const void *what)
{
	struct writer w = {.len = 0};

	w.at = arena_rest(a, &w.room);
	write(&w, what);
	if (w.broken || w.len > w.room) {
		memset(w.at, 0, w.len < w.room ? w.len : w.room);
		if (w.broken)
			return (struct slice){NULL, 0};
		w.room = w.len;
		if ((w.at = arena_take(a, w.room)) == NULL)
			return (struct slice){NULL, 0};
		w.len = 0;
		write(&w, what);
		return (struct slice){w.at, w.len};
	}
	return (struct slice){arena_take(a, w.len), w.len};
}

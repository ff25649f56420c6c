/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes of an NG client's stream: control/ng_frame.c.  However the stream is cut, messages end
 * at the same places; what is whole bencode for the frame is whole for the reader; and what
 * has no end yet goes on. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/bencode.h"
#include "control/ng_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENDS = 64 };

/* Where messages end in TEXT, given STEP bytes at a time; how many do. */
static size_t
cut(const char *text, size_t len, size_t step, size_t end[ENDS], enum ng_frame_state *last)
{
	struct ng_frame f = {0};
	size_t n = 0, at = 0;

	while (at < len && n < ENDS && f.state != NG_FRAME_BROKEN) {
		size_t piece = len - at < step ? len - at : step;
		/* Of its own size, so that a byte too far is seen. */
		char *copy = malloc(piece);
		size_t used;

		memcpy(copy, text + at, piece);
		used = ng_frame_feed(&f, copy, piece);
		free(copy);
		assert(used > 0 && used <= piece);
		assert(used == piece || ng_frame_is_over(&f));
		at += used;
		if (f.state == NG_FRAME_WHOLE) {
			end[n++] = at;
			f = (struct ng_frame){0};
		}
	}
	*last = f.state;
	return n;
}

/* A message from BEGIN to END: nothing is missing of a value that is bencode. */
static void
check_whole(const char *text, size_t begin, size_t end)
{
	const char *space = memchr(text + begin, ' ', end - begin);
	struct arena *a = arena_open(1 << 20);
	size_t used = 0, len;

	assert(space != NULL);
	len = (size_t)(text + end - (space + 1));
	assert(len > 0 && (space[1] == 'd' || space[1] == '{'));
	if (space[1] == 'd') {
		if (bencode_read(a, space + 1, len, &used) != NULL)
			assert(used == len);
		else
			assert(errno != EAGAIN);
	}
	arena_close(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t all[ENDS], pieces[ENDS], n, step = size > 0 ? 1 + data[0] % 7 : 1;
	enum ng_frame_state last, last_pieces;

	n = cut(text, size, size + 1, all, &last);
	assert(cut(text, size, step, pieces, &last_pieces) == n);
	assert(last == last_pieces && memcmp(all, pieces, n * sizeof *all) == 0);
	for (size_t i = 0; i < n; i++)
		check_whole(text, i == 0 ? 0 : all[i - 1], all[i]);
	return 0;
}

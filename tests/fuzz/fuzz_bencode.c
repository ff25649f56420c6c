/* SPDX-License-Identifier: Apache-2.0
 *
 * Bencode from anybody: control/bencode.c.  What is read lies in the bytes that came, ends
 * where it says, is not whole without its last byte, and means the same when it is printed and
 * read again. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/bencode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_lie_in(struct slice s, const char *text, size_t len)
{
	assert(s.at == NULL || (s.at >= text && s.at + s.len <= text + len));
}

static unsigned
walk(const struct value *v, const char *text, size_t len, unsigned depth)
{
	unsigned n = 1;

	assert(depth <= VALUE_DEPTH);
	must_lie_in(v->key, text, len);
	if (v->type == VALUE_TEXT)
		must_lie_in(v->text, text, len);
	if (v->type != VALUE_LIST && v->type != VALUE_DICT)
		return n;
	for (const struct value *of = v->first; of != NULL; of = of->next)
		n += walk(of, text, len, depth + 1);
	return n;
}

static void
read_again(struct arena *a, const struct value *v)
{
	struct slice printed = bencode_print(a, v), twice;
	const struct value *again;
	size_t used;

	assert(printed.at != NULL);
	again = bencode_read(a, printed.at, printed.len, &used);
	assert(again != NULL && used == printed.len);
	twice = bencode_print(a, again);
	assert(slice_equal(printed, twice));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1); /* exactly as long as it is */
	struct arena *a = arena_open(64 << 20);
	const struct value *v;
	size_t used = 0, less;

	memcpy(text, data, size);
	errno = 0;
	v = bencode_read(a, text, size, &used);
	if (v != NULL) {
		assert(used >= 1 && used <= size);
		assert(walk(v, text, size, 0) <= VALUE_COUNT);
		read_again(a, v);
		assert(bencode_read(a, text, used - 1, &less) == NULL && errno == EAGAIN);
	} else {
		assert(errno == EBADMSG || errno == EAGAIN || errno == E2BIG);
	}
	arena_close(a);
	free(text);
	return 0;
}

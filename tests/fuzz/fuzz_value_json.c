/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON from anybody, and JSON made of any bencode: control/value_json.c.  What is read means
 * the same when it is printed and read again; what is printed is JSON, whatever bytes are in
 * it. */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/bencode.h"
#include "control/value_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_again(struct arena *a, const struct value *v)
{
	struct slice printed = value_to_json(a, v);
	const struct value *again;

	assert(printed.at != NULL);
	again = value_from_json(a, printed.at, printed.len);
	assert(again != NULL);
	assert(slice_equal(bencode_print(a, v), bencode_print(a, again)));
}

/* A key with a NUL is one that jansson prints, and does not read. */
static void
print(struct arena *a, const struct value *v)
{
	struct slice printed = value_to_json(a, v);
	json_t *root;

	assert(printed.at != NULL);
	if (strstr(printed.at, "\\u0000") != NULL)
		return;
	root = json_loadb(printed.at, printed.len, JSON_DECODE_ANY, NULL);
	assert(root != NULL);
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1); /* exactly as long as it is */
	struct arena *a = arena_open(64 << 20);
	const struct value *v;
	size_t used;

	memcpy(text, data, size);
	errno = 0;
	if ((v = value_from_json(a, text, size)) != NULL)
		read_again(a, v);
	else
		assert(errno == EBADMSG || errno == E2BIG);
	v = bencode_read(a, text, size, &used);
	if (v != NULL && (v->type == VALUE_DICT || v->type == VALUE_LIST))
		print(a, v);
	arena_close(a);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the bodies of a mesh node's small services: what is read ends within its bounds, is
 * text where it is to be text, and means the same when it is written again.  The bytes lie in
 * a block of their very size. */
#include <stdlib.h>

#include "mesh/services.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
explanations(const uint8_t *p, unsigned len)
{
	struct explain_item item, again;
	int n;

	for (unsigned at = 0; at < len; at += (unsigned)n) {
		uint8_t bytes[40];
		struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

		n = explain_read(p + at, len - at, &item);
		must(n != 0 && n <= (int)(len - at));
		if (n < 0)
			return;
		mesh_put_explain(&w, &item);
		must(w.len == (unsigned)n && memcmp(bytes, p + at, w.len) == 0);
		must(explain_read(bytes, w.len, &again) == n && again.kind == item.kind);
	}
}

static void
keymap(const uint8_t *p, unsigned len)
{
	static const struct sid from = {{1, 2, 3}};
	uint8_t key[MESH_KEY];

	must(!keymap_is_request(p, len) || keymap_answer_read(p, len, &from, key) < 0);
}

static void
number(const uint8_t *p, unsigned len)
{
	char did[MESH_DID], again[MESH_DID];
	uint8_t bytes[MESH_DID];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};

	if (dna_request_read(p, len, did) != 0)
		return;
	must(mesh_name_is_valid(did) && dna_matches(did, did));
	mesh_put_dna_request(&w, did);
	must(!w.full && dna_request_read(bytes, w.len, again) == 0 && strcmp(did, again) == 0);
}

static void
answer(const uint8_t *p, unsigned len)
{
	struct dna_answer a;

	if (dna_answer_read(p, len, &a) != 0)
		return;
	must(mesh_name_is_valid(a.did) && mesh_name_is_valid(a.name));
	must(strlen(a.uri) < sizeof a.uri && strchr(a.uri, '|') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size > 0 ? size : 1);
	unsigned len = (unsigned)size;

	must(p != NULL);
	memcpy(p, data, size);
	explanations(p, len);
	keymap(p, len);
	number(p, len);
	answer(p, len);
	free(p);
	return 0;
}

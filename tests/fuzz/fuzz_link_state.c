/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the reader of link state: records lie one behind the other within the body, and what
 * is written of one reads as it did.  The bytes lie in a block of their very size. */
#include <stdlib.h>

#include "mesh/link_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static bool
is_same(const struct mesh_address *a, const struct mesh_address *b)
{
	return a->kind == b->kind && a->len == b->len &&
	       (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

static void
write_again(const struct link_record *r, unsigned len)
{
	uint8_t bytes[256];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	struct link_record again;

	mesh_put_link_record(&w, r);
	must(!w.full && w.len <= len);
	must(link_record_read(bytes, w.len, &again) == (int)w.len);
	must(again.flags == r->flags && again.version == r->version);
	must(again.interface == r->interface && again.ack == r->ack && again.mask == r->mask);
	must(again.drop_rate == r->drop_rate);
	must(is_same(&again.receiver, &r->receiver));
	must(is_same(&again.transmitter, &r->transmitter));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size > 0 ? size : 1);
	unsigned at = 0, len = (unsigned)size;
	struct link_record r;
	int n;

	must(p != NULL);
	memcpy(p, data, size);
	while ((n = link_record_read(p + at, len - at, &r)) > 0) {
		must((unsigned)n <= len - at);
		write_again(&r, (unsigned)n);
		at += (unsigned)n;
	}
	must(n < 0 || at == len || p[at] == 0);
	free(p);
	return 0;
}

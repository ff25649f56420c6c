/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames under way: those that are due first come out first, those due at the same time in the
 * order in which they went in.  Bounded. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct held_frame {
	uint64_t due_us;
	uint64_t number; /* held_put() counts */
	unsigned way;
	uint32_t len;
	uint8_t *bytes; /* heap */
};

struct held {
	struct held_frame *heap; /* the one due first is heap[0] */
	size_t n, limit;
	uint64_t numbers;
};

int held_open(struct held *h, size_t limit); /* 0 or -ENOMEM */
void held_close(struct held *h);

/* Keep a copy of the LEN bytes at BYTES.  0; -ENOBUFS (LIMIT are under way), -ENOMEM. */
int held_put(struct held *h, uint64_t due_us, unsigned way, const void *bytes, uint32_t len);
/* The one that is due first, or NULL. */
const struct held_frame *held_first(const struct held *h);
/* Take it out and free it. */
void held_drop_first(struct held *h);

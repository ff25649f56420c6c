/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/record.c: any bytes are read as a record, or refused, with history and without; what
 * is read is a call that can be written and read again, with the same bytes, and whose codecs
 * the switch takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/record.h"
#include "tests/fuzz/bridges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct call_history history;

/* H: NULL, or where its history goes. */
static ssize_t
encode(const uint8_t *data, size_t size, struct call_history *h, uint8_t *buf)
{
	struct call *c = record_decode(data, size, h);
	ssize_t len =
		c != NULL ? record_encode(c, h, buf, h != NULL ? RECORD_LONG_MAX : RECORD_MAX)
			  : -1;

	if (c != NULL && len < 0)
		abort();
	if (c != NULL)
		check_bridges(c);
	call_close(c);
	return len;
}

/* Whoever does not look at histories reads whatever one who does reads. */
static void
check(const uint8_t *data, size_t size, struct call_history *h)
{
	static uint8_t first[RECORD_LONG_MAX], second[RECORD_LONG_MAX];
	ssize_t len = encode(data, size, h, first);

	if (len < 0)
		return;
	if (encode(first, (size_t)len, h, second) != len ||
		memcmp(first, second, (size_t)len) != 0)
		abort();
	if (h != NULL && encode(data, size, NULL, second) < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, NULL);
	check(data, size, &history);
	return 0;
}

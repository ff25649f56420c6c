/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/record.c: any bytes are read as a record, or refused; what is read is a call that can
 * be written and read again, with the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t
encode(const uint8_t *data, size_t size, uint8_t *buf)
{
	struct call *c = record_decode(data, size);
	ssize_t len = c != NULL ? record_encode(c, buf, RECORD_MAX) : -1;

	if (c != NULL && len < 0)
		abort();
	call_close(c);
	return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t first[RECORD_MAX], second[RECORD_MAX];
	ssize_t len = encode(data, size, first);

	if (len < 0)
		return 0;
	if (encode(first, (size_t)len, second) != len ||
		memcmp(first, second, (size_t)len) != 0)
		abort();
	return 0;
}

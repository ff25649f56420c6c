/* SPDX-License-Identifier: Apache-2.0
 *
 * See read_again.h.  The linker puts this in the place of calls_write_record(). */
#include "tests/relay/read_again.h"

#include <check.h>

#include "relay/calls_inside.h"
#include "relay/record.h"

bool read_again = true;

int __real_calls_write_record(struct calls *c, const struct call *call, uint32_t *record);
int __wrap_calls_write_record(struct calls *c, const struct call *call, uint32_t *record);

static void
check(const struct call *call)
{
	static uint8_t first[RECORD_MAX], again[RECORD_MAX];
	ssize_t n = record_encode(call, NULL, first, sizeof first);
	struct call *read;

	ck_assert_int_gt(n, 0);
	read = record_decode(first, (size_t)n, NULL);
	ck_assert_msg(read != NULL, "the record of call %s cannot be read", call->id);
	ck_assert_int_eq(record_encode(read, NULL, again, sizeof again), n);
	ck_assert_mem_eq(again, first, (size_t)n);
	call_close(read);
}

int
__wrap_calls_write_record(struct calls *c, const struct call *call, uint32_t *record)
{
	if (read_again)
		check(call);
	return __real_calls_write_record(c, call, record);
}

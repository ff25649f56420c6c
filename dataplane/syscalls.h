/* SPDX-License-Identifier: Apache-2.0
 *
 * Giving up system calls: tables of those that a process makes, or must not make, become a
 * seccomp filter for all its threads, and for whatever it executes.  Plain C, for both
 * processes; main thread, at start.  seccomp(2), by libseccomp.
 *
 * What is in no table is refused as if the kernel were too old to have it: a library that was
 * updated falls back on what it did before, and an intruder has nothing.  The log names each
 * refused call once.  Refusing needs a signal, SIGSYS: a thread that blocks it takes the
 * process down with it.  clone3() alone is refused without one, and without a word: the C
 * library blocks all signals, tries it, and falls back on clone(). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A system call; with an argument to be looked at: if argument ARG (1..6), of which only the
 * bits of MASK count, is IS.  Several rows may stand for one call. */
struct syscall_row {
	const char *name;
	unsigned arg; /* 0: whatever its arguments */
	uint64_t mask, is;
};

/* What rows are written with.  VALUE is that of an int. */
#define SYSCALL(call)         \
	{                     \
		.name = #call \
	}
#define SYSCALL_IF(call, number, value)                                                     \
	{                                                                                   \
		.name = #call, .arg = (number), .mask = UINT32_MAX, .is = (uint32_t)(value) \
	}
#define SYSCALL_WITH(call, number, bits)                                     \
	{                                                                    \
		.name = #call, .arg = (number), .mask = (bits), .is = (bits) \
	}
#define SYSCALL_WITHOUT(call, number, bits)                    \
	{                                                      \
		.name = #call, .arg = (number), .mask = (bits) \
	}

struct syscall_table {
	const struct syscall_row *row;
	size_t rows;
};
#define SYSCALL_TABLE(array)                             \
	{                                                \
		(array), sizeof(array) / sizeof *(array) \
	}

/* What the C library, the heap, libevent and a log need in any process. */
extern const struct syscall_table syscalls_common;

/* Be told of refused calls: without it, a program that was executed under a filter ends at the
 * first one.  syscalls_allow() does it, too.  0 or -errno. */
int syscalls_catch(void);

/* From now on and for good only what stands in the N tables.  0, also when a filter of the
 * same tables is in force already; -errno: -EINVAL for a row that means nothing, -EPERM where
 * a filter of other tables is in force. */
int syscalls_allow(const struct syscall_table table[], size_t n);

/* From now on and for good all but what stands in TABLE, which fails with EPERM.  0 or -errno.
 */
int syscalls_forbid(const struct syscall_table *table);

/* Is a filter in force that syscalls_allow() has made of other tables than these, as in a
 * program that was executed by an older one? */
_Bool syscalls_differ(const struct syscall_table table[], size_t n);

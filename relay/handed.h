/* SPDX-License-Identifier: Apache-2.0
 *
 * What a control process hands to the newer program that it becomes by execve(2): descriptors
 * that stay open, and some numbers, named in one environment variable.  The process
 * stays the same one, so its lock and its child, the launcher's helper, do.  Control's one
 * thread, at start and at the end. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum { HANDED_NG = 20 };

struct handed {
	int lock;          /* of the instance; -1, as for all: none */
	int rpc;           /* listens at admin.sock */
	int session;       /* at session.sock */
	int view;          /* at view.sock */
	int state;         /* of the switch: should it die just now */
	int launcher;      /* the socket to the launcher's helper */
	int helper;        /* its process number; 0: none */
	int child;         /* the switch's that it has started; 0: none */
	int draining;      /* 1: no new calls are taken */
	int ng[HANDED_NG]; /* where NG is listened at */
};

/* What was handed to us.  The variable is gone after this, and none of the descriptors
 * outlives another exec.  False: nothing, we were started as usual. */
bool handed_take(struct handed *h);

/* Become PROGRAM with ARGV, and hand it H.  Returns only -errno, with all as it was. */
int handed_exec(const struct handed *h, const char *program, char *const argv[]);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that are end to end: the parties have agreed on their keys between themselves, by
 * whatever way, and strowger relays what they send bit by bit.  It can then do nothing that
 * needs a look into a packet, and says so rather than do it worse.  Control's one thread;
 * pure. */
#pragma once

struct call;
struct call_request;
struct fault;

/* May R be asked of C, when it is or becomes end to end?  0; -EINVAL and FAULT says what is
 * too much. */
int e2e_check_request(const struct call *c, const struct call_request *r, struct fault *fault);

/* Make all streams of C end to end.  0; -EINVAL and FAULT names two that do not fit. */
int e2e_take(struct call *c, struct fault *fault);

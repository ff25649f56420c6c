/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of two histories of one transport is the later.  What a transport knows only grows:
 * epochs are handed out, indexes rise, keys get newer.  So of two that were taken while it was
 * in one place at a time, one is nowhere behind the other; where each is ahead somewhere it
 * has gone on in two places.  Pure; any thread. */
#pragma once

#include "dataplane/switch.h"

/* Bits, so that those of several transports can be put together. */
enum history_order {
	HISTORY_SAME = 0,
	HISTORY_OLDER = 1,                             /* it is behind what is kept */
	HISTORY_NEWER = 2,                             /* it is ahead of it */
	HISTORY_SPLIT = HISTORY_OLDER | HISTORY_NEWER, /* each is ahead somewhere */
};

/* What OFFERED is to KEPT, both of one id and having passed sw_check_history().  Of the
 * windows nothing is said: see history_close(). */
enum history_order history_order(
	const struct sw_history *kept, const struct sw_history *offered);

/* Close the windows of H where KEPT's are closed under the same highest index. */
void history_close(struct sw_history *h, const struct sw_history *kept);

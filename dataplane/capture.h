/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures: frames of some transports, as they were on the wire, into files that control has
 * opened.  The cores' side is capture_tap.h; here is what main does: it takes the copies,
 * gives each its time, and has it written into every file that wants it.  Main thread, which
 * waits for no disk. */
#pragma once

#include <stdbool.h>

#include "dataplane/capture_tap.h"
#include "dataplane/tables.h"

struct capture; /* all of them */

/* For CORES.  NULL: ENOMEM. */
struct capture *capture_open(unsigned cores);
/* No core runs any more, and TB need not be there; what is complete is in the files, unless a
 * disk hangs.  NULL is fine. */
void capture_close(struct capture *c);

/* Where core CORE is to put its copies. */
struct capture_tap *capture_tap_of(struct capture *c, unsigned core);

/* Do what SW_CAPTURE_SET asks for; FD, -1 when none came, is ours from now on.  0 or -errno as
 * there. */
int capture_set(struct capture *c, struct switch_tables *tb, const struct sw_capture_set *want,
	int fd);

/* End capture ID, if it is under way; end all, and tell nobody. */
void capture_end(struct capture *c, struct switch_tables *tb, uint64_t id);
void capture_end_all(struct capture *c, struct switch_tables *tb);

/* What TOLD is told of a capture when it has ended and all is in the file, or when the disk
 * has not taken it for some seconds (error -ETIMEDOUT): all but the head is filled in. */
typedef void capture_told(void *arg, struct sw_captured *m);

/* Is any capture under way? */
bool capture_is_on(const struct capture *c);

/* Have written what the cores have copied; to be called every few milliseconds while any is.
 */
void capture_run(struct capture *c, struct switch_tables *tb, capture_told *told, void *arg);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the log says of a call that is traced (control/log_trace.h), beside what it says of
 * every call: each change, and what is so after it.  Nothing of other calls, whatever the
 * level: of thousands nobody would read it.  Control's one thread. */
#pragma once

#include "control/fault.h"
#include "relay/call.h"
#include "relay/changes.h"

/* KIND has happened to C. */
void call_log_change(const struct call *c, enum change_kind kind);

/* What has just been said of C has come from ADDR (family 0: from nowhere). */
void call_log_source(const struct call *c, const struct sw_addr *addr);

/* A request about the call ID, which need not exist, was refused. */
void call_log_refused(const char *id, const struct fault *fault);

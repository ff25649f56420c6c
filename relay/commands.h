/* SPDX-License-Identifier: Apache-2.0
 *
 * From one state of a call to another, in the switch: the commands that make the difference,
 * sent in one go, and one answer when all of them have been acknowledged.  Control's one
 * thread. */
#pragma once

#include "dataplane/switch_client.h"
#include "relay/call.h"
#include "relay/record.h"

/* ERROR: 0, or the first that the switch answered; -EPIPE when it went away. */
typedef void commands_done(void *arg, int error);

/* Make what FROM says what TO says: new and changed transports are set, then changed flows.
 * Those that TO no longer has stay.  Neither call is looked at after the return.
 *
 * 0: there is no difference, DONE is not called.  1: sent; DONE will be called, from
 * switch_client_run(), never from here.  -errno: nothing was sent. */
int commands_set(struct switch_client *client, const struct call *from, const struct call *to,
	commands_done *done, void *arg);

/* Delete the transports of FROM that TO (NULL: nothing) no longer has.  As above. */
int commands_leave(struct switch_client *client, const struct call *from,
	const struct call *to, commands_done *done, void *arg);

/* Both, in one go.  As above. */
int commands_change(struct switch_client *client, const struct call *from,
	const struct call *to, commands_done *done, void *arg);

/* Stop all transports of C; H (NULL: nobody wants it), which must stay until DONE is called:
 * what the switch knew of those of its parties.  As above; 0: it has none. */
int commands_stop(struct switch_client *client, const struct call *c, struct call_history *h,
	commands_done *done, void *arg);

/* Set all transports of C, which another switch has stopped, with their histories H; nothing
 * leaves by them before commands_flows().  Those of listeners have stayed here.  As above. */
int commands_resume(struct switch_client *client, const struct call *c,
	const struct call_history *h, commands_done *done, void *arg);
int commands_flows(
	struct switch_client *client, const struct call *c, commands_done *done, void *arg);

/* Say all of C, whatever the switch may hold already.  As above. */
int commands_restate(
	struct switch_client *client, const struct call *c, commands_done *done, void *arg);

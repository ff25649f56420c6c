#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SIGTERM drains: no new calls, the old ones go on, and with the last one both processes end.  A second SIGTERM, and
# SIGINT, end at once.  Status 0 each time.
. "$(dirname "$0")/lib.sh"

story "SIGTERM drains, a second one and SIGINT end at once"
strowger_start
call_between last none none
both send on
kill -TERM "$strowger_pid"
sleep 1
expect "a new call while draining" "$(rpc_error call.create '{"call": "late", "legs": [{"name": "a", "streams": [{}]}]}')" \
	has draining
hush
heard_everything alice bob
heard_everything bob alice
rpc call.delete '{"call": "last"}' >/dev/null
wait_for 10 "the drained strowger to end" ended "$strowger_pid"
wait "$strowger_pid"
expect "status of the drained strowger" $? = 0
wait_for 5 "its switch to end" no_switch

note "a second SIGTERM"
both stop
rm -f "$work"/*.phone
strowger_start
call_between cut none none
kill -TERM "$strowger_pid"
sleep 0.5
kill -0 "$strowger_pid" || fail "strowger did not wait for its call"
strowger_stop TERM

note "node.stop over the socket"
strowger_start
rpc node.stop '{"drain": false}' >/dev/null
wait_for 10 "strowger to end" ended "$strowger_pid"
wait_for 5 "its switch to end" no_switch
done_well

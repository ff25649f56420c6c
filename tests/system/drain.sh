#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A node that drains refuses new calls by name and carries those that run; so does the program that it is upgraded to;
# and it takes calls again when it is told so.
. "$(dirname "$0")/lib.sh"

one='{"call": "one", "legs": [{"name": "a", "streams": [{}]}]}'
two='{"calls": [{"call": "two", "legs": [{"name": "a", "streams": [{}]}]}]}'

drains() { # CALLS: that run meanwhile
	expect "what node.info says" "$(rpc node.info | json .draining)" is true
	expect "a new call" "$(rpc_error call.create "$one")" has draining
	expect "when to try again, ms" "$("$ctl" -j --socket "$work/story/admin.sock" call create --json "$one" 2>&1 |
		json .data.retry_after_ms)" '>' 0
	expect "one of many new calls" "$(rpc call.create_many "$two" | json '.results[0].error.data.reason')" is draining
	expect "calls" "$(rpc call.list | json '.calls | length')" = "$1"
}

story "a draining node takes no new calls and carries the others"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 none --pps 100
both send on
expect "what node drain says" "$("$ctl" --socket "$work/story/admin.sock" node drain)" has draining
drains 1
call_update lasting '{"name": "bob", "streams": [{"direction": "sendrecv"}]}'

note "and so does the program that it becomes"
rpc node.upgrade >/dev/null
drains 1

note "until it is told to take them again"
rpc node.undrain >/dev/null
rpc call.create "$one" >/dev/null
expect "what node.info says" "$(rpc node.info | json .draining)" is false
hush
heard_everything alice bob
heard_everything bob alice

note "not when it is ending"
kill -TERM "$strowger_pid"
wait_for 5 "it to drain" eval '[ "$(rpc node.info | json .draining)" = true ]'
expect "to take calls again" "$(rpc_error node.undrain)" has draining
rpc call.delete_many '{"all": true}' >/dev/null
wait "$strowger_pid"
expect "status of strowger" $? = 0
done_well

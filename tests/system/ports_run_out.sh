#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A media range that is used up is answered at once, by name; a port rests for a while after its call, and comes back.
. "$(dirname "$0")/lib.sh"

create() { rpc call.create "{\"call\": \"$1\", \"legs\": [{\"name\": \"a\", \"streams\": [{}]}, {\"name\": \"b\", \"streams\": [{}]}]}"; }

story "a used-up media range is answered at once"
config "$work/strowger.conf" story 30000-30007 </dev/null
strowger_start
ports=$(for id in one two; do create $id | json '.legs[].streams[0].local.port'; done | sort)
expect "ports given out" "$(echo $ports)" is "30000 30002 30004 30006"
three='{"call": "three", "legs": [{"name": "a", "streams": [{}]}]}'
expect "a call too many" "$(rpc_error call.create "$three")" has no_ports
expect "calls" "$(rpc call.list | json '.calls | length')" = 2

rpc call.delete '{"call": "one"}' >/dev/null
expect "at once after a call has ended" "$(rpc_error call.create "$three")" has no_ports
wait_for 20 "a port to have rested" eval '"$ctl" --socket "$work/story/admin.sock" rpc call.create "$three" >/dev/null 2>&1'
strowger_stop
done_well

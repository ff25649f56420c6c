#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A UDP socket of another program within the media range: strowger refuses to start, and says which port and whose.
. "$(dirname "$0")/lib.sh"

story "a media range with somebody's socket in it is refused by name"
spawn relay nc -u -l 10.77.0.1 30500 >/dev/null
wait_for 5 "the socket" eval '[ -n "$(in_ns relay ss -Hlun sport = :30500)" ]'
config "$work/strowger.conf" </dev/null
in_ns relay timeout 20 "$strowger" -c "$work/strowger.conf" >"$work/start.log" 2>&1
expect "status" $? != 0
expect "what it says" "$(cat "$work/start.log")" has 30500
expect "what it says" "$(cat "$work/start.log")" has nc
no_switch || fail "a switch was left behind"
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger is stopped for 10 s in mid-call, as a debugger or a frozen container would stop it: media is unhurt, a phone
# that moves meanwhile is followed, and afterwards all is as it was; above all the switch, which was not at fault.
. "$(dirname "$0")/lib.sh"

# Requests of one connection while nobody reads them.
many_requests() {
	local n

	for n in $(seq 200); do
		echo '{"jsonrpc": "2.0", "id": '"$n"', "method": "call.create", "params": {"call": "late-'"$n"'", "legs": [{"name": "a", "streams": [{}]}]}}'
	done
}

memory_of() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; } # kB

story "strowger is stopped for 10 s: media unhurt, and the switch is left alone"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
call_create open "$(leg eve 10.77.0.4:4000 none -)"
both send on
sleep 0.5
switch_was=$(switch_pid)
memory_was=$(memory_of "$switch_was")

kill -STOP "$strowger_pid"
many_requests | timeout 60 nc -NU "$work/story/admin.sock" >"$work/late" &
asking=$!
sleep 1
tell alice bind 10.77.0.2:4800 >/dev/null
# Somebody else at a port: events that nobody reads.
port=$(local_of eve)
spawn mallory "$tools/spray.py" --to 10.77.0.1 --ports "${port##*:}-${port##*:}" --bind 4700 --seconds 7 >/dev/null
wait "$spawned"
sleep 1.5
expect "the switch while strowger is stopped" "$(switch_pid)" = "$switch_was"
kill -CONT "$strowger_pid"
began=$(date +%s%3N)
rpc node.info >/dev/null
note "strowger answers $(($(date +%s%3N) - began)) ms after it goes on"
wait "$asking"
expect "requests answered of those that came meanwhile" "$(grep -c '"result"' "$work/late")" = 200
sleep 2 # the keeper has looked at its switch, more than once
expect "the switch" "$(switch_pid)" = "$switch_was"
expect "what strowger says" "$(cat "$work/story.log")" lacks "lost the switch"
learned() { rpc call.get '{"call": "lasting"}' | json '.legs[] | select(.name == "alice").streams[0].learned.port'; }
soon "where alice is answered" = 4800 learned
expect "calls" "$(rpc stats.get | json .calls)" = 202
memory_is=$(memory_of "$switch_was")
note "the switch's memory: $memory_was kB before, $memory_is kB now"
expect "kB that the switch grew by, with 201 calls more" $((memory_is - memory_was)) '<' 4096

hush
heard_everything bob alice
heard_nothing_wrong alice
call_update lasting '{"name": "bob", "streams": [{"srtp": {"rekey": true}}]}'
tell bob unseal "$(our_key bob)" >/dev/null
talk 0.5
heard_everything bob alice
strowger_stop
done_well

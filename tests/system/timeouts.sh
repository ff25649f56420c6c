#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls that wait in vain: for a second leg, for media, for their end.  Each is told, and ended when the configuration says
# so; one on hold is not, nor one that asked for other times; and a restart of control is no reason to end them all.
#
# Begins early: it waits half a minute for what is forgotten.
. "$(dirname "$0")/lib.sh"

story "forgotten calls are told of, and ended if the configuration says so"
conf() { # SETUP MEDIA ACTION: the configuration
	printf '[timeouts]\nsetup = %s\nmedia = %s\non_timeout = %s\n' "$@" | config "$work/strowger.conf"
}
listen() { # FILE: what happens to calls goes there
	spawn relay sh -c '{ echo "$1"; sleep 60; } | nc -U "$2"' sh \
		'{"jsonrpc": "2.0", "id": 1, "method": "events.subscribe", "params": {"events": ["call.*"]}}' \
		"$work/story/admin.sock" >"$work/$1"
	wait_for 10 "the subscription" grep -qs '"id"' "$work/$1"
}
told() { # FILE FILTER: how many events
	grep '"method"' "$work/$1" | jq -s "[.[].params | select($2)] | length"
}
is_told() { [ "$(told "$1" "$2")" -ge "$3" ]; }
is_gone() { "$ctl" --socket "$work/story/admin.sock" rpc call.get "{\"call\": \"$1\"}" 2>&1 | grep -q unknown_call; }
calls() { rpc node.info | json .calls; }

conf 1s 2s event
strowger_start
listen before

note "a leg that is alone, and one that is never heard"
call_create alone "$(leg a 10.77.0.2:5000 none "")"
call_create unheard "$(leg a 10.77.0.2:5000 none "")" "$(leg b 10.77.0.3:5000 none "")"
wait_for 10 "the timeout of one" is_told before '.call == "alone" and .kind == "setup" and .missing == "leg" and .ms == 1000' 1
wait_for 10 "the timeout of the other" is_told before '.call == "unheard" and .missing == "media" and .leg == "a"' 1
expect "calls, which none of that has ended" "$(calls)" = 2
expect "the log" "$(cat "$work/story.log")" has "has not been set up (no leg) after 1000 ms"

note "a leg that falls silent, and is heard again; one on hold"
silent='.call == "talks" and .kind == "media"'
call_between talks AES_CM_128_HMAC_SHA1_80 none
both send on
sleep 2.5
expect "silent legs while both speak" "$(told before "$silent")" = 0
tell alice send off >/dev/null
wait_for 10 "the timeout of media" is_told before "$silent and .leg == \"alice\" and .ends == false" 1
sleep 2.5
expect "how often one silence is told" "$(told before "$silent")" = 1
tell alice send on >/dev/null
sleep 0.3
call_update talks '{"name": "bob", "streams": [{"direction": "sendonly"}]}'
tell alice send off >/dev/null
sleep 3
expect "silent legs on hold" "$(told before "$silent")" = 1
call_update talks '{"name": "bob", "streams": [{"direction": "sendrecv"}]}'
wait_for 10 "the timeout after the hold" is_told before "$silent" 2

note "a control that is killed: what waits begins anew, and nothing ends at once"
conf 5s 5s end # time enough to see them all, and to subscribe
strowger_kill
strowger_start
expect "calls that go on" "$(calls)" = 3
listen after
rpc call.create "$(jq -nc --argjson legs "[$(leg a 10.77.0.2:5002 none "")]" \
	'{call: "patient", timeouts: {setup_ms: 0, total_ms: 7000}, legs: $legs}')" >/dev/null
for id in alone unheard talks; do
	wait_for 10 "the end of $id" is_gone $id
done
soon "ended for want of set-up" = 2 told after '.event == "call.ended" and .reason == "timeout_setup"'
soon "ended for want of media" = 1 told after '.event == "call.ended" and .reason == "timeout_media"'
wait_for 10 "the end of patient" is_gone patient
soon "its reason" = 1 told after '.event == "call.ended" and .call == "patient" and .reason == "timeout_total"'
expect "told before" "$(told after '.event == "call.timeout" and .call == "patient" and .ends and .ms == 7000')" = 1
strowger_stop
done_well

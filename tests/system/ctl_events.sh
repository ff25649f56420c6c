#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger-ctl events: what happens is told as it happens, to people and to programs, until they have had enough.
. "$(dirname "$0")/lib.sh"

events=("$ctl" --socket "$work/story/admin.sock" events)

story "events are told as they happen, and again after the node was away"
strowger_start

# follow FILE [OPTIONS]: events into FILE.file, from now on; its process is in $spawned.
follow() {
	local file=$1

	shift
	spawn relay "${events[@]}" "$@" >"$work/$file.file" 2>"$work/$file.err"
	followers+=("$spawned")
	wait_for 5 "the subscription" is_subscribed "$file"
}
# It is there when an event arrives: calls of this name are made for that alone.
is_subscribed() {
	call_create "nobody $1" "$(leg x - none "")"
	rpc call.delete "{\"call\": \"nobody $1\"}" >/dev/null
	[ -s "$work/$1.file" ]
}
followers=()

follow all -f
follow ended --filter 'call.ended' -j
follow both --filter node.draining --filter call.created
call_create one "$(leg alice "${address4[alice]}:4000" none "")" "$(leg bob "${address4[bob]}:4000" none "")"
rpc call.delete '{"call": "one"}' >/dev/null
told() { grep -q "$2" "$work/$1.file"; }
wait_for 5 "the end of the call" told all ' call.ended call=one reason=asked$'
expect "its beginning" "$(cat "$work/all.file")" has ' call.created call=one'
expect "lines that do not begin with a time" \
	"$(grep -cvE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z [a-z]+\.[a-z_]+' "$work/all.file")" = 0
wait_for 5 "its end as JSON" told ended '"call":"one"'
expect "other events in it" "$(jq -r 'select(.event != "call.ended") | .event' "$work/ended.file" | wc -l)" = 0
wait_for 5 "what the second of two filters lets through" told both ' call.created call=one'
expect "what none of them lets through" "$(cat "$work/both.file")" lacks call.ended

note "one call alone; so many; so long"
"${events[@]}" --call mine --count 2 >"$work/mine" &
mine=$!
had_enough() { # of calls that come and go, of which it may hear an end first
	for id in other mine; do
		call_create $id "$(leg x - none "")"
		rpc call.delete "{\"call\": \"$id\"}" >/dev/null
	done
	ended $mine
}
wait_for 5 "two events of one call" had_enough
wait $mine || fail "events of one call: status $?"
expect "events of one call" "$(cut -d' ' -f2- "$work/mine" | sort | paste -sd,)" is "call.created call=mine,call.ended call=mine reason=asked"
timeout 10 "${events[@]}" --seconds 0.3 >"$work/none" || fail "events for a while: status $?"
expect "events while nothing happens" "$(wc -l <"$work/none")" = 0

note "a pipe that is closed ends it quietly, also while nothing happens"
(timeout 10 "${events[@]}" 2>"$work/pipe.err"; echo $? >"$work/pipe.status") | sleep 0.3
wait_for 5 "its end" test -s "$work/pipe.status"
expect "its status, and what it said" "$(cat "$work/pipe.status" "$work/pipe.err")" is 0

note "the node goes, and comes back: only who follows goes on"
strowger_kill
wait "${followers[2]}"
expect "status of who does not follow" $? = 3
wait_for 5 "word of it" grep -q 'has gone' "$work/all.err"
strowger_start
wait_for 5 "word of that" grep -q 'is back' "$work/all.err"
call_create two "$(leg x - none "")"
wait_for 5 "an event of the new one" told all ' call.created call=two'
kill "${followers[0]}"

note "mistakes"
"${events[@]}" --filter call.endet >"$work/out" 2>&1 && fail "an event that is none is taken"
expect "what it says" "$(cat "$work/out")" has call.ended
done_well

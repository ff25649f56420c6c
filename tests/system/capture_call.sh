#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What an operator does with a call that somebody complains about: find its name in the log, trace it, capture it.
. "$(dirname "$0")/lib.sh"

story "one call under the lens"
captures=$work/story/captures

# capture ID [JSON]: the answer is in $capture.
capture() {
	capture=$(rpc call.capture "$(jq -nc --arg id "$1" --argjson more "${2:-"{}"}" '{call: $id} + $more')")
}
file_of() { json .file <<<"$capture"; }
stop() { rpc call.capture_stop "{\"capture\": $(json .capture <<<"$capture")}"; }
look() { python3 "$tools/captures.py" "$@"; }
sees_it_all() { # FILE: two programs that we did not write read it to its end
	tcpdump -nn -r "$1" 2>"$work/tcpdump.err" | wc -l
	! grep -qi 'truncated\|cut short\|error' "$work/tcpdump.err" || fail "tcpdump: $(cat "$work/tcpdump.err")"
}

config "$work/strowger.conf" </dev/null
sed -i 's/level = debug/level = warning/' "$work/strowger.conf"
strowger_start
call_between one AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --pps 100
first=$call

# ---- Both ways, byte for byte, as they are on the wire. ----

# A quiet moment before and after: what is under way belongs to both captures or to none.
capture one '{"file": "both.pcapng"}'
spawn lan tcpdump -i relay --immediate-mode -U -s 0 -w "$work/wire.pcap" udp and portrange 30000-30999 2>"$work/wire.err"
dump=$spawned
wait_for 5 "tcpdump" grep -qs 'listening on' "$work/wire.err"
talk 1
ended=$(stop)
on_wire() { tcpdump -nn -r "$work/wire.pcap" 2>/dev/null | wc -l; }
soon "packets that tcpdump has written down" '>=' "$(json .packets <<<"$ended")" on_wire
kill -INT "$dump"
wait "$dump"
expect "why it ended" "$(json .reason <<<"$ended")" is asked
expect "packets that came too fast" "$(json .lost <<<"$ended")" = 0
expect "packets in it" "$(json .packets <<<"$ended")" '>=' 300
expect "size that is told" "$(json .bytes <<<"$ended")" = "$(stat -c %s "$captures/both.pcapng")"
expect "mode and owner" "$(stat -c '%a %U' "$captures/both.pcapng")" is "600 nobody"
expect "mode of the directory" "$(stat -c %a "$captures")" = 700
look compare "$captures/both.pcapng" "$work/wire.pcap" || fail "the capture is not what was on the wire"
seen=$(look show "$captures/both.pcapng")
expect "packets" "$(json .packets <<<"$seen")" = "$(json .packets <<<"$ended")"
expect "packets that tcpdump sees" "$(sees_it_all "$captures/both.pcapng")" = "$(json .packets <<<"$ended")"
hash=$("$ctl" --socket "$work/story/admin.sock" -j call hash one | json .hash)
expect "its comment" "$(json .comment <<<"$seen")" is "$hash"
expect "interfaces" "$(json '.interfaces[]' <<<"$seen")" is lan
expect "the order of times" "$(json .sorted <<<"$seen")" is true
expect "its age in ns" $((($(date +%s%N) - $(json .first_ns <<<"$seen")) / 1000000000)) '<' 20
note "$(json .packets <<<"$ended") packets, $(json .out <<<"$seen") of them ours, are those of the wire"
look lacks "$captures/both.pcapng" "$alice_key" "$bob_key" "$(our_key alice | cut -d: -f2)" \
	"$(our_key bob | cut -d: -f2)" || fail "it has a key"
note "and no key is among them"

# ---- It can be replayed, for that is what it is for. ----

jq -nc --argjson result "$first" --argjson a "$(leg alice 10.77.0.2:4000 AES_CM_128_HMAC_SHA1_80 "$alice_key")" \
	--argjson b "$(leg bob 10.77.0.3:4000 AEAD_AES_128_GCM "$bob_key")" \
	'{params: {call: "one", legs: [$a, $b]}, result: $result}' >"$work/call.json"
"$BUILD/bench/strowger-bench" replay --call "$work/call.json" "$captures/both.pcapng" "$work/again.pcap" \
	>"$work/replay.out" 2>"$work/replay.log" || fail "replay: $(cat "$work/replay.log")"
again=$(grep -o 'out [0-9]*' "$work/replay.out" | head -1 | cut -d' ' -f2)
expect "packets that leave when it is replayed" "$again" = "$(json .out <<<"$seen")"
note "replayed, it makes as many leave"
not_replayed() { # WHAT_IT_SAYS ARGUMENT...
	"$BUILD/bench/strowger-bench" replay "${@:2}" "$captures/both.pcapng" "$work/again.pcap" 2>"$work/replay.log" &&
		fail "replayed with ${*:2}"
	expect "what is said to ${*:2}" "$(cat "$work/replay.log")" has "strowger-bench: $1"
}
not_replayed "--cores 9: not a fitting N (1..4)" --cores 9 --call "$work/call.json"
not_replayed "unable to open $work/none: No such file or directory" --call "$work/none"

# ---- One leg; a part of each frame; a file that fills. ----

capture one '{"leg": "bob", "snaplen": 60, "file": "bob.pcapng"}'
talk 0.5
stop >/dev/null
seen=$(look show "$captures/bob.pcapng")
expect "packets of one leg" "$(json .packets <<<"$seen")" '>=' 80
expect "packets that are cut" "$(json .cut <<<"$seen")" = "$(json .packets <<<"$seen")"
expect "who is in it" "$(tcpdump -nn -r "$captures/bob.pcapng" 2>/dev/null | grep -c 10.77.0.2)" = 0
capture one '{"max_bytes": 20000, "file": "full.pcapng"}'
both send on
full() { [ "$(rpc call.capture_list | json '.captures | length')" = 0 ]; }
wait_for 10 "the file to be full" full
expect "its size" "$(stat -c %s "$captures/full.pcapng")" '<=' 20000
expect "its size" "$(stat -c %s "$captures/full.pcapng")" '>' 19500
sees_it_all "$captures/full.pcapng" >/dev/null
expect "a second file of that name" "$(rpc_error call.capture '{"call": "one", "file": "full.pcapng"}')" has "File exists"
expect "a path" "$(rpc_error call.capture '{"call": "one", "file": "../x"}')" has "without a directory"
relay=$(switch_pid)
prlimit --pid "$relay" --fsize=20000:
capture one '{"file": "limited.pcapng"}'
wait_for 10 "a limit of files to end it" full
expect "the switch" "$(switch_pid)" is "$relay"
expect "its size" "$(stat -c %s "$captures/limited.pcapng")" '<=' 20000
sees_it_all "$captures/limited.pcapng" >/dev/null
prlimit --pid "$relay" --fsize=unlimited:
note "limits end it, names stay names"

# ---- Either process may die. ----

capture one '{"file": "killed.pcapng"}'
holds() { [ "$(look show "$captures/$1" | json .packets)" -ge "$2" ]; } # FILE PACKETS
wait_for 5 "packets in the file" holds killed.pcapng 100
old=$(switch_pid)
kill -KILL "$old"
wait_for 20 "another switch" another_switch "$old"
seen=$(look show "$captures/killed.pcapng")
expect "packets up to the kill" "$(json .packets <<<"$seen")" '>=' 100
sees_it_all "$captures/killed.pcapng" >/dev/null
expect "captures that are left" "$(rpc call.capture_list | json '.captures | length')" = 0
capture one '{"file": "after.pcapng"}'
wait_for 5 "packets in the file" holds after.pcapng 60
strowger_kill
strowger_start
sleep 0.2
expect "packets up to the kill of control" "$(look show "$captures/after.pcapng" | json .packets)" '>=' 60
before=$(stat -c %s "$captures/after.pcapng")
sleep 0.3
expect "what is captured for nobody" "$(stat -c %s "$captures/after.pcapng")" = "$before"
both send off
note "a kill of either leaves a file that can be read"

# ---- The log. ----

"$ctl" --socket "$work/story/admin.sock" call trace two >/dev/null || fail "no trace"
call_create two "$(leg alice 10.77.0.2:5000 none "")" "$(leg bob 10.77.0.3:5000 none "")"
call_create three "$(leg alice 10.77.0.2:5002 none "")" "$(leg bob 10.77.0.3:5002 none "")"
hash=$(rpc call.hash '{"call": "two"}' | json .hash)
expect "who has that name" "$("$ctl" --socket "$work/story/admin.sock" -j call find-hash "$hash" | json '.calls[0]')" is two
rpc call.delete '{"call": "two"}' >/dev/null
rpc call.delete '{"call": "three"}' >/dev/null
expect "the log" "$(cat "$work/story.log")" has "$hash: created"
expect "the log" "$(cat "$work/story.log")" has "10.77.0.2:5000"
expect "the log" "$(cat "$work/story.log")" has "$hash: ended"
expect "the log" "$(cat "$work/story.log")" lacks "10.77.0.2:5002"
note "a trace tells of one call and of no other"
strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Many calls in the mesh at one time, with many parties, behind few neighbours: sound both ways, bit by bit, on a line
# that loses some; then kill -9 of control and of the switch, and all go on.  By hand, 8,000 legs, or the sound of 400
# on one link:
#
#     CALLS=4000 PARTIES=2000 LINKS=16 SPEAK=200 bash tests/system/mesh_many.sh
#     CALLS=200 PARTIES=100 LINKS=1 SPEAK=400 bash tests/system/mesh_many.sh
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

calls=${CALLS:-150} links=${LINKS:-4} speak=${SPEAK:-60} loss=${LOSS:-5}
parties=${PARTIES:-$((calls / 4))}

crowd() { tail -n 1 "$work/crowd.log" | json ".$1"; }
all_talk() { [ "$(crowd talking)" = $((2 * calls)) ]; }
is_known() { [ "$(rpc mesh.routes | json '.routes | length')" -ge "$parties" ]; }
# What is sent again of the first packet of all has the slots of later ones in front of it.
too_early() { "$ctl" --socket "$work/story/admin.sock" drops | awk '$1 == "mesh_slot" { n = $2 } END { print n + 0 }'; }
all_heard() { [ $(($(crowd heard) + $(too_early))) -ge "$(crowd sent)" ]; }
hears_more() { [ "$(crowd heard)" -ge $(($1 + 10 * speak)) ]; }
another_switch() { [ -n "$(switch_pid)" ] && [ "$(switch_pid)" != "$old" ]; }
speech() { kill -USR1 "$crowd"; } # begins, or ends
is_over() { [ "$(mesh_calls)" = 0 ] && [ "$(crowd calls)" = 0 ]; }

story "$calls calls between $parties parties behind $links neighbours, $speak legs speak, $loss % are lost"
mesh_node story relay < <(echo "did = 555100" && echo "calls_per_peer = 16")
impair_put bob --loss "$loss" --seed "${SEED:-1}"
spawn bob "$BUILD/tests/crowd/crowd" --to 10.77.0.1:4110 --sids "$work/sids" --links "$links" --parties "$parties" \
	--speak "$speak" >"$work/crowd.log" 2>&1
crowd=$spawned
wait_for 10 "all parties to be reached" is_known
began=$(date +%s%N)
"$tools/mesh_crowd.py" "$work/story/admin.sock" "$work/sids" --calls "$calls" || fail "not all calls were made"
wait_for $((10 + calls / 100)) "all to talk" all_talk
note "set up in $((($(date +%s%N) - began) / 1000000)) ms"

note "sound"
speech
sleep 4
speech
wait_for 5 "the last of it" all_heard
note "$(tail -n 1 "$work/crowd.log")"
expect "what came too late to be the first" "$(too_early)" '<=' $((1 + speak * loss / 50))
expect "sound that was changed" "$(crowd wrong)" = 0
expect "delay of 99 of 100, in ms" "$(crowd p99_ms)" '<' 250

note "kill -9 of control, with sound"
speech
strowger_kill
sleep 0.5
mesh_start story
wait_for 5 "sound after it" hears_more "$(crowd heard)"
note "kill -9 of the switch, with sound"
old=$(switch_pid)
kill -KILL "$old"
wait_for 5 "another switch" another_switch
wait_for 5 "sound after it" hears_more "$(crowd heard)"
speech
sleep 2
note "$(tail -n 1 "$work/crowd.log")"
expect "legs that talk" "$(crowd talking)" = $((2 * calls))
expect "legs that have ended" "$(crowd ended)" = 0
expect "sound that was changed" "$(crowd wrong)" = 0

note "all are ended"
"$tools/mesh_crowd.py" "$work/story/admin.sock" "$work/sids" --calls "$calls" --end || fail "not all could be ended"
wait_for $((10 + calls / 100)) "all to be over" is_over
mesh_stop story
done_well

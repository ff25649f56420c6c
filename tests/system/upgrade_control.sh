#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger becomes a newer program under load: no packet is lost, no call that was acknowledged, and nobody is turned
# away who asks meanwhile.  A program that cannot take over does not.
. "$(dirname "$0")/lib.sh"

# Ask for calls, one after the other, until the file $work/enough is there; those that were acknowledged are noted.  One
# request of a connection that is cut unanswered may be asked again.
ask_for_calls() {
	local n=0 id said

	while [ ! -e "$work/enough" ]; do
		id=call-$((++n))
		said=$("$ctl" --socket "$work/story/admin.sock" rpc call.create \
			"$(jq -nc --arg id $id '{call: $id, legs: [{name: "a", streams: [{}]}]}')" 2>&1) && echo $id && continue
		[[ $said == *"ended before it answered"* ]] && continue
		echo "refused: $said"
		break
	done >"$work/asked"
}

# upgrade: the program on disk is another file now, and runs.
upgrade() {
	local pid

	cp "$program" "$work/bin/next"
	mv "$work/bin/next" "$strowger"
	pid=$(rpc node.info | json .pid) began=$(date +%s%3N)
	"$ctl" --socket "$work/story/admin.sock" node upgrade >"$work/said" 2>&1 || fail "$(cat "$work/said")"
	asked=$(date +%s%3N)
	info=$(rpc node.info)
	note "answers again after $(($(date +%s%3N) - asked)) ms"
	expect "the process" "$(json .pid <<<"$info")" = "$pid"
	expect "the program's age, ms" "$(json '.age_s * 1000 | floor' <<<"$info")" '<=' $(($(date +%s%3N) - began))
	expect "the program that runs" "$(readlink "/proc/$pid/exe")" is "$strowger"
}

story "strowger becomes a newer program in mid-call"
program=$strowger
mkdir "$work/bin"
cp "$program" "$work/bin/strowger"
strowger=$work/bin/strowger
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65400 --pps 100
both send on
switch_was=$(switch_pid)
ask_for_calls &
asking=$!
for round in 1 2 3; do
	sleep 0.7
	upgrade
done
sleep 0.3
touch "$work/enough"
wait "$asking"

expect "requests that were refused" "$(grep refused "$work/asked")" is ""
made=$(wc -l <"$work/asked")
note "calls that were made meanwhile: $made"
expect "calls made" "$made" '>' 3
listed=$(rpc call.list '{"limit": 1000}' | json '.calls[].call')
expect "calls that were acknowledged and are gone" \
	"$(comm -13 <(sort <<<"$listed") <(sort "$work/asked"))" is ""
expect "the switch" "$(switch_pid)" = "$switch_was"

note "a program that does not start, or is none, is refused, and this one goes on"
printf '#!/bin/sh\necho it is broken >&2\nexit 1\n' >"$work/bin/next"
chmod 755 "$work/bin/next"
mv "$work/bin/next" "$strowger"
refused=$(rpc_error node.upgrade)
expect "a broken program" "$refused" has "does not start: it is broken"
printf '#!/bin/sh\necho fine\n' >"$strowger"
expect "another program" "$(rpc_error node.upgrade)" has "no strowger"
rm "$strowger"
expect "no program" "$(rpc_error node.upgrade)" has "No such file"
cp "$program" "$strowger"
cp "$work/strowger.conf" "$work/right.conf"
echo "[nonsense]" >>"$work/strowger.conf"
expect "a mistake in the configuration" "$(rpc_error node.upgrade)" has "nonsense"
sed "s|^run_dir = .*|run_dir = /proc/nowhere/x|" "$work/right.conf" >"$work/strowger.conf"
expect "a run directory that cannot be" "$(rpc_error node.upgrade)" has "/proc/nowhere/x"
sed "s/^name = .*/name = another/; /^run_dir/d" "$work/right.conf" >"$work/strowger.conf"
expect "the name of another node" "$(rpc_error node.upgrade)" has "/run/strowger/another"
cp "$work/right.conf" "$work/strowger.conf"
expect "what the log says" "$(cat "$work/story.log")" has "not upgraded:"
expect "the switch" "$(switch_pid)" = "$switch_was"

note "and a restart that leaves the switch does no harm either"
rpc node.stop '{"leave_switch": true}' >/dev/null
wait_for 5 "strowger to end" ended "$strowger_pid"
strowger_start
expect "the switch" "$(switch_pid)" = "$switch_was"
sleep 0.5
hush
heard_everything alice bob
heard_everything bob alice
expect "packets counted all along" \
	"$(rpc call.get '{"call": "lasting"}' | json '.legs[] | select(.name == "alice").streams[0].rx_packets')" \
	= "$(of alice sent)"

note "the new program has its helper: a switch that dies is replaced"
upgrade
kill -KILL "$switch_was"
wait_for 10 "another switch" another_switch "$switch_was"
before=$(of bob heard)
talk 0.5
expect "what bob hears of it" "$(of bob heard)" '>' "$before"
heard_nothing_wrong bob

note "what concerns the switch waits for a restart, and the log says so"
echo "[interface more]
device = ring:more
address = 192.0.2.9" >>"$work/strowger.conf"
upgrade
expect "the log" "$(tail -n 20 "$work/story.log")" has "it takes ours when strowger is restarted"
cp "$work/right.conf" "$work/strowger.conf"

note "who ends meanwhile ends"
# clog: a client that takes no answers, so that the upgrade waits for it.
clog() {
	exec python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"rpc.methods\"}\n" * 200)
open(sys.argv[2], "w")
time.sleep(60)' "$work/story/admin.sock" "$work/clogged"
}
clog &
clogs=$!
wait_for 5 "the client that takes nothing" [ -e "$work/clogged" ]
sleep 0.2
"$ctl" --socket "$work/story/admin.sock" node upgrade >"$work/said" 2>&1 || fail "$(cat "$work/said")"
kill -TERM "$strowger_pid"
sleep 1
expect "a call" "$(rpc_error call.create '{"call": "late", "legs": [{"name": "a", "streams": [{}]}]}')" has "draining"
expect "calls that go on" "$(rpc node.info | json '.calls')" '>' 0
kill "$clogs"
printf '#!/bin/sh\n: >%s/tried\nexec sleep 4\n' "$work/sanitizer" >"$work/bin/next"
chmod 755 "$work/bin/next"
mv "$work/bin/next" "$strowger"
"$ctl" --socket "$work/story/admin.sock" node upgrade >"$work/said" 2>&1 &
upgrading=$!
wait_for 5 "the next program to be tried" [ -e "$work/sanitizer/tried" ]
strowger_stop TERM
! wait "$upgrading" || fail "upgraded: $(cat "$work/said")"
expect "who has asked for an upgrade" "$(cat "$work/said")" has "strowger is ending"
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/lib.sh"
story "the Python client: calls, errors, batches, events, and connections that go"

strowger_start
mkfifo "$work/said" "$work/told"
in_ns relay "$tools/python_client.py" "$work/story" >"$work/said" <"$work/told" 2>"$work/client.log" &
client=$!
exec 9<"$work/said" 8>"$work/told"

# step WORD: the client has come to it; what follows is done to strowger, then `go`.
step() {
	read -r -t 60 word <&9 || fail "the client ended before '$1': $(cat "$work/client.log")"
	expect "what the client waits for" "$word" is "$1"
}
go() { echo >&8; }

step upgrade
rpc node.upgrade >/dev/null
go
step stop
kill -STOP "$strowger_pid"
go
step killed # while a request is under way
strowger_kill
step start
strowger_start
go
step "done"
wait "$client" || fail "the client: $(cat "$work/client.log")"
strowger_stop
done_well

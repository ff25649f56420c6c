#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Three sockets for three sorts of users: each may what its socket is for, before and after an upgrade; and who
# subscribes to events hears what happens.
. "$(dirname "$0")/lib.sh"

# as USER SOCKET WORDS...: strowger-ctl for USER, whose only group is his own, on the socket SOCKET.sock.
as() {
	local user=$1 socket=$2

	shift 2
	setpriv --reuid="$user" --regid="$user" --clear-groups "$work/bin/strowger-ctl" \
		--socket "$work/story/$socket.sock" "$@" 2>&1
}

# Everybody has what is his.
roles_hold() {
	local id=$1 one='{"legs": [{"name": "a", "streams": [{}]}]}'

	expect "admin.sock" "$(stat -c '%a %U %G' "$work/story/admin.sock")" is "660 nobody nogroup"
	expect "session.sock" "$(stat -c '%a %U %G' "$work/story/session.sock")" is "660 nobody daemon"
	expect "view.sock" "$(stat -c '%a %U %G' "$work/story/view.sock")" is "660 nobody games"

	expect "a stranger at view.sock" "$(as mail view stats)" has "you may not open"
	expect "games at session.sock" "$(as games session stats)" has "you may not open"
	expect "daemon at admin.sock" "$(as daemon admin stats)" has "you may not open"

	as games view rpc call.list >/dev/null || fail "games may not look"
	expect "games making a call" "$(as games view rpc call.create "$one")" has "is for session.sock"
	as daemon session rpc call.create "$(jq -c --arg id "$id" '.call = $id' <<<"$one")" >/dev/null ||
		fail "daemon may not make calls"
	as daemon session rpc call.list >/dev/null || fail "daemon may not look"
	expect "daemon stopping the node" "$(as daemon session node stop)" has "$work/story/admin.sock would do"
	as daemon session call delete "$id" >/dev/null || fail "daemon may not end calls"
}

# listen FILE: what happens, from view.sock.
listen() {
	{
		echo '{"jsonrpc": "2.0", "id": 1, "method": "events.subscribe", "params": {"events": ["*"]}}'
		sleep 60
	} | setpriv --reuid=games --regid=games --clear-groups nc -U "$work/story/view.sock" >"$1"
}

heard() { jq -r 'select(.method == "event").params | .event' "$1"; } # FILE: the kinds, in their order

story "each socket is for those who may open it, and events reach who listens"
mkdir "$work/bin"
cp "$strowger" "$ctl" "$work/bin" # where others can run them
chmod 755 "$work/bin"/*
strowger=$work/bin/strowger
config "$work/strowger.conf" <<-END

	[rpc]
	session_group = daemon
	view_group = games
END
strowger_start
roles_hold first

note "what an administrator asks for is logged with who it was"
rpc log.set '{"level": "debug"}' >/dev/null
expect "the log" "$(cat "$work/story.log")" has "rpc: log.set, asked for by user 0, process"

note "events"
: >"$work/heard"
listen "$work/heard" &
listening=$!
wait_for 5 "the subscription" grep -q '"seq"' "$work/heard"
call_between talking none none
talk 0.3
rpc call.delete '{"call": "talking"}' >/dev/null
switch_was=$(switch_pid)
kill -KILL "$switch_was"
wait_for 10 "another switch" grep -q '"event":"switch.back"' "$work/heard"
program=$BUILD/relay/strowger
cp "$program" "$work/bin/next"
mv "$work/bin/next" "$strowger"
rpc node.upgrade >/dev/null
wait_for 5 "the upgrade to be told" grep -q '"event":"node.upgrading"' "$work/heard"
kids=$(pgrep -P "$listening" || true)
kill "$listening" $kids 2>/dev/null
expect "what was heard" "$(heard "$work/heard" | paste -sd ' ')" is \
	"call.created call.ended switch.lost switch.back node.upgrading"
expect "the call that ended" "$(jq -r 'select(.method == "event").params | select(.event == "call.ended") |
	.call + " " + .reason' "$work/heard")" is "talking asked"
expect "events that were lost" "$(jq -r 'select(.method == "event").params.dropped' "$work/heard" | sort -u)" = 0

note "the new program has all three sockets"
wait_for 5 "it to answer" answers
roles_hold second
strowger_stop
expect "what is left" "$(ls "$work/story")" lacks .sock
done_well

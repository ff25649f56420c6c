#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger-ctl top in a terminal of 80x24: what it shows is so, whatever happens to the node, and the terminal is
# whole again however it ends.
. "$(dirname "$0")/lib.sh"

# A terminal in which COMMAND... runs.
terminal_start() { # COMMAND...
	spawn relay env LC_ALL=C.UTF-8 "$tools/terminal.py" --orders "$work/terminal" "${terminal[@]}" -- "$@" \
		>>"$work/terminal.log" 2>&1
	terminal_pid=$spawned
	wait_for 10 "the terminal" test -S "$work/terminal"
}
terminal=(--size 80x24)

order() { nc -NU "$work/terminal" <<<"$*"; }
shows() { order screen | grep -qE -- "$1"; }
lacks() { ! shows "$1"; }
state() { order state | json ".$1"; }
has_ended() { [ "$(state ended)" != null ]; }

# The program has ended with that status, and the terminal is as it was.
terminal_end() { # STATUS
	wait_for 5 "top to end" has_ended
	expect "status of top" "$(state ended)" = "$1"
	expect "the terminal echoes" "$(state echo)" is true
	expect "the cursor is shown" "$(state cursor)" is true
	expect "the other screen is shown" "$(state other_screen)" is false
	order stop >/dev/null
	wait $terminal_pid
	rm "$work/terminal"
}

top=("$ctl" --socket "$work/story/admin.sock" top)

story "top shows a node and its calls, and leaves the terminal as it was"
strowger_start
call_between talk AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
both send on

terminal_start "${top[@]}" --interval 0.5
wait_for 10 "the call" shows '^talk .*alice, bob'
wait_for 10 "a rate" shows '^in [0-9]+(\.[0-9])?/s'
screen=$(order screen)
expect "lines" "$(wc -l <<<"$screen")" = 24
expect "the first line" "$(head -n 1 <<<"$screen")" has "story  strowger"
expect "the calls in it" "$(head -n 1 <<<"$screen")" has "1 of 10000 calls"
expect "packets a second, of 100" "$(sed -nE '2s/^in ([0-9]+).*/\1/p' <<<"$screen")" '>' 20
for part in ' asleep | awake ' '^CYC/PKT .* unseal' '^TRANSCODE .* LOAD%' ' 10 taken *$' '^Drops|^REASON' '^lan .* up ' '^Calls: 1, by'; do
	shows "$part" || fail "there is no '$part' on the screen: $screen"
done

note "drawing again does not wipe the screen"
cleared=$(state cleared) written=$(state written) began=$(date +%s%3N)
sleep 1.5
expect "times that it was wiped since" $(($(state cleared) - cleared)) = 0
bytes=$(($(state written) - written))
expect "bytes written in a second since" $((bytes * 1000 / ($(date +%s%3N) - began))) '<' 4000

note "keys: help, a filter, another table, another size"
order keys '?' >/dev/null
wait_for 5 "help" shows 'turn the order round'
order keys x >/dev/null
wait_for 5 "the tables" shows '^talk '
order keys /nobody >/dev/null
wait_for 5 "the filter" lacks '^talk '
order keys '\x1b' >/dev/null
wait_for 5 "the call again" shows '^talk '
order keys '1\r' >/dev/null
wait_for 5 "the cores alone" lacks '^talk '
order keys '6\r' >/dev/null
order resize 120x40 >/dev/null
wait_for 5 "the foot in the last line" eval '[[ $(order screen | sed -n 40p) == Calls:* ]]'
order resize 40x8 >/dev/null
wait_for 5 "the foot in line 8" eval '[[ $(order screen | sed -n 8p) == Calls:* ]]'
order resize 80x24 >/dev/null
order keys p >/dev/null
wait_for 5 "the pause" shows PAUSED
order keys p >/dev/null

note "the node hangs, goes away, and comes back"
kill -STOP "$strowger_pid"
wait_for 10 "word that it hangs" shows '^no answer for'
kill -CONT "$strowger_pid"
expect "colours of that" "$(state colours)" '>' 0
wait_for 10 "answers" lacks '^no answer for'
strowger_kill
wait_for 10 "word that it is away" shows '^away for .* s: (no strowger is running there|it has hung up)'
strowger_start
wait_for 10 "the node again" lacks '^away for'
shows 'restarted.* process' || fail "it was restarted, and that is not said"
wait_for 10 "a rate again" shows '^in [0-9]+(\.[0-9])?/s'
order keys q >/dev/null
terminal_end 0

note "signals end it, the terminal whole"
for signal in TERM HUP INT; do
	terminal_start "${top[@]}"
	wait_for 10 "the call" shows '^talk '
	order signal $signal >/dev/null
	terminal_end $((128 + $(kill -l $signal)))
done

note "colours are left out for those who do not want them; unknown terminals are named"
terminal_start env NO_COLOR=1 "${top[@]}"
wait_for 10 "the call" shows '^talk '
kill -STOP "$strowger_pid"
wait_for 10 "the alarm" shows '^no answer for'
kill -CONT "$strowger_pid"
expect "colours in spite of NO_COLOR" "$(state colours)" = 0
order keys q >/dev/null
terminal_end 0
terminal=(--term nonsense)
terminal_start "${top[@]}"
wait_for 5 "a word about it" shows 'TERM=nonsense.*unknown'
terminal_end 2

note "into a pipe: plain text, once"
"${top[@]}" >"$work/once" || fail "top into a pipe"
expect "what it prints" "$(cat "$work/once")" has "alice, bob"
expect "bytes that are no text" "$(tr -d '\n -~' <"$work/once" | wc -c)" = 0
expect "packets a second" "$(sed -nE '2s/^in ([0-9]+).*/\1/p' "$work/once")" '>' 20
both send off
strowger_stop
"${top[@]}" --once >"$work/once" 2>"$work/err"
expect "status without a node" $? = 3
expect "what it says" "$(cat "$work/err")" has "no strowger is running at"
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# "A call of your own" in README.md, followed to the letter, makes a call: its blocks are run as they stand, but for the
# names of the namespaces, in a folder where build is the one that is tested, and with a /run/strowger of its own.
. "$(dirname "$0")/lib.sh"

block() { # N: the Nth sh block of that section
	awk -v n="$1" '/^## / { here = /A call of your own/ } here && /^```sh/ { on = ++k == n; next }
		/^```/ { on = 0 } on' "$root/README.md" | sed "s/try-/$ns-/g"
}

as_reader() {
	unshare -m bash -c "mount --bind '$work/run' /run/strowger && cd '$work/reader' && sudo() { \"\$@\"; }; $1"
}

no_processes() { [ -z "$(ip netns pids "$ns-relay")" ]; }

story "README's call of one's own works as it is written"
mkdir -p "$work/run" "$work/reader/build" /run/strowger
ln -s "$BUILD" "$work/reader/build/release"
for name in relay alice bob; do # lib.sh has made others of these names
	ip netns delete "$ns-$name"
done

bash -c "sudo() { \"\$@\"; }; $(block 1)" || fail "the network"
as_reader "$(block 2)" >"$work/strowger.log" 2>&1 &
wait_for 20 "the socket" test -S "$work/run/default/admin.sock"
as_reader "$(block 3)" >"$work/answer" || fail "README's call.create is refused: $(cat "$work/answer")"
as_reader "$(block 4)" >"$work/phones.out" 2>&1 || fail "the phones: $(cat "$work/phones.out")"
heard=$(sed -nE 's/^Rough +frequency: +([0-9]+).*/\1/p' "$work/phones.out")
expect "what bob has heard, in Hz" "${heard:-0}" '>' 420
expect "what bob has heard, in Hz" "$heard" '<' 460
expect "seconds of it" "$(sed -nE 's/^Length.*: *([0-9]+).*/\1/p' "$work/phones.out")" '>=' 3 # a busy machine starts phones late
expect "call show" "$(cat "$work/phones.out")" has alice

note "the line of JSON"
line=$(awk '/^```json/ { on = 1; next } /^```/ { on = 0 } on' "$root/README.md")
answer=$(as_reader "nc -NU /run/strowger/default/admin.sock <<<'$line'")
expect "the answer to it" "$(tail -n 1 <<<"$answer" | json .result.call)" is first

note "the call between Opus and G.711"
as_reader "$(block 5)" >"$work/second" || fail "it is refused, or does not show: $(cat "$work/second")"
expect "what becomes of Opus" "$(cat "$work/second")" has "opus 20 ms -> PCMU 20 ms at 8 kHz, transcode core 0"
expect "and of G.711" "$(cat "$work/second")" has "PCMU 20 ms -> opus 20 ms at 8 kHz, transcode core 0"

as_reader "$(block 6 | grep -v netns)" >/dev/null || fail "call delete, node stop"
wait_for 10 "strowger to end" no_processes
bash -c "sudo() { \"\$@\"; }; $(block 6 | grep netns)" || fail "the namespaces cannot be deleted"
rmdir --ignore-fail-on-non-empty /run/strowger
done_well

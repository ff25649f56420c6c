#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# "A call of your own" in README.md, followed to the letter, makes a call.
. "$(dirname "$0")/lib.sh"

block() { # N: the Nth sh block of that section
	awk -v n="$1" '/^## / { here = /A call of your own/ } here && /^```sh/ { on = ++k == n; next }
		/^```/ { on = 0 } on' "$root/README.md"
}

# In relay, in a folder of its own, where build is the one that is tested and /run is nobody else's.
as_reader() {
	in_ns relay bash -c "mount --bind '$work/run' /run && cd '$work/reader' &&
		sudo() { \"\$@\"; }; $1"
}

no_processes() { [ -z "$(ip netns pids "$ns-relay")" ]; }

story "README's call of one's own works as it is written"
mkdir -p "$work/run" "$work/reader/build"
ln -s "$BUILD" "$work/reader/build/release"
for host in "relay 1" "alice 10" "bob 20"; do
	read -r name number <<<"$host"
	ip -n "$ns-$name" addr add "192.0.2.$number/24" dev eth0
done

as_reader "$(block 1)" >"$work/strowger.log" 2>&1 &
wait_for 20 "the socket" eval 'as_reader "test -S /run/strowger/default/admin.sock"'
call=$(as_reader "$(block 2)") || fail "README's call.create is refused: $call"
asked=$(block 2)
[[ $asked =~ \"suite\":\ \"([A-Z0-9_]+)\",\ \"key\":\ \"([^\"]+)\" ]] || fail "README names no suite and key"

phone_start alice bob 192.0.2.10:4000 "$(local_of alice)" \
	--seal "${BASH_REMATCH[1]}:${BASH_REMATCH[2]}" --unseal "$(our_key alice)"
phone_start bob alice 192.0.2.20:4000 "$(local_of bob)"
talk 1
heard_everything alice bob
heard_everything bob alice

note "the line of JSON"
line=$(awk '/^```json/ { on = 1; next } /^```/ { on = 0 } on' "$root/README.md")
answer=$(as_reader "nc -NU /run/strowger/default/admin.sock <<<'$line'")
expect "the answer to it" "$(tail -n 1 <<<"$answer" | json .result.call)" is first
expect "call show" "$(as_reader "build/release/control/strowger-ctl call show first")" has alice
as_reader "build/release/control/strowger-ctl call delete first" >/dev/null || fail "call delete"
as_reader "build/release/control/strowger-ctl node stop" >/dev/null || fail "node stop"
wait_for 10 "strowger to end" no_processes
done_well

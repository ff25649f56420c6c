#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls are set up and torn down, a thousand at a time, beside one that talks: it loses nothing, every call comes and
# goes, and afterwards both processes and the state that they share are as big as they were, and have as many packet
# buffers.
#
# ROUNDS makes it a soak; CODECS="PCMU opus": those calls are transcoded: docs/bench.md.
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-20000}
warm_up=${WARM_UP:-20000} # what is bounded by a number of calls, not by time, has reached its size
read -r -a codecs <<<"${CODECS:-}"

# They rest after use, so a fast node needs many ports: addresses beside the usual ones.
many_ports() {
	local i

	for i in $(seq 2 12); do
		ip -n "$ns-relay" addr add "10.77.0.1$((i + 10))/24" dev eth0
		echo "address = 10.77.0.1$((i + 10))"
	done
}

# A thousand transcoded calls find room, for their codecs cost next to nothing.
cheap_codecs() {
	[ ${#codecs[@]} -gt 0 ] || return 0
	printf '%s 8000 1 1 1\n' "${codecs[@]}" >"$work/costs"
	printf '\n[transcode]\ncosts = %s\n' "$work/costs"
}

many_calls() {
	"$tools/many_calls.py" "$work/story/admin.sock" --suites AEAD_AES_128_GCM none \
		${codecs[0]:+--codecs "${codecs[@]}"} "$@"
}

resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"; }
residents() { for pid in $pids; do resident "$pid"; done | xargs; }
buffers() { rpc device.list | json '[.devices[].mbufs_free // 0] | add'; }
shared_blocks() { stat -Lc %b "$(find "/proc/$strowger_pid/fd" -lname '*memfd:strowger-state*' | head -n 1)"; }

# Memory that was freed goes back to the kernel at once; a sanitizer keeps it.
export MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0
sanitized() { ldd "$strowger" | grep -q libasan; }

# Within one in a hundred, or what an allocator leaves in between: 25 bytes lost with each round would be too many.
as_big_as_before() {
	local now i

	now=($(residents))
	for i in 0 1; do
		[ "${now[i]}" -le $((before[i] + before[i] / 100 + 400)) ] || return 1
	done
}
# But for a burst that a device has sent and not given back yet.
as_many_buffers() { [ "$(buffers)" -ge $((free - 32)) ]; }

story "$rounds rounds of set-up and tear-down${CODECS:+ of $CODECS} leave nothing behind"
{
	many_ports
	cheap_codecs
} | config "$work/strowger.conf" story 20000-59999
strowger_start
call_between talk none none
talk 1 # devices have taken what they keep
if [ ${#codecs[@]} -gt 0 ]; then
	many_calls --calls 1 >/dev/null || fail "a transcoded call"
	expect "its coding" "$(rpc call.get '{"call": "many-0"}' | json '[.legs[].streams[0].coding] | tostring')" \
		has "transcode core 0"
	rpc call.delete '{"call": "many-0"}' >/dev/null
fi
many_calls --rounds "$warm_up" >/dev/null || fail "the first rounds"
pids="$strowger_pid $(switch_pid)"
before=($(residents)) free=$(buffers) shared=$(shared_blocks)
note "resident before: ${before[*]} KB; packet buffers free: $free; shared: $((shared / 2)) KB"

both send on
said=$(many_calls --rounds "$rounds") || fail "the rounds: $said"
note "$said"
hush
heard_everything alice bob
heard_everything bob alice
expect "calls" "$(rpc call.list | json '.calls | length')" = 1
expect "transports of the cores" "$(rpc core.list | json '[.cores[].transports] | add')" = 2
expect "blocks of the shared state" "$(shared_blocks)" '<=' "$shared"
sanitized || wait_for 20 "both to be as big as before (${before[*]} KB)" as_big_as_before
wait_for 5 "all packet buffers to be free ($free)" as_many_buffers
note "resident after: $(residents) KB; packet buffers free: $(buffers); shared: $(($(shared_blocks) / 2)) KB"
strowger_stop
done_well

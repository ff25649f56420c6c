#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A capture and a call's request and answer are a bug report that can be tried again: `strowger-bench replay`.
. "$(dirname "$0")/lib.sh"

story "a capture is replayed through the packet stages, and twice to the same bytes"
bench=$BUILD/bench/strowger-bench
python3 "$tools/replay_call.py" make "$work" || fail "no capture was made"

"$bench" replay --call "$work/call.json" "$work/in.pcap" "$work/out.pcap" >"$work/report.log" 2>&1 ||
	fail "replay ended with $?"
python3 "$tools/replay_call.py" judge "$work" 2>"$work/judge.log" || fail "the phones would hear something else"
note "50 packets of each side come out, in the other's terms"

said() { grep -qE "$1" "$work/report.log" || fail "the report does not say: $1"; }
said '^frames in 103, out 100, ignored 0$'
said '^replayed alice 0: rtp in 50 out 50,'
said '^  dropped auth +1$'
said '^  dropped replay +1$'
said '^  dropped source +1$'
note "and the report says why three did not"

for cores in 1 2; do
	"$bench" replay --cores $cores --call "$work/call.json" "$work/in.pcap" "$work/again.pcap" >"$work/again.log" 2>&1 ||
		fail "replay ended with $?"
	cmp "$work/out.pcap" "$work/again.pcap" && cmp "$work/report.log" "$work/again.log" ||
		fail "another run, with $cores cores, gave something else"
done
note "again and with two cores: the same bytes"

jq 'del(.params)' "$work/call.json" >"$work/half.json"
"$bench" replay --call "$work/half.json" "$work/in.pcap" "$work/none.pcap" 2>"$work/half.err" && fail "half a call is taken"
grep -q '"params" and "result"' "$work/half.err" || fail "half a call is not explained"
note "half a call is refused with a reason"
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Many NG calls at once, plain and towards SDES, while others talk: each offer, answer and delete is answered with ok,
# none of the calls is left, and the others lose nothing.
. "$(dirname "$0")/lib.sh"

ng() { # OPTIONS of strowger-bench ng
	in_ns relay "$BUILD/bench/strowger-bench" ng --json "$work/ng.json" "$@" >"$work/ng.out" 2>&1 ||
		fail "strowger-bench ng: $(cat "$work/ng.out")"
	for name in refused unanswered; do
		expect "$name of $*" "$(jq ".figures.$name.max" "$work/ng.json")" = 0
	done
	note "$*: $(jq -r '.figures | "\(.calls.max | round) calls/s, offers answered in \(.offer_p50.max | round) us, 99 % in \(.offer_p99.max | round)"' "$work/ng.json")"
}

ours() { rpc call.list '{"limit": 1000}' | json '[.calls[].call | select(endswith("bench"))] | length'; }

story "many NG calls at once"
config "$work/strowger.conf" story 20000-59999 <<-END

	[ng]
	listen = 127.0.0.1:2223
END
strowger_start
load_start 20 2000 60
ng --count 500 --flight 64
ng --count 500 --flight 64 --srtp --first 10000
expect "calls that are left" "$(ours)" = 0
ng --count 200 --flight 16 --keep --first 20000
expect "calls that were kept" "$(ours)" = 200
load_end INT
expect "packets that the others lost" "$(figure lost_apart)" = 0
strowger_stop
done_well

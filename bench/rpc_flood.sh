#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a `view` request waits for, while RATE requests a second (default 100,000) flood session.sock over LINKS
# connections: alone first, then meanwhile; and what of the flood is answered.  Prints figures; nobody judges them.
#
# usage: sudo bench/rpc_flood.sh [RATE [LINKS]]          BUILD=build/release, SECONDS_EACH=10
rate=${1:-100000} links=${2:-4} each=${SECONDS_EACH:-10}
. "$(dirname "$0")/../tests/system/lib.sh"
bench=$BUILD/bench/strowger-bench

# view FILE: a hundred requests a second, one at a time.
view() {
	"$bench" rpc --socket "$work/story/view.sock" --method stats.get --rate 100 --seconds "$each" --json "$1" >/dev/null ||
		fail "the requests to view.sock"
}

figure() { # FILE NAME
	jq -r --arg name "$2" '.figures[$name] | "\(.median) \(.unit)"' "$1"
}

row() { # WHAT FILE
	printf '%-28s %s answers, p50 %s, p99 %s, longest %s\n' "$1" "$(figure "$2" requests)" \
		"$(figure "$2" answer_p50)" "$(figure "$2" answer_p99)" "$(figure "$2" answer_max)"
}

story "a view request while $rate requests a second flood session.sock"
strowger_start
rpc call.create '{"call": "one", "legs": [{"name": "a", "streams": [{}]}]}' >/dev/null
view "$work/alone.json"
"$bench" rpc --socket "$work/story/session.sock" --method call.update --connections "$links" --flight 1024 \
	--rate "$rate" --seconds $((each + 1)) --json "$work/flood.json" >/dev/null \
	--params '{"call": "none", "legs": [{"name": "a", "streams": [{"dscp": 46}]}]}' &
flood=$!
sleep 0.5
view "$work/meanwhile.json"
wait "$flood" || fail "the flood"
row "view.sock, alone" "$work/alone.json"
row "view.sock, meanwhile" "$work/meanwhile.json"
row "session.sock" "$work/flood.json"
done_well

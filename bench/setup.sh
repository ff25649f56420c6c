#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How fast calls are set up, while others talk, which are to lose nothing: many in a request, and one request after the
# other.  Prints figures; nobody judges them.  Makes network namespaces and removes them.
#
# usage: sudo bench/setup.sh [SUITE]          BUILD=build/release ROUNDS=5
#        SUITE: of both legs: none, AEAD_AES_128_GCM
suite=${1:-none} rounds=${ROUNDS:-5}
. "$(dirname "$0")/../tests/system/lib.sh"

# Ports rest after use, so a fast node needs many: addresses beside the usual ones.
write_config() {
	local i

	for i in $(seq 112 122); do
		ip -n "$ns-relay" addr add "10.77.0.$i/24" dev eth0
		echo "address = 10.77.0.$i"
	done | config "$work/strowger.conf" story 20000-59999
	sed -i 's/^\[node\]/&\ncall_limit = 30000/; s/^level = .*/level = warning/' "$work/strowger.conf"
}

stream='{"remote": {"address": "10.77.0.2", "port": 4000}}'
[ "$suite" = none ] || stream=$(jq -nc --argjson s "$stream" --arg suite "$suite" --arg key "$(key "$suite")" \
	'$s + {srtp: {suite: $suite, key: $key}}')
call="{\"call\": \"set-up-{n}\", \"legs\": [$(for name in a b; do
	echo "{\"name\": \"$name\", \"family\": \"ipv4\", \"streams\": [$stream]}"
done | paste -sd,)]}"

ask() { "$BUILD/bench/strowger-bench" rpc --socket "$work/story/admin.sock" "$@" || fail "strowger-bench rpc $*"; }

end_them() { # NUMBER
	expect "calls that were set up" "$(rpc call.delete_many '{"prefix": "set-up-"}' | json .deleted)" = "$1"
	sleep 5.5 # the ports rest
}

story "calls set up, both legs $suite, while 50 others talk"
write_config
strowger_start
load_start 50 5000 $((rounds * 8 + 40))
for _ in $(seq "$rounds"); do
	note "10,000 calls, 500 in a request:"
	ask --method call.create_many --params '{"calls": [{each}]}' --each "$call" --many 500 --count 20
	end_them 10000
done
note "20,000 calls, one request after the other:"
ask --method call.create --params "$call" --first 1000000 --count 20000
end_them 20000
load_end INT
note "the others lost $(figure lost_apart) of $(figure sent) packets; they were late by $(spread delay_max) at most"
strowger_stop

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger beside rtpengine as NG servers: the same client, in one network namespace each, run by run in turn.  Prints
# figures; nobody judges them.  Makes network namespaces and removes them; wants packages of the section [bench] of
# packaging/packages.txt (packaging/install.sh bench), and nothing else to do on two CPUs.
#
# usage: sudo bench/ng.sh [rates] [steady] [memory]     (default: all)     BUILD=build/release ROUNDS=5
#   rates   offer, answer and delete: calls/s, p50 and p99; plain and towards SDES, one under way and
#           sixty-four, plain also a thousand
#   steady  the same at 5,000 calls/s, while strowger relays 50 calls (5,000 packets/s)
#   memory  what 4,000 calls that are up, and silent, take
rounds=${ROUNDS:-5} parts=${*:-rates steady memory}
. "$(dirname "$0")/../tests/system/lib.sh"
bench=$BUILD/bench/strowger-bench
resting=5.5  # s: strowger's ports rest that long after a call
forgotten=61 # s: both keep an answer no longer for who asks once more

# Many ports, for they rest: addresses beside the usual one.  rtpengine gets the same.
relay_addresses=(10.77.0.1)
give_addresses() {
	local i

	for i in $(seq 112 122); do
		ip -n "$ns-relay" addr add "10.77.0.$i/24" dev eth0
		relay_addresses+=("10.77.0.$i")
	done
}

both_start() {
	local interfaces=()

	printf 'address = %s\n' "${relay_addresses[@]:1}" | config "$work/strowger.conf" story 20000-59999
	sed -i 's/^\[node\]/&\ncall_limit = 40000/; s/^level = .*/level = warning/' "$work/strowger.conf"
	printf '[timeouts]\nmedia = 1h\n[ng]\nlisten = 127.0.0.1:2223\n' >>"$work/strowger.conf"
	strowger_start
	# In a namespace of its own network: both want all ports.
	ip netns add "$ns-rtpengine"
	ip -n "$ns-rtpengine" link set lo up
	for address in "${relay_addresses[@]}"; do
		ip -n "$ns-rtpengine" addr add "$address/32" dev lo
		interfaces+=("--interface=i/$address")
	done
	spawn rtpengine rtpengine --foreground --log-stderr --log-level=3 --table=-1 --listen-ng=127.0.0.1:2223 \
		--timeout=3600 "${interfaces[@]}" --port-min=20000 --port-max=59999 2>"$work/rtpengine.log"
	rtpengine_pid=$spawned
	wait_for 10 "rtpengine" rtpengine_answers
}
rtpengine_answers() { ip netns exec "$ns-rtpengine" ss -Hlun 'sport = 2223' | grep -q .; }

both_stop() {
	strowger_stop
	kill -TERM "$rtpengine_pid"
	wait "$rtpengine_pid"
	ip netns del "$ns-rtpengine"
	rm "$work/strowger.conf"
}

ng() { # RELAY FILE OPTIONS...: figures to FILE
	local name=$1 file=$2

	shift 2
	[ "$name" = rtpengine ] || name=relay
	in_ns "$name" "$bench" ng --json "$file" "$@" >"$work/ng.out" 2>&1 || fail "strowger-bench ng: $(cat "$work/ng.out")"
}

# table TITLE NAME: the figures NAME.RELAY.*.json of both, and strowger's over rtpengine's.
table() {
	echo
	echo "$1: median (least-greatest) of $rounds runs"
	jq -nr --slurpfile s <(cat "$work/$2".strowger.*.json) --slurpfile r <(cat "$work/$2".rtpengine.*.json) '
		def of(runs; name): [runs[].figures[name].median | select(. != null)] | sort;
		def middle: .[length / 2 | floor];
		def round2: . * 100 | round / 100;
		def spread: if length == 0 then "-" else "\(middle | round2) (\(.[0] | round2)-\(.[-1] | round2))" end;
		["figure", "strowger", "rtpengine", "ratio of medians"],
		($s[0].figures | keys_unsorted[] as $k
		 | [($k + " " + .[$k].unit), (of($s; $k) | spread), (of($r; $k) | spread),
		    (if (of($r; $k) | length) > 0 and (of($r; $k) | middle) > 0
		     then (of($s; $k) | middle) / (of($r; $k) | middle) | round2 else "-" end)])
		| @tsv' | column -t -s "$(printf '\t')"
	grep -h first_error "$work/$2".*.json | sort | uniq -c | head -n 3
}

# in_turn TITLE NAME COUNT OPTIONS...
in_turn() {
	local title=$1 name=$2 count=$3 i

	shift 3
	for i in $(seq "$rounds"); do
		ng strowger "$work/$name.strowger.$i.json" --count "$count" --first $((i * 1000000)) "$@"
		ng rtpengine "$work/$name.rtpengine.$i.json" --count "$count" --first $((i * 1000000)) "$@"
		sleep $resting
	done
	table "$title" "$name"
}

rates() {
	both_start
	in_turn "plain, one call under way" plain-1 10000
	in_turn "plain, sixty-four" plain-64 40000 --flight 64
	in_turn "plain, a thousand" plain-1000 20000 --flight 1000
	in_turn "RTP to SDES, one" sdes-1 4000 --srtp
	in_turn "RTP to SDES, sixty-four" sdes-64 10000 --flight 64 --srtp
	both_stop
}

# rtpengine has no media meanwhile, and what it cannot answer in time waits.
steady() {
	both_start
	load_start 50 5000 $((rounds * 20 + 30))
	in_turn "5,000 calls/s, strowger with media" steady 20000 --rate 5000 --flight 4096
	load_end INT
	note "the media lost $(figure lost_apart) of $(figure sent) packets; late by $(spread delay_max) at most"
	both_stop
}

pss() { # PROCESS...: KB
	local pid

	for pid in "$@"; do awk '/^Pss:|^Private_Hugetlb:|^Shared_Hugetlb:/ { kb += $2 } END { print kb }' "/proc/$pid/smaps_rollup"; done |
		awk '{ kb += $1 } END { print kb }'
}

# The state that strowger's processes share, and what control and the switch have of their own beside it: KB.
by_part() {
	local pid

	stat -Lc '%b 2' "$(find "/proc/$strowger_pid/fd" -lname '*memfd:strowger-state*' | head -n 1)" | awk '{ print $1 / $2 }'
	for pid in "$strowger_pid" "$(switch_pid)"; do
		awk '/^[0-9a-f]+-[0-9a-f]+ / { own = NF < 6 || $6 ~ /^\[/ } own && $1 == "Pss:" { kb += $2 } END { print kb }' "/proc/$pid/smaps"
	done
}

memory() {
	local calls=4000 options ours theirs before
	local -x MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0 # what was used on the way goes back at once

	for options in "" --srtp; do
		both_start
		# Once round, so that what is only taken once is there.
		ng strowger "$work/m.json" --count 200 --first 9000000
		ng rtpengine "$work/m.json" --count 200 --first 9000000
		sleep $forgotten
		ours=$(pss "$strowger_pid" $(switch_pid)) theirs=$(pss "$rtpengine_pid") before=$(by_part)
		# shellcheck disable=SC2086 # a word, or none
		ng strowger "$work/m.strowger.json" --count $calls --keep --flight 16 $options
		# shellcheck disable=SC2086
		ng rtpengine "$work/m.rtpengine.json" --count $calls --keep --flight 16 $options
		sleep $forgotten
		echo
		echo "a silent call, of $calls, RTP to ${options:+S}RTP, in KiB (PSS of all processes; before, after, each):"
		ours+=" $(pss "$strowger_pid" $(switch_pid))" theirs+=" $(pss "$rtpengine_pid")"
		awk -v calls=$calls '{ printf "  %-10s %8d %8d  %6.2f\n", $1, $2, $3, ($3 - $2) / calls }' <<-END
			strowger $ours
			rtpengine $theirs
		END
		paste <(printf '%s\n' "shared state" control switch) <(echo "$before") <(by_part) |
			awk -F '\t' -v calls=$calls '{ printf "    %-14s %6.0f bytes\n", $1, ($3 - $2) * 1024 / calls }'
		both_stop
	done
}

story "NG: strowger beside rtpengine"
give_addresses
for part in $parts; do
	[[ $part =~ ^(rates|steady|memory)$ ]] || fail "there is no part $part"
	$part
done

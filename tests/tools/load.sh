# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Many calls at once, by strowger-bench, for stories.  Sourced by lib.sh.

# load_start CALLS RATE SECONDS [OPTIONS]: strowger-bench is the phones of CALLS calls, half of them SRTP of mixed suites,
# A at alice's and B at bob's, with RATE packets/s of all together; returns when they talk.  Numbers roll over in
# the run, a tenth of all packets is sent once more, and other calls come and go.
load_start() {
	local calls=$1 rate=$2 seconds=$3

	shift 3
	ip netns exec "$ns-alice" "$BUILD/bench/strowger-bench" load --device-a packet:eth0 \
		--device-b packet:eth0 --netns-b "$ns-bob" --socket "$work/${instance:-story}/admin.sock" \
		--calls "$calls" --rate "$rate" --seconds "$seconds" --verify 1 --roll-over --replay 0.1 --churn 20 \
		--suites "$mixed_suites" --json "$work/load.json" "$@" >"$work/load.out" 2>"$work/load.log" &
	load_pid=$!
	wait_for 30 "the calls to talk" load_talks
}
mixed_suites=none,AES_CM_128_HMAC_SHA1_80/AEAD_AES_128_GCM,none/none,AES_256_CM_HMAC_SHA1_32/AES_CM_128_HMAC_SHA1_32
mixed_suites+=,none,AEAD_AES_256_GCM/none,none,none/AES_192_CM_HMAC_SHA1_80

load_talks() {
	kill -0 "$load_pid" 2>/dev/null || fail "the load ended: $(cat "$work/load.log")"
	grep -qs 'calls run' "$work/load.log"
}

# The gaps that follow have a cause.
load_mark() { kill -USR1 "$load_pid"; }

load_end() { # [SIGNAL]: now, or when its time has come
	[ -z "${1:-}" ] || kill -"$1" "$load_pid"
	wait "$load_pid" || fail "the load: status $?, $(cat "$work/load.log")"
}

# figure NAME: of a load that has ended, as a whole number; the greatest value where there are several.
figure() { jq -er ".figures[\"$1\"].max | round" "$work/load.json" || fail "the load has no figure $1"; }

# What must be so of every load: what came back is right, none came twice, calls are listed exactly, all of them end.
load_was_exact() {
	local name

	expect "packets that returned" "$(figure returned)" '>' 0
	expect "packets looked into" "$(figure verified)" = "$(figure returned)"
	expect "replays" "$(figure replayed)" '>' 0
	for name in duplicate corrupt misrouted foreign stale unfinished gone ghosts left refused missed; do
		expect "$name" "$(figure $name)" = 0
	done
	expect "packets lost for no reason" "$(figure lost_apart)" = 0
	note "$(jq -r '[.figures | "sent \(.sent.max)", "lost \(.lost.max)", "replayed \(.replayed.max)",
		"came and went \(.churn_created.max)", "unanswered \(.churn_unanswered.max)"] | join(", ")' "$work/load.json")"
}

# spread NAME: "MEDIAN (LEAST-GREATEST)" of a figure, for people.
spread() {
	jq -r ".figures[\"$1\"] | if . == null then \"none\" else \"\(.median | round) (\(.min | round)-\(.max | round)) \(.unit)\" end" \
		"$work/load.json"
}

# flood KIND PORTS RATE SECONDS [OPTIONS]: mallory sends strowger what it did not ask for.
flood() {
	local kind=$1 ports=$2 rate=$3 seconds=$4

	shift 4
	in_ns mallory "$BUILD/bench/strowger-bench" flood --device packet:eth0 --to "${address4[relay]}" --kind "$kind" \
		--ports "$ports" --rate "$rate" --seconds "$seconds" --json "$work/flood.json" "$@" >"$work/flood.out" 2>&1 ||
		fail "the flood: $(cat "$work/flood.out")"
}

# full_calls N: as many calls as there are ports for, which must be N: none has been lost to anybody.
full_calls() {
	local error

	ip netns exec "$ns-alice" "$BUILD/bench/strowger-bench" load --device-a packet:eth0 --device-b packet:eth0 \
		--netns-b "$ns-bob" --socket "$work/${instance:-story}/admin.sock" --calls "$1" --rate 1000 --seconds 0.5 \
		--warmup 0.2 --json "$work/load.json" >"$work/load.out" 2>"$work/load.log" ||
		fail "$1 calls at once: $(cat "$work/load.log")"
	expect "packets lost of $1 calls" "$(figure lost)" = 0
}

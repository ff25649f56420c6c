#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a call costs in memory: resident bytes of both processes without calls and with many, by part, plain, with SRTP
# (AES-128-GCM) on both legs, and transcoded between pairs of codecs, before anything is said and after a second of speech
# from either side, which is when codecs have touched what they need.  The shared state is counted once.  Makes network
# namespaces and removes them.
#
# usage: sudo bench/memory.sh [CALLS [TRANSCODED [A:B...]]]          BUILD=build/release
calls=${1:-10000}
transcoded=${2:-2000}
pairs=("${@:3}")
[ ${#pairs[@]} -gt 0 ] || pairs=(PCMU:opus G722:opus)
. "$(dirname "$0")/../tests/system/lib.sh"
. "$root/bench/voices.sh"
bench=$BUILD/bench/strowger-bench
tool=$BUILD/tests/codecs/codec_tool
export MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0 # what was used on the way goes back at once

# parts PID: "KB PART" a line of what is resident.
parts() {
	awk '
		/^[0-9a-f]+-[0-9a-f]+ / {
			part = "programs and libraries"
			if (NF < 6 || $6 ~ /^\[/) part = "own memory"
			if ($6 ~ /memfd:strowger-state/) part = "state, shared"
			if ($6 ~ /nohuge|rtemap|hugepage|memseg/) part = "of DPDK"
		}
		$1 == "Rss:" || $1 == "Private_Hugetlb:" || $1 == "Shared_Hugetlb:" { kb[part] += $2 }
		END { for (part in kb) print kb[part], part }' "/proc/$1/smaps"
}

# Of the state's memory each process has mapped what it needs; the file says what there is.
state_kb() { echo $(($(stat -Lc %b "$(find "/proc/$1/fd" -lname '*memfd:strowger-state*' | head -n 1)") / 2)); }

look() { # FILE: "KB PROCESS: PART" a line
	{
		parts "$strowger_pid" | sed 's/ / control: /'
		parts "$(switch_pid)" | sed 's/ / switch: /'
	} | grep -v 'state, shared' >"$1"
	echo "$(state_kb "$strowger_pid") both: state, shared" >>"$1"
}

# So cheap that no transcode core refuses any.
printf '%s 8000 1 1 1\n' "${!map[@]}" >"$work/costs"

start() {
	rm -f "$work/strowger.conf"
	printf '\n[transcode]\ncosts = %s\n' "$work/costs" | config "$work/strowger.conf" story 10000-59999
	strowger_start
	look "$work/before"
}

report() { # TITLE CALLS
	look "$work/after"
	echo "$1, $2 calls, bytes a call:"
	awk -v calls="$2" '
		{ name = $0; sub(/^[0-9]+ /, "", name) }
		NR == FNR { before[name] = $1; next }
		{
			each = ($1 - before[name]) * 1024 / calls
			sum += each
			printf "  %-34s %6.0f   (%d KB, then %d KB)\n", name, each, before[name], $1
		}
		END { printf "  %-34s %6.0f\n", "all", sum }' "$work/before" <(sort -k2 "$work/after")
}

measure() { # TITLE CALLS OPTION...: of many_calls.py
	start
	"$tools/many_calls.py" "$work/story/admin.sock" --calls "$2" "${@:3}" >/dev/null || fail "$2 calls"
	report "$1" "$2"
	strowger_stop
}

# Some calls at a time, and ten times as slowly as it is meant to be heard, so that a small machine keeps up.
speak() { # A B
	local lines=$((2 * 500)) part

	split -l $lines "$work/phones" "$work/phones."
	for part in "$work"/phones.*; do
		"$bench" talk --netns "$ns-alice" --phones "$part" --ptime 200 --warmup 0 --seconds 10 \
			"$(say "$1")" "$(say "$2")" >/dev/null || fail "nobody speaks"
		rm "$part"
	done
}

measure_transcoded() { # CALLS A B
	speech "$2" && speech "$3" || fail "no sound"
	start
	"$root/bench/transcode_calls.py" "$work/story/admin.sock" 10.77.0.2 "$1" "${map[$2]}" "${map[$3]}" >"$work/phones" ||
		fail "$1 calls"
	report "$2 to $3, nothing said yet" "$1"
	speak "$2" "$3"
	report "$2 to $3, after a second of speech" "$1"
	strowger_stop
}

story "what a call costs in memory"
measure "plain RTP" "$calls"
measure "SRTP, AES-128-GCM on both legs" "$calls" --suites AEAD_AES_128_GCM AEAD_AES_128_GCM
for pair in "${pairs[@]}"; do
	measure_transcoded "$transcoded" "${pair%:*}" "${pair#*:}"
done

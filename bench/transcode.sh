#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a transcoded packet costs strowger and rtpengine (in user space, as packaged): the same phones, sound and CPU, run
# by run in turn; for each packet that the phones send, the CPU time of all rtpengine's threads, and that of strowger's
# control and of its cores in the turns in which they had packets (between those they look for more for 50 us, and then
# sleep).  Makes two network namespaces and removes them; needs root, two CPUs and nothing else to do.
# `bench/transcode.sh --help`.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
	cat <<'TEXT'
usage: bench/transcode.sh [options] [A:B...]    pairs of codecs (PCMU:opus PCMU:PCMA)
  --build DIR       where strowger was built (build/release)
  --rounds N        runs of each, in turn (3)
  --calls N         through each relay: as many as rtpengine can, so that neither pays for sleep (40)
  --seconds S       of a run (5)
  --complexity N... of strowger's Opus encoders, each measured (as it is by default)
  --relay-cpu N     the relay's (1)
  --load-cpu N      the phones' (0)
  --out DIR         keep the JSON files there
TEXT
}

build=$root/build/release rounds=3 calls=40 seconds=5 relay_cpu=1 load_cpu=0 out='' complexities=default pairs=()
suite_a='' suite_b=''
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--build) build=$2; shift ;;
	--rounds) rounds=$2; shift ;;
	--calls) calls=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--complexity) complexities=$2; shift ;;
	--relay-cpu) relay_cpu=$2; shift ;;
	--load-cpu) load_cpu=$2; shift ;;
	--out) out=$2; shift ;;
	-*) usage >&2; exit 2 ;;
	*) pairs+=("$1") ;;
	esac
	shift
done
[ ${#pairs[@]} -gt 0 ] || pairs=(PCMU:opus PCMU:PCMA)
[ "$(id -u)" = 0 ] || { echo "transcode.sh: needs root" >&2; exit 1; }
command -v rtpengine >/dev/null ||
	{ echo "transcode.sh: needs rtpengine: Debian's rtpengine-daemon, without what it recommends" >&2; exit 1; }
. "$root/bench/world.sh"
tool=$build/tests/codecs/codec_tool
other_pid=''
stop_other() { [ -z "$other_pid" ] || { kill -TERM "$other_pid" 2>/dev/null && wait "$other_pid" 2>/dev/null; } || :; other_pid=''; }
trap 'stop_other; cleanup' EXIT

. "$root/bench/voices.sh"

talk() { # FILE A B PID...
	local file=$1 a=$2 b=$3
	shift 3
	taskset -c "$load_cpu" "$bench" talk --netns "$name-phones" --phones "$work/phones" --seconds "$seconds" --warmup 0 \
		"$(say "$a")" "$(say "$b")" \
		--json "$file" "${@/#/--pid=}" >"${file%.json}.log" || die "talk"
}

# calls_at RELAY A B: set up; their phones in $work/phones.
calls_at() {
	ip netns exec "$name-phones" "$root/bench/transcode_calls.py" "$1" "$phones_ip" "$calls" "${map[$2]}" "${map[$3]}" \
		>"$work/phones" || die "calls at $1"
}

with_rtpengine() { # FILE A B
	ip netns exec "$name-relay" taskset -c "$relay_cpu" rtpengine --config-file=none --foreground --log-stderr --log-level=3 \
		--interface="$relay_ip" --listen-ng="$relay_ip:2223" --port-min=30000 --port-max=39999 --table=-1 \
		--num-threads=1 --pidfile="$work/rtpengine.pid" >"$work/rtpengine.log" 2>&1 &
	other_pid=$!
	sleep 1
	calls_at "ng:$relay_ip:2223" "$2" "$3"
	talk "$1" "$2" "$3" "$other_pid"
	stop_other
}

# Microseconds that strowger's cores have been busy.
busy_us() {
	local ask=("$build/control/strowger-ctl" -j --socket "$work/run/admin.sock")

	{ "${ask[@]}" cores; "${ask[@]}" transcoders; "${ask[@]}" node info; } | jq -s '
		([.[0].cores[].busy_cycles] + [.[1].transcoders[].busy_cycles] | add) / .[2].switch.tsc_hz * 1e6'
}

with_strowger() { # FILE A B COMPLEXITY
	local more='' before

	[ "$4" = default ] || more=$'[transcode]\nopus_complexity = '$4
	poll=adaptive relay_start xdp:relay ${more:+"$more"}
	calls_at "$work/run/admin.sock" "$2" "$3"
	before=$(busy_us)
	talk "$1" "$2" "$3" "$relay_pid"
	jq --argjson before "$before" --argjson after "$(busy_us)" '.figures.relay_cpu.values[0] +=
		($after - $before) / .figures.sent.values[0]' "$1" >"$1.new" && mv "$1.new" "$1"
	relay_stop
}

world_up
for pair in "${pairs[@]}"; do
	a=${pair%:*} b=${pair#*:}
	speech "$a" && speech "$b" || die "no sound in $pair"
	for complexity in $complexities; do
		for i in $(seq "$rounds"); do
			with_rtpengine "$out/$pair.rtpengine.$i.json" "$a" "$b"
			with_strowger "$out/$pair.strowger.$i.json" "$a" "$b" "$complexity"
		done
		for figure in heard relay_cpu; do
			echo "$pair, $calls calls, strowger's complexity $complexity: $figure"
			"$bench" compare $figure rtpengine="$(files "$pair.rtpengine")" strowger="$(files "$pair.strowger")"
		done
	done
done

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger beside DPDK's testpmd, on the same device, with the same generator, run by run in turn: the figures
# of docs/bench.md.  Makes two network namespaces and removes them; needs root, two CPUs and nothing else
# to do.  `bench/compare.sh --help`.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
	cat <<'TEXT'
usage: bench/compare.sh [options] [veth] [memif] [seal]   (default: all)
  veth    highest rate without loss on a veth: strowger (xdp) against testpmd net_af_xdp 5tswap
  memif   cycles a packet of the forwarding core: strowger against testpmd macswap
  seal    seal and unseal: strowger's engines against bare libipsec-mb and libsrtp2
  --build DIR      where strowger was built (build/release)
  --rounds N       runs of each, in turn (3)
  --calls N        calls through strowger; testpmd gets as many streams (100)
  --rate N         packets/s on memif (500000)
  --seconds S      of a run on memif (4)
  --step S         of a step of the search on veth (1)
  --suites A B     of the SRTP runs (AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM)
  --relay-cpu N    the forwarding core's (1)
  --load-cpu N     the generator's (0)
  --out DIR        keep the JSON files there
TEXT
}

build=$root/build/release rounds=3 calls=100 rate=500000 seconds=4 step=1
suite_a=AES_CM_128_HMAC_SHA1_80 suite_b=AEAD_AES_128_GCM relay_cpu=1 load_cpu=0 out='' what=()
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--build) build=$2; shift ;;
	--rounds) rounds=$2; shift ;;
	--calls) calls=$2; shift ;;
	--rate) rate=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--step) step=$2; shift ;;
	--suites) suite_a=$2 suite_b=$3; shift 2 ;;
	--relay-cpu) relay_cpu=$2; shift ;;
	--load-cpu) load_cpu=$2; shift ;;
	--out) out=$2; shift ;;
	veth | memif | seal) what+=("$1") ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
[ ${#what[@]} -gt 0 ] || what=(veth memif seal)
[ "$(id -u)" = 0 ] || { echo "compare.sh: needs root" >&2; exit 1; }

bench=$build/bench/strowger-bench
name=cmp$$
work=$(mktemp -d)
out=${out:-$work}
mkdir -p "$out"
relay_pid='' pmd_pid=''

cleanup() {
	[ -z "$pmd_pid" ] || kill -9 "$pmd_pid" 2>/dev/null || :
	[ -z "$relay_pid" ] || kill -TERM "$relay_pid" 2>/dev/null || :
	for ns in "$name-phones" "$name-relay"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -9 || :
		ip netns del "$ns" 2>/dev/null || :
	done
	rmdir "/var/run/dpdk/$name" 2>/dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

die() {
	tail -n 20 "$work"/*.log >&2 2>/dev/null || :
	echo "compare.sh: $*" >&2
	exit 1
}

# until_true SECONDS COMMAND...
until_true() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# ---- The world: phones --- veth --- relay ----

phones_ip=10.9.0.2 relay_ip=10.9.0.1
relay_mac=02:00:00:00:00:01 phones_mac=02:00:00:00:00:02

world_up() {
	ip netns add "$name-phones"
	ip netns add "$name-relay"
	ip link add phones netns "$name-phones" address $phones_mac type veth \
		peer name relay netns "$name-relay" address $relay_mac
	for side in phones relay; do
		ip -n "$name-$side" link set lo up
		ip -n "$name-$side" link set $side up
	done
	ip -n "$name-phones" addr add $phones_ip/24 dev phones
	ip -n "$name-relay" addr add $relay_ip/24 dev relay
}

# ---- testpmd ----

# pmd_start VDEV MODE: forwarding when this returns.
pmd_start() {
	rm -f "$work/pmd.in"
	mkfifo "$work/pmd.in"
	exec 7<>"$work/pmd.in"
	ip netns exec "$name-relay" stdbuf -oL dpdk-testpmd --no-huge --no-shconf --no-telemetry \
		--file-prefix "$name" -m 256 --no-pci --lcores "0@($load_cpu,$relay_cpu),1@$relay_cpu" \
		--vdev "$1" -- -i --forward-mode="$2" --total-num-mbufs="$3" --record-core-cycles \
		<"$work/pmd.in" >"$work/pmd.log" 2>&1 &
	pmd_pid=$!
	echo start >&7
	until_true 10 grep -q 'packet forwarding - ports=1' "$work/pmd.log" || die "testpmd does not start"
}

pmd_say() { echo "$*" >&7; }

pmd_stop() {
	pmd_say quit
	until_true 3 pmd_gone || kill -9 "$pmd_pid" 2>/dev/null || :
	wait "$pmd_pid" 2>/dev/null || : # it may have crashed when its memif peer left: a known weakness
	pmd_pid=''
	exec 7>&-
	ip -n "$name-relay" link set relay xdp off 2>/dev/null || :
}
pmd_gone() { ! kill -0 "$pmd_pid" 2>/dev/null; }

# ---- strowger ----

# relay_start DEVICE LINE...: answering at $work/run/admin.sock when this returns.
relay_start() {
	local device=$1
	shift
	mkdir -p "$work/run"
	{
		printf '[node]\nname = %s\nrun_dir = %s\nuser = root\nswitch = %s\n' "$name" "$work/run" \
			"$build/dataplane/strowger-switch"
		printf '[cores]\nforwarding = %s\nmain = %s\npoll = busy\n' "$relay_cpu" "$load_cpu"
		printf '[log]\nlevel = warning\n'
		printf '[interface bench]\ndevice = %s\naddress = %s\nports = 20000-59999\n' "$device" $relay_ip
		printf '%s\n' "$@"
	} >"$work/strowger.conf"
	ip netns exec "$name-relay" "$build/relay/strowger" -c "$work/strowger.conf" \
		>"$work/strowger.log" 2>&1 &
	relay_pid=$!
	until_true 10 answers || die "strowger does not start"
}
answers() { "$build/control/strowger-ctl" --socket "$work/run/admin.sock" stats >/dev/null 2>&1; }

relay_stop() {
	kill -INT "$relay_pid" 2>/dev/null || :
	wait "$relay_pid" || die "strowger ended with status $?"
	relay_pid=''
}

# ---- The generator ----

# load FILE OPTIONS...: figures to FILE.
load() {
	local file=$1
	shift
	taskset -c "$load_cpu" "$bench" load --busy --json "$file" "$@" >"${file%.json}.log" 2>&1 || {
		tail -n 5 "${file%.json}.log" >&2
		die "load $*"
	}
}
# Testpmd has no calls: as many streams, all from one side.
reflected=(--reflect "$relay_ip" --calls $((2 * calls)) --to-mac-a "$relay_mac")
relayed=(--calls "$calls" --socket "$work/run/admin.sock")
declare -A suites=([plain]="" [srtp]="--suite-a $suite_a --suite-b $suite_b")

switch_pid() {
	local pid
	for pid in $(ip netns pids "$name-relay"); do
		[ "$(cat "/proc/$pid/comm")" != strowger-switch ] || echo "$pid"
	done
}

# Say so when somebody had to wait for a CPU: such figures tell of the neighbours.
warn_of_waits() {
	awk '$1 ~ /^waited_/ && $2 > worst[$1] { worst[$1] = $2 }
		END {
			for (name in worst)
				if (worst[name] > 1)
					print "  not alone on the machine: " name " up to " worst[name] " % of the time"
		}' "$@"
}

files() { # files NAME: its files, with commas
	local list=''
	for i in $(seq "$rounds"); do list+=",$out/$1.$i.json"; done
	echo "${list#,}"
}

compare_on_veth() {
	local search=(--device-a packet:phones --netns-a "$name-phones" --find-limit --step "$step"
		--rate 100000 --tries 3)
	for i in $(seq "$rounds"); do
		pmd_start net_af_xdp0,iface=relay 5tswap 16384
		load "$out/veth-testpmd.$i.json" "${search[@]}" "${reflected[@]}" --pid "$pmd_pid"
		pmd_stop
		relay_start xdp:relay
		for kind in plain srtp; do
			# shellcheck disable=SC2086 # words
			load "$out/veth-$kind.$i.json" "${search[@]}" "${relayed[@]}" ${suites[$kind]} \
				--pid "$(switch_pid)"
		done
		relay_stop
	done
	echo "veth, 214-byte frames, packets/s without loss:"
	"$bench" compare limit plain="$(files veth-plain)" srtp="$(files veth-srtp)" \
		testpmd="$(files veth-testpmd)"
	warn_of_waits "$out"/veth-*.log
}

compare_on_memif() {
	local socket=$work/memif.sock
	local steady=(--device-a "memif:$socket" --address-a "$phones_ip" --mac-a "$phones_mac"
		--warmup 1 --rate "$rate" --seconds "$seconds")
	for i in $(seq "$rounds"); do
		# Testpmd counts from "clear" on, and is asked while packets still come.
		pmd_start "net_memif0,role=server,socket=$socket,socket-abstract=no" macswap 2048
		{
			sleep 2
			pmd_say clear fwd stats all
			sleep $((seconds - 2))
			pmd_say show fwd stats all
		} &
		load "$out/memif-testpmd-load.$i.json" "${steady[@]}" "${reflected[@]}" --pid "$pmd_pid"
		wait $!
		until_true 1 grep -q 'cycles/packet=' "$work/pmd.log" || die "testpmd said no cycles"
		sed -n 's,.*cycles/packet=\([0-9.]*\).*,{"figures": {"cycles": {"values": [\1]}}},p' \
			"$work/pmd.log" | head -n 1 >"$out/memif-testpmd.$i.json"
		pmd_stop
		rm -f "$socket"
		for kind in plain srtp; do
			relay_start "memif:$socket" "mac = $relay_mac" "neighbour = $phones_ip $phones_mac"
			# shellcheck disable=SC2086 # words
			load "$out/memif-$kind.$i.json" "${steady[@]}" "${relayed[@]}" ${suites[$kind]} \
				--to-mac-a "$relay_mac" --to-mac-b "$relay_mac" --pid "$(switch_pid)"
			relay_stop
		done
	done
	echo "memif, 214-byte frames, $rate packets/s, cycles a packet of the forwarding core:"
	"$bench" compare cycles plain="$(files memif-plain)" srtp="$(files memif-srtp)" \
		testpmd="$(files memif-testpmd)"
	warn_of_waits "$out"/memif-*.log
}

compare_seal() {
	taskset -c "$relay_cpu" "$bench" micro seal --repeats "$rounds" --sessions 1,1000 --json "$out/seal.json"
}

world_up
for one in "${what[@]}"; do
	case $one in
	veth) compare_on_veth ;;
	memif) compare_on_memif ;;
	seal) compare_seal ;;
	esac
done
[ "$out" = "$work" ] || echo "JSON: $out"

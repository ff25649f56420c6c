#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger beside DPDK's testpmd, on the same device, with the same generator, run by run in turn: the figures
# of docs/bench.md.  Where strowger keeps the kernel from answering (nftables, prerouting), the same rule does so for
# testpmd.  Makes two network namespaces and removes them; needs root, two CPUs and nothing else to do.
# `bench/compare.sh --help`.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
	cat <<'TEXT'
usage: bench/compare.sh [options] [veth] [packet] [latency] [memif] [capacity] [seal]   (default: all)
  veth      highest rate without loss on a veth: strowger (xdp) against testpmd net_af_xdp 5tswap
  packet    the same with the packet device, against testpmd net_af_packet
  latency   round trip at a steady rate on both, p50 and p99
  memif     cycles a packet of the forwarding core at a steady rate: strowger against testpmd macswap
  capacity  the same at saturation, with few and many calls
  seal      seal and unseal: strowger's engines against bare libipsec-mb and libsrtp2
  --build DIR      where strowger was built (build/release)
  --rounds N       runs of each, in turn (3)
  --calls N        calls through strowger; testpmd gets as many streams (100)
  --many "N..."    calls of the capacity runs (1000 10000)
  --rate N         packets/s on memif (500000)
  --steady N       packets/s of the latency runs (50000)
  --seconds S      of a run that is no search (4)
  --step S         of a step of the search on veth (1)
  --suites A B     of the SRTP runs (AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM)
  --hugepages N    both have hugepages: so many, of 2 MB, for as long as this runs (0: neither has any)
  --relay-cpu N    the forwarding core's (1)
  --load-cpu N     the generator's (0)
  --out DIR        keep the JSON files there
TEXT
}

build=$root/build/release rounds=3 calls=100 many='1000 10000' rate=500000 steady=50000
seconds=4 step=1
suite_a=AES_CM_128_HMAC_SHA1_80 suite_b=AEAD_AES_128_GCM relay_cpu=1 load_cpu=0 out='' what=() hugepages=0
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--build) build=$2; shift ;;
	--rounds) rounds=$2; shift ;;
	--calls) calls=$2; shift ;;
	--many) many=$2; shift ;;
	--rate) rate=$2; shift ;;
	--steady) steady=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--step) step=$2; shift ;;
	--suites) suite_a=$2 suite_b=$3; shift 2 ;;
	--hugepages) hugepages=$2; shift ;;
	--relay-cpu) relay_cpu=$2; shift ;;
	--load-cpu) load_cpu=$2; shift ;;
	--out) out=$2; shift ;;
	veth | packet | latency | memif | capacity | seal) what+=("$1") ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
[ ${#what[@]} -gt 0 ] || what=(veth packet latency memif capacity seal)
[ "$(id -u)" = 0 ] || { echo "compare.sh: needs root" >&2; exit 1; }

. "$root/bench/world.sh"

# search DEVICE: the highest rate without loss, through strowger's device and testpmd's of the same kind.
search() {
	local device=$1
	local options=(--device-a packet:phones --netns-a "$name-phones" --find-limit --step "$step"
		--rate 100000 --tries 3)
	for i in $(seq "$rounds"); do
		pmd_on_veth "$device"
		load "$out/$device-testpmd.$i.json" "${options[@]}" "${reflected[@]}" --pid "$pmd_pid"
		pmd_stop
		relay_start "$device:relay"
		for kind in plain srtp; do
			# shellcheck disable=SC2086 # words
			load "$out/$device-$kind.$i.json" "${options[@]}" "${relayed[@]}" ${suites[$kind]} \
				--pid "$(switch_pid)"
		done
		relay_stop
	done
	echo "veth, $device, 214-byte frames, packets/s without loss:"
	"$bench" compare limit plain="$(files "$device-plain")" srtp="$(files "$device-srtp")" \
		testpmd="$(files "$device-testpmd")"
	warn_of_waits "$out/$device"-*.log
}

# round_trip DEVICE: how long a packet is under way, generator's share included, at a steady rate.
round_trip() {
	local device=$1
	local options=(--device-a packet:phones --netns-a "$name-phones" --warmup 1 --rate "$steady"
		--seconds "$seconds" --verify 0)
	for i in $(seq "$rounds"); do
		pmd_on_veth "$device"
		load "$out/trip-$device-testpmd.$i.json" "${options[@]}" "${reflected[@]}" --pid "$pmd_pid"
		pmd_stop
		relay_start "$device:relay"
		for kind in plain srtp; do
			# shellcheck disable=SC2086 # words
			load "$out/trip-$device-$kind.$i.json" "${options[@]}" "${relayed[@]}" ${suites[$kind]} \
				--pid "$(switch_pid)"
		done
		relay_stop
	done
	for figure in delay_p50 delay_p99; do
		echo "veth, $device, round trip at $steady packets/s, $figure in us:"
		"$bench" compare "$figure" plain="$(files "trip-$device-plain")" srtp="$(files "trip-$device-srtp")" \
			testpmd="$(files "trip-$device-testpmd")"
	done
	warn_of_waits "$out/trip-$device"-*.log
}

# pmd_cycles FILE OPTIONS...: cycles a packet of testpmd's forwarding core while the generator sends.  It counts from
# "clear" on, and is asked while packets still come.
pmd_cycles() {
	local file=$1 socket=$work/memif.sock
	shift
	pmd_start "net_memif0,role=server,socket=$socket,socket-abstract=no" macswap 2048
	{
		sleep 2
		pmd_say clear fwd stats all
		sleep $((seconds - 2))
		pmd_say show fwd stats all
	} &
	load "${file/-testpmd./-testpmd-load.}" "$@" "${reflected[@]}" --pid "$pmd_pid"
	wait $!
	until_true 1 grep -q 'cycles/packet=' "$work/pmd.log" || die "testpmd said no cycles"
	sed -n 's,.*cycles/packet=\([0-9.]*\).*,{"figures": {"cycles": {"values": [\1]}}},p' \
		"$work/pmd.log" | head -n 1 >"$file"
	pmd_stop
	rm -f "$socket"
}

# relay_cycles FILE KIND OPTIONS...: the same of strowger's.
relay_cycles() {
	local file=$1 kind=$2 socket=$work/memif.sock
	shift 2
	relay_start "memif:$socket" "mac = $relay_mac" "neighbour = $phones_ip $phones_mac"
	# shellcheck disable=SC2086 # words
	load "$file" "$@" "${relayed[@]}" ${suites[$kind]} \
		--to-mac-a "$relay_mac" --to-mac-b "$relay_mac" --pid "$(switch_pid)"
	relay_stop
}

# cycles NAME RATE: both, in turn, and side by side.
cycles() {
	local as=$1 options=(--device-a "memif:$work/memif.sock" --address-a "$phones_ip" --mac-a "$phones_mac"
		--warmup 1 --rate "$2" --seconds "$seconds")
	for i in $(seq "$rounds"); do
		pmd_cycles "$out/$as-testpmd.$i.json" "${options[@]}"
		for kind in plain srtp; do
			relay_cycles "$out/$as-$kind.$i.json" "$kind" "${options[@]}"
		done
	done
	"$bench" compare --difference cycles plain="$(files "$as-plain")" srtp="$(files "$as-srtp")" \
		testpmd="$(files "$as-testpmd")"
	warn_of_waits "$out/$as"-*.log
}

compare_memif() {
	with_calls "$calls"
	echo "memif, 214-byte frames, $rate packets/s, cycles a packet of the forwarding core:"
	cycles memif "$rate"
}

# Was there always more than the core took?
warn_of_idle() { # FILE...
	local file
	for file; do
		jq -e '.figures.refused.min > 0' "$file" >/dev/null || echo "  not saturated: ${file##*/}"
	done
}

# What the cipher costs alone: bare libipsec-mb with as many sessions as N calls have each way, in both of its suites,
# of which a packet that is re-keyed has half of each.
bare() { # N
	taskset -c "$relay_cpu" "$bench" micro seal --suites "$suite_a,$suite_b" --sessions $((2 * $1)) \
		--repeats "$rounds" --json "$out/bare.json" >/dev/null
	jq -r '.tsc_hz as $hz | [.rows[] | select(.op == "both" and .contestant == "bare libipsec-mb").median]
		| "  bare libipsec-mb, \(add / length | round) ns: \(add / length * $hz / 1e9 | round) cycles"' "$out/bare.json"
}

compare_capacity() {
	local n
	for n in $many; do
		with_calls "$n"
		echo "memif, 214-byte frames, $n calls, as many packets/s as it takes, cycles a packet:"
		cycles "capacity-$n" 100000000
		bare "$n"
		echo "packets/s that came back:"
		"$bench" compare back plain="$(files "capacity-$n-plain")" srtp="$(files "capacity-$n-srtp")" \
			testpmd="$(files "capacity-$n-testpmd-load")"
		warn_of_idle "$out/capacity-$n"-{plain,srtp,testpmd-load}.*.json
	done
	with_calls "$calls"
}

compare_seal() {
	taskset -c "$relay_cpu" "$bench" micro seal --repeats "$rounds" --sessions 1,1000 --json "$out/seal.json"
}

[ "$hugepages" = 0 ] || with_hugepages "$hugepages"
world_up
for one in "${what[@]}"; do
	case $one in
	veth) search xdp ;;
	packet) search packet ;;
	latency) round_trip xdp; round_trip packet ;;
	memif) compare_memif ;;
	capacity) compare_capacity ;;
	seal) compare_seal ;;
	esac
done
[ "$out" = "$work" ] || echo "JSON: $out"

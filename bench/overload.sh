#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What strowger's calls lose after an overload, and under floods: the figures of docs/bench.md.  Makes two network
# namespaces and removes them; needs root, two CPUs and nothing else to do.  `bench/overload.sh --help`.
set -eu
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)

usage() {
	cat <<'TEXT'
usage: bench/overload.sh [options] [recover] [flood]   (default: both)
  recover  so many seconds at twice the highest rate without loss, then a tenth of it: what the same calls lose
  flood    RTP under no key at the calls' ports, noise at unused ones, STUN at the calls', while they talk: what
           they lose, what the relay drops and why, and its memory
  --build DIR      where strowger was built (build/release)
  --device KIND    xdp or packet: of strowger on a veth; memif: shared memory, where a generator has more to
                   give: there recover's phones A alone talk, in long packets of plain RTP that the relay
                   seals with AES_256_CM_HMAC_SHA1_80 (xdp)
  --rounds N       runs of each (3)
  --calls N        (100)
  --suites A B     of the two legs, but for recover on memif (AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM)
  --payload N      bytes of recover's packets on memif (1400)
  --seconds S      of an overload, of what follows, of a flood (5)
  --flood N        packets/s of a flood (1000000)
  --rate N         packets/s of the calls during a flood (5000)
  --relay-cpu N    the forwarding core's (1)
  --load-cpu N     the generator's, which makes the flood, too (0)
  --out DIR        keep the JSON files there
TEXT
}

build=$root/build/release device=xdp rounds=3 calls=100 seconds=5 flood=1000000 rate=5000 payload=1400
suite_a=AES_CM_128_HMAC_SHA1_80 suite_b=AEAD_AES_128_GCM relay_cpu=1 load_cpu=0 out='' what=()
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--build) build=$2; shift ;;
	--device) device=$2; shift ;;
	--rounds) rounds=$2; shift ;;
	--calls) calls=$2; shift ;;
	--suites) suite_a=$2 suite_b=$3; shift 2 ;;
	--payload) payload=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--flood) flood=$2; shift ;;
	--rate) rate=$2; shift ;;
	--relay-cpu) relay_cpu=$2; shift ;;
	--load-cpu) load_cpu=$2; shift ;;
	--out) out=$2; shift ;;
	recover | flood) what+=("$1") ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
[ ${#what[@]} -gt 0 ] || what=(recover flood)
[ "$(id -u)" = 0 ] || { echo "overload.sh: needs root" >&2; exit 1; }

. "$root/bench/world.sh"

# shellcheck disable=SC2206 # words
sealed=(${suites[srtp]})
case $device in
memif)
	phones=(--device-a "memif:$work/memif.sock" --address-a "$phones_ip" --mac-a "$phones_mac"
		--to-mac-a "$relay_mac" --to-mac-b "$relay_mac")
	dear=(--one-way --payload "$payload" --suite-a none --suite-b AES_256_CM_HMAC_SHA1_80)
	;;
*)
	phones=(--device-a packet:phones --netns-a "$name-phones")
	dear=("${sealed[@]}")
	;;
esac

figure() { jq ".figures[\"$2\"].median // 0 | round" "$1"; } # FILE NAME

# strowger on the device that was asked for.
start() {
	case $device in
	memif) relay_start "memif:$work/memif.sock" "mac = $relay_mac" "neighbour = $phones_ip $phones_mac" ;;
	*) relay_start "$device:relay" ;;
	esac
}

recover() {
	local limit
	start
	load "$out/limit.json" "${phones[@]}" "${relayed[@]}" "${dear[@]}" --find-limit --rate 100000 --tries 3
	limit=$(figure "$out/limit.json" limit)
	load "$out/recover.json" "${phones[@]}" "${relayed[@]}" "${dear[@]}" --before $((2 * limit)):"$seconds" \
		--rate $((limit / 10)) --seconds "$seconds" --repeat "$rounds"
	relay_stop
	echo "$device, without loss $limit packets/s; $seconds s at twice that, then a tenth of it:"
	jq -r '.figures | to_entries[] | select(.key | IN("rate_before", "offered_before", "lost_before", "rate", "sent", "lost", "delay_p99"))
		| "  \(.key)  \(.value.median | round) (\(.value.min | round)-\(.value.max | round)) \(.value.unit)"' \
		"$out/recover.json"
}

resident_kb() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(switch_pid)/status"; }

# flooded KIND ROUND: calls, and a flood beside them from the same phones' device.
flooded() {
	local file=$out/flood-$1.$2 before at_end
	load "$file.json" "${phones[@]}" "${relayed[@]}" "${sealed[@]}" --rate "$rate" --seconds "$seconds" \
		--garbage "$1:$flood" &
	until_true 10 grep -qs 'calls run' "$file.log" || die "the load does not start"
	before=$(resident_kb)
	sleep $((seconds - 1)) # it floods still
	at_end=$(resident_kb)
	wait $! || die "load during a flood of $1"
	echo "  $1  $(figure "$file.json" garbage) packets/s; calls lost $(figure "$file.json" lost) of $(
		figure "$file.json" sent) packets (not sent in time $(figure "$file.json" skipped), not taken by the device $(
		figure "$file.json" refused), missed by the generator $(figure "$file.json" missed)); resident $before, then $at_end KB"
	jq -r '.figures | to_entries[] | select(.key | startswith("drop_")) | "    \(.key)  \(.value.median | round)"' "$file.json"
}

floods() {
	local kind i
	start
	load "$out/first.json" "${phones[@]}" "${relayed[@]}" "${sealed[@]}" --rate "$rate" --seconds 1 \
		--garbage "noise:$flood" # what the relay takes once it has then
	echo "$device, floods of $flood packets/s wanted, calls with $rate packets/s:"
	for i in $(seq "$rounds"); do
		for kind in rtp noise stun; do
			flooded "$kind" "$i"
		done
	done
	relay_stop
}

world_up
for one in "${what[@]}"; do
	case $one in
	recover) recover ;;
	flood) floods ;;
	esac
done
[ "$out" = "$work" ] || echo "JSON: $out"

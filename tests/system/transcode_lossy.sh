#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Phones behind bad networks speak to others that share no codec with them: what these hear goes on without a gap, is no
# later at the end than at the beginning, and what is missing sounds as well as a good receiver makes it.
#
# SEED makes it other packets that are lost.
#
# Runs alone: what comes too late is told from what does not by the millisecond in which it came.
. "$(dirname "$0")/lib.sh"

# Each is a host of its own, and what its phones send goes through its network.
networks=(good loss1 loss5 loss10 loss20 jitter20 jitter50 jitter100 disorder worst)
declare -A impaired_by=(
	[loss1]="--loss 1" [loss5]="--loss 5" [loss10]="--loss 10" [loss20]="--loss 20"
	[jitter20]="--jitter 20" [jitter50]="--jitter 50" [jitter100]="--jitter 100"
	[disorder]="--reorder 5 --duplicate 5"
	[worst]="--loss 5 --burst 2 --jitter 40 --reorder 3 --duplicate 3"
)

story "loss, jitter, disorder and repeats in front of transcoding: ${#networks[@]} networks at once"
espeak-ng -v en-gb -s 160 -w "$work/once.wav" "Mister Watson, come here. I want to see you. The line is not clear."
for rate in 8000 16000; do
	sox -D "$work/once.wav" -r $rate -c 1 -b 16 "$work/said-$rate.wav" trim 0 3.4
done
strowger_start
number=20
for name in "${networks[@]}"; do
	add_host "$name" $number
	# shellcheck disable=SC2086 # words
	impair_put "$name" ${impaired_by[$name]:-} --seed $((${SEED:-3000} + number))
	number=$((number + 1))
done

"$tools/transcode_lossy.py" --socket "$work/story/admin.sock" --prefix "$ns" --said "$work/said" \
	--json "$work/lossy.json" "${networks[@]}" || fail "what is heard is not what it must be"

for name in "${networks[@]}"; do
	impair_end "$name"
	box() { json ".ways[0] | $1" <<<"$impaired"; }
	expect "what the network of $name took" "$(box .udp)" = "$(json ".$name.sent" <"$work/lossy.json")"
	expect "what it let through" "$(box '.udp - .lost + .duplicated')" = "$(json ".$name.came" <"$work/lossy.json")"
	expect "what it had no room for" "$(box '.overrun + .failed')" = 0
done
strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger-bench load as a whole, against an echo in Python behind a veth: Linux judges the frames that it
# writes, nftables plants and counts the losses that it must find.  Needs root; makes two namespaces.
#
# What hangs on time is judged only when neither the generator nor the echo has waited for a CPU.
#
# usage: load.sh STROWGER-BENCH
set -eu
bench=$1
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }

name=sb$$
work=$(mktemp -d)
cleanup() {
	for ns in "$name-a" "$name-b"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -9 || :
		ip netns del "$ns" 2>/dev/null || :
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

fail() { echo "FAILED: $*" >&2; exit 1; }

ip netns add "$name-a"
ip netns add "$name-b"
ip link add "${name}a" netns "$name-a" type veth peer name "${name}b" netns "$name-b"
for side in a b; do
	ip -n "$name-$side" link set lo up
	ip -n "$name-$side" link set "$name$side" up
done
ip -n "$name-a" addr add 10.9.0.2/24 dev "${name}a"
ip -n "$name-b" addr add 10.9.0.1/24 dev "${name}b"
ip -n "$name-a" addr add fd09::2/64 dev "${name}a" nodad
ip -n "$name-b" addr add fd09::1/64 dev "${name}b" nodad

cat >"$work/echo.py" <<'PYTHON'
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
s.bind(("::", 9))
while True:
    data, who = s.recvfrom(2000)
    if len(data) > 1:  # one byte: the bench only makes the kernel find the neighbour
        s.sendto(data, who)
PYTHON
ip netns exec "$name-b" python3 "$work/echo.py" &
echo=$!
# await COMMAND...: until it succeeds, however busy the machine is; check's limit bounds a hang.
await() {
	until "$@"; do sleep 0.1; done
}

echoes() { ip netns exec "$name-b" ss -Hlun 'sport = :9' | grep -q .; }
await echoes

# load OPTIONS: run it, keep the figures.
load() {
	loaded=("$@")
	"$bench" load --device-a "packet:${name}a" --netns-a "$name-a" --pid $echo --json "$work/out.json" "$@" \
		>"$work/table" 2>"$work/err" || fail "load $*: $(cat "$work/err")"
}

# figure NAME: its median, as a whole number.
figure() {
	python3 -c 'import json, sys
print(round(json.load(open(sys.argv[1]))["figures"][sys.argv[2]]["median"]))' "$work/out.json" "$1"
}

# expect FIGURE OPERATOR NUMBER
expect() {
	test "$(figure "$1")" "$2" "$3" || fail "$1 is $(figure "$1"), expected $2 $3 ($(cat "$work/table"))"
}

# Did the machine leave the generator or the echo without a CPU, in so many percent of the time?
busy() { [ $(($(figure waited_strowger-bench) + $(figure waited_python3))) -ge 3 ]; }

# in_time CLAIM: it must be so of a run that had the machine; one that had not is made again.
in_time() {
	local tries=1

	until "$1"; do
		busy || fail "not so: $1 ($(cat "$work/table"))"
		[ $tries -lt 5 ] || { echo "too busy a machine to judge: $1"; return; }
		tries=$((tries + 1))
		load "${loaded[@]}"
		right
	done
}

# Half a second of 500 packets/s, each of which comes back as it was sent or not at all.
right() {
	expect sent -gt 0
	[ $(($(figure sent) + $(figure skipped))) -le 250 ] || fail "too many: $(cat "$work/table")"
	expect verified -eq "$(figure returned)"
	for what in corrupt duplicate stale foreign misrouted; do
		expect $what -eq 0
	done
}
all_sent_and_back() { [ "$(figure sent)" -ge 220 ] && [ "$(figure lost)" = 0 ]; }

nothing_lost() {
	right
	in_time all_sent_and_back
}

# What Linux takes for a right packet, it echoes.
load --reflect 10.9.0.1 --calls 10 --seconds 0.5 --verify 1
nothing_lost
expect delay_p50 -gt 0
expect cpu_python3 -gt 1000
load --reflect 10.9.0.1 --calls 10 --seconds 0.5 --verify 1 --suite-a AES_CM_128_HMAC_SHA1_80
nothing_lost
load --reflect fd09::1 --address-a fd09::2 --calls 10 --seconds 0.5 --verify 1 --payload 161
nothing_lost

# What nftables drops is lost, and counted to the packet.
ip netns exec "$name-b" nft -f - <<'NFT'
table inet plant {
	counter dropped { }
	chain in {
		type filter hook input priority 0;
		udp dport 9 udp length > 20 numgen inc mod 10 0 counter name dropped drop
	}
}
NFT
loads=0
right() { # of all loads so far
	loads=$((loads + $(figure sent)))
	await all_arrived
	was=${dropped:-0}
	dropped=$(counted_by plant dropped)
	expect lost -ge $((dropped - was))
}
counted_by() { ip netns exec "$name-b" nft list counter inet "$1" "$2" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
all_arrived() { [ "$(counted_by plant dropped)" = $(((loads + 9) / 10)) ]; }
lost_that_alone() { [ "$(figure lost)" = $((dropped - was)) ]; }
load --reflect 10.9.0.1 --calls 10 --seconds 0.5 --warmup 0
right
in_time lost_that_alone
ip netns exec "$name-b" nft delete table inet plant

# A path that carries 2,000 packets/s has its limit there.
ip netns exec "$name-b" nft -f - <<'NFT'
table inet plant {
	chain in {
		type filter hook input priority 0;
		udp dport 9 limit rate over 2000/second burst 100 packets drop
	}
}
NFT
right() { :; }
the_path_is_the_limit() { [ "$(figure limit)" -gt 1400 ]; }
load --reflect 10.9.0.1 --calls 10 --find-limit --rate 500 --step 0.3 --precision 0.1
python3 - "$work/err" "$(figure limit)" <<'PYTHON' || fail "the limit: $(cat "$work/err" "$work/table")"
import re, sys
carried = {}
for rate, sent, lost in re.findall(r"(\d+) packets/s: sent (\d+)/s, lost (\d+)", open(sys.argv[1]).read()):
    rate, sent = int(rate), int(sent)
    part = 0 if int(lost) else rate if sent >= 0.98 * rate else sent
    carried[rate] = max(part, carried.get(rate, 0))
limit = int(sys.argv[2])
assert abs(limit - max(carried.values())) <= 1, "the most that a step carried"
bad = min(rate for rate in carried if carried[rate] < rate - 1)
assert limit == 0 or bad - limit <= 0.1 * bad + 2, "and a little more was not"
PYTHON
expect limit -lt 2600 # 100 more than 2,000 a second in a step of 0.3 s, by the generator's own clock
in_time the_path_is_the_limit
ip netns exec "$name-b" nft delete table inet plant

# SIGINT: what was measured so far, and nothing left behind.
heard=$(ip netns exec "$name-b" cat "/sys/class/net/${name}b/statistics/rx_packets")
"$bench" load --device-a "packet:${name}a" --netns-a "$name-a" --reflect 10.9.0.1 --calls 10 --seconds 60 \
	--json "$work/out.json" >"$work/table" &
pid=$!
talked() { [ "$(ip netns exec "$name-b" cat "/sys/class/net/${name}b/statistics/rx_packets")" -gt $((heard + 400)) ]; }
await talked
[ "$(ip netns exec "$name-a" nft list tables | wc -l)" = 1 ] || fail "no table keeps the kernel quiet"
kill -INT $pid
wait $pid || fail "status $? after SIGINT"
grep -q delay_p99 "$work/table" || fail "no table after SIGINT"
expect sent -gt 100
[ -z "$(ip netns exec "$name-a" nft list tables)" ] || fail "an nftables table was left behind"

# Floods are what they say, and well-formed: Linux, where nobody listens, refuses each of them for that alone.
ip netns exec "$name-b" nft -f - <<'NFT'
table inet judge {
	counter rtp { }
	counter noise { }
	counter stun { }
	chain in {
		type filter hook input priority 0;
		udp dport 20000-20009 udp sport 50000-50003 udp length 190 @th,64,2 2 counter name rtp
		udp dport 20000-20009 udp sport 50000-50003 udp length 48 counter name noise
		udp dport 20000-20009 udp sport 50000-50003 udp length 36 @th,64,32 0x00010008 @th,96,32 0x2112a442 counter name stun
	}
}
NFT
unheard() { # FIELD of /proc/net/snmp: NoPorts, InCsumErrors
	ip netns exec "$name-b" awk -v want="$1" '$1 == "Udp:" && !n { for (i = 2; i <= NF; i++) if ($i == want) n = i; next }
		$1 == "Udp:" { print $n }' /proc/net/snmp
}
all_answered() { [ $(($(unheard NoPorts) + $(unheard InCsumErrors) - before)) -ge "$(figure sent)" ]; }
for kind in rtp noise stun; do
	before=$(unheard NoPorts)
	"$bench" flood --device "packet:${name}a" --netns "$name-a" --kind $kind --to 10.9.0.1 --ports 20000-20009 \
		--from-ports 4 --rate 2000 --seconds 0.5 --payload "$([ $kind = noise ] && echo 40 || echo 182)" \
		--json "$work/out.json" >"$work/table" 2>"$work/err" || fail "flood $kind: $(cat "$work/err")"
	expect sent -gt 0
	expect sent -le 1001
	expect refused -eq 0
	await all_answered
	[ "$(counted_by judge $kind)" = "$(figure sent)" ] ||
		fail "$kind: $(counted_by judge $kind) of $(figure sent) are what they should be"
	[ $(($(unheard NoPorts) - before)) = "$(figure sent)" ] || fail "$kind: Linux found fault with some"
done
[ "$(unheard InCsumErrors)" = 0 ] || fail "wrong checksums"
ip netns exec "$name-b" nft delete table inet judge
"$bench" flood --device "packet:${name}a" --netns "$name-a" 2>"$work/err" && fail "a flood without a target"
grep -q -- '--to' "$work/err" || fail "no hint: $(cat "$work/err")"

"$bench" load --device-a "packet:${name}a" --netns-a "$name-a" --garbage gold:1000 2>"$work/err" && fail "there is gold"
grep -q -- '--garbage gold:1000: not a fitting KIND:RATE' "$work/err" || fail "no hint: $(cat "$work/err")"
"$bench" load --device-a "packet:${name}a" --netns-a "$name-a" --reflect 10.9.0.1 --garbage rtp:1000 2>"$work/err" &&
	fail "garbage without calls"
grep -q 'no calls for --garbage' "$work/err" || fail "no hint: $(cat "$work/err")"

# Nobody there.
"$bench" load --device-a "packet:${name}a" --netns-a "$name-a" --reflect 10.9.0.77 2>"$work/err" && fail "10.9.0.77 answers"
grep -q 'to-mac-a' "$work/err" || fail "no hint: $(cat "$work/err")"
"$bench" load --device-a packet:nowhere0 --netns-a "$name-a" --reflect 10.9.0.1 2>"$work/err" && fail "nowhere0 is there"
grep -q 'nowhere0: No such device' "$work/err" || fail "unclear: $(cat "$work/err")"
echo "all true"

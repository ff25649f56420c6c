# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Where measurements take place: two network namespaces with a veth between them, strowger or testpmd in one, the
# generator in the other.  Sourced by compare.sh and overload.sh, which have set build, rounds, calls, suite_a, suite_b,
# relay_cpu, load_cpu and out (a folder for the figures, or nothing).

bench=$build/bench/strowger-bench
name=cmp$$ me=${0##*/}
work=$(mktemp -d)
out=${out:-$work}
mkdir -p "$out"
relay_pid='' pmd_pid=''
pmd_memory=(--no-huge --no-shconf) huge_before='' # hugepages of the system, if there are others meanwhile

cleanup() {
	[ -z "$pmd_pid" ] || kill -9 "$pmd_pid" 2>/dev/null || :
	[ -z "$relay_pid" ] || kill -TERM "$relay_pid" 2>/dev/null || :
	for ns in "$name-phones" "$name-relay"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -9 || :
		ip netns del "$ns" 2>/dev/null || :
	done
	rmdir "/var/run/dpdk/$name" 2>/dev/null || :
	rm -rf "$work"
	[ -z "$huge_before" ] || echo "$huge_before" >/proc/sys/vm/nr_hugepages
}
trap cleanup EXIT
trap 'exit 1' INT TERM

die() {
	tail -n 20 "$work"/*.log >&2 2>/dev/null || :
	echo "$me: $*" >&2
	exit 1
}

# with_hugepages N: both have hugepages from here on, N of 2 MB at most, and the system as many as before in the end.
with_hugepages() {
	pmd_memory=(--in-memory) huge_before=$(cat /proc/sys/vm/nr_hugepages)
	echo $((huge_before + $1)) >/proc/sys/vm/nr_hugepages
	[ "$(cat /proc/sys/vm/nr_hugepages)" = $((huge_before + $1)) ] || die "there are not so many hugepages"
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
	ip netns exec "$name-relay" stdbuf -oL dpdk-testpmd "${pmd_memory[@]}" --no-telemetry \
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
	ip netns exec "$name-relay" nft delete table ip quiet 2>/dev/null || :
	ip -n "$name-relay" link set relay xdp off 2>/dev/null || :
}
pmd_gone() { ! kill -0 "$pmd_pid" 2>/dev/null; }

# testpmd on DEVICE (xdp, packet) of the veth, 5tswap: it answers as a relay would.
pmd_on_veth() {
	case $1 in
	xdp) pmd_start net_af_xdp0,iface=relay 5tswap 16384 ;;
	packet)
		# strowger keeps the kernel from answering its media; so must testpmd be helped to.
		ip netns exec "$name-relay" nft -f - <<-'NFT'
			table ip quiet {
				chain in { type filter hook prerouting priority raw; udp dport 9 drop; }
			}
		NFT
		pmd_start net_af_packet0,iface=relay,framecnt=2048 5tswap 16384
		;;
	esac
}

# ---- strowger ----

# relay_start DEVICE LINE...: polling as $poll says (busy), answering at $work/run/admin.sock when this returns.
relay_start() {
	local device=$1
	shift
	mkdir -p "$work/run"
	{
		printf '[node]\nname = %s\nrun_dir = %s\nuser = root\nswitch = %s\n' "$name" "$work/run" \
			"$build/dataplane/strowger-switch"
		printf '[cores]\nforwarding = %s\nmain = %s\npoll = %s\n' "$relay_cpu" "$load_cpu" "${poll:-busy}"
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
# What to send through strowger, and through testpmd, which has no calls: as many streams, all from one side.
with_calls() { # NUMBER
	relayed=(--calls "$1" --socket "$work/run/admin.sock")
	reflected=(--reflect "$relay_ip" --calls $((2 * $1)) --to-mac-a "$relay_mac")
}
with_calls "$calls"
declare -A suites=([plain]="" [srtp]="--suite-a $suite_a --suite-b $suite_b")

switch_pid() {
	local pid
	for pid in $(ip netns pids "$name-relay"); do
		[ "$(cat "/proc/$pid/comm")" != strowger-switch ] || echo "$pid"
	done
}

# Say so when somebody had to wait for a CPU: such figures tell of the neighbours.
warn_of_waits() { # LOG...
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


# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What every story stands on: a small network of its own, strowger in the middle of it, and words to say what must be
# true; calls and phones are in tests/tools/phones.sh, many calls in load.sh.  Sourced by the stories; run as root; needs
# no network of the host.
#
#                     10.77.0.0/24, fd77::/64
#        alice .2 ──┐                       ┌── bob .3
#                   ├──  bridge (lan)  ─────┤
#      mallory .4 ──┘                       └── strowger .1
#
# A story: `story TEXT`, `config` (or none), `strowger_start`, calls and phones, `expect`, `done_well`.
# It ends at the first thing that is not true.  Everything it started lives in its namespaces, whose names
# begin with st and its process id, and is ended with them, also when the story is killed (by the next story).
#
# Settings: BUILD (where the daemons were built: build/release), DEVICE (xdp, packet), CORES (CPUs of the forwarding
# cores, 0,1,1: of stories that do not say themselves), KEEP=1 (leave the scratch folder and say where it is).

set -u
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=$root/tests/tools
. "$tools/netns.sh"
. "$tools/phones.sh"
. "$tools/load.sh"
BUILD=${BUILD:-$root/build/release}
DEVICE=${DEVICE:-xdp}
ns=st$$
unset TMPDIR # it is not there in every chroot
work=$(mktemp -d "/tmp/strowger-story.$$.XXXX")
chmod 755 "$work"
mkdir -m 1777 "$work/sanitizer" # strowger writes there as nobody
strowger=$BUILD/relay/strowger
switch=$BUILD/dataplane/strowger-switch
ctl=$BUILD/control/strowger-ctl

# Sanitized daemons write what they found there; done_well looks.
export ASAN_OPTIONS=log_path=$work/sanitizer/found:abort_on_error=0:detect_leaks=1
export UBSAN_OPTIONS=log_path=$work/sanitizer/found:print_stacktrace=1:halt_on_error=1
export LSAN_OPTIONS=suppressions=$here/lsan.supp:print_suppressions=0

# ---- Saying what is so. ----

story() {
	title=$1
	echo "# $title"
}

note() { echo "  $*"; }

# Ends the story, also from within $(...).
fail() {
	local log

	echo "FAILED: $*" >&2
	"$ctl" --socket "$work/${instance:-story}/admin.sock" drops >&2 2>/dev/null
	for log in "$work"/*.log "$work"/sanitizer/*; do
		[ -s "$log" ] && { echo "--- ${log##*/}, last lines:"; tail -n 40 "$log"; } >&2
	done
	[ $BASHPID = $$ ] || kill -USR1 $$
	exit 1
}
trap 'exit 1' USR1

# expect WHAT VALUE OPERATOR VALUE: numbers with = != < > <= >=, words with is, isnt, has (a part), lacks.
expect() {
	is_so "${@:2}" || fail "$1: $2, but must be: $3 $4"
}

is_so() { # VALUE OPERATOR VALUE
	case $2 in
	=) [ "$1" -eq "$3" ] ;;
	!=) [ "$1" -ne "$3" ] ;;
	'<') [ "$1" -lt "$3" ] ;;
	'>') [ "$1" -gt "$3" ] ;;
	'<=') [ "$1" -le "$3" ] ;;
	'>=') [ "$1" -ge "$3" ] ;;
	is) [ "$1" = "$3" ] ;;
	isnt) [ "$1" != "$3" ] ;;
	has) [[ $1 == *"$3"* ]] ;;
	lacks) [[ $1 != *"$3"* ]] ;;
	*) fail "there is no operator $2" ;;
	esac
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.  It takes no longer than SECONDS on a machine that does
# nothing else; a busy one gets several times as long, for this bounds a hang and is no test of speed.
wait_for() {
	local end=$((SECONDS + 5 * $1)) what=$2

	shift 2
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "waited in vain for $what"
		sleep 0.05
	done
}

# soon WHAT OPERATOR VALUE COMMAND...: expect, of what the command prints; it has a while to become so.
soon() {
	local what=$1 how=$2 want=$3 end=$((SECONDS + 10)) got

	shift 3
	until got=$("$@") && is_so "$got" "$how" "$want"; do
		[ $SECONDS -lt $end ] || break
		sleep 0.05
	done
	expect "$what" "$got" "$how" "$want"
}

# json FILTER <<< JSON: one value, as jq -r says it.
json() { jq -r "$1"; }

# ---- The network. ----

in_ns() { ip netns exec "$ns-$1" "${@:2}"; } # NAME COMMAND...
relay_ip() { ip -n "$ns-relay" "$@"; }

# The same in the background, its process id in $spawned.
spawn() {
	ip netns exec "$ns-$1" "${@:2}" &
	spawned=$!
}

add_host() { # NAME NUMBER
	ip netns add "$ns-$1"
	# A network that has been up for long: no address waits for duplicates to be found.
	in_ns "$1" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
	ip link add "$1" netns "$ns-lan" type veth peer name eth0 netns "$ns-$1"
	ip -n "$ns-lan" link set "$1" master br0 up
	ip -n "$ns-$1" link set lo up
	ip -n "$ns-$1" link set eth0 up
	ip -n "$ns-$1" addr add "10.77.0.$2/24" dev eth0
	ip -n "$ns-$1" addr add "fd77::$2/64" dev eth0 nodad
}

lan_up() {
	ip netns add "$ns-lan"
	ip -n "$ns-lan" link add br0 type bridge mcast_snooping 0
	ip -n "$ns-lan" link set br0 up
	add_host relay 1
	add_host alice 2
	add_host bob 3
	add_host mallory 4
}

declare -A address4=([relay]=10.77.0.1 [alice]=10.77.0.2 [bob]=10.77.0.3 [mallory]=10.77.0.4)
declare -A address6=([relay]=fd77::1 [alice]=fd77::2 [bob]=fd77::3 [mallory]=fd77::4)

# ---- A bad network. ----

# impair_put NAME [OPTIONS of tests/impair/impair]: from now on what NAME sends and hears goes through it; its first
# interface is NAME's side.  Again, with other options: instead of the one before.
impair_put() {
	local name=$1 box=$1box

	shift
	if [ -e "$work/$name.impair" ]; then
		kill -0 "$(cat "$work/$name.impair")" 2>/dev/null && impair_end "$name"
	else
		ip netns add "$ns-$box"
		in_ns "$box" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' # says nothing of its own
		ip -n "$ns-lan" link set "$name" netns "$ns-$box"
		ip -n "$ns-$box" link set "$name" name near
		ip link add far netns "$ns-$box" type veth peer name "$name" netns "$ns-lan"
		ip -n "$ns-lan" link set "$name" master br0 up
		ip -n "$ns-$box" link set near up
		ip -n "$ns-$box" link set far up
	fi
	spawn "$box" "$BUILD/tests/impair/impair" "$@" near far >"$work/$name.impaired" 2>"$work/$name.impair.log"
	echo "$spawned" >"$work/$name.impair"
	wait_for 5 "the bad network of $name" grep -q ready "$work/$name.impair.log"
}

# impair_end NAME: cut NAME off.  What was done to its packets is in $impaired, as JSON.
impair_end() {
	local pid

	pid=$(cat "$work/$1.impair")
	kill -TERM "$pid"
	wait "$pid" || fail "the bad network of $1 ended badly"
	impaired=$(cat "$work/$1.impaired")
}

# ---- A network behind gateways. ----

#                                        10.78.0.0/24
#     lan ──┬── gatea .11 ── 10.77 | 10.78 ── .11 ──┐
#           └── gateb .12 ── 10.77 | 10.78 ── .12 ──┴── bridge (far) ── carol .5
#
# strowger's host reaches it by gatea; what carol sends comes by gatea.
far_network() {
	local number=11 gate

	ip netns add "$ns-far"
	ip -n "$ns-far" link add br0 type bridge mcast_snooping 0
	ip -n "$ns-far" link set br0 up
	for gate in gatea gateb; do
		add_host $gate $number
		far_link $gate eth1 $number
		in_ns $gate sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
			net.ipv4.conf.eth0.send_redirects=0
		number=$((number + 1))
	done
	ip netns add "$ns-carol"
	ip -n "$ns-carol" link set lo up
	far_link carol eth0 5
	ip -n "$ns-carol" route add default via 10.78.0.11
	relay_ip route add 10.78.0.0/24 via 10.77.0.11
	address4[carol]=10.78.0.5
}

far_link() { # NAME INTERFACE NUMBER
	ip link add "$1" netns "$ns-far" type veth peer name "$2" netns "$ns-$1"
	ip -n "$ns-far" link set "$1" master br0 up
	ip -n "$ns-$1" link set "$2" up
	ip -n "$ns-$1" addr add "10.78.0.$3/24" dev "$2"
}

# strowger stands in the far network too: eth1, its interface "far".
far_interface() {
	far_link relay eth1 1
	config "$work/strowger.conf" <<-END
		[interface far]
		device = $DEVICE:eth1
		address = 10.78.0.1
		ports = 31000-31999
	END
}

clean_up() {
	local status=$? name

	trap - EXIT
	exec 2>/dev/null # bash tells of each process that is killed
	for name in $(netns_list st $$); do
		netns_drop "$name"
	done
	kill $(jobs -p) # those in no namespace
	wait
	if [ "${KEEP:-0}" = 1 ]; then echo "  scratch folder: $work"; else rm -rf "$work"; fi
	exit $status
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# ---- strowger. ----

# Write a configuration: the usual one, with the lines of standard input behind it (which begin in its
# interface section).  config FILE [NAME] [PORTS]
config() {
	local file=$1 name=${2:-story} ports=${3:-30000-30999}

	cat >"$file" <<-END
		[node]
		name = $name
		run_dir = $work/$name
		user = nobody
		switch = $switch

		[log]
		level = debug

		${CORES:+[cores]
		forwarding = $CORES
		}
		[interface lan]
		device = $DEVICE:eth0
		address = 10.77.0.1
		address = fd77::1
		ports = $ports
	END
	cat >>"$file"
}

rpc() { # METHOD [PARAMS]: the result; on an error the story ends
	"$ctl" --socket "$work/${instance:-story}/admin.sock" rpc "$1" "${2:-"{}"}" 2>"$work/rpc.err" ||
		fail "$1 ${2:-}: $(cat "$work/rpc.err")"
}

rpc_error() { # METHOD PARAMS: what the error says; success ends the story
	! "$ctl" --socket "$work/${instance:-story}/admin.sock" rpc "$1" "${2:-"{}"}" 2>&1 ||
		fail "$1 ${2:-} was to fail"
}

answers() { "$ctl" --socket "$work/${instance:-story}/admin.sock" rpc node.info '{}' >/dev/null 2>&1; }

# strowger_start [CONFIGURATION]: returns when it answers and its switch is there.
strowger_start() {
	local conf=${1:-$work/strowger.conf}

	[ -e "$conf" ] || config "$conf" </dev/null
	spawn relay "$strowger" -c "$conf" >>"$work/${instance:-story}.log" 2>&1
	strowger_pid=$spawned
	wait_for 20 "strowger to answer" alive_and_answers
}

alive_and_answers() {
	kill -0 "$strowger_pid" 2>/dev/null || fail "strowger ended while starting"
	switch_is_up && [ -n "$(switch_pid)" ]
}

# (jq -e says yes to nothing at all.)
switch_is_up() { [ "$("$ctl" --socket "$work/${instance:-story}/admin.sock" rpc node.info '{}' 2>/dev/null | jq .switch.up)" = true ]; }

# The switch is up, and is another one than process $1.
another_switch() {
	local pid

	pid=$(switch_pid)
	[ -n "$pid" ] && [ "$pid" != "$1" ] && switch_is_up
}

# The switch of instance $1.
switch_pid() {
	local pid

	for pid in $(ip netns pids "$ns-relay"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = strowger-switch ] || continue
		tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -- "--name ${1:-${instance:-story}} " && echo "$pid"
	done
}

# Who starts the switches of the only instance.
launcher_pid() {
	local pid

	for pid in $(ip netns pids "$ns-relay"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != strowger-launch ] || echo "$pid"
	done
}

ended() { ! kill -0 "$1" 2>/dev/null; }

# strowger_stop [SIGNAL]: ends it; its status must be 0, and no switch may be left.
strowger_stop() {
	local status

	kill -"${1:-INT}" "$strowger_pid"
	wait "$strowger_pid"
	status=$?
	expect "status of strowger after SIG${1:-INT}" $status = 0
	wait_for 5 "the switch to end" no_switch
}
no_switch() { [ -z "$(switch_pid)" ]; }

# kill -9: of strowger; of both.
strowger_kill() {
	kill -KILL "$strowger_pid"
	wait "$strowger_pid" 2>/dev/null
}

both_kill() {
	kill -KILL $(switch_pid)
	strowger_kill
	wait_for 5 "both to be gone" no_switch
}

# ---- The end. ----

# The last line of a story.  Sanitizers write to their own files, or to the log of the process that they stop.
done_well() {
	! grep -rlE 'Sanitizer|runtime error:' "$work"/*.log "$work/sanitizer" 2>/dev/null ||
		fail "a sanitizer found something"
	! grep -h 'is in no table of the sandbox' "$work"/*.log || fail "the sandbox refuses what is needed"
	echo "  all true"
}

[ "$(id -u)" = 0 ] || { echo "stories make network namespaces: run them as root" >&2; exit 2; }
netns_sweep st >/dev/null
lan_up

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Words of the mesh for stories.  Sourced behind lib.sh.  Several nodes of strowger: `instance` says which one is meant.

mkdir -m 1777 "$work/keys" # each node's identities are a file there
declare -A node_host=() node_pid=() endpoint_sid=()

# mesh_node NAME HOST [ADDRESS] <<< MORE: a node of that name starts in HOST's namespace, with MORE lines in its [mesh]
# section; $instance is its name.
mesh_node() {
	local conf=$work/$1.conf host=$2 address=${3:-${address4[$2]}}

	instance=$1 node_host[$1]=$host
	config "$conf" "$1" < <(echo "[mesh]" && echo "interface = lan" && echo "identities = $work/keys/$1" && cat)
	sed -i "s/^address = 10\.77\.0\.1\$/address = $address/; /^address = fd77/d" "$conf"
	mesh_start "$1"
}

# mesh_start NAME: the node of that name starts, again.
mesh_start() {
	instance=$1
	spawn "${node_host[$1]}" "$strowger" -c "$work/$1.conf" >>"$work/$1.log" 2>&1
	strowger_pid=$spawned node_pid[$1]=$spawned
	wait_for 20 "node $1 to answer" mesh_answers "$1"
}

mesh_answers() {
	kill -0 "${node_pid[$1]}" 2>/dev/null || fail "node $1 ended while starting"
	answers && [ -n "$(mesh_switch "$1")" ]
}

mesh_switch() { # NAME: its switch's process
	local pid

	for pid in $(ip netns pids "$ns-${node_host[$1]}"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != strowger-switch ] || echo "$pid"
	done
}

mesh_stop() { # NAME...
	local name status

	for name in "$@"; do
		kill -INT "${node_pid[$name]}"
	done
	for name in "$@"; do
		wait "${node_pid[$name]}"
		status=$?
		expect "status of node $name" $status = 0
	done
}

on() { # NAME COMMAND...: with another instance
	local instance=$1

	"${@:2}"
}

our_sid() { rpc mesh.identity.list | json '.identities[0].sid | ascii_downcase'; }
sid_of() { echo "${endpoint_sid[$1]:-$("$tools/mesh_phone.py" --seed "$1" --print-sid)}"; } # an endpoint's, by its name

# endpoint_start NAME [OPTIONS of tests/tools/mesh_phone.py]: in the namespace NAME, or that before a dot in it; `tell`
# and `of` speak with it, and what happened there is in NAME.mesh.
endpoint_start() {
	local name=$1

	shift
	rm -f "$work/$name.phone"
	spawn "${name%%.*}" "$tools/mesh_phone.py" --seed "$name" --orders "$work/$name.phone" "$@" \
		>>"$work/$name.mesh" 2>>"$work/phones.log"
	endpoint_pid=$spawned
	wait_for 10 "the endpoint $name" test -S "$work/$name.phone"
	endpoint_sid[$name]=$(of "$name" sid)
}

# happened NAME FILTER: something for which the jq filter holds; at an endpoint, or of a node's events_follow.
happened() { [ -n "$(happenings "$@")" ]; }
happenings() { jq -c "select($2)" "$work/$1.mesh" 2>/dev/null; }

# events_follow NAME: what the node of that name tells, into NAME.mesh.
events_follow() {
	: >"$work/$1.mesh" # not by the redirection: another may still write there, too
	"$ctl" --socket "$work/$1/admin.sock" events -j --filter 'mesh.*' --filter 'call.*' \
		>>"$work/$1.mesh" 2>"$work/$1.events.log" &
}

# reaches SID...: nodes that $instance hears, and that hear it.
reaches() {
	local up sid

	up=$(rpc mesh.peers | json '[.peers[] | select(.reachable).sid | ascii_downcase] | join(" ")')
	for sid in "$@"; do
		[[ " $up " == *" $sid "* ]] || return 1
	done
}

# are_neighbours NAME...: endpoints and $instance, of each other.
are_neighbours() {
	local name

	for name in "$@"; do
		[ "$(of "$name" 'neighbours | any(.hears_us)')" = true ] && reaches "$(sid_of "$name")" || return 1
	done
}

# Legs of calls: to a SID, to a number.
to_sid() { jq -nc --arg sid "$1" '{name: "mesh", type: "vomp", sid: $sid}'; }
to_did() { jq -nc --arg did "$1" '{name: "mesh", type: "vomp", did: $did}'; }

# offered: the newest call that has come to $instance from the mesh; empty: none.
offered() { happenings "$instance" '.event == "mesh.call_offered"' | tail -n 1 | json .call; }

is_in_call() { [ "$(of "$1" call.state)" = incall ] && [ "$(of "$1" call.far_state)" = incall ]; }
has_ended() { [ "$(of "$1" call.state)" = callended ]; }
mesh_calls() { rpc mesh.calls | json '.calls | length'; }
was_offered() { [ -n "$(offered)" ]; }

# A network that strowgers of the mesh have behind them, for their phones; far nodes of this host are on both.
#
#     10.77.0.0/24 (lan)  ──  eth0  far node .N  eth1  ──  10.78.0.0/24 (home)  ──  carol .5
home_network() {
	ip netns add "$ns-far"
	ip -n "$ns-far" link add br0 type bridge mcast_snooping 0
	ip -n "$ns-far" link set br0 up
	ip netns add "$ns-carol"
	ip -n "$ns-carol" link set lo up
	far_link carol eth0 5
	address4[carol]=10.78.0.5
}

# far_node NAME NUMBER [OPTIONS of tests/impair/impair] <<< MORE: a host and a node of strowger of that name; what it
# sends into lan and hears there goes through the bad network, if there are options.
far_node() {
	local name=$1 number=$2

	shift 2
	add_host "$name" "$number"
	far_link "$name" eth1 "$number"
	address4[$name]=10.77.0.$number
	[ $# = 0 ] || impair_put "$name" "$@"
	mesh_node "$name" "$name" < <(cat && printf '%s\n' '[interface home]' "device = $DEVICE:eth1" \
		"address = 10.78.0.$number" 'ports = 30000-30999')
}

# sip_leg NAME ADDRESS:PORT [SUITE KEY]: of a telephone that has PCMU.
sip_leg() { leg "$1" "$2" "${3:-none}" "${4:-}" '{"codecs": [{"name": "PCMU", "payload_type": 0}]}'; }

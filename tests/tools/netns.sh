# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Network namespaces called PREFIX + process id + "-" + NAME, for `run`, `check` and the stories: whoever makes them
# bears that id, so that what a killed one has left is known and removed by the next.

# End all processes in namespace $1 and remove it.
netns_drop() {
	local pids

	for _ in 1 2 3 4 5; do
		pids=$(ip netns pids "$1" 2>/dev/null) || true
		[ -n "$pids" ] || break
		# shellcheck disable=SC2086 # one word a process
		kill -KILL $pids 2>/dev/null || true
		sleep 0.05
	done
	ip netns del "$1" 2>/dev/null || true
}

# The namespaces with PREFIX and, if given, one process id.
netns_list() { # PREFIX [PID]
	# Before the packages are installed there is no ip, and there can be no namespaces of ours.
	! command -v ip >/dev/null || ip netns list | grep -oE "^$1${2:-[0-9]+}-[a-z0-9]+" || true
}

# Remove those whose maker is gone.  Prints their makers' ids.
netns_sweep() { # PREFIX
	local name pid

	for name in $(netns_list "$1"); do
		pid=${name#"$1"}
		pid=${pid%%-*}
		[[ $(readlink "/proc/$pid/exe") == */bash ]] || { netns_drop "$name"; echo "$pid"; }
	done | sort -u
}

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What each process may still do once it runs, by what the kernel says of every thread of it: users, capabilities,
# system calls.  And that it is refused the rest, in mid-call, and goes on.
. "$(dirname "$0")/lib.sh"

no_caps=0000000000000000
net_admin=0000000000001000

status_of() { awk -v field="$2:" '$1 == field { $1 = ""; print substr($0, 2) }' "$1/status"; } # /proc/... FIELD

# all_threads PID FIELD VALUE: so says every thread.
all_threads() {
	local task n=0

	for task in /proc/"$1"/task/*; do
		expect "$2 of thread $(cat "$task/comm")" "$(status_of "$task" "$2")" is "$3"
		n=$((n + 1))
	done
	expect "threads of process $1" "$n" '>' 0
}

# has_only PID CAPABILITIES: in every set that there is, in every thread, and none for what it executes.
has_only() {
	local set

	for set in CapPrm CapEff CapBnd; do
		all_threads "$1" $set "$2"
	done
	all_threads "$1" CapInh $no_caps
	all_threads "$1" CapAmb $no_caps
	all_threads "$1" NoNewPrivs 1
}

filters_of() { # PID: of every thread the same
	all_threads "$1" Seccomp 2
	all_threads "$1" Seccomp_filters "$(status_of "/proc/$1" Seccomp_filters)"
	status_of "/proc/$1" Seccomp_filters
}

number_of() { printf '#include <sys/syscall.h>\n__NR_%s\n' "$1" | cc -E -P - | tail -n 1; }

# refused PID CALL ARGUMENT...: made by process PID itself it fails with ENOSYS, and the log says so.
refused() {
	local pid=$1 call=$2 number

	number=$(number_of "$call")
	shift 2
	expect "what $call gives $(cat "/proc/$pid/comm")" "$("$tools/make_call.py" "$pid" "$number" "$@")" = -38
	wait_for 5 "the log to say so" grep -q "$(cat "/proc/$pid/comm"): system call $number was refused" "$work/story.log"
}

# The capabilities that the unit $1 allows, as /proc writes them.
caps_of_unit() {
	local name set=0

	for name in $(sed -n 's/^CapabilityBoundingSet=//p' "$root/packaging/$1"); do
		set=$((set | 1 << $(awk -v name="$name" '$1 == "#define" && $2 == name { print $3 }' /usr/include/linux/capability.h)))
	done
	printf '%016x\n' $set
}

story "control may do nothing as anybody, the switch little, in each of their threads"
strowger_start
call_between safe AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
both send on
sleep 0.3
nobody="$(id -u nobody)"

note "control"
all_threads "$strowger_pid" Uid "$(printf "$nobody %.0s" 1 2 3)$nobody"
has_only "$strowger_pid" $no_caps
filters=$(filters_of "$strowger_pid")
expect "filters of control" "$filters" = 1
expect "what control's own user sees of it" \
	"$(setpriv --reuid=nobody --regid=nogroup --clear-groups ls "/proc/$strowger_pid/fd" 2>&1)" has "Permission denied"

note "the launcher"
launcher=$(launcher_pid)
expect "launchers" "$(wc -w <<<"$launcher")" = 1
has_only "$launcher" "$(caps_of_unit strowger-switch.service.in)"
expect "filters of the launcher" "$(filters_of "$launcher")" = 1

note "the switch"
switch_now=$(switch_pid)
has_only "$switch_now" $net_admin
expect "threads of the switch" "$(find "/proc/$switch_now/task" -mindepth 1 -maxdepth 1 | wc -l)" '>=' 3
expect "filters of the switch" "$(filters_of "$switch_now")" = 2

note "refused, and nobody hears of it"
expect "what an allowed call gives" "$("$tools/make_call.py" "$strowger_pid" "$(number_of getpid)")" = "$strowger_pid"
refused "$strowger_pid" socket 17 3 0 # AF_PACKET
refused "$strowger_pid" ptrace 16 "$switch_now" 0 0
refused "$strowger_pid" unshare 0x10000000 # a user namespace
refused "$switch_now" execve 0 0 0
refused "$switch_now" socket 17 3 0
refused "$switch_now" ptrace 16 "$strowger_pid" 0 0
refused "$switch_now" mprotect 0 4096 5 # memory to be executed
hush
heard_nothing_wrong alice
heard_nothing_wrong bob

note "another switch, and a newer strowger, are as harmless"
kill -KILL "$switch_now"
wait_for 10 "another switch" another_switch "$switch_now"
has_only "$(switch_pid)" $net_admin
expect "filters of the second switch" "$(filters_of "$(switch_pid)")" = 2
rpc node.upgrade >/dev/null
wait_for 5 "the new one to answer" answers
has_only "$strowger_pid" $no_caps
expect "filters of control after an upgrade" "$(filters_of "$strowger_pid")" = "$filters"
talk 0.3
heard_nothing_wrong bob
strowger_stop
sed -i '/was refused/d' "$work/story.log" # as it should be

note "one who stays root has no capability either; --no-sandbox leaves the filters out, and the log says so"
config "$work/root.conf" story <<<''
sed -i 's/^user = .*/user = root/' "$work/root.conf"
spawn relay "$strowger" --no-sandbox -c "$work/root.conf" >"$work/root.log" 2>&1
strowger_pid=$spawned
wait_for 20 "strowger to answer" alive_and_answers
has_only "$strowger_pid" $no_caps
has_only "$(switch_pid)" $net_admin
for pid in $strowger_pid $(launcher_pid) $(switch_pid); do
	[ "$(cat "/proc/$pid/comm")" = strowger-launch ] || all_threads "$pid" Seccomp 0
done
soon "warnings" = 2 grep -c 'warning: --no-sandbox' "$work/root.log"
strowger_stop
done_well

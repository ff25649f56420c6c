#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What goes wrong on a first day: every answer says what is wrong and what to do about it.  Substance is checked, not
# wording.  Mistakes within the configuration file have a story of their own, bad_configuration.sh.
. "$(dirname "$0")/lib.sh"

# says NAME REGEX...: what was said in $said has all of them.
says() {
	local name=$1 regex

	shift
	for regex in "$@"; do
		grep -qiE -- "$regex" <<<"$said" || fail "$name: nothing like '$regex' in: $said"
	done
}

# refused NAME COMMAND... -- REGEX...: it fails, at once, and says so.
refused() {
	local name=$1 command=() status

	shift
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	said=$(timeout 20 "${command[@]}" 2>&1 </dev/null)
	status=$?
	[ $status != 0 ] && [ $status != 124 ] || fail "$name: status $status: $said"
	says "$name" "$@"
}

# with SED: the usual configuration, changed, in $conf.
with() {
	conf=$work/changed.conf
	sed "$1" "$work/strowger.conf" >"$conf"
}
start=(ip netns exec "$ns-relay" "$strowger" -c)
stranger=(setpriv --reuid 54321 --regid 54321 --clear-groups)

story "the first mistakes are answered with what to do"
config "$work/strowger.conf" </dev/null
chmod 644 "$work/strowger.conf"

note "starting: interfaces, addresses, ports"
with 's/:eth0/:eth7/'
refused "an interface that is not there" "${start[@]}" "$conf" -- 'interface lan.* eth7' 'ip link'
with 's/^address = 10.*/address = 10.77.9.9/'
refused "an address that is not there" "${start[@]}" "$conf" -- 'address number 1 .*not on eth0' \
	'ip address show dev eth0' 'ip address add'
with 's/^device.*/device = eth0/'
refused "a device without its kind" "${start[@]}" "$conf" -- "line [0-9]+: device: got 'eth0'" 'xdp:INTERFACE'
with '/^\[interface/,$d'
refused "no interface at all" "${start[@]}" "$conf" -- 'add \[interface' 'device = ' 'address = '
with 's/^ports/prots/'
refused "a key that is none" "${start[@]}" "$conf" -- "line [0-9]+: .*'prots'" "did you mean 'ports'"
spawn relay nc -u -l 10.77.0.1 30500
taken=$spawned
wait_for 5 "somebody on a media port" eval 'in_ns relay ss -lnu | grep -q 10.77.0.1:30500'
refused "a port that somebody has" "${start[@]}" "$work/strowger.conf" -- 'port 30500 .*by nc \(pid [0-9]+' \
	'end that program or .*range'
kill "$taken"

note "starting: files, programs, rights"
refused "no configuration" "${start[@]}" "$work/none.conf" -- 'none.conf: No such file' '--print-config'
with "s|^switch.*|switch = $work/none|"
refused "no switch" "${start[@]}" "$conf" -- 'cannot run' '\[node\] switch'
with 's|^run_dir.*|run_dir = /tmp|'
refused "somebody else's directory" "${start[@]}" "$conf" -- '/tmp' '\[node\] run_dir'
refused "an option that is none" "$strowger" --konfig -- '--konfig' '--help'
with 's|^run_dir.*|run_dir = /run/strowger-of-nobody|'
refused "no rights to make the directory" ip netns exec "$ns-relay" "${stranger[@]}" "$strowger" -c "$conf" -- \
	'cannot make the run directory' 'root \(sudo\)' '\[node\] run_dir'
mkdir -m 777 "$work/strangers"
with "s|^run_dir.*|run_dir = $work/strangers/run|"
refused "no rights to have the interface" ip netns exec "$ns-relay" "${stranger[@]}" "$strowger" -c "$conf" -- \
	'not started as root' 'sudo'
chmod 600 "$work/strowger.conf"
refused "a configuration that may not be read" "${stranger[@]}" "$strowger" -c "$work/strowger.conf" -- \
	'Permission denied' 'root \(sudo\)'

note "a node that runs: no hugepages; a second one; two on one interface"
strowger_start
if grep -q '^HugePages_Free: *0$' /proc/meminfo; then
	said=$(cat "$work/story.log")
	says "no hugepages" 'no hugepages.*carrying on without' 'sysctl vm.nr_hugepages=[0-9]+'
fi
refused "the same node again" "${start[@]}" "$work/strowger.conf" -- "process $strowger_pid, runs this node already" \
	'\[node\] name or run_dir'
if [ "$DEVICE" = xdp ]; then
	with "s|^name.*|name = other|; s|^run_dir.*|run_dir = $work/other|"
	refused "another node on its interface" "${start[@]}" "$conf" -- 'another strowger-switch has eth0' 'stop it' \
		'another interface'
fi

note "strowger-ctl: sockets"
socket=$work/story/admin.sock
refused "nobody at the usual place" "$ctl" --instance of-nobody stats -- 'no strowger is running at' \
	'systemctl start strowger|strowger -c' '--socket|--instance'
refused "a directory" "$ctl" --socket "$work/story" stats -- 'directory' '--socket .*/admin.sock'
refused "a file" "$ctl" --socket "$work/strowger.conf" stats -- 'no socket' 'admin.sock'
refused "the switch's socket" "$ctl" --socket "$work/story/switch.sock" stats -- 'admin.sock' 'view.sock'
refused "somebody who may not" "${stranger[@]}" "$ctl" --socket "$socket" stats -- 'may not open' 'sudo'
refused "a socket for less" "$ctl" --socket "$work/story/view.sock" node stop -- 'not permitted' 'admin.sock'

note "strowger-ctl: commands and parameters"
refused "no command" "$ctl" -- '--help'
refused "a mistyped command" "$ctl" --socket "$socket" cal list -- 'no command' '--help|did you mean'
refused "a mistyped option" "$ctl" --socket "$socket" call list --limt 5 -- 'did you mean --limit'
refused "an unknown method" "$ctl" --socket "$socket" rpc call.creat '{}' -- 'did you mean call.create'
refused "JSON that is none" "$ctl" --socket "$socket" rpc call.get '{call: one}' -- 'no JSON' 'byte [0-9]+' 'single quotes'
said=$("$ctl" --socket "$socket" call create 2>&1 <<<'{"call": ') && fail "half an object is taken"
says "half of it on stdin" 'no JSON' 'line [0-9]+'
said=$(nc -NU "$socket" <<<'nonsense')
says "nonsense on the socket" 'no JSON' 'one JSON object or array a line'
refused "a field that is none" "$ctl" --socket "$socket" rpc call.get '{"cal": "one"}' -- 'cal' 'call'
refused "a call that is none" "$ctl" --socket "$socket" call show one -- 'no call of this id' 'call.list'
refused "a call without parties" "$ctl" --socket "$socket" call create --id one -- 'legs is missing' 'array of 1..2'
refused "a party mistyped" "$ctl" --socket "$socket" call create --id one --leg name=a,remot=10.0.0.2:4000 -- \
	'did you mean remote='
refused "a key that is too short" "$ctl" --socket "$socket" call create --id one \
	--leg name=a,remote=10.77.0.2:4000,suite=AES_CM_128_HMAC_SHA1_80,key=AAAA -- 'srtp.key' '30 bytes'
refused "an interface that is none" "$ctl" --socket "$socket" call create --id one \
	--leg name=a,interface=wan,remote=10.77.0.2:4000 -- 'interface'
strowger_stop
done_well

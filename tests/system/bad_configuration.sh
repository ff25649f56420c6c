#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Mistakes in the configuration: the line, what is wrong, and what was probably meant.
. "$(dirname "$0")/lib.sh"

story "mistakes in the configuration are named by line, with what was probably meant"
config "$work/good.conf" </dev/null
"$strowger" --check-config -c "$work/good.conf" || fail "a good configuration is refused"

refused() { # LINE WHAT_IT_SAYS: the good configuration with LINE behind it
	{ cat "$work/good.conf"; printf '%s\n' "$1"; } >"$work/bad.conf"
	"$strowger" --check-config -c "$work/bad.conf" >"$work/bad.out" 2>&1
	expect "status with '$1'" $? != 0
	expect "what it says of '$1'" "$(cat "$work/bad.out")" has "$2"
	expect "the line that it names" "$(cat "$work/bad.out")" has "$(($(wc -l <"$work/good.conf") + 1))"
}
refused "adress = 10.77.0.9" address
refused "ports = 40000" ports
refused "address = 10.77.0.999" address
refused "[interfaces lan]" interface

note "what needs more than the file: groups, a file that is not there"
{ cat "$work/good.conf"; printf '[rpc]\nmode = 0666\n'; } >"$work/bad.conf"
expect "what it says of a socket for all" "$("$strowger" --check-config -c "$work/bad.conf" 2>&1)" has "every user of this host"
{ cat "$work/good.conf"; printf '[rpc]\nsession_group = nowhere-to-be-found\n'; } >"$work/bad.conf"
"$strowger" --check-config -c "$work/bad.conf" >"$work/bad.out" 2>&1 && fail "an unknown group is taken"
expect "what it says of an unknown group" "$(cat "$work/bad.out")" has "[rpc] session_group = nowhere-to-be-found: there is no such group"
"$strowger" --check-config -c "$work/none.conf" >"$work/bad.out" 2>&1 && fail "a missing file is taken"
expect "what it says of a missing file" "$(cat "$work/bad.out")" has "--print-config"

note "what options of rtpengine's were made into is no file that anybody knows"
"$strowger" --like-rtpengine --config-file=none --foreground --interface=127.0.0.1 --listen-ng=127.0.0.1:2223 --tos=256 \
	--check-config >"$work/bad.out" 2>&1 && fail "a TOS of 256 is taken"
expect "what it says of a TOS of 256" "$(cat "$work/bad.out")" has "strowger: line "
expect "what it says of a TOS of 256" "$(cat "$work/bad.out")" has \
	": tos: got '256', expected a number from 1 to 255; --print-config prints the lines that the options were made into"

note "what only the switch can see is told in a line of its own, and no more"
ends_with() { # LINES WHAT_IT_SAYS: strowger does not start with LINES behind the good configuration
	{ cat "$work/good.conf"; printf '%s\n' "$1"; } >"$work/bad.conf"
	in_ns relay timeout 20 "$strowger" -c "$work/bad.conf" >"$work/start.log" 2>&1
	expect "status with '$1'" $? != 0
	expect "what it says of '$1'" "$(cat "$work/start.log")" has "strowger-switch error: $2"
	expect "lines of the switch without time and level" \
		"$(grep -cvE '^[-0-9]{10}T[:0-9]{8}\.[0-9]{3}Z strowger(-switch)? (error|warning|info|debug): ' "$work/start.log")" = 0
	expect "errors of the switch" "$(grep -c 'strowger-switch error: ' "$work/start.log")" '<=' 2
	no_switch || fail "a switch was left behind"
}
ends_with $'[cores]\nforwarding = 999' "[cores] forwarding: there is no CPU 999; choose one of "
ends_with $'[cores]\nmain = 999' "[cores] main: there is no CPU 999; choose one of "
ends_with $'[dpdk]\nextra_args = --nonsense' "DPDK's EAL did not start (Invalid argument); it was given [dpdk] extra_args = --nonsense"
ends_with $'[dpdk]\nextra_args = --help' "DPDK's EAL does not start, but ends the process: [dpdk] extra_args = --help"
ends_with "address = 10.77.9.9" "lan: address number 3"

in_ns relay "$switch" --run-dir "$work/run" --interface name=a,device=pigeon:eth0,address=10.77.0.1,ports=30000-30999 --cpus 0 \
	2>"$work/switch.log" && fail "a switch with a pigeon starts"
expect "what the switch says of a pigeon" "$(cat "$work/switch.log")" has "interface a: there is no kind of device called pigeon"

"$strowger" --print-config >"$work/default.conf"
expect "the default configuration" "$(cat "$work/default.conf")" has "[node]"
expect "version" "$("$strowger" --version)" has strowger
expect "help" "$("$strowger" --help)" has --check-config
done_well

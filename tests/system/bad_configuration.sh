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

"$strowger" --print-config >"$work/default.conf"
expect "the default configuration" "$(cat "$work/default.conf")" has "[node]"
expect "version" "$("$strowger" --version)" has strowger
expect "help" "$("$strowger" --help)" has --check-config
done_well

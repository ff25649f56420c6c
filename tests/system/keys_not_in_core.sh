#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A core file of either process, taken in mid-call, holds none of the call's keys.
. "$(dirname "$0")/lib.sh"

story "a core file taken in mid-call holds no key"
strowger_start
call_between secret AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
talk 0.5
heard_everything alice bob
keys=("AES_CM_128_HMAC_SHA1_80:$alice_key" "AEAD_AES_128_GCM:$bob_key" "$(our_key alice)" "$(our_key bob)")

for pid in $strowger_pid $(switch_pid); do
	comm=$(cat "/proc/$pid/comm")
	expect "keys in the memory of a living call: the search finds them" \
		"$("$tools/find_key.py" --pid "$(switch_pid)" "${keys[@]}")" has key
	# Without the symbols of its hundred libraries: it is stopped meanwhile, and soon taken for hanging.
	core=$work/core.$pid
	gdb -nx -batch -iex 'set auto-solib-add off' -p "$pid" -ex "gcore $core" >"$work/gcore.log" 2>&1
	[ -s "$core" ] || fail "gcore: $(tail -3 "$work/gcore.log")"
	note "$comm: $(du -h --apparent-size "$core" | cut -f1) of core"
	# The core is a real one: it holds what is no secret.
	grep -qa "$comm" "$core" || fail "the core of $comm does not even hold its name"
	expect "keys in the core of $comm" "$("$tools/find_key.py" --file "$core" "${keys[@]}")" is ""
	rm "$core"
done
talk 0.5 # gcore stopped it for a moment only
strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The disk of the run directory, /run as a rule, is full, be it by captures: whoever is killed is replaced all the same.
. "$(dirname "$0")/lib.sh"

mkdir "$work/story"
trap 'status=$?; umount -l "$work/story"; (exit $status); clean_up' EXIT
mount -t tmpfs -o size=64k none "$work/story" || fail "no tmpfs"
chgrp nogroup "$work/story" && chmod 1775 "$work/story"

story "the disk of the run directory is full, and either process is killed"
strowger_start
call_between full AES_CM_128_HMAC_SHA1_80 none --pps 100
rpc call.capture '{"call": "full"}' >/dev/null
both send on
full() { ! dd if=/dev/zero of="$work/story/fill" bs=4k count=16 2>/dev/null; }
wait_for 5 "a full disk" full
sleep 1
expect "what is left of it" "$(df --output=avail "$work/story" | tail -n 1)" = 0

note "the switch is killed"
before=$(switch_pid)
kill -KILL "$before"
wait_for 5 "the next switch" another_switch "$before"
expect "whose it is" "$(cat "$work/story/switch.lock")" = "$(switch_pid)"
expect "warnings about the media ports" "$(cat "$work/story.log")" lacks "the kernel may give media ports"

note "strowger is killed"
strowger_kill
strowger_start
expect "whose it is" "$(cat "$work/story/control.lock")" = "$strowger_pid"
expect "calls" "$(rpc call.list | json '.calls | length')" = 1

note "a new program"
rpc node.upgrade >/dev/null
wait_for 5 "the new program" switch_is_up
hush
heard_nothing_wrong alice
heard_nothing_wrong bob
heard=$(of bob heard)
both burst 20
soon "what bob hears of alice" = $((heard + 20)) of bob heard

note "both are killed, and nothing is there of before"
rpc call.delete '{"call": "full"}' >/dev/null
both_kill
rm -f "$work/story"/reserved_ports "$work/story"/captures/*
in_ns relay sh -c 'echo >/proc/sys/net/ipv4/ip_local_reserved_ports'
full
strowger_start
expect "what is said" "$(cat "$work/story.log")" has "reserved_ports (No space left on device): the kernel may give media ports"
strowger_stop
done_well

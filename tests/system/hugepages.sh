#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# With hugepages, which are nice to have and never needed: all other stories run without.
# Runs alone: the others would take them.
. "$(dirname "$0")/lib.sh"

pages=/proc/sys/vm/nr_hugepages
before=$(<$pages)
trap 'echo "$before" >$pages; clean_up' EXIT

free_pages() { awk '/^HugePages_Free/ {print $2}' /proc/meminfo; }

story "with hugepages a call works as without, and a killed switch gives them back"
echo 128 >$pages
if [ "$(<$pages)" -lt 64 ]; then
	note "the host has no memory to spare for hugepages: not tried"
	exit 0
fi
strowger_start
expect "what it says of hugepages" "$(cat "$work/story.log")" lacks "no hugepages"
expect "free hugepages" "$(free_pages)" '<' "$(<$pages)"
call_between huge AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
talk 1
heard_everything alice bob
heard_everything bob alice
expect "hugepages that would stand in a core file" \
	"$(awk '/^VmFlags/ && / ht/ && !/ dd/' "/proc/$(switch_pid)/smaps" | wc -l)" = 0

used=$(free_pages)
kill -KILL "$(switch_pid)"
wait_for 10 "the next switch" grep -q "state taken over" "$work/story.log"
soon "free hugepages under the next switch" = "$used" free_pages
strowger_stop
done_well

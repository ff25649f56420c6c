#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Whoever is most like the signalled address: a stranger who is first makes way for the phone's host, which no longer
# makes way for anybody, not even under another switch.
. "$(dirname "$0")/lib.sh"

story "NAT best match: the phone takes the place of a stranger who was faster, and keeps it"
strowger_start
call_create nat \
	"$(leg alice 10.77.0.2:6000 none - '{"source": "best", "latch_ms": 60000}')" \
	"$(leg bob 10.77.0.3:4000 none -)"
phone_start alice bob 10.77.0.2:4444 "$(local_of alice)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)"
phone_start mallory bob 10.77.0.4:4444 "$(local_of alice)" --ssrc 0x666

tell mallory burst 1 >/dev/null
wait_for 3 "bob to hear mallory" eval '[ "$(of bob foreign)" = 1 ]'
wait_for 3 "mallory to be answered" eval 'tell bob burst 1 >/dev/null; [ "$(of mallory heard)" -gt 0 ]'

tell alice burst 1 >/dev/null
wait_for 3 "bob to hear alice" eval '[ "$(of bob heard)" = 1 ]'
wait_for 3 "alice to be answered" eval 'tell bob burst 1 >/dev/null; [ "$(of alice heard)" -gt 0 ]'
before=$(of mallory heard)
tell mallory send on >/dev/null
talk 1
expect "what bob heard that was not alice's" "$(of bob foreign)" = 1
expect "what mallory heard after alice had spoken" "$(of mallory heard)" = "$before"
soon "packets of a second source" '>=' 45 drop_of_call nat second_source
expect "how alice is listened to" "$(rpc call.get '{"call": "nat"}')" has "most like the signalled address"

old=$(switch_pid)
kill -KILL $old
wait_for 10 "another switch" another_switch "$old"
heard=$(of bob heard)
wait_for 5 "bob to hear alice again" eval 'tell alice burst 1 >/dev/null; [ "$(of bob heard)" -gt '"$heard"' ]'
talk 1
tell mallory send off >/dev/null
expect "what bob heard that was not alice's" "$(of bob foreign)" = 1
expect "what mallory heard" "$(of mallory heard)" = "$before"
expect "where strowger answers alice" "$(rpc call.get '{"call": "nat"}')" has 4444

strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call moves to another strowger in mid-call, as from a host that is to be taken down to the one beside it: the same
# address, the same ports, another machine.  Between the two its sequence numbers roll over, and one of its keys is
# being changed.
. "$(dirname "$0")/lib.sh"

# A host like strowger's, with its addresses, unplugged.
add_standby() {
	local mac

	mac=$(in_ns relay cat /sys/class/net/eth0/address)
	ip netns add "$ns-standby"
	in_ns standby sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
	ip link add standby netns "$ns-lan" type veth peer name eth0 netns "$ns-standby"
	ip -n "$ns-lan" link set standby up
	ip -n "$ns-standby" link set lo up
	ip -n "$ns-standby" link set eth0 address "$mac" up
	ip -n "$ns-standby" addr add 10.77.0.1/24 dev eth0
	ip -n "$ns-standby" addr add fd77::1/64 dev eth0 nodad
}

# Unplug host $1 and plug in $2, which may have forgotten everybody.
change_cable() {
	local name

	ip -n "$ns-lan" link set "$1" nomaster
	ip -n "$ns-lan" link set "$2" master br0
	for name in alice bob; do
		wait_for 5 "an answer of $name" eval "in_ns $2 ping -q -c 1 -W 1 ${address4[$name]} >/dev/null"
	done
}

strowger_ctl() { "$ctl" --socket "$work/$instance/admin.sock" "$@"; } # COMMAND...
instance=story
drops_and_news() { echo $(($(drops_of_call moving) + $(of bob heard) - heard)); }
of_leg() { rpc call.get '{"call": "moving"}' | json ".legs[] | select(.name == \"$1\").streams[0].$2"; } # LEG FIELD

story "an SRTP call moves to another node in mid-call, across a roll-over"
strowger_start
add_standby
instance=standby
config "$work/standby.conf" standby </dev/null
spawn standby "$strowger" -c "$work/standby.conf" >>"$work/standby.log" 2>&1
standby_pid=$spawned
wait_for 20 "the other strowger to answer" answers

instance=story
call_between moving AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 50000 --pps 100
both send on
sleep 0.5
note "alice announces a new key, and still speaks under the old one"
new=$(key AES_CM_128_HMAC_SHA1_80)
call_update moving "$(jq -nc --arg key "$new" \
	'{name: "alice", streams: [{srtp: {suite: "AES_CM_128_HMAC_SHA1_80", key: $key}}]}')"
sleep 0.3

strowger_ctl call export moving -o "$work/record" || fail "export"
sent=$(of alice sent) # by the export, or a little less
expect "who may read the record" "$(stat -c %a "$work/record")" = 600
arrive bob
heard=$(of bob heard) taken=$(of_leg alice rx_packets)
sleep 0.2
expect "what bob hears after it" "$(of bob heard)" = "$heard"
expect "the call here" "$(rpc call.list)" has '"exported"'
expect "a change of it" "$(rpc_error call.update '{"call": "moving", "legs": [{"name": "alice", "streams": [{"dscp": 1}]}]}')" \
	has "reason  exported"
change_cable relay standby
instance=standby
imported=$(strowger_ctl -j call import "$work/record") || fail "import"
expect "where it goes on" "$(call=$imported local_of alice)" is "$(local_of alice)"
expect "the key that bob knows" "$(call=$imported our_key bob)" is "$(our_key bob)"
tell alice again $(($(of alice sent) - sent + 40)) >/dev/null # some of which were spoken before the move, some into the void
arrive bob
both seq 65500
sent=$(of alice sent)
wait_for 10 "the roll-over" eval '[ "$(of alice sent)" -gt $((sent + 50)) ]'
soon "packets accepted, with those of before" '>' "$((taken + 20))" of_leg alice rx_packets
note "now alice speaks under the new one"
tell alice seal "AES_CM_128_HMAC_SHA1_80:$new" >/dev/null
both mark
sleep 0.5
hush
for phone in alice bob; do
	heard_nothing_wrong $phone
	note "$phone: $(tell $phone report | jq -c "{sent, heard, missing, late, gap_ms}")"
done
soon "the last packet of alice's" = $(($(of alice sent) - 1)) of bob last
soon "the last packet of bob's" = $(($(of bob sent) - 1)) of alice last
soon "what strowger took of alice, on both hosts" = "$(of bob heard)" of_leg alice rx_packets

note "nothing that was spoken before or after the move is taken twice; what nobody has heard may come late"
heard=$(of bob heard) refused=$(drops_of_call moving)
expect "packets of before the move that came again after it" "$refused" '>' 0
tell alice again all >/dev/null
arrive bob
heard_nothing_wrong bob
soon "packets that were refused or taken" = $((refused + $(of alice sent))) drops_and_news
soon "packets that were taken" = "$(of bob heard)" of_leg alice rx_packets

note "it goes home, where it has stayed, exported, and numbers go on from where they were"
strowger_ctl call export moving -o "$work/back" || fail "export from the second node"
change_cable standby relay
instance=story
heard=$(of bob heard) sent=$(of alice sent)
imported=$(strowger_ctl -j call import "$work/back") || fail "import at home"
expect "where it goes on" "$(call=$imported local_of alice)" is "$(local_of alice)"
expect "packets that are known of here" "$(of_leg alice rx_packets)" = "$heard"
tell alice again all >/dev/null # what was spoken while it was away, too
arrive bob
expect "what bob hears of it" "$(of bob heard)" = "$heard"
talk 1.5 # with RTCP
heard_nothing_wrong alice
heard_nothing_wrong bob
soon "what bob heard since" = $((heard + $(of alice sent) - sent)) of bob heard
soon "the last packet of bob's" = $(($(of bob sent) - 1)) of alice last
expect "reports that alice heard" "$(of alice rtcp_heard)" '>' 0

note "and back to the other node, where it is exported, too"
strowger_ctl call export moving -o "$work/record" || fail "export"
change_cable relay standby
instance=standby
strowger_ctl call import "$work/record" >/dev/null || fail "import"
heard=$(of bob heard) sent=$(of alice sent)
tell alice again all >/dev/null
talk 0.5
heard_nothing_wrong alice
heard_nothing_wrong bob
soon "what bob heard since" = $((heard + $(of alice sent) - sent)) of bob heard

note "it runs: imported again it is answered as it is; elsewhere it is refused while its ports rest"
expect "imported again" "$(strowger_ctl -j call import "$work/record" | json .call)" is moving
strowger_ctl call export moving -o "$work/again" || fail "export from the second node"
rpc call.delete '{"call": "moving"}' >/dev/null
again=$(jq -nc --rawfile record "$work/again" '{record: ($record | rtrimstr("\n"))}')
refused=$(rpc_error call.import "$again")
expect "an import to ports that are taken" "$refused" has "no_place"
expect "and which" "$refused" has 'local.port'

note "with other ports it goes on, and the phones are told"
call=$(rpc call.import "$(jq -c '. + {relocate: true}' <<<"$again")")
tell alice to "$(local_of alice)" >/dev/null
tell bob to "$(local_of bob)" >/dev/null
missing=$(of bob missing)
talk 0.5
heard_nothing_wrong alice
heard_nothing_wrong bob
expect "packets that bob misses since" "$(of bob missing)" = "$missing"
soon "the last packet of alice's" = $(($(of alice sent) - 1)) of bob last

note "what the other side refuses is brought back"
strowger_ctl call export moving -o "$work/third" || fail "export"
strowger_ctl call import "$work/third" >/dev/null || fail "import of what is here"
talk 0.5
expect "packets that bob misses since" "$(of bob missing)" = "$missing"
heard_nothing_wrong bob

note "what is no record is refused"
expect "garbage" "$(rpc_error call.import '{"record": "bm8gcmVjb3Jk"}')" has "call.export has answered"
version=$({ head -c 4 <(base64 -d "$work/third"); printf '\2'; base64 -d "$work/third" | tail -c +6; } | base64 -w0)
expect "another version" "$(rpc_error call.import "{\"record\": \"$version\"}")" has 'another version'
expect "an unknown call" "$(rpc_error call.export '{"call": "nobody"}')" has "unknown_call"

kill -INT "$standby_pid"
wait "$standby_pid"
expect "status of the other strowger" $? = 0
instance=story
rpc call.delete '{"call": "moving"}' >/dev/null
strowger_stop
done_well

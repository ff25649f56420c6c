#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two phones without SRTP: RTP and RTCP both ways, the counters exact, nothing left when the call is over.
. "$(dirname "$0")/lib.sh"

story "a plain call: RTP and RTCP cross both ways, and the counters are exact"
strowger_start
call_between plain none none
talk 2

heard_everything alice bob
heard_everything bob alice
soon "RTCP that alice heard" = "$(of bob rtcp_sent)" of alice rtcp_heard
soon "RTCP that bob heard" = "$(of alice rtcp_sent)" of bob rtcp_heard
expect "where alice hears it from" "$(of alice 'from | join(" ")')" has "$(local_of alice)"
expect "DSCP towards bob (46: expedited forwarding)" "$(of bob 'dscp | join(" ")')" is 46

seen=$(rpc call.get '{"call": "plain"}')
stream=$(json '.legs[] | select(.name == "alice").streams[0]' <<<"$seen")
expect "packets received from alice" "$(json .rx_packets <<<"$stream")" = "$(of alice sent)"
expect "packets sent to alice" "$(json .tx_packets <<<"$stream")" = "$(of bob sent)"
expect "packets lost before strowger" "$(json .lost <<<"$stream")" = 0
expect "drops of the call" "$(drops_of_call plain)" = 0

last=$(rpc call.delete '{"call": "plain"}')
expect "final count" "$(json '.legs[] | select(.name == "alice").streams[0].rx_packets' <<<"$last")" = "$(of alice sent)"
expect "the call that is gone" "$(rpc_error call.get '{"call": "plain"}')" has unknown_call
heard=$(of bob heard)
tell alice burst 20 >/dev/null
sleep 0.3
expect "what bob hears after the call" "$(of bob heard)" = "$heard"

strowger_stop
done_well

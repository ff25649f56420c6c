#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A phone behind a network that loses, doubles, delays and reorders, both ways, across a roll-over: what reached
# strowger leaves once, and its counters say what the network says that it did.
. "$(dirname "$0")/lib.sh"

story "SRTP with 5 % loss in bursts, reordering, duplicates and jitter, both ways, across a roll-over"
strowger_start
impair_put alice # a good one at first: the numbers of the first and of the last packet are known
# The phones' timestamps tell 160 units a packet, at 200 packets a second.
clock='{"clock": 32000}'
alice_key=$(key AES_CM_128_HMAC_SHA1_80) bob_key=$(key AEAD_AES_128_GCM)
call_create lossy "$(leg alice 10.77.0.2:4000 AES_CM_128_HMAC_SHA1_80 "$alice_key" "$clock")" \
	"$(leg bob 10.77.0.3:4000 AEAD_AES_128_GCM "$bob_key" "$clock")"
phone_start alice bob 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce --pps 200 --seq 65000 \
	--seal "AES_CM_128_HMAC_SHA1_80:$alice_key" --unseal "$(our_key alice)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)" --ssrc 0xb0b --pps 200 --seq 65100 \
	--seal "AEAD_AES_128_GCM:$bob_key" --unseal "$(our_key bob)"
both burst 20
sleep 0.3
heard_everything alice bob
heard_everything bob alice

impair_put alice --seed 5 --loss 5 --burst 2 --reorder 3 --duplicate 3 --delay 20 --jitter 15
talk 5
sent_to_alice() { rpc call.get '{"call": "lossy"}' | json '.legs[] | select(.name == "alice").streams[0].tx_packets'; }
soon "packets that strowger has sent to alice" = "$(of bob sent)" sent_to_alice
arrive alice bob
impair_end alice
note "$impaired"
expect "packets still under way" "$(json .under_way <<<"$impaired")" = 0
box() { json ".ways[$1] | $2" <<<"$impaired"; } # WAY (0: from alice, 1: to alice) COUNT
for way in 0 1; do
	expect "lost" "$(box $way .lost)" '>' 20
	expect "reordered" "$(box $way .reordered)" '>' 10
	expect "duplicated" "$(box $way .duplicated)" '>' 10
	expect "not sent for want of room" "$(box $way '.overrun + .failed')" = 0
done
impair_put alice
both burst 20
arrive alice bob

seen=$(rpc call.get '{"call": "lossy"}')
stream() { json ".legs[] | select(.name == \"$1\").streams[0] | $2" <<<"$seen"; }
note "strowger: $(stream alice '{rx_packets, rx_rtcp, lost, jitter_ms, drops} | tojson')"

# From alice.
sent=$(of alice sent) took=$(stream alice .rx_packets)
expect "packets that reached strowger" $((took + $(stream alice .rx_rtcp) + $(stream alice '.drops.replay // 0'))) \
	= $((sent + $(of alice rtcp_sent) - $(box 0 .lost) + $(box 0 .duplicated)))
expect "repeats that it refused" "$(stream alice '.drops.replay // 0')" = "$(box 0 .duplicated)"
expect "packets lost on the way to it" "$(stream alice .lost)" = $((sent - took))
expect "what bob heard, each once" "$(of bob heard)" = "$took"
expect "jitter from alice, in ms" "$(stream alice '.jitter_ms | floor')" '>=' 1
heard_nothing_wrong bob
expect "drops of the call" "$(drops_of_call lossy)" = "$(box 0 .duplicated)"

# To alice.  Her libsrtp2 refuses what comes twice.
sent=$(stream alice .tx_packets)
expect "packets that strowger sent to alice" "$sent" = "$(of bob sent)"
expect "what reached alice, each once" $(($(of alice heard) + $(of alice rtcp_heard))) \
	= $((sent + $(stream alice .tx_rtcp) - $(box 1 .lost)))
expect "what came to her twice" $(($(of alice refused) + $(of alice rtcp_refused))) = "$(box 1 .duplicated)"
expect "what was no packet of bob's" "$(of alice foreign)" = 0
soon "the last packet of bob's" = $(($(of bob sent) - 1)) of alice last
soon "the last packet of alice's" = $(($(of alice sent) - 1)) of bob last
strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two GStreamer telephones, which send sender and receiver reports; bob's network is a bad one.  What call.get says
# of loss, jitter, repeats, order and round trip is what that network did; and when alice falls silent, that is told.
. "$(dirname "$0")/lib.sh"

stream_of() { json ".legs[] | select(.name == \"$1\").streams[0]" <<<"$seen"; }

# about WHAT VALUE WANTED TOLERANCE
about() {
	expect "$1: $2, and about $3 was done" "$(jq -n "($2 - $3) | fabs <= $4")" is true
}

# between LEAST WHAT COMMAND MOST: a figure of the moment, to which a machine that has much else to do adds of its own: it
# is waited for.  COMMAND prints it.
between() {
	local end=$((SECONDS + 60)) value

	while value=$($3); ! is_between "$1" "$value" "$4"; do
		[ $SECONDS -lt $end ] || fail "$2: $value, and $1 to $4 was to be"
		sleep 0.2
	done
}
is_between() { [ "$(jq -n "$1 <= $2 and $2 <= $3")" = true ]; }

phone() { # NAME SSRC
	spawn "$1" "$tools/rtp_session.sh" "${address4[relay]}" "$(local_of "$1" | sed 's/.*://')" "$2" >>"$work/$1.phone.log" 2>&1
	eval "$1_pid=$spawned"
}

reports_both_ways() {
	seen=$(rpc call.get '{"call": "talk"}')
	[ "$(json '[.legs[].streams[0] | .report.reports // 0 | . >= 3] | all' <<<"$seen")" = true ] &&
		[ "$(json '[.legs[].streams[0] | has("round_trip_ms")] | all' <<<"$seen")" = true ]
}

heard_for() { # SECONDS
	seen=$(rpc call.get '{"call": "talk"}')
	[ "$(json "[.legs[].streams[0].rx_packets >= $1 * 50] | all" <<<"$seen")" = true ]
}

# now PARTY FIELD; worst FIELD: of the call, of the worst of all.
now() { rpc call.get '{"call": "talk"}' | json ".legs[] | select(.name == \"$1\").streams[0].$2"; }
worst() { rpc call.top '{"by": "loss"}' | json ".calls[0].$1"; }

is_subscribed() { # it is there when an event arrives: this call is made for that alone
	call_create nobody "$(leg x - none "")"
	rpc call.delete '{"call": "nobody"}' >/dev/null
	[ -s "$work/events" ]
}

missed() { rpc stats.get | json .rtp.one_way; }
one_way() { [ "$(rpc call.get '{"call": "talk"}' | json '.legs[0].streams[0].flow')" = silent ]; }

story "what call.get says of a call's sound is what the network did"
config "$work/strowger.conf" <<-END

	[timeouts]
	one_way = 1s
END
strowger_start
# 40 ms there and 40 back; the other delay is even between 0 and 15 ms, so two of them differ by 5 on average.
impair_put bob --seed 11 --loss 10 --duplicate 1 --reorder 2 --reorder-by 45 --delay 40 --jitter 15
call_create talk "$(leg alice "$(bind_of alice 4)" none "")" "$(leg bob "$(bind_of bob 4)" none "")"
phone alice 1111
began=$SECONDS
phone bob 2222
sleep 7
wait_for 20 "seven seconds of audio" heard_for 7
wait_for 10 "reports of both" reports_both_ways
alice=$(stream_of alice) bob=$(stream_of bob)
began=$((SECONDS - began + 1))

# From bob to us the network is bad; from alice it is good.
about "loss from bob" "$(json .loss <<<"$bob")" 10 4
between 2.5 "jitter from bob" "now bob jitter_ms" 40
between 80 "round trip to bob" "now bob round_trip_ms" 250
about "repeats from bob" "$(json '100 * .duplicates / .rx_packets' <<<"$bob")" 1 1
about "reordered from bob" "$(json '100 * .reordered / .rx_packets' <<<"$bob")" 2 2
# At least as long as what came takes to be said, at most since his phone began: a busy machine's phone leaves out some.
expect "talk of bob, $(json .talk_s <<<"$bob") s of $began" "$(json ".talk_s >= .rx_packets / 50 - 2 and .talk_s <= $began" <<<"$bob")" is true
expect "lost from alice" "$(json .lost <<<"$alice")" = 0
between 0 "round trip to alice" "now alice round_trip_ms" 75
# Bob hears alice through it, alice hears bob through it; what comes twice counts against losses there (RFC 3550 6.4.1).
about "loss that alice reports" "$(json .report.loss <<<"$alice")" "$(json .loss <<<"$bob")" 4
between 2.5 "jitter that bob reports" "now bob report.jitter_ms" 40
for phone in "$alice" "$bob"; do
	expect "what flows" "$(json .flow <<<"$phone")" is heard
done
# G.711 with 10 % lost and 100 ms to the ear: G.107 says R = 93.2 - 2.4 - 27, and MOS 3.3.
between 2.4 "MOS of bob" "now bob mos" 3.8
between 2.4 "MOS that bob has" "now bob report.mos" 4
between 4 "MOS of alice" "now alice mos" 4.41
expect "worst call" "$(worst call)" is talk
between 3 "its loss" "worst loss" 25
bob=$(stream_of bob)
note "from bob: $(json '"loss \(.loss) %, jitter \(.jitter_ms) ms, round trip \(.round_trip_ms) ms, MOS \(.mos)"' <<<"$bob")"
note "bob says: $(json '.report | "loss \(.loss) %, jitter \(.jitter_ms) ms, MOS \(.mos)"' <<<"$bob")"

"$ctl" --socket "$work/story/admin.sock" events --filter call.created --filter call.one_way >"$work/events" 2>&1 &
wait_for 5 "the subscription" is_subscribed
before=$(missed) # a phone that began late has been, too
kill "$alice_pid"
wait_for 12 "alice to be missed" one_way
expect "the log" "$(cat "$work/story.log")" has "party alice sends nothing"
wait_for 5 "the event" grep -q "call.one_way call=talk leg=alice stream=0 flow=silent" "$work/events"
expect "times that a party was missed" "$(missed)" = $((before + 1))
impair_end bob; note "$impaired"
about "loss from bob, and what the network says" "$(json .loss <<<"$bob")" \
	"$(json '.ways[0] | 100 * .lost / .udp' <<<"$impaired")" 3
about "loss that bob reports, and what the network says" "$(json .report.loss <<<"$bob")" \
	"$(json '.ways[1] | 100 * (.lost - .duplicated) / .udp' <<<"$impaired")" 4

rpc call.delete '{"call": "talk"}' >/dev/null
expect "calls that were rated" "$(rpc stats.get | json '.mos.ended | add')" = 1
strowger_stop
done_well

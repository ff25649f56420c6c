#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call as OpenSIPS asks for it: requests of the shape that its rtpengine module gives them, made by hand, for the program
# is in no package of this system; and what a script of it reads of the call.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

# opensips OPERATION FLAGS [SDP]: about call $id of $from and $to; the answer is in $answer.
from=a
to=
opensips() {
	answer=$(in_ns relay "$tools/ng_opensips.py" "$1" "$id" "$from" "$to" 10.77.0.2 "$2" <<<"${3:-}") || fail "no answer to $1"
}
well() { # the same, and it must be "ok"
	opensips "$@"
	expect "result of $1: $answer" "$(json .result <<<"$answer")" is ok
}
refused() { # OPERATION FLAGS REASON
	opensips "$1" "$2"
	expect "result of $1: $answer" "$(json '.result + ": " + ."error-reason"' <<<"$answer")" is "error: $3"
}
# The m= line of the answer, without its port.
formats() { json .sdp <<<"$answer" | sed -n 's/^m=audio [0-9]* \([^\r]*\).*/\1/p'; }
stat() { "$tools/ng_opensips.py" stat "$@" <<<"$answer"; }

story "NG as OpenSIPS speaks it"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
	[timeouts]
	media = 0s # they are silent for long on a busy machine
END
strowger_start

note "a node that answers is used"
expect "a ping" "$(in_ns relay "$tools/ng_opensips.py" ping)" is '{"result": "pong"}'

note "an INVITE and its 200, with flags of all kinds, known and unknown; each request is sent twice"
id=one
well offer "trust-address symmetric force auto-bridge replace-origin replace-session-connection ICE=remove RTP AVP \
rtcp-mux-demux address-family=IP4 repacketize=20 internal external TOS=184 label=ann" "$(sdp alice 4000 a=rtcp-mux)"
to_bob=$(port)
expect "o= of the offer" "$(json .sdp <<<"$answer" | sed -n 's/^o=.* IP4 \([^\r]*\).*/\1/p')" is 10.77.0.1
expect "rtcp-mux in it" "$(json .sdp <<<"$answer" | grep -c ^a=rtcp-mux)" = 0
to=b
well answer "trust-address replace-origin RTP/AVP media-address=10.77.0.1" "$(sdp bob 4000)"
to_alice=$(port)
expect "rtcp-mux in the answer" "$(json .sdp <<<"$answer" | grep -c ^a=rtcp-mux)" = 1
expect "profile and formats" "$(formats)" is "RTP/AVP 8"
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$to_alice" --ssrc 0xa11ce --mux
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
talk 1
heard_everything alice bob
heard_everything bob alice

note "one party is blocked by a flag, and what is not there is refused, and does no harm"
well 'block media' directional
before=$(of bob heard)
before_alice=$(of alice heard)
talk 0.5
expect "what bob hears" "$(of bob heard)" = "$before"
expect "what alice hears" "$(of alice heard)" '>' "$before_alice"
well 'unblock media' ''
refused 'play media' 'file=/tmp/x.wav' 'Not supported yet: play media'
refused 'start recording' '' 'Not supported yet: start recording'
refused 'block DTMF' '' 'Not supported yet: block DTMF'
# OpenSIPS's word for `start forwarding`, which rtpengine does not know either.
refused 'start forward' '' 'Unrecognized command'
talk 0.5

note "what \$rtpstat and \$rtpquery read"
well query ''
packets=$(($(of alice sent) + $(of bob sent)))
expect "the line of totals" "$(stat)" has " bytes, $packets packets, "
for who in a b; do
	expect "mos-average of $who" "$(stat mos-average $who)" '>' 9
	expect "packetloss-average of $who" "$(stat packetloss-average $who)" = 0
	expect "jitter-average of $who" "$(stat jitter-average $who)" isnt null
	expect "mos-min-at of $who, which is not kept" "$(stat mos-min-at $who)" is null
done
expect "since when there is a call" "$(json '.created > 0' <<<"$answer")" is true
expect "alice's label" "$(json .tags.a.label <<<"$answer")" is ann

note "a re-INVITE of bob's; then a BYE"
from=b to=a
well offer "trust-address" "$(sdp bob 4000)"
well answer "trust-address" "$(sdp alice 4000 a=rtcp-mux)"
from=a to=b
well delete ''
expect "the line of totals, at the end" "$(stat)" has " bytes, $packets packets, "
well delete 'delete-delay=1 to-tag'
soon "calls" is "" calls

note "an INVITE without an SDP: its 200 offers, its ACK answers; codecs in brackets, and SRTP by halves of its name"
id=two from=a to=b
well offer_in_reply "codec=[mask=[PCMA] transcode=[PCMU]] SRTP AVPF SDES=[only-AES_CM_128_HMAC_SHA1_80] \
address-family=IP6" "$(sdp bob 4000)"
expect "c= of the offer" "$(json .sdp <<<"$answer" | sed -n 's/^c=IN IP6 \([^\r]*\).*/\1/p')" is fd77::1
expect "profile and formats" "$(formats)" is "RTP/SAVPF 0"
expect "suites" "$(crypto | cut -d' ' -f2)" is AES_CM_128_HMAC_SHA1_80
well answer_in_ack "" "$(sdp alice 4000 | sed 's|RTP/AVP 8|RTP/SAVPF 0|'
	printf '%s\r\n' "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:$(key AES_CM_128_HMAC_SHA1_80)")"
expect "profile and formats of the answer" "$(formats)" is "RTP/AVP 8"
well delete 'delete-delay=1'
soon "calls" is "" calls
strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Offers in a call that goes on, none of which is answered, for the other party rejects them (488): both go on hearing each
# other, packet by packet.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

story "offers that are rejected by SIP, of which NG says nothing, leave the call as it is"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start

# rejected FROM TO NAME SED [KEYS]: an offer of NAME's usual SDP, changed by SED, while both speak, and after it.
rejected() {
	local sdp

	both send on
	sleep 0.2
	sdp=$(sdp "$3" 4000 | sed "$4" && echo .)
	ok offer "$(jq -nc --arg from "$1" --arg to "$2" --arg sdp "$sdp" --argjson more "${5:-"{}"}" \
		'{"from-tag": $from, "to-tag": $to, sdp: ($sdp | rtrimstr("."))} + $more')"
	sleep 0.4
	hush
}

T38='s/^m=.*/m=image 4600 udptl t38\r\na=T38FaxVersion:0\r/'
SRTP="s|RTP/AVP 8|RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:$(key AES_CM_128_HMAC_SHA1_32)|"

id=plain
offer a '' '{}' alice 4000
to_bob=$(port)
answer a b '{}' bob 4000
to_alice=$(port)
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$to_alice" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
for change in 's/^t=0 0/&/' 's/^m=.*/&\na=sendonly\r/' 's/^m=.*/&\na=inactive\r/' 's/^c=.*/c=IN IP4 0.0.0.0\r/' \
	's/AVP 8/AVP 9/' 's/AVP 8/AVP 9 0 8/' 's/^m=audio 4000/m=audio 0/' "$SRTP"; do
	note "alice, and then bob, would have it otherwise: $change"
	rejected a b alice "$change"
	rejected b a bob "$change"
	heard_everything alice bob
	heard_everything bob alice
done
note "or a fax, or the same forced to be one"
rejected a b alice 's/^t=0 0/&/' '{"T.38": ["force"]}'
heard_everything alice bob
heard_everything bob alice

# Who says that it has moved gets what comes then at the new place, until it is heard from the old one.
note "elsewhere, where nobody is"
for change in 's/^m=audio 4000/m=audio 4600/' "$T38"; do
	before_alice=$(of alice heard) before_bob=$(of bob heard)
	sent_alice=$(of alice sent) sent_bob=$(of bob sent)
	rejected a b alice "$change"
	expect "what bob heard" $(($(of bob heard) - before_bob)) = $(($(of alice sent) - sent_alice))
	lost=$(($(of bob sent) - sent_bob - $(of alice heard) + before_alice))
	expect "packets of bob's that were lost" $lost '<' 5
	heard_nothing_wrong alice
	heard_nothing_wrong bob
done
offer a b '{}' alice 4000
expect "to bob" "$(port)" = "$to_bob"
answer a b '{}' bob 4000
expect "to alice" "$(port)" = "$to_alice"

note "the next one is answered, and holds"
offer a b '{}' alice 4000 a=sendonly
answer a b '{}' bob 4000 a=recvonly
before=$(of alice heard)
talk 0.3
expect "what alice heard on hold" "$(of alice heard)" = "$before"

strowger_stop
done_well

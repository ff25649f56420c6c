#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Faxes by NG between a machine that has sound and one that has T.38, both at once, while control is killed: a call that
# becomes a fax when the callee hears the tone (T.38=decode), and one that is forced to T.38, back the other way.
# Each page is compared with what was sent.
#
# Runs alone: a modem hears each pause that a busy machine makes, and trains again.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

phone=$BUILD/tests/fax/fax_phone
T38=(a=T38FaxVersion:0 a=T38MaxBitRate:14400 a=T38FaxRateManagement:transferredTCF a=T38FaxMaxDatagram:400
	a=T38FaxUdpEC:t38UDPRedundancy)

# fax_sdp NAME PORT ATTRIBUTE...: of a machine with T.38.
fax_sdp() {
	printf '%s\r\n' v=0 "o=- 1 1 IN IP4 ${address4[$1]}" s=- "c=IN IP4 ${address4[$1]}" 't=0 0' \
		"m=image $2 udptl t38" "${@:3}"
}

# by_fax COMMAND FROM TO KEYS NAME PORT: the same as `offer` and `answer`, of such a machine.
by_fax() {
	ok "$1" "$(jq -nc --arg from "$2" --arg to "$3" --arg sdp "$(fax_sdp "$5" "$6" "${T38[@]}" && echo .)" --argjson more "$4" \
		'{"from-tag": $from, sdp: ($sdp | rtrimstr("."))} + (if $to == "" then {} else {"to-tag": $to} end) + $more')"
}

fax_port() { json .sdp <<<"$answer" | sed -n 's/^m=image \([0-9]*\) udptl t38.*/\1/p'; }

# machine NAME PORT TO OPTION...: its process id is in $spawned, what it says in the file of its name and port.
machine() {
	spawn "$1" "$phone" "${@:4}" --local "${address4[$1]}:$2" --remote "10.77.0.1:$3" --seconds 120 >"$work/$1-$2.fax" 2>&1
}

# both_end SENDER RECEIVER PAGE: process ids of both machines; both say that all is well.
both_end() {
	wait "$1" || fail "the sender: $(tail -n 40 "$work"/*.fax)"
	wait "$2" || fail "the receiver: $(tail -n 40 "$work"/*.fax)"
	"$phone" --compare "$work/sent.tif" "$work/$3" || fail "the page is another"
}

seen() { rpc call.get "{\"call\": \"$id\"}" | json ".legs[] | select(.name == \"$1\").streams[0] | $2"; }
works() { [ "$(seen "$1" '.transcode.packets_in // 0')" -gt 100 ]; }
[ -x "$phone" ] || fail "$phone is not built"

story "faxes by NG: sound to T.38 and back, control killed in the middle of a page"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start
"$phone" --make "$work/sent.tif" 1 || fail "no page"

note "a machine with sound calls one with T.38 alone, which answers with a page of its own"
id=forced
offer a '' '{"T.38": ["force"]}' alice 4002
to_bob=$(fax_port)
by_fax answer a b '{}' bob 4002
to_alice=$(port)
expect "what alice is answered" "$(json .sdp <<<"$answer")" has "m=audio $to_alice RTP/AVP 8"
machine alice 4002 "$to_alice" --answer --pcma --receive "$work/back.tif"
caller=$spawned
machine bob 4002 "$to_bob" --call --t38 --send "$work/sent.tif" --correction redundancy
callee=$spawned

note "a call becomes a fax: the callee has T.38, the caller has sound"
id=decoded
offer a '' '{}' alice 4000
answer a b '{}' bob 4000
to_alice=$(port)
by_fax offer b a '{"T.38": ["decode"]}' bob 4000
expect "what alice is offered" "$(json .sdp <<<"$answer")" has "m=audio $to_alice RTP/AVP 0 8"
offer_to_alice=$(port)
answer b a '{}' alice 4000
to_bob=$(fax_port)
expect "what bob is answered" "$(json .sdp <<<"$answer")" has a=T38FaxUdpEC:t38UDPRedundancy
machine bob 4000 "$to_bob" --answer --t38 --receive "$work/came.tif" --correction redundancy
receiver=$spawned
machine alice 4000 "$offer_to_alice" --call --pcma --send "$work/sent.tif"
sender=$spawned
wait_for 20 "alice's tones" works caller
expect "alice's coding" "$(seen caller .coding)" has "fax as sound, PCMA -> T.38 version 0 with redundancy, at most 400 bytes a datagram"
note "kill -9 of control in the middle of the page"
strowger_kill
strowger_start
both_end "$sender" "$receiver" came.tif
expect "sides" "$(seen caller .fax.side) $(seen callee .fax.side)" is "sound t38"
expect "pages" "$(seen callee .fax.pages)" = 1
ok query
expect "what query says" "$(json '[.tags[].medias[0].fax | "\(.side) \(.pages)"] | sort | join(", ")' <<<"$answer")" is "T.38 1, audio 1"

note "and they talk again"
offer a b '{"T.38": ["stop"]}' alice 4000
expect "what bob is offered" "$(json .sdp <<<"$answer")" has "m=audio $to_bob RTP/AVP 8"
answer a b '{}' bob 4000
expect "alice's gateway" "$(seen caller .fax)" is null
ok delete '{"from-tag": "a", "delete-delay": 0}'

note "the page of the other call"
id=forced
both_end "$callee" "$caller" back.tif
expect "pages" "$(seen caller .fax.pages)" = 1
expect "what was dropped of T.38" "$(seen callee '.transcode.malformed')" = 0
ok delete '{"from-tag": "a", "delete-delay": 0}'

strowger_stop
done_well

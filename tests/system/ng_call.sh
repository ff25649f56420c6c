#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call by the NG protocol, from the first offer to the last delete: media both ways, hold, a kill in the middle, and
# what is deleted goes on for a while.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

story "calls by NG: media, hold, a kill in mid-call, delete now and later"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
	delete_delay = 1s
END
strowger_start

note "offer, answer, and media both ways"
id=plain
offer a '' '{}' alice 4000
to_bob=$(port)
answer a b '{}' bob 4000
to_alice=$(port)
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$to_alice" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
talk 0.5
heard_everything alice bob
heard_everything bob alice
ok query
expect "tags" "$(json '.tags | keys | join(" ")' <<<"$answer")" is "a b"
expect "packets of both" "$(json .totals.RTP.packets <<<"$answer")" = $(($(of alice sent) + $(of bob sent)))
expect "what JSON-RPC calls it" \
	"$(rpc call.get '{"call": "plain"}' | json '.ng | "\(.call_id) \(.from_tag) \(.to_tag)"')" is "plain a b"

note "hold and resume, by either side, keep the ports"
offer a b '{}' alice 4000 a=sendonly
expect "to bob" "$(port)" = "$to_bob"
answer a b '{}' bob 4000 a=recvonly
expect "to alice" "$(port)" = "$to_alice"
before=$(of alice heard)
talk 0.3
expect "what alice heard on hold" "$(of alice heard)" = "$before"
offer b a '{}' bob 4000
expect "to alice" "$(port)" = "$to_alice"
answer b a '{}' alice 4000
expect "to bob" "$(port)" = "$to_bob"
talk 0.3
expect "what alice hears again" "$(of alice heard)" '>' "$before"

note "kill -9 in mid-call: ports and keys stay, and the dialog is known"
id=killed
offer a '' '{"transport-protocol": "RTP/SAVP"}' alice 4002
port_before=$(port) crypto_before=$(crypto)
expect "a=crypto lines" "$(wc -l <<<"$crypto_before")" '>' 3
both send on
strowger_kill
strowger_start
both send off
offer a '' '{"transport-protocol": "RTP/SAVP"}' alice 4002
expect "port" "$(port)" = "$port_before"
expect "keys" "$(crypto)" is "$crypto_before"
id=plain
offer a b '{}' alice 4000
expect "to bob" "$(port)" = "$to_bob"
before=$(of bob heard)
talk 0.3
expect "what bob hears after it" "$(of bob heard)" '>' "$before"
ng list '{}'
expect "calls" "$(json '.calls | sort | join(" ")' <<<"$answer")" is "killed plain"

note "delete: at once, or when the delay is over, until then it can be had again"
id=killed
ok delete '{"from-tag": "a", "delete-delay": 0}'
expect "calls" "$(calls)" is plain
id=plain
ok delete '{"from-tag": "a"}'
expect "its packets" "$(json .totals.RTP.packets <<<"$answer")" '>' 0
before=$(of bob heard)
talk 0.2
expect "what bob hears meanwhile" "$(of bob heard)" '>' "$before"
offer a b '{}' alice 4000
sleep 1.2
expect "calls" "$(calls)" is plain
ok delete '{"from-tag": "b", "to-tag": "a", "flags": ["fast"]}'
expect "keys of a fast answer" "$(json 'keys | join(" ")' <<<"$answer")" is result
strowger_kill # and the next one knows when it is to end
strowger_start
no_calls() { [ -z "$(calls)" ]; }
wait_for 3 "the deleted call to end" no_calls
ng query '{"call-id": "plain"}'
expect "query" "$(json '."error-reason"' <<<"$answer")" is "Unknown call-id"
ok delete '{"from-tag": "a"}'
expect "delete again" "$(json .warning <<<"$answer")" is "Call-ID not found or tags didn't match"

strowger_stop
done_well

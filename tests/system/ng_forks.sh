#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Several parties in a call by the NG protocol: forks with and without a branch; what ends without NG; a node that drains.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

story "calls by NG: forks, ends from elsewhere, and a node that drains"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start

note "forks by branch have ports of their own, and go one by one"
id=fork
offer a '' '{"via-branch": "br1"}' alice 4000
one=$(port)
offer a '' '{"via-branch": "br2"}' alice 4000
expect "the second branch's port" "$(port)" != "$one"
expect "calls" "$(calls)" is "fork fork#2"
offer a '' '{"via-branch": "br1"}' alice 4000
expect "the first branch's port" "$(port)" = "$one"
answer a b2 '{"via-branch": "br2"}' bob 4000
ok delete '{"from-tag": "a", "via-branch": "br1", "delete-delay": 0}'
expect "calls" "$(calls)" is "fork#2"
ok delete '{"from-tag": "a", "delete-delay": 0}'
expect "calls" "$(calls)" is ""

note "forks without a branch share theirs: the second answer is heard"
id=early
offer a '' '{}' alice 4000
to_bob=$(port)
answer a b1 '{}' mallory 4000
answer a b2 '{}' bob 4000
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$(port)" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
talk 0.3
heard_everything alice bob
heard_everything bob alice
expect "tags" "$(ok query && json '.tags | keys | join(" ")' <<<"$answer")" is "a b2"

note "what JSON-RPC ends NG does not know any more"
rpc call.delete '{"call": "early"}' >/dev/null
ng query '{"call-id": "early"}'
expect "query" "$(json '."error-reason"' <<<"$answer")" is "Unknown call-id"

note "a node that drains takes no new calls, and says so in the client's words"
id=last
offer a '' '{}' alice 4000
rpc node.drain >/dev/null
ng offer "$(jq -nc --arg sdp "$(sdp alice 4000)" '{"call-id": "late", "from-tag": "a", sdp: $sdp, supports: ["load limit"]}')"
expect "answer" "$(jq -c . <<<"$answer")" is '{"result":"load limit","message":"Parallel session limit reached"}'
ng offer "$(jq -nc --arg sdp "$(sdp alice 4000)" '{"call-id": "late", "from-tag": "a", sdp: $sdp}')"
expect "answer" "$(json '."error-reason"' <<<"$answer")" is "Parallel session limit reached"
answer a b '{}' bob 4000
ok delete '{"from-tag": "a", "delete-delay": 0}'

strowger_stop
done_well

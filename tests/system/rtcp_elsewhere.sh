#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A party wants its RTCP at another address than its media (RFC 3605), and at its own again; also behind a kill of strowger.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

story "a=rtcp with an address: RTCP goes there, and goes on to"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start

# reaches WHO: bob speaks; who gets his RTCP, and who does not, while alice gets his RTP.
reaches() {
	local who before

	declare -A before
	for who in alice mallory; do before[$who]=$(of $who rtcp_heard); done
	before[rtp]=$(of alice heard)
	tell bob send on >/dev/null
	sleep 1.2
	hush bob
	arrive alice mallory
	expect "RTP that alice heard" "$(of alice heard)" '>' "${before[rtp]}"
	for who in alice mallory; do
		expect "RTCP that $who heard" "$(of $who rtcp_heard)" "$([ "$who" = "$1" ] && echo '>' || echo =)" "${before[$who]}"
	done
}

id=elsewhere
there="a=rtcp:4001 IN IP4 ${address4[mallory]}"
offer a '' '{}' alice 4000 "$there"
to_bob=$(port)
answer a b '{}' bob 4000
to_alice=$(port)
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$to_alice"
phone_start mallory bob "$(bind_of mallory 4)" "10.77.0.1:$to_alice"
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob"
call=$(rpc call.get '{"call": "elsewhere"}')
expect "alice's remote" "$(json '.legs[0].streams[0].remote | "\(.address) \(.rtcp_address) \(.rtcp_port)"' <<<"$call")" \
	is "${address4[alice]} ${address4[mallory]} 4001"
expect "bob's RTCP" "$(json '.legs[1].streams[0].remote.rtcp_address' <<<"$call")" is null
reaches mallory

note "kill -9 in mid-call: the successor knows where, also when it tells another switch"
strowger_kill
strowger_start
reaches mallory
pid=$(switch_pid)
kill -KILL "$pid"
wait_for 5 "another switch" another_switch "$pid"
reaches mallory

note "and home again"
offer a b '{}' alice 4000
answer a b '{}' bob 4000
reaches alice

strowger_stop
done_well

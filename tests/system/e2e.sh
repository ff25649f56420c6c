#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# End to end: the phones have keys of which strowger knows nothing.  What leaves one arrives at the other byte for byte, as
# seen on both wires; what would take more is refused, and neither a killed switch nor a killed control changes that.
. "$(dirname "$0")/lib.sh"

story "end to end: every byte arrives as it was sent, and more is refused"
strowger_start

suite=AES_CM_128_HMAC_SHA1_80
alice_key=$(key $suite) bob_key=$(key $suite)
refused() { # METHOD PARAMS WHAT_IT_SAYS
	local said

	said=$(rpc_error "$1" "$2")
	expect "the reason for refusing $2" "$said" has end_to_end
	expect "what is said of $2" "$said" has "$3"
}
create() { # LEG...: the parameters
	jq -nc '{call: "sealed", e2e: "required", legs: $ARGS.positional}' --jsonargs "$@"
}
refused call.create "$(create "$(leg alice 10.77.0.2:4000 $suite "$alice_key")")" 'legs[0].streams[0].srtp'
refused call.create "$(create "$(leg alice 10.77.0.2:4000 none "" '{"source": "latch"}')")" source
refused call.create "$(create "$(leg alice 10.77.0.2:4000 none "" '{"rtcp_mux": true}')" \
	"$(leg bob 10.77.0.3:4000 none "")")" rtcp_mux
call=$(rpc call.create "$(create "$(leg alice 10.77.0.2:4000 none "")" "$(leg bob 10.77.0.3:4000 none "")")")
expect "what it is" "$(json .e2e <<<"$call")" is required

for name in alice bob; do
	spawn $name "$tools/wire.py" eth0 >"$work/$name.wire" 2>"$work/$name.wire.log"
	taps+=("$spawned")
	wait_for 10 "the tap of $name" grep -q ready "$work/$name.wire.log"
done
# Numbers that roll over under the phones' own keys.
phone_start alice bob 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce --seq 65500 \
	--seal $suite:"$alice_key" --unseal $suite:"$bob_key"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)" --ssrc 0xb0b --seq 65500 \
	--seal $suite:"$bob_key" --unseal $suite:"$alice_key"
talk 1
heard_everything alice bob
heard_everything bob alice
expect "reports that bob heard" "$(of bob rtcp_heard)" '>' 0

note "repeats are the listener's to refuse, and what is no RTP passes, too"
tell alice again 5 >/dev/null
in_ns alice python3 - "$(local_of alice)" <<-'END'
	import socket, sys
	host, port = sys.argv[1].split(":")
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
	s.bind(("10.77.0.2", 4002))
	s.sendto(b"of a stranger", (host, int(port)))  # another port of the same host
END
soon "packets that bob's SRTP refused" = 5 of bob refused
soon "strangers" = 1 drop_of_call sealed source

note "the same after the switch was killed, and control"
switch_was=$(switch_pid)
kill -KILL "$switch_was"
wait_for 10 "another switch" another_switch "$switch_was"
strowger_kill
strowger_start
before=$(of bob heard)
talk 1
soon "what bob heard afterwards" '>' $((before + 40)) of bob heard
expect "what is said of loss that nobody can see" "$(rpc call.get '{"call": "sealed"}' | json '.legs[0].streams[0] | has("loss") or has("mos")')" is false
expect "what the successor says" "$(rpc call.get '{"call": "sealed"}' | json '.e2e, .legs[0].streams[0].suite')" \
	is $'required\nend to end'
refused call.update "{\"call\": \"sealed\", \"legs\": [$(leg bob 10.77.0.3:4000 $suite "$bob_key")]}" srtp
refused call.update '{"call": "sealed", "legs": [{"name": "bob", "streams": [{"rtcp_mux": true}]}]}' rtcp_mux
before=$(of bob heard)
talk 0.5
soon "what bob heard after the refusals" '>' $((before + 20)) of bob heard

# Each datagram that came by strowger, with the half of the port pair that it came to, was sent so.
crossed() { # FROM TO TO_ADDRESS
	grep -E "^10\.77\.0\.[23]:400[01] 10\.77\.0\.1:" "$work/$1.wire" | sed -E 's/^[^:]*:400([01]) [^ ]* /\1 /' >"$work/sent"
	grep -E "^10\.77\.0\.1:[0-9]+ $3:400[01] " "$work/$2.wire" | sed -E 's/^[^ ]* [^:]*:400([01]) /\1 /' >"$work/came"
	expect "datagrams on the wire from $1 to $2" "$(wc -l <"$work/came")" '>' 100
	expect "RTCP among them" "$(grep -c '^1 ' "$work/came")" '>' 0
	# In their order, but for what was under way when the switch was killed.
	expect "datagrams that $1 has not sent so" "$(diff "$work/sent" "$work/came" | grep -c '^>')" = 0
}
kill -TERM "${taps[@]}"
wait "${taps[@]}" # they have written down all that passed
crossed alice bob 10.77.0.3
crossed bob alice 10.77.0.2
strowger_stop
done_well

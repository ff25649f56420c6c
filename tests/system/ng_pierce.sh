#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger behind a NAT that lets nobody in whom nobody has spoken to (nftables, with states), and a caller beyond it
# who speaks to somebody who is silent: unheard without `pierce-NAT`, and heard with it.  By NG and by JSON-RPC, RTP
# and RTCP; a control that is killed sends none again, a switch that is killed some to who was never heard.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

story "a NAT in front of strowger, and a caller who is the only one to speak"
far_network
in_ns gatea nft -f - <<-'END'
	table ip gate {
		chain through {
			type filter hook forward priority 0; policy drop
			iifname eth0 accept
			ct state established accept
		}
		chain outwards {
			type nat hook postrouting priority 100
			iifname eth0 oifname eth1 masquerade
		}
	}
END
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
sed -i 's/^address = 10\.77\.0\.1$/& advertised 10.78.0.11/' "$work/strowger.conf"
strowger_start

# call ID PORT FLAGS: carol, at PORT, has offered, and bob has answered; bob never says a word.
call() {
	id=$1
	offer c '' "{\"flags\": $3}" carol "$2"
	answer c b '{}' bob "$2"
	expect "where carol is to send" "$(json .sdp <<<"$answer")" has "c=IN IP4 10.78.0.11"
	to_carol=$(port)
	phone_start "carol.$1" "bob.$1" "10.78.0.5:$2" "10.78.0.11:$to_carol" --ssrc 0xca01
	phone_start "bob.$1" "carol.$1" "10.77.0.3:$2" 10.77.0.1:9
}
speak() { # ID
	tell "carol.$1" send on >/dev/null
	sleep 0.5
	hush "carol.$1"
}

note "without the flag nothing gets in"
call shut 4000 '[]'
speak shut
expect "what carol said" "$(of carol.shut sent)" '>' 10
expect "what bob heard" "$(of bob.shut heard)" = 0
expect "what carol got" "$(of carol.shut empty)" = 0

note "with it both ports are open before anybody speaks"
phone_start carol.open bob.open 10.78.0.5:4100 10.78.0.11:9 --ssrc 0xca01
id=open
offer c '' '{"flags": ["pierce-NAT"]}' carol 4100
soon "empty datagrams at carol's two ports" = 6 of carol.open empty
answer c b '{}' bob 4100
tell carol.open to "10.78.0.11:$(port)" >/dev/null
phone_start bob.open carol.open 10.77.0.3:4100 10.77.0.1:9
speak open
heard_everything bob.open carol.open
soon "RTCP that bob heard" '>' 0 of bob.open rtcp_heard
# The answer has made the learning of who was still unheard begin anew, and so this.
pierced=$(of carol.open empty)
expect "datagrams, all in all" "$pierced" '<=' 12

note "control is killed: what is said again sends none again; and then the switch: nor to who was heard"
strowger_kill
strowger_start
was=$(switch_pid)
kill -KILL "$was"
wait_for 20 "another switch" another_switch "$was"
speak open
heard_everything bob.open carol.open
expect "datagrams, all in all" "$(of carol.open empty)" = "$pierced"

note "a switch that is killed while nobody has been heard: its successor begins again"
phone_start carol.again bob.again 10.78.0.5:4200 10.78.0.11:9 --ssrc 0xca01
id=again
offer c '' '{"flags": ["pierce-NAT"]}' carol 4200
soon "empty datagrams" = 6 of carol.again empty
was=$(switch_pid)
kill -KILL "$was"
wait_for 20 "another switch" another_switch "$was"
soon "empty datagrams" = 12 of carol.again empty

note "the same by JSON-RPC"
phone_start carol.rpc bob.rpc 10.78.0.5:4300 10.78.0.11:9 --ssrc 0xca01
call_create rpc "$(leg carol 10.78.0.5:4300 none - '{"pierce": true, "rtcp_mux": true}')" "$(leg bob 10.77.0.3:4300 none -)"
soon "empty datagrams at carol's one port" = 3 of carol.rpc empty
tell carol.rpc to "$(local_of carol)" >/dev/null
phone_start bob.rpc carol.rpc 10.77.0.3:4300 10.77.0.1:9
speak rpc
heard_everything bob.rpc carol.rpc

strowger_stop
done_well

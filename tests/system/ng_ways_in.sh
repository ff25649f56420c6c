#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# NG by every way in, with clients that are not ours; who may ask and who may not; and no request lost while strowger
# becomes another program.
. "$(dirname "$0")/lib.sh"
story "NG over UDP, TCP, a Unix socket, HTTP and WebSocket"

ways() { in_ns relay "$tools/ng_ways.py" "$@"; }
outcome() { in_ns relay "$tools/metrics.py" get http://127.0.0.1:9900/metrics >"$work/page" && "$tools/metrics.py" sum "$work/page" strowger_ng_messages_total outcome="$1"; }

mkdir "$work/bin"
cp "$strowger" "$work/bin/strowger"
program=$strowger strowger=$work/bin/strowger
ng_config() { # [LINE OF ng]
	config "$work/strowger.conf" <<-END

		[http]
		listen = 9900

		[ng]
		listen = 2223
		listen = [::1]:2223
		listen = 10.77.0.1:2223
		listen_tcp = 2223
		socket = $work/story/ng.sock
		group = daemon
		http = yes
		${1:-}
	END
}
ng_config
strowger_start

note "every way is answered, and what is broken is told so"
ways all "$work/story/ng.sock" >"$work/said" || fail "$(cat "$work/said")"
diff - "$work/said" <<-END || fail "not what was to be answered"
	udp: pong
	udp, JSON: pong
	udp, IPv6: pong
	udp, broken JSON: error
	udp, broken bencode: error
	tcp: pong pong
	tcp, byte by byte: pong pong
	unix: pong pong
	http: pong
	http, plain: pong
	http, a web page's: 415
	websocket: pong
	websocket, plain: pong
	websocket, in pieces: pong
END
expect "the Unix socket's mode and group" "$(stat -c '%a %G' "$work/story/ng.sock")" is "660 daemon"
expect "malformed" "$(outcome malformed)" = 2

note "a host that nobody has named gets no answer and is counted, until it is named"
expect "alice" "$(in_ns alice "$tools/ng_ways.py" udp 10.77.0.1)" is silence
expect "refused" "$(outcome refused_source)" = 1
ng_config "allow = 10.77.0.0/24"
kill -HUP "$strowger_pid"
named() { [ "$(in_ns alice "$tools/ng_ways.py" udp 10.77.0.1)" = pong ]; }
wait_for 5 "alice to be answered" named

note "no request is lost while it becomes another program"
ways steady "$work/enough" >"$work/steady" &
asking=$!
for round in 1 2; do
	sleep 0.3
	cp "$program" "$work/bin/next"
	mv "$work/bin/next" "$strowger"
	"$ctl" --socket "$work/story/admin.sock" node upgrade >"$work/upgrade" 2>&1 || fail "$(cat "$work/upgrade")"
	wait_for 5 "strowger to answer" answers
done
sleep 0.2
touch "$work/enough"
wait "$asking"
read -r asked lost longest <"$work/steady"
note "pings: $asked; the longest took $longest ms"
expect "pings" "$asked" '>' 50
expect "lost" "$lost" = 0
ways all "$work/story/ng.sock" | grep -c pong >"$work/said"
expect "ways that are answered as before" "$(cat "$work/said")" = 11
strowger_stop
expect "the Unix socket" "$(ls "$work/story/ng.sock" 2>/dev/null)" is ""

note "a command line of rtpengine's does it, too"
spawn relay "$strowger" --like-rtpengine --config-file=none --interface=lan/10.77.0.1 --interface=lan/fd77::1 \
	--interface=pub/10.77.0.1!203.0.113.9 --interface=ext=pub --listen-ng=127.0.0.1:2223 --listen-http=127.0.0.1:9900 --port-min=30000 --port-max=31000 --foreground --table=0 \
	--device="$DEVICE" --set=node.name=story --set=node.run_dir="$work/story" --set=node.user=nobody \
	--set=node.switch="$switch" >>"$work/story.log" 2>&1
strowger_pid=$spawned
wait_for 20 "strowger to answer" alive_and_answers
expect "ping" "$(ways udp 127.0.0.1)" is pong
expect "the log" "$(cat "$work/story.log")" has "--table: left out"

note "of one name on two devices the first counts, unless they take turns"
made() { in_ns relay "$strowger" --like-rtpengine --config-file=none --print-config --foreground --listen-ng=127.0.0.1:2223 "$@" 2>"$work/said"; }
expect "sections" "$(made -i a/10.77.0.1 -i a/127.0.0.1 | grep -c '^device')" = 1
expect "stderr" "$(cat "$work/said")" has "left out: 127.0.0.1 of lo"
expect "names" "$(made -i a:1/10.77.0.1 -i a:2/127.0.0.1 | grep '^name')" is "name = a 127.0.0.1"
expect "any" "$(made -i any | grep -c '^address')" = 2

note "an address that is known outside by another one of its family, and alone"
expect "addresses of eth0" "$(made -i 'a/eth0!203.0.113.9' | grep '^address' | xargs)" is "address = 10.77.0.1 advertised 203.0.113.9 address = fd77::1"
expect "stderr" "$(cat "$work/said")" has "a: fd77::1 is told as it is, since 203.0.113.9 is IPv4"
in_ns relay ip address add 10.77.0.9/24 dev eth0
expect "of one name" "$(made -i 'a/eth0!203.0.113.9' | grep '^address' | xargs)" is "address = 10.77.0.1 advertised 203.0.113.9 address = fd77::1"
expect "stderr" "$(cat "$work/said")" has "left out: 10.77.0.9 of a, since 10.77.0.1 is known as 203.0.113.9 outside"
in_ns relay ip address delete 10.77.0.9/24 dev eth0
made -i 'a:1/10.77.0.1!203.0.113.9' -i 'a:2/127.0.0.1!203.0.113.9' && fail "one address outside for two that take turns is taken"
expect "stderr" "$(cat "$work/said")" has "a: 10.77.0.1 and 127.0.0.1 are both known as 203.0.113.9 outside"
made -i 'a/10.77.0.1!203.0.113.9' -i 'b/127.0.0.1!203.0.113.9' && fail "one address outside for two here is taken"
expect "stderr" "$(cat "$work/said")" has "a and b, 10.77.0.1 and 127.0.0.1, are both known as 203.0.113.9 outside"

note "the name of a host that has many addresses"
{ printf '127.0.0.1 localhost\nfe80::7 many\n' && printf '203.0.113.%s many\n' {1..9}; } >"$work/hosts"
named_so() { in_ns relay unshare -m bash -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' - "$work/hosts" "$strowger" --like-rtpengine \
	--config-file=none --print-config --foreground --listen-ng=127.0.0.1:2223 "$@" 2>"$work/said"; }
expect "advertised" "$(named_so -i 'a/eth0!many' | grep '^address' | xargs)" is "address = 10.77.0.1 advertised 203.0.113.1 address = fd77::1"
expect "stderr" "$(cat "$work/said")" has "left out: all but 8 of the addresses that many stands for"

note "the name of a host that has other addresses, too, and that of loopback first"
printf '%s\n' '127.0.0.1 localhost' '127.0.0.1 own' '192.0.2.7 own' '10.77.0.1 own' '203.0.113.9 own' '192.0.2.7 away' '192.0.2.8 away' >"$work/hosts"
expect "address" "$(named_so -i 'a/own' | grep -E '^(device|address)' | xargs)" is "device = xdp:eth0 address = 10.77.0.1"
expect "stderr" "$(cat "$work/said")" has "left out: 127.0.0.1, which own stands for, is no address of this host's that others reach"
expect "stderr" "$(cat "$work/said")" has "left out: 192.0.2.7, which own stands for, is no"
expect "loopback alone" "$(named_so -i 'a/localhost' | grep '^address' | xargs)" has "address = 127.0.0.1"
named_so -i 'a/away' && fail "the name of another host is taken for an interface"
expect "stderr" "$(cat "$work/said")" has "no interface of this host has an address that 'away' stands for: 192.0.2.7, 192.0.2.8"
expect "known outside" "$(named_so -i 'a/10.77.0.1!own' | grep '^address')" is "address = 10.77.0.1 advertised 192.0.2.7"
expect "listens" "$(named_so -i 'a/own' -n own:2224 | grep '^listen =' | xargs)" is "listen = 127.0.0.1:2223 listen = 127.0.0.1:2224 listen = 10.77.0.1:2224"
expect "stderr" "$(cat "$work/said")" has "--listen-ng: left out of what 'own' stands for, since this host does not have it: 192.0.2.7, 203.0.113.9"
named_so -i 'a/own' -n away:2224 && fail "the name of another host is taken to listen at"
expect "stderr" "$(cat "$work/said")" has "--listen-ng: 'away' stands for no address of this host's: 192.0.2.7, 192.0.2.8"

note "with one address on several interfaces, each with what it is called outside"
told() { # CALL-ID FROM TO: the address that TO's party is told
	in_ns relay python3 "$tools/ng.py" "$(jq -nc --arg id "$1" --arg from "$2" --arg to "$3" '{command: "offer", "call-id": $id, "from-tag": "a",
		direction: [$from, $to], sdp: ("v=0\r\no=- 1 1 IN IP4 10.77.0.2\r\ns=-\r\nc=IN IP4 10.77.0.2\r\nt=0 0\r\n" +
		"m=audio 4000 RTP/AVP 0\r\n")}')" | jq -r .sdp | sed -n 's/^c=IN IP4 \([0-9.]*\).*/\1/p'
}
expect "on lan" "$(told 1 pub lan)" is 10.77.0.1
expect "on pub" "$(told 2 lan pub)" is 203.0.113.9
expect "on ext" "$(told 3 lan ext)" is 203.0.113.9
expect "on one that there is not" "$(told 4 pub nowhere)" is 10.77.0.1
"$ctl" --socket "$work/story/admin.sock" node upgrade >"$work/upgrade" 2>&1 || fail "$(cat "$work/upgrade")"
wait_for 5 "strowger to answer" answers
expect "ping" "$(ways udp 127.0.0.1)" is pong
strowger_stop
done_well

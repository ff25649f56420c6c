#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A vhost device, whose peer is testpmd's virtio card: killed, either comes back, and calls go on.
. "$(dirname "$0")/lib.sh"
. "$tools/cable.sh"

links() { grep -c "lan: link $1" "$work/story.log"; }              # how often it went up, or down
went() { [ "$(links "$1")" -gt "$2" ] && [ "$(carrier)" = "$1" ]; } # WHERE BEFORE: oftener than that, and the twin too
carrier() { in_ns relay ip link show media0 | grep -q LOWER_UP && echo up || echo down; }

story "a vhost device survives kill -9 of its peer, and of the switch"
cable_config "vhost:$work/vhost.sock" "twin = media0" "address = 10.77.0.1/24" </dev/null
strowger_start
before=$(switch_pid)
# The kernel tells of carriers within a second; what goes and comes within that, nobody hears of.
no_link() { [ "$(rpc device.list | json '.devices[0].up')" = false ]; }
wait_for 5 "the link to be down without a peer" no_link
for life in 1 2 3; do
	ups=$(links up)
	cable_from "net_virtio_user0,path=$work/vhost.sock"
	[ $life = 1 ] && call_between load none AEAD_AES_128_GCM
	wait_for 5 "word of the link" went up "$ups"
	both send on
	pings alice 10.77.0.1
	hush
	heard_everything alice bob
	heard_everything bob alice
	downs=$(links down)
	kill -KILL "$cable"
	wait "$cable" 2>/dev/null
	wait_for 5 "word of the link" went down "$downs"
done
expect "the switch" "$(switch_pid)" is "$before"
both stop
strowger_stop

note "the switch is killed, and what its successor asks before the peer is there would not be asked again"
rm -f "$work"/*.phone
in_ns relay ip tuntap add media0 mode tap
in_ns relay ip addr add 10.77.0.1/24 dev media0
cable_config "vhost:$work/peer.sock:client" "twin = media0" "address = 10.77.0.1/24" </dev/null
cable_between "net_virtio_user0,path=$work/peer.sock,server=1" & # begins when somebody has connected
peer=$!
wait_for 10 "the peer" test -S "$work/peer.sock"
strowger_start
wait "$peer"
cable_plug far0
call_between again none AEAD_AES_128_GCM
talk 0.5
heard_everything alice bob
in_ns relay sysctl -qw net.ipv4.neigh.media0.retrans_time_ms=600000
before=$(switch_pid)
hears_again() { both burst 1; sleep 0.1; [ "$(of alice heard)" -gt $((heard + 5)) ]; }
for life in 1 2 3; do
	kill -KILL "$before"
	wait_for 5 "the next switch" another_switch "$before"
	before=$(switch_pid) heard=$(of alice heard)
	wait_for 5 "media by the next switch" hears_again
done

note "somebody deletes the twin"
in_ns relay ip link del media0
wait_for 5 "the next switch" another_switch "$before"
heard=$(of alice heard)
wait_for 5 "media by the next switch" hears_again
strowger_stop

note "nobody comes at all"
cable_config "vhost:$work/nobody.sock" "address = 10.77.0.1" </dev/null
strowger_start
wait_for 10 "word that there is no link" grep -q "lan: no link yet" "$work/story.log"
strowger_stop
done_well

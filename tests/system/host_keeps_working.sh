#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The interface that carries media stays an ordinary one: ping and TCP go on under media load.
. "$(dirname "$0")/lib.sh"

story "ping and TCP on the same interface, under media load"
strowger_start
call_between load none none --pps 1500
spawn relay "$tools/tcp_typing.py" serve 10.77.0.1:2222
wait_for 5 "the TCP server" eval '[ -n "$(in_ns relay ss -Hltn sport = :2222)" ]'
both send on
spawn mallory "$tools/tcp_typing.py" type 10.77.0.1:2222 --seconds 3 >"$work/typing.json"
typing=$spawned
in_ns mallory ping -q -i 0.02 -c 100 -W 2 10.77.0.1 >"$work/ping4" || fail "ping: $(cat "$work/ping4")"
in_ns mallory ping -q -i 0.02 -c 50 -W 2 fd77::1 >"$work/ping6" || fail "ping: $(cat "$work/ping6")"
wait "$typing" || fail "the TCP connection did not last"
hush

expect "ping over IPv4" "$(cat "$work/ping4")" has " 0% packet loss"
expect "ping over IPv6" "$(cat "$work/ping6")" has " 0% packet loss"
expect "bytes echoed" "$(json .echoed <"$work/typing.json")" = "$(json .typed <"$work/typing.json")"
note "ping: $(tail -1 "$work/ping4"); typing: $(cat "$work/typing.json")"
seen=$(rpc call.get '{"call": "load"}')
counted() { json ".legs[] | select(.name == \"$1\").streams[0].$2" <<<"$seen"; }
note "media meanwhile: alice sent $(of alice sent), strowger took $(counted alice rx_packets), bob heard $(of bob heard)"
expect "media packets that strowger took" "$(counted alice rx_packets)" '>' 1000
expect "media packets that strowger sent on" "$(counted bob tx_packets)" = "$(counted alice rx_packets)"
heard_nothing_wrong bob
strowger_stop
done_well

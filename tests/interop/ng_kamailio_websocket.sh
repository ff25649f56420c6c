#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kamailio asks over WebSocket, with libwebsockets: its rtpengine module makes a connection for each request.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
. "$tools/sip.sh"

ng_count() { # METRIC [LABEL=VALUE...]
	in_ns relay "$tools/metrics.py" get http://127.0.0.1:9900/metrics >"$work/page" && "$tools/metrics.py" sum "$work/page" "$@"
}

story "a call through a Kamailio that asks over WebSocket"
speech
NG_URL=ws://127.0.0.1:9900 exchange_start "http = yes
		[http]
		listen = 9900"
phone plain alice PCMA "$work/alice-said.wav"
phone opus bob opus "$work/bob-said.wav"
phones_ready plain opus
spawn relay tcpdump -nU --immediate-mode -i lo -w "$work/udp.pcap" udp port 2223 2>/dev/null
capture=$spawned
dial plain opus
all_talk plain opus
sleep 5
for command in offer answer; do
	expect "requests to $command" "$(ng_count strowger_ng_requests_total command=$command outcome=ok)" = 1
done
kill -TERM "$capture"
wait "$capture"
expect "what Kamailio asked over UDP" "$(tcpdump -nr "$work/udp.pcap" 2>/dev/null | wc -l)" = 0
phones_quit plain opus
expect "deletes" "$(ng_count strowger_ng_requests_total command=delete outcome=ok)" '>' 0
heard opus plain opus 6
heard plain opus plain 6
exchange_stop
done_well

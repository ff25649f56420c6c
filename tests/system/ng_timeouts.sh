#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# NG's calls end by themselves when nobody answers, when nobody at all is heard any more, and on hold later than that;
# whatever the configuration says of other calls' timeouts.  When they ended the log says, so that a busy machine may
# look late; nobody waits 6 s longer.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

is_gone() { [[ " $(calls) " != *" $1 "* ]]; }
now() { date +%s%3N; }

# ended_after MS SINCE WHAT: one call ended for that reason, and so much later.
ended_after() {
	local line after

	line=$(grep "$3 after $1 ms; it is ended" "$work/story.log")
	expect "calls that ended: $3 after $1 ms" "$(grep -c . <<<"$line")" = 1
	after=$(($(date -d "${line%% *}" +%s%3N) - $2))
	expect "when: $line" $after '>=' "$1"
	expect "when: $line" $after '<=' $(($1 + 6000))
}

story "calls by NG end when nobody answers or nobody is heard"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
	timeout_url = http://%%:8080/RPC2
	timeout_format = kamailio
	[timeouts]
	setup = 4s
	media = 3s
	hold = 8s
	on_timeout = event
END
# An XML-RPC server that is not ours is told of each.
spawn relay python3 -c '
import sys, xmlrpc.server as rpc
server = rpc.SimpleXMLRPCServer(("127.0.0.1", 8080), logRequests=False)
server.register_function(lambda *args: print(*args, file=open(sys.argv[1], "a")) or 0, "dlg.terminate_dlg")
server.serve_forever()' "$work/told"
server=$spawned
strowger_start
phone_start alice bob "$(bind_of alice 4)" "" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "" --ssrc 0xb0b

note "one that nobody answers; one on hold"
offered=$(now)
id=unanswered
offer a '' '{}' alice 5000
id=held
offer a '' '{}' alice 5002 a=inactive
held=$(now)
answer a b '{}' bob 5002 a=inactive

note "one party that is heard keeps a call alive"
id=one_way
offer a '' '{}' alice 4000
answer a b '{}' bob 4000
tell alice to "10.77.0.1:$(port)" >/dev/null
tell alice send on >/dev/null
sleep 3.7
expect "calls" "$(calls)" has one_way
silent=$(($(now) - 500)) # her last packet is no older
tell alice send off >/dev/null
for id in unanswered one_way held; do
	wait_for 10 "the call $id to end" is_gone $id
done
ended_after 4000 "$offered" "has not been set up"
ended_after 3000 "$silent" "a leg is silent"
ended_after 8000 "$held" "on hold"
ng list '{}'
expect "calls that NG knows" "$(json '.calls | length' <<<"$answer")" = 0

all_told() { [ "$(sort "$work/told")" = "$(printf 'held a b\none_way a b\nunanswered a ')" ]; }
wait_for 2 "the signalling server to be told of all" all_told
strowger_stop
kill "$server"
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How long until somebody who was killed is replaced, with many calls (SRTP on one side, IPv4 and IPv6): control's
# successor answers, has the switch agree, and makes a new call; the switch's has taken the transports over.  Prints
# times; nobody judges them.
#
# usage: sudo bench/recovery.sh [CALLS]          BUILD=build/release
calls=${1:-10000}
. "$(dirname "$0")/../tests/system/lib.sh"

make_calls() {
	/usr/bin/python3 - "$calls" "$work/story/admin.sock" <<-'END'
		import base64, json, os, socket, sys

		def leg(i, name, srtp):
		    key = base64.b64encode(os.urandom(30)).decode()
		    stream = {"srtp": {"suite": "AES_CM_128_HMAC_SHA1_80", "key": key}} if srtp else {}
		    return {"name": name, "family": "ipv4" if i % 2 else "ipv6", "streams": [stream]}

		sock = socket.socket(socket.AF_UNIX)
		sock.connect(sys.argv[2])
		line = sock.makefile("rwb")
		line.readline()
		for first in range(0, int(sys.argv[1]), 200):
		    batch = [{"jsonrpc": "2.0", "id": i, "method": "call.create", "params":
		              {"call": f"call-{i}", "legs": [leg(i, "a", True), leg(i, "b", False)]}}
		             for i in range(first, min(first + 200, int(sys.argv[1])))]
		    line.write(json.dumps(batch).encode() + b"\n")
		    line.flush()
		    bad = [answer for answer in json.loads(line.readline()) if "error" in answer]
		    if bad:
		        sys.exit(str(bad[0]))
	END
}

clock() { date +%s%3N; }
since() { echo "$(($(clock) - began)) ms"; }

story "recovery with $calls calls"
config "$work/strowger.conf" story 2000-31999 </dev/null # not where the kernel takes its own from
sed -i "s/^\[log\]/call_limit = $((calls + 1))\n\n[log]/; s/level = debug/level = info/" "$work/strowger.conf"
strowger_start
began=$(clock)
make_calls || fail "no calls"
note "calls made: $calls, after $(since)"
for round in 1 2 3; do
	strowger_kill
	began=$(clock)
	strowger_start
	note "control killed: its successor answers after $(since) (asked every 50 ms)"
	call_create probe "$(leg a - none -)"
	note "and has made a call after $(since)"
	rpc call.delete '{"call": "probe"}' >/dev/null
	expect "calls" "$(rpc stats.get | json .calls)" = "$calls"
done
for round in 1 2 3; do
	before=$(switch_pid)
	began=$(clock)
	kill -KILL "$before"
	wait_for 30 "another switch" eval '[ -n "$(switch_pid)" ] && [ "$(switch_pid)" != "$before" ]'
	wait_for 30 "it to be welcomed" switch_is_up
	note "switch killed: its successor has all transports after $(since) (asked every 50 ms)"
done
strowger_stop
done_well

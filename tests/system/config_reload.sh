#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SIGHUP and config.reload: what can take effect at once does, of the rest it is said what must be started anew; a file
# that is wrong changes nothing; and nobody on the phone notices.
. "$(dirname "$0")/lib.sh"

story "the configuration is read again while calls go on"
socket=$work/story/admin.sock

# What systemd would hear.
export NOTIFY_SOCKET=$work/notify
python3 - "$NOTIFY_SOCKET" >"$work/notified" <<-'END' &
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	os.chmod(sys.argv[1], 0o666)
	while True:
	    for line in s.recv(4096).decode().splitlines():
	        print(line, flush=True)
END
listener=$!
wait_for 10 "the service manager" test -S "$NOTIFY_SOCKET"

config "$work/strowger.conf" <<<""
strowger_start
call_between goes-on none none
both send on

note "a file that is as it was"
expect "what a reload changes" "$(rpc config.reload | json '.changed | length')" = 0
expect "value of the log's level" "$("$ctl" --socket "$socket" config get | grep -E '^ *log +level +debug +file')" has debug

note "a file that is wrong"
{ cat "$work/strowger.conf"; echo "prots = 1"; } >"$work/wrong.conf"
cp "$work/strowger.conf" "$work/right.conf"
cp "$work/wrong.conf" "$work/strowger.conf"
said=$(rpc_error config.reload '{}')
expect "the reason" "$said" has bad_config
expect "what it says" "$said" has "line $(wc -l <"$work/wrong.conf"): unknown key 'prots'"
kill -HUP "$strowger_pid"
wait_for 5 "the log" grep -q "error: .*unknown key 'prots'.*stays what it was" "$work/story.log"

note "a file with changes of every kind"
sed -e 's/^level = debug/level = info/' -e 's/^name = .*/&\ncall_limit = 1/' -e 's/^address = 10.77.0.1/& advertised 192.0.2.77/' \
	"$work/right.conf" >"$work/strowger.conf"
printf '[rpc]\nmode = 0600\n[timeouts]\nmedia = 7s\n[cores]\npoll = busy\n' >>"$work/strowger.conf"
kill -HUP "$strowger_pid"
wait_for 5 "the reload, after the first" eval '[ "$(grep -c "was read again" "$work/story.log")" = 2 ]'
expect "the mode of the socket" "$(stat -c %a "$socket")" is 600
value() { # SECTION KEY FIELD
	rpc config.get | json ".keys[] | select(.section == \"$1\" and .key == \"$2\").$3"
}
expect "call_limit" "$(value node call_limit value)" is 1
expect "where it comes from" "$(value node call_limit 'from')" is file
expect "media timeout" "$(value timeouts media value)" is 7s
expect "log level" "$(rpc node.info | json .log_level)" is info
expect "the polling in force" "$(value cores poll value)" is adaptive
expect "the polling in the file" "$(value cores poll pending)" is busy
expect "what that takes" "$(value cores poll change)" is "restart both"
expect "the warning" "$(cat "$work/story.log")" has "[cores] poll has changed in the file, and takes a restart"
expect "a call beyond the limit" \
	"$(rpc_error call.create '{"call": "late", "legs": [{"name": "a", "streams": [{}]}]}')" has call_limit
call=$(rpc call.update '{"call": "goes-on", "legs": [{"name": "alice"}]}')
expect "the address that parties are told" "$(local_of alice)" has 192.0.2.77:

note "back again, over the socket"
cp "$work/right.conf" "$work/strowger.conf"
expect "what strowger-ctl says" "$("$ctl" --socket "$socket" config reload)" has "call_limit"
expect "call_limit" "$(value node call_limit value)" is 10000
expect "where it comes from" "$(value node call_limit 'from')" is default
expect "what is pending" "$(rpc config.get | json '[.keys[] | select(.pending)] | length')" = 0

note "what DPDK counts, by the names of its telemetry"
counted() { [ "$(rpc dpdk.telemetry '{"command": "/ethdev/stats", "params": "0"}' | json .answer.ipackets)" -gt 0 ]; }
wait_for 5 "packets of the device" counted
expect "packet buffers" \
	"$(rpc dpdk.telemetry '{"command": "/mempool/info", "params": "mbufs0"}' | json .answer.available)" '>' 0

hush
heard_everything alice bob
heard_everything bob alice

is_notified() { [ "$(grep -c '^READY=1' "$work/notified")" -ge 3 ]; }
wait_for 5 "all that is to be notified" is_notified
expect "what the service manager heard, in its order" \
	"$(grep -E '^(READY|RELOADING)=1' "$work/notified" | head -n 5 | tr '\n' ' ')" \
	is "READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 "
kill "$listener"
strowger_stop
done_well

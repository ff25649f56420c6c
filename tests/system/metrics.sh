#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/lib.sh"
story "metrics and health over HTTP: read by a parser that is not ours, true to what happened, at a cost that calls do not raise"

web() { in_ns relay "$tools/metrics.py" "$@"; }

scrape() { # [HEADER]...
	web get http://127.0.0.1:9900/metrics "$@" >"$work/page" || fail "no metrics"
}

# sample NAME [LABEL=VALUE]...: of the page scraped last.
sample() { "$tools/metrics.py" sum "$work/page" "$@" || fail "$*"; }

# is_fit STATUS [REASON]: what /healthz says.
health() { web get http://127.0.0.1:9900/healthz >"$work/health"; }
health_is() {
	health
	[ "$(head -n 1 "$work/health")" = "$1" ] && [ "$(tail -n 1 "$work/health" | json '.reasons | join(",")')" = "${2:-}" ]
}

config "$work/strowger.conf" <<-END

	[http]
	listen = 9900
	listen = [::1]:9900
	listen = 10.77.0.9:9900 # no address of this host's: said in the log, and no more
END
strowger_start

note "both forms are what their parsers take, and hold the same families"
scrape
"$tools/metrics.py" families "$work/page" | sort >"$work/families"
expect "form" "$(sed -n 2p "$work/page")" has "application/openmetrics-text; version=1.0.0"
"$strowger" --print-metrics | sed -n 's/^| `\([a-z_]*\)` | \([a-z]*\) .*/\1 \2/p' | sort >"$work/documented"
cut -d ' ' -f 1-2 "$work/families" | diff "$work/documented" - || fail "not the families of --print-metrics"
scrape "Accept: text/plain;version=0.0.4;q=1,*/*;q=0.1"
expect "form" "$(sed -n 2p "$work/page")" has "text/plain; version=0.0.4"
expect "families" "$("$tools/metrics.py" families "$work/page" | wc -l)" = "$(wc -l <"$work/families")"

note "nothing else is there, and nobody but this host is answered"
expect "/" "$(web get http://127.0.0.1:9900/ | sed -n 1p)" = 200
expect "another page" "$(web get http://127.0.0.1:9900/metrics/x | sed -n 1p)" = 404
expect "POST" "$(web send POST http://127.0.0.1:9900/metrics)" = 405
expect "over IPv6" "$(web get 'http://[::1]:9900/healthz' | sed -n 1p)" = 200
! in_ns alice "$tools/metrics.py" get http://10.77.0.1:9900/ 2>/dev/null || fail "alice was answered"
expect "the log" "$(cat "$work/story.log")" has "cannot listen at 10.77.0.9:9900"

note "what it counts is what happened"
call_between metered none AES_CM_128_HMAC_SHA1_80
scrape
lines=$(wc -l <"$work/page") before=$(sample strowger_received_packets_total)
talk 1
rpc_error call.create '{"call": "metered", "legs": [{"name": "a", "streams": []}]}' >/dev/null
rpc_error call.create '{"cal": "x"}' >/dev/null
rpc_error call.creat '{}' >/dev/null
scrape
sent=$(($(of alice sent) + $(of bob sent)))
expect "packets in" "$(($(sample strowger_received_packets_total) - before))" '>=' $sent
expect "packets sealed" "$(sample strowger_stage_packets_total stage=seal)" '>=' $sent
expect "cycles of it" "$(sample strowger_stage_cycles_total stage=seal)" '>' 0
expect "calls" "$(sample strowger_calls)" = 1
expect "created" "$(sample strowger_calls_begun_total)" = 1
expect "refused" "$(sample strowger_calls_refused_total)" = 1
expect "refused as it exists" "$(sample strowger_calls_refused_total reason=call_exists)" = 1
expect "set-up times" "$(sample strowger_call_setup_seconds_count)" = 1
expect "within ten seconds" "$(sample strowger_call_setup_seconds_sum | cut -d . -f 1)" '<' 10
for row in call.create=ok call.create=refused call.create=invalid unknown=invalid; do
	expect "$row" "$(sample strowger_rpc_requests_total method=${row%=*} outcome=${row#*=})" = 1
done
expect "mbufs" "$(sample strowger_device_mbufs)" '>' "$(sample strowger_device_mbufs state=free)"
expect "free mbufs" "$(sample strowger_device_mbufs state=free)" '>' 0
expect "link" "$(sample strowger_device_up device=lan)" = 1
expect "stalled cores" "$(sample strowger_core_stalled)" = 0

note "with a hundred calls the page is as long as with one"
for i in $(seq 99); do
	printf '{"jsonrpc": "2.0", "id": %d, "method": "call.create", "params": {"call": "c%d", "legs": [{"name": "a", "streams": [{}]}]}}\n' "$i" "$i"
done >"$work/creates"
nc -NU "$work/story/admin.sock" <"$work/creates" >"$work/created"
scrape
expect "calls" "$(sample strowger_calls)" = 100
expect "lines" "$(wc -l <"$work/page")" = "$lines"

note "health: fit, without a switch, fit again, draining"
health_is 200 || fail "not fit: $(cat "$work/health")"
kill -KILL "$(switch_pid)"
wait_for 5 "the restart to be counted" eval 'scrape; [ "$(sample strowger_switch_restarts_total)" = 1 ]'
wait_for 5 "fitness" health_is 200
launcher=$(launcher_pid)
kill -STOP "$launcher" # it starts no other one before that was seen
kill -STOP "$(switch_pid)" # it hangs: control gives it up after two seconds
wait_for 10 "unfitness" health_is 503 switch_down
kill -CONT "$launcher"
wait_for 10 "fitness" health_is 200
rpc node.stop '{"drain": true}' >/dev/null
wait_for 5 "unfitness" health_is 503 draining
expect "draining" "$(scrape; sample strowger_draining)" = 1
strowger_stop
done_well

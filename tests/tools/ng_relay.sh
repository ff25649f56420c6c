# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# A relay that answers NG at 127.0.0.1:2223 in the namespace of the relay: strowger, or with RELAY=rtpengine Debian's
# rtpengine, which shows whether a story asks for what rtpengine does.  Sourced behind tests/system/lib.sh.

RELAY=${RELAY:-strowger}
ng_at=127.0.0.1:2223

# relay_start CONFIGURATION [OPTIONS of rtpengine]: both say the same.
relay_start() {
	local conf=$1

	shift
	if [ "$RELAY" = strowger ]; then
		strowger_start "$conf"
	else
		spawn relay rtpengine --foreground --log-stderr --table=-1 --listen-ng=$ng_at "$@" 2>"$work/rtpengine.log"
		rtpengine_pid=$spawned
	fi
	wait_for 10 "the relay to answer" ng_ping
}

ng_ping() { PYTHONPATH=$tools in_ns relay python3 -c 'import ng; ng.Client(wait=0.5, tries=1).do("ping")' 2>/dev/null; }

relay_stop() {
	if [ "$RELAY" = strowger ]; then
		strowger_stop
	else
		kill -TERM "$rtpengine_pid"
		wait "$rtpengine_pid"
	fi
}

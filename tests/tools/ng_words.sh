# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Words of the NG protocol for stories.  Sourced behind lib.sh; strowger listens at its port of old.

# ng COMMAND KEYS: KEYS as JSON; the answer is in $answer.
ng() {
	answer=$(in_ns relay python3 "$tools/ng.py" "$(jq -c --arg c "$1" '{command: $c} + .' <<<"$2")") || fail "no answer to $1"
}

# The same, about call $id, and it must be "ok".
ok() {
	ng "$1" "$(jq -c --arg id "$id" '{"call-id": $id} + .' <<<"${2:-"{}"}")"
	expect "result of $1: $answer" "$(json .result <<<"$answer")" is ok
}

sdp() { # NAME PORT [LINE...]; FAMILY: 4 or 6
	local at="IN IP4 ${address4[$1]}"

	[ "${FAMILY:-4}" = 4 ] || at="IN IP6 ${address6[$1]}"
	printf '%s\r\n' v=0 "o=- 1 1 $at" s=- "c=$at" 't=0 0' \
		"m=audio $2 RTP/AVP 8" "${@:3}"
}

# offer FROM TO KEYS SDP..., answer FROM TO KEYS SDP...: TO may be empty, KEYS are more of the request.
offer() { of_sdp offer "$@"; }
answer() { of_sdp answer "$@"; }
of_sdp() {
	ok "$1" "$(jq -nc --arg from "$2" --arg to "$3" --arg sdp "$(sdp "${@:5}" && echo .)" --argjson more "$4" \
		'{"from-tag": $from, sdp: ($sdp | rtrimstr("."))} + (if $to == "" then {} else {"to-tag": $to} end) + $more')"
}

port() { json .sdp <<<"$answer" | sed -n 's/^m=audio \([0-9]*\).*/\1/p'; }
# Where its sender's party is told to send, as ADDRESS:PORT.
place() { json .sdp <<<"$answer" | tr -d '\r' | sed -n 's/^c=IN IP4 //p; s/^c=IN IP6 \(.*\)/[\1]/p' | head -1 | tr -d '\n' && echo ":$(port)"; }
crypto() { json .sdp <<<"$answer" | grep ^a=crypto | tr -d '\r'; }
calls() { rpc call.list | json '[.calls[].call] | sort | join(" ")'; }

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/lib.sh"
story "bash completes what strowger-ctl knows, and what the node knows; and runs nothing of it"

PATH=$BUILD/control:$PATH
"$ctl" --print-completion bash >"$work/completion" || fail "none is printed"
. "$work/completion"

# completed LINE: what may stand at its end, on one line.  Bash parts words at ':', '@' and '=' too; $2 is the last part.
completed() {
	local COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()

	_strowger_ctl strowger-ctl "${1##*[ :@=]}" ""
	echo "${COMPREPLY[*]}"
}

note "every command and every option that the help names"
commands=$("$ctl" --help | sed -n '/^$/,/^$/s/^  \([a-z-]*\( [a-z-]*\)\?\)  *.*/\1/p' | sed 's/ *$//' | sort -u)
expect "commands in the help" "$(wc -l <<<"$commands")" '>' 30
while read -r first second; do
	expect "commands" " $(completed "strowger-ctl ") " has " $first "
	[ -z "$second" ] || expect "$first" " $(completed "strowger-ctl $first ") " has " $second "
	for option in $("$ctl" $first $second --help | sed -n 's/^  \(-[-a-z0-9]*\).*/\1/p'); do
		expect "$first $second" " $(completed "strowger-ctl $first${second:+ $second} -") " has " $option "
	done
done < <(sed 's/ [A-Z].*//' <<<"$commands" | awk '{ print $1, ($2 ~ /^[a-z-]+$/ ? $2 : "") }')
expect "values" "$(completed "strowger-ctl log --identifiers ")" is "hash plain"
expect "levels" "$(completed "strowger-ctl log d")" is debug
leg="strowger-ctl call create --leg "
expect "what may be said of a leg" "$(completed "${leg}r")" is "remote= reopen= rtcp_address= rtcp_mux= rtcp_port="
expect "what else" "$(completed "${leg}name=a,code")" is "a,codec= a,codecs="
expect "after a value" "$(completed "strowger-ctl --instance x node st")" is stop

note "calls and methods, of the node that the line names; whatever they are called"
strowger_start
for id in a84b@host:1 a84b@host:2 other; do
	rpc call.create "$(jq -nc --arg id "$id" '{call: $id, legs: [{name: "a", streams: [{}]}]}')" >/dev/null
done
rpc call.create "$(jq -nc --arg id "\$(touch $work/run)\`touch $work/run\`" '{call: $id, legs: [{name: "a", streams: [{}]}]}')" >/dev/null
line="strowger-ctl --socket $work/story/admin.sock"
expect "calls" "$(completed "$line call show a")" is "a84b@host:1 a84b@host:2"
expect "the part behind ':'" "$(completed "$line call show a84b@host:")" is "1 2"
completed "$line call show " >/dev/null
[ ! -e "$work/run" ] || fail "a call's name was run"
expect "codecs" "$(completed "$line call create --leg name=a,codecs=op")" is opus
expect "another codec" "$(completed "$line call create --leg name=a,codecs=opus:96+PCM")" is '96+PCMA 96+PCMU'
expect "methods" "$(completed "$line describe node.un")" is node.undrain
expect "no second argument" "$(completed "$line call show other ")" is ""
strowger_stop
done_well

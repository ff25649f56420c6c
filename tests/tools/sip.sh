# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Kamailio in the relay's namespace, as packaging/kamailio/kamailio.cfg has it, and baresip as phones that call each
# other through it.  Sourced behind tests/interop/lib.sh and tests/tools/ng_relay.sh.

declare -A phone_host=() phone_port=() phone_pid=() # by name

# The relay, and Kamailio before it, which asks it as NG_URL says.
exchange_start() { # [FURTHER LINES of strowger.conf]
	local url=${NG_URL:-udp:$ng_at}

	config "$work/strowger.conf" <<-END

		[ng]
		listen = $ng_at
		delete_delay = 0s
		$*
	END
	relay_start "$work/strowger.conf" --interface=10.77.0.1 --interface=fd77::1 --port-min=30000 --port-max=30999 \
		--timeout=2 --delete-delay=0
	spawn relay kamailio -DD -f "$root/packaging/kamailio/kamailio.cfg" -A 'HERE4="10.77.0.1"' -A 'HERE6="[fd77::1]"' \
		-A "NG=\"$url\"" $([ "${url%%:*}" != ws ] || echo -A WEBSOCKET) -Y "$work" -P "$work/kamailio.pid" -m 32 -M 4 >"$work/kamailio.log" 2>&1
	kamailio_pid=$spawned
	wait_for 10 "Kamailio" proxy_answers
}

proxy_answers() { in_ns relay ss -Hlun 'sport = 5060' | grep -q 'fd77::1'; }

exchange_stop() {
	! grep -E 'ERROR|CRITICAL' "$work/kamailio.log" || fail "Kamailio complains"
	kill -TERM "$kamailio_pid"
	wait "$kamailio_pid"
	relay_stop
}

declare -A codec_rate=([PCMA]=8000 [PCMU]=8000 [G722]=16000 [opus]=48000)

# phone NAME HOST CODEC SPEECH.wav [OPTIONS of baresip.py start]: it registers as NAME.  Before its speech is half a second
# of silence, in which what is said before an answer has been relayed may get lost, and behind it more than a call
# takes: baresip hangs up where its file ends.
# FAMILY: 4 or 6.  WHO: the name that it registers instead.
phone() {
	local name=$1 host=$2 codec=$3 said=$4 proxy=${address4[relay]} address=${address4[$2]}
	local port=$((5060 + 2 * ${#phone_host[@]}))

	shift 4
	[ "${FAMILY:-4}" = 4 ] || proxy=${address6[relay]} address=${address6[$host]}
	phone_host[$name]=$host phone_port[$name]=$port
	sox -D "$said" -r "${codec_rate[$codec]}" "$work/$name.wav" pad 0.5 60
	spawn "$host" "$tools/baresip.py" start --folder "$work/$name" --name "${WHO:-$name}" --proxy "$proxy" \
		--address "$address" --sip-port $port --rtp-port $((20000 + 100 * ${#phone_host[@]})) \
		--codec "$codec/${codec_rate[$codec]}/1" --say "$work/$name.wav" "$@"
	phone_pid[$name]=$spawned
}

registered() { grep -qs '200 OK.*binding' "$work/$1/log"; }
phones_ready() { # NAME...
	local name

	for name in "$@"; do wait_for 10 "$name to be registered" registered "$name"; done
}

phone_tell() { # NAME COMMAND [PARAMS]
	in_ns "${phone_host[$1]}" "$tools/baresip.py" tell --sip-port "${phone_port[$1]}" "${@:2}" >/dev/null ||
		fail "$1 was not to be told to ${*:2}"
}

# dial NAME CALLEE: answered when this returns.
dial() {
	local proxy=${address4[relay]}

	[ "${FAMILY:-4}" = 4 ] || proxy="[${address6[relay]}]"
	phone_tell "$1" dial "sip:$2@$proxy"
}

has_said() { [ "$(grep -aoc "$2" "$work/$1/log")" -ge "${3:-1}" ]; } # NAME WHAT [TIMES]
talks() { has_said "$1" 'Call established'; }
all_talk() { # NAME...
	local name

	for name in "$@"; do wait_for 10 "$name to talk" talks "$name"; done
}

# They hang up, and their recordings are whole.
phones_quit() { # NAME...
	local name

	for name in "$@"; do phone_tell "$name" quit; done
	for name in "$@"; do wait_for 5 "$name to end" phone_gone "$name"; done
	wait_for 3 "the relay to forget the calls" no_calls
}
phone_gone() { ! in_ns "${phone_host[$1]}" ss -Hltn "sport = $((phone_port[$1] + 10000))" | grep -q .; }

# What the relay says of itself, asked in NG: its calls' ids, one a line.
relay_calls() {
	PYTHONPATH=$tools in_ns relay python3 -c 'import ng; [print(id) for id in ng.Client().do("list")["calls"]]'
}
no_calls() { [ -z "$(relay_calls)" ]; }

# A recording of what NAME heard in its Nth stream (1): baresip begins a file with each.
heard_file() { find "$work/$1" -name 'dump-*-dec.wav' | sort | sed -n "${2:-1}p"; }

# alike SAID HEARD OTHER DB WHAT: both WAV files at 8 kHz; and HEARD is not like OTHER.
alike() {
	local figures file

	for file in "$1" "$2" "$3"; do sox -D "$file" -r 8000 "${file%.wav}.8k.wav"; done
	figures=$("$tools/likeness.py" "${1%.wav}.8k.wav" "${2%.wav}.8k.wav" --calibrate "${3%.wav}.8k.wav")
	note "$5: $(jq -r '"\(.likeness_db) dB, against the wrong recording \(.wrong_recording_db)"' <<<"$figures")"
	expect "likeness, $5" "$(jq ".likeness_db >= $4 and .likeness_db - .wrong_recording_db > 5" <<<"$figures")" is true
}

# heard NAME SPEAKER OTHER [DB]: what NAME heard begins as what SPEAKER said, and not as what OTHER said.
heard() {
	local name

	for name in "$2" "$3"; do sox -D "$work/$name.wav" "$work/$name.said.wav" trim 0 $speech_s; done
	[ -n "$(heard_file "$1")" ] || fail "$1 heard nothing"
	alike "$work/$2.said.wav" "$(heard_file "$1")" "$work/$3.said.wav" "${4:-30}" "$2 -> $1"
	figures=$("$tools/sound.py" distance "$work/$2.said.8k.wav" "$(heard_file "$1" | sed 's/wav$/8k.wav/')")
	expect "to the ear: $figures" "$(jq '.lsd_db <= 3 and (.louder_db | fabs) <= 1' <<<"$figures")" is true
}
speech_s=4.5

# heard_part NAME SPEAKER OTHER FROM SECONDS: that part of what NAME heard (FROM -2: the last two seconds) is a part of
# what SPEAKER said.
heard_part() {
	sox -D "$(heard_file "$1")" "$work/part.wav" trim "$4" "$5"
	alike "$work/part.wav" "$work/$2.wav" "$work/$3.wav" 20 "$2 -> $1, $5 s from $4"
}

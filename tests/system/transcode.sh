#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two parties that share no codec: a program that speaks Opus in SRTP, and a phone that speaks G.711.  Each hears the
# other, call.get says in words what is done; bob's law changes in mid-call; the switch is killed in mid-call, and the
# sound goes on; G.711's laws are mapped without transcoding; and a call that no transcode core has room for is refused.
#
# Begins early: half a minute.
. "$(dirname "$0")/lib.sh"

OPUS='{"codecs": [{"name": "opus", "payload_type": 98, "clock": 48000, "channels": 2}]}'
PCMU='{"codecs": [{"name": "PCMU"}]}'
PCMA='{"codecs": [{"name": "PCMA"}]}'
SUITE=AES_CM_128_HMAC_SHA1_80

say() { # NAME VOICE TEXT
	espeak-ng -v "$2" -s 160 -w "$work/once.wav" "$3"
	sox -D "$work/once.wav" -r 8000 -c 1 -b 16 "$work/$1-said.wav"
}

# opus_phone LEG PORT FILE SECONDS: alice's, of the call in $call, in the background, which listens so long and more;
# its process id in $opus_phone.
opus_phone() {
	local our

	our=$(our_key "$1")
	spawn alice "$tools/softphone.py" --program ffmpeg --codec opus --name "$3" --work "$work" \
		--address 10.77.0.2 --port "$2" --relay "$(local_of "$1")" --say "$work/alice-said.wav" \
		--say-suite $SUITE --say-key "$key" --heard "$work/$3-heard.wav" --hear-suite "${our%%:*}" \
		--hear-key "${our#*:}" --ssrc 1111 --peer-ssrc 0 --lead 2 --tail 0.5 --until "$4"
	opus_phone=$spawned
	wait_for 10 "alice to listen" eval "in_ns alice ss -Hlun sport = :$2 | grep -q ."
}

g711_phone() { # HOST PORT LEG FILE SECONDS [OPTIONS]: likewise, in $g711_phone; its report in FILE.json
	local host=$1 port=$2 leg=$3 file=$4 seconds=$5

	shift 5
	spawn "$host" "$tools/g711_phone.py" --bind "${address4[$host]}:$port" --to "$(local_of "$leg")" \
		--say "$work/bob-said.wav" --heard "$work/$file.wav" --seconds "$seconds" "$@" >"$work/$file.json"
	g711_phone=$spawned
}

# alike SAID HEARD WRONG LEAST: HEARD sounds like SAID, and not like WRONG.
alike() {
	local figures

	sox -D "$2" -r 8000 "$work/at8.wav"
	figures=$("$tools/likeness.py" "$1" "$work/at8.wav" --calibrate "$3" --at-least "$4") || fail "not alike: $figures"
	note "$(basename "$1") and $(basename "$2"): $(jq -r '"\(.likeness_db) dB, the wrong recording \(.wrong_recording_db) dB"' <<<"$figures")"
	expect "the wrong recording is far lower" "$(jq ".likeness_db - .wrong_recording_db > 5" <<<"$figures")" is true
}

stream_of() { # CALL LEG
	rpc call.get "{\"call\": \"$1\"}" | json ".legs[] | select(.name == \"$2\").streams[0]"
}

counts() { [ "$(stream_of "$1" "$2" | json ".transcode.$3 // 0")" -gt "$4" ]; }

# There is sound in the last seconds, too.
loud_at_the_end() { # FILE
	local level

	level=$(sox "$1" -n trim -1.5 1.4 stat 2>&1 | awk '/RMS.*amplitude/ {print $3}')
	expect "what is heard at the end of $(basename "$1"): $level" "$(jq -n "$level > 0.01")" is true
}

story "Opus in SRTP and G.711, transcoded; a change of codec and kill -9 in mid-call; refused without room"
say alice en-gb "Mister Watson, come here. I want to see you."
say bob en-us+f3 "Ahoy! The exchange has put us through."
# As if Opus took 0.8 s of each second: two such calls are taken, for not all talk at once, and a third is not.
echo 'opus 8000 1 16000000 1000000' >"$work/costs"
printf '\n[transcode]\ncosts = %s\n' "$work/costs" | config "$work/strowger.conf"
strowger_start

note "they hear each other, and it is said in words"
key=$(key $SUITE)
call_create talk "$(leg alice 10.77.0.2:4000 $SUITE "$key" "$OPUS")" "$(leg bob 10.77.0.3:4000 none "" "$PCMU")"
opus_phone alice 4000 alice 9
alice=$opus_phone
g711_phone bob 4000 bob bob-heard 6
bob=$g711_phone
# Meanwhile two laws of G.711, which no transcode core sees.
call_create laws "$(leg carol 10.77.0.2:5500 none "" "$PCMA")" "$(leg dave 10.77.0.4:5500 none "" "$PCMU")"
g711_phone alice 5500 carol carol-heard 3.5 --law a
carol=$g711_phone
g711_phone mallory 5500 dave dave-heard 3.5 --law u
dave=$g711_phone
wait_for 10 "alice to be transcoded" counts talk alice frames 50
wait_for 10 "bob to be transcoded" counts talk bob frames 50
expect "what alice says" "$(stream_of talk alice | json .coding)" has "opus 20 ms -> PCMU 20 ms at 8 kHz, transcode core 0, window "
expect "what bob says" "$(stream_of talk bob | json .coding)" has "PCMU 20 ms -> opus 20 ms at 8 kHz, transcode core 0, window "
expect "alice's bridge" "$(stream_of talk alice | json .bridge)" is "SRTP $SUITE -> unsealed to RTP, transcoded"
expect "carol's payloads" "$(stream_of laws carol | json .coding)" is "payload types mapped: PCMA 8 -> PCMU 0"

# The second call gets the core's last room.
call_create again "$(leg alice 10.77.0.2:4400 $SUITE "$key" "$OPUS")" "$(leg bob 10.77.0.3:4400 none "" "$PCMU")"
opus_phone alice 4400 again 16
again=$opus_phone
g711_phone bob 4400 bob bob-again 13
note "a third such call is refused, and one that shares a codec is not"
third=$(jq -nc '{call: "third", legs: $ARGS.positional}' --jsonargs \
	"$(leg a 10.77.0.2:6002 none "" "$PCMU")" "$(leg b 10.77.0.3:6002 none "" "$OPUS")")
expect "the third" "$(rpc_error call.create "$third")" has "none of the 1 transcode cores has room"
call_create fourth "$(leg a 10.77.0.2:6004 none "" "$PCMU")" "$(leg b 10.77.0.3:6004 none "" "$PCMA")"

note "bob's law changes in mid-call, and then the switch is killed"
wait_for 10 "alice to be transcoded" counts again alice frames 20
kill -USR1 "$g711_phone"
call_update again "$(leg bob 10.77.0.3:4400 none "" "$PCMA")"
wait "$bob" && wait "$carol" && wait "$dave" || fail "a phone"
sleep 1
before=$(stream_of again bob | json .transcode.packets_out)
expect "what bob says" "$(stream_of again bob | json .coding)" has "PCMA 20 ms -> opus 20 ms at 8 kHz"
kill -KILL "$(switch_pid)"
wait "$g711_phone" || fail "bob's phone"
note "bob: $(cat "$work/bob-again.json")"
expect "payload types that bob heard" "$(json '.types | tostring' <"$work/bob-again.json")" is "[0,8]"
expect "no G.711 among what bob heard" "$(json .wrong <"$work/bob-again.json")" = 0
expect "packets to alice after the kill" "$(stream_of again bob | json .transcode.packets_out)" '>' $((before + 50))
rpc call.delete '{"call": "talk"}' >/dev/null
rpc call.create "$third" >/dev/null

wait "$alice" && wait "$again" || fail "alice's phones: $(cat "$work"/a*.log)"
alike "$work/alice-said.wav" "$work/bob-heard.wav" "$work/bob-said.wav" 7
alike "$work/bob-said.wav" "$work/alice-heard.wav" "$work/alice-said.wav" 7
alike "$work/bob-said.wav" "$work/dave-heard.wav" "$work/alice-said.wav" 25
alike "$work/bob-said.wav" "$work/carol-heard.wav" "$work/alice-said.wav" 25
expect "bob's packets that are no G.711, are missing, or irregular" \
	"$(json '"\(.wrong) \(.missing) \(.irregular)"' <"$work/bob-heard.json")" is "0 0 0"
loud_at_the_end "$work/again-heard.wav"
strowger_stop
done_well

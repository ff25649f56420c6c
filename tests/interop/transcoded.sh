#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ffmpeg in SRTP calls GStreamer in plain RTP, and they share no codec: several such calls at once.  What each hears is
# held against what the libraries alone make of it: as loud, and hardly farther from what was said.
. "$(dirname "$0")/lib.sh"

# Alice's codec and bob's.
calls="G722:PCMU G726-32:opus opus:GSM L16:PCMA PCMA:speex AAL2-G726-32:L16"
suite=AES_CM_128_HMAC_SHA1_80
pairs=$BUILD/tests/codecs/codec_pairs

codec() { # NAME: as call.create takes it
	PYTHONPATH=$tools python3 - "$1" <<-'END'
		import json, softphone, sys
		codec = softphone.CODECS[sys.argv[1]]
		name, clock, channels = (codec.map + "/1").split("/")[:3]
		print(json.dumps({"codecs": [{"name": name, "payload_type": codec.type, "clock": int(clock),
		                              "channels": int(channels), "ptime": 20}]}))
	END
}

phone() { # NAME PROGRAM CODEC PORT ID SUITE KEY OUR_SUITE:KEY
	local peer=bob

	[ "$1" != bob ] || peer=alice
	spawn "$1" "$tools/softphone.py" --program "$2" --codec "$3" --name "$5-$1" --work "$work" \
		--address "${address4[$1]}" --port "$4" --relay "$(local_of "$1")" \
		--say "$work/$1-said.wav" --say-suite "$6" --say-key "$7" --heard "$work/$5-$1-heard.wav" \
		--hear-suite "${8%%:*}" --hear-key "${8#*:}" --ssrc 1111 --peer-ssrc 2222 --peer "$5-$peer" --until 9
	phones+=("$spawned")
}

# heard ID SPEAKER LISTENER FROM TO
heard() {
	local file=$work/$1-$3-heard.wav offline=$work/pairs-$2/$4-$5.offline.s16

	(cd "$work/pairs-$2" && "$pairs" pair "$4" "$5" && "$pairs" heard "$4-$5.offline") || fail "the libraries alone"
	sox -t raw -e signed -b 16 -c 1 -r "$(soxi -r "$file")" "$offline" -r 8000 "$work/offline.wav"
	sox -D "$file" -r 8000 "$work/heard.wav"
	figures=$("$tools/sound.py" distance "$work/$2-said.wav" "$work/heard.wav")
	usual=$("$tools/sound.py" distance "$work/$2-said.wav" "$work/offline.wav")
	note "$4 -> $5: $(jq -r '"\(.segsnr_db) dB segmental SNR, \(.lsd_db) dB of spectrum, \(.louder_db) dB louder"' <<<"$figures"), offline $(
		jq -r '"\(.segsnr_db), \(.lsd_db), \(.louder_db)"' <<<"$usual")"
	expect "$4 -> $5 as offline" "$(jq -n --argjson h "$figures" --argjson o "$usual" '
		($h.louder_db - $o.louder_db | fabs) <= 0.5 and $h.lsd_db <= $o.lsd_db + 1
		and $h.segsnr_db >= $o.segsnr_db - 3')" is true
}

story "speech between programs that share no codec"
strowger_start
speech
for name in alice bob; do
	mkdir "$work/pairs-$name"
	sox "$work/$name-said.wav" -r 48000 -t raw "$work/pairs-$name/speech.s16"
	(cd "$work/pairs-$name" && "$pairs" said speech.s16 >/dev/null) || fail "the libraries alone"
done
phones=() port=4000
for pair in $calls; do
	a_codec=${pair%:*} b_codec=${pair#*:} key=$(key $suite)
	call_create "$pair" "$(leg alice "${address4[alice]}:$port" $suite "$key" "$(codec "$a_codec")")" \
		"$(leg bob "${address4[bob]}:$port" none "" "$(codec "$b_codec")")"
	phone alice ffmpeg "$a_codec" $port "$pair" $suite "$key" "$(our_key alice)"
	phone bob gstreamer "$b_codec" $port "$pair" none "" none:
	port=$((port + 2))
done
for pid in "${phones[@]}"; do
	wait "$pid" || fail "a phone failed"
done
for pair in $calls; do
	note "$(rpc call.get "{\"call\": \"$pair\"}" | jq -r '[.legs[].streams[0].coding] | join("; ")')"
	heard "$pair" alice bob "${pair%:*}" "${pair#*:}"
	heard "$pair" bob alice "${pair#*:}" "${pair%:*}"
done
strowger_stop
done_well

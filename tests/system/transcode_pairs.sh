#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every codec with every other, both ways, speech through the running relay with SRTP on one side: what is heard is
# what the same libraries make of it without a relay.  Forwarding and transcoding have threads of their own, so that
# packet buffers wander from one to the other, all that there are.
#
# Runs alone: it is as much sound as a core can transcode.
. "$(dirname "$0")/lib.sh"

say() { # TEXT WAV
	espeak-ng -v en-gb -s 160 -w "$2.once.wav" "$1"
	sox -D "$2.once.wav" -r 48000 -c 1 -b 16 "$2"
}

story "every pair of codecs, both ways, held against the libraries alone"
say "Mister Watson, come here. I want to see you. The line is clear." "$work/said.wav"
say "Ahoy! The exchange has put us through. Every word is plain." "$work/other.wav"
figures=$("$tools/sound.py" judge "$work/said.wav" "$work/other.wav") || fail "the figures do not tell: $figures"
note "with 5 % lost, and against the wrong recording: $(jq -r '
	[.five_percent_lost, .wrong_recording]
	| "\(map(.segsnr_db) | join(" and ")) dB segmental SNR, \(map(.lsd_db) | join(" and ")) dB of spectrum"' <<<"$figures")"

config "$work/strowger.conf" <<'END'
[cores]
forwarding = 1
transcode = 0
END
strowger_start
mkdir "$work/pairs" && cd "$work/pairs" || fail "no folder"
sox "$work/said.wav" -t raw speech.s16 trim 0 2
in_ns alice "$tools/transcode_pairs.py" --socket "$work/story/admin.sock" --address 10.77.0.2 \
	--pairs "$BUILD/tests/codecs/codec_pairs" --speech speech.s16 || fail "not every pair is as the libraries are"
strowger_stop
done_well

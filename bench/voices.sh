# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# What phones of `strowger-bench talk` say, by codec.  To be sourced; $tool is tests/codecs/codec_tool of the build,
# $work a directory.  Needs espeak-ng and sox.

# As SDP has them (payload type and rtpmap), RTP clock of a packet of 20 ms, samples/s of what is coded.
declare -A map=([PCMU]=0/PCMU/8000 [PCMA]=8/PCMA/8000 [G722]=9/G722/8000 [GSM]=3/GSM/8000 [opus]=96/opus/48000/2)
declare -A ticks=([PCMU]=160 [PCMA]=160 [G722]=160 [GSM]=160 [opus]=960)
declare -A rate=([PCMU]=8000 [PCMA]=8000 [G722]=16000 [GSM]=8000 [opus]=48000)

# speech CODEC: its payloads, in $work/CODEC.
speech() {
	[ -e "$work/$1" ] && return
	espeak-ng -w "$work/speech.wav" "The quick brown fox jumps over the lazy dog, and nobody has seen it do so.  Sphinx of \
black quartz, judge my vow.  Pack my box with five dozen jugs of liquor, and send them on the night train." &&
		sox "$work/speech.wav" -r "${rate[$1]}" -c 1 -b 16 -e signed -t raw - |
		"$tool" encode "${map[$1]#*/}" >"$work/$1"
}

# say CODEC: the option for what speech() has made of it.
say() { echo "--say=${map[$1]%%/*}:${ticks[$1]}:$work/$1"; }

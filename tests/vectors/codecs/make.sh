#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How the vectors of tests/codecs came to be: speech that a program made, so that nobody's rights are in it, and
# what other people's codecs make of it: FFmpeg's G.722 and G.726, libgsm, and the LPC-10 of its inventors, which
# SoX has.  ITU-T's and ETSI's own sequences may not be handed on.  Run again only to change them, in this folder.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ff() { ffmpeg -v error -y "$@"; }
pcm() { sox "$@" -t raw -e signed -b 16 -L -; }

espeak-ng -v en -s 160 -w "$work/said.wav" "Almon Strowger built it"
sox "$work/said.wav" -r 16000 -c 1 -b 16 "$work/16.wav" rate -v gain -n -3 trim 0.05 0.72
sox "$work/16.wav" -r 8000 "$work/8.wav"
pcm "$work/16.wav" > speech16.s16
pcm "$work/8.wav" > speech8.s16

ff -i "$work/16.wav" -f g722 g722.bin
ff -f g722 -i g722.bin -f s16le g722.s16
ff -i "$work/8.wav" -c:a libgsm -f gsm gsm.bin
ff -c:a libgsm -f gsm -i gsm.bin -f s16le gsm.s16
for rate in 16 24 32; do
	ff -i "$work/8.wav" -c:a g726le -b:a ${rate}k -f g726le g726-$rate.bin
	ff -i "$work/8.wav" -c:a g726 -b:a ${rate}k -f g726 aal2-g726-$rate.bin
done
sox "$work/8.wav" -t lpc10 lpc.bin
pcm -t lpc10 lpc.bin > lpc.s16

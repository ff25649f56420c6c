#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Our codecs and those of ffmpeg and sox understand each other, both ways, on speech.  No calls, no network.
set -eu
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d /tmp/strowger-codecs.XXXX)
trap 'rm -rf "$work"' EXIT

echo "# codecs, ours and those of ffmpeg and sox"
espeak-ng -v en-gb -s 150 -w "$work/said.wav" "Mister Watson, come here. I want to see you. The line is clear."
espeak-ng -v en-us+f3 -s 150 -w "$work/other.wav" "Ahoy! The exchange has put us through. Every word is plain."
"$root/tests/tools/codec_peers.py" "${BUILD:-$root/build/release}/tests/codecs/codec_tool" "$work/said.wav" "$work/other.wav"

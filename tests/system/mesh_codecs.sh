#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every codec of VoMP with one that telephones of SIP have, both ways, some of these in SRTP: what is heard at either end
# is what the libraries alone make of it.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

story "every codec of the mesh with one of SIP's, held against the libraries alone"
espeak-ng -v en-gb -s 160 -w "$work/said.wav" "Mister Watson, come here. I want to see you. The line is clear."
mesh_node story relay <<<"did = 555100"
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --on-offer answer --ring-s 0
wait_for 5 "bob to be a neighbour" are_neighbours bob
mkdir "$work/pairs" && cd "$work/pairs" || fail "no folder"
sox -D "$work/said.wav" -r 48000 -c 1 -b 16 -t raw speech.s16 trim 0 2
in_ns alice "$tools/mesh_codecs.py" --socket "$work/story/admin.sock" --address 10.77.0.2 --orders "$work/bob.phone" \
	--sid "$(sid_of bob)" --pairs "$BUILD/tests/codecs/codec_pairs" --speech speech.s16 ||
	fail "not every codec is as the libraries are"
mesh_stop story
done_well

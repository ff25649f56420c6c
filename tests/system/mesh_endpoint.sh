#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The endpoint that the stories of the mesh are told with is right itself: it reads what servald has said to the last
# byte, and two of it speak with each other, in every manner that it has.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

# An endpoint of its own against another one, with OPTIONS at both ends.
speak() { # NAME OPTIONS...
	local name=$1 heard

	shift
	note "$name: ${*:-as it is}"
	endpoint_start "alice.$name" --did 555001 --extras "$@"
	endpoint_start "bob.$name" --did 555002 --callee-name Bob --on-offer answer --echo --extras "$@"
	wait_for 5 "the two to be neighbours" both_hear "$name"
	tell "alice.$name" ping "$(sid_of "bob.$name")" >/dev/null
	tell "alice.$name" keymap "$(sid_of "bob.$name")" >/dev/null
	tell "alice.$name" lookup 555002 >/dev/null
	tell "alice.$name" call "$(sid_of "bob.$name")" 555002 >/dev/null
	wait_for 5 "bob to answer" is_in_call "alice.$name"
	tell "alice.$name" play PCMU "$work/said.raw" >/dev/null
	tell "alice.$name" dtmf '1#' >/dev/null
	tell "alice.$name" text Watson, come here >/dev/null
	wait_for 5 "all to be said" happened "alice.$name" '.event == "played"'
	wait_for 5 "the echo" all_came_back "$name"
	tell "alice.$name" record "$work/$name" >/dev/null
	heard=$(of "bob.$name" call)
	expect "frames that bob missed" "$(json .sound.missing <<<"$heard")" = 0
	expect "frames that bob was given twice" "$(json .sound.repeats <<<"$heard")" = 0
	expect "bob's DTMF" "$(json .dtmf <<<"$heard")" is '1#'
	expect "bob's text" "$(json '.texts | join("|")' <<<"$heard")" is "Watson, come here"
	expect "what came back, by its sum" "$(packets_sum "$work/$name.packets")" is "$(sha256sum <"$work/said.raw")"
	wait_for 5 "a pong" answered "$name" pong ping "$(sid_of "bob.$name")"
	wait_for 5 "bob's keys" answered "$name" keymap keymap "$(sid_of "bob.$name")"
	wait_for 5 "bob to be found" answered "$name" found lookup 555002
	# Where datagrams are lost, the answer may overtake the ringing.
	for event in $([ "$name" = lossy ] || echo ringing) answered; do
		happened "alice.$name" ".event == \"$event\"" || fail "$event did not happen at alice's"
	done
	tell "alice.$name" hangup >/dev/null
	wait_for 3 "bob to be rung off" has_ended "bob.$name"
	expect "datagrams that cannot be read" "$(of "alice.$name" 'malformed // 0')" = 0
	tell "alice.$name" stop >/dev/null
	tell "bob.$name" stop >/dev/null
}

both_hear() {
	[ "$(of "alice.$1" 'neighbours | any(.hears_us)')" = true ] && [ "$(of "bob.$1" 'neighbours | any(.hears_us)')" = true ]
}
# Where datagrams are lost, what is asked once may be lost, too.
answered() { # NAME EVENT ORDER...
	happened "alice.$1" ".event == \"$2\"" && return
	[ "$1" != lossy ] || tell "alice.$1" "${@:3}" >/dev/null
	return 1
}
all_came_back() { [ "$(of "alice.$1" call.sound.heard)" = 25 ]; }
packets_sum() { # of the payloads, which are of 160 bytes
	python3 -c 'import sys; data = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(b"".join(data[at + 2:at + 162] for at in range(0, len(data), 162)))' "$1" | sha256sum
}

story "the endpoint of the mesh's stories: captures of servald, and two of itself"
figures=$("$tools/mesh_vectors.py" "$root/tests/vectors/vomp") || fail "captures are not read as they were made"
note "$figures"
expect "datagrams" "$(json .datagrams <<<"$figures")" = 957
expect "boxes that opened with either key" "$(json .authcrypt <<<"$figures")" = 568
expect "signatures" "$(json '."signed:ok"' <<<"$figures")" = 7
expect "link-state records" "$(json .records <<<"$figures")" = 329

head -c 4000 /dev/urandom >"$work/said.raw"
speak unicast --neighbour 10.77.0.2:4110 --neighbour 10.77.0.3:4110
speak broadcast --broadcast 10.77.0.255:4110 --short
speak lossy --broadcast 10.77.0.255:4110 --short --lose-in 10 --lose-out 10
speak old --broadcast 10.77.0.255:4110 --version-0 --encapsulation 2 --short
done_well

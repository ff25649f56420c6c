#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A party that has both families, by the NG protocol: it is told of one and answers by the other.  It is heard where it
# was told, and answered where it sends from, however late it begins; it is met by the other family when it comes back
# by that in an offer, or when the client says so.  So also over a kill of either process, and there is nothing left of it.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

# Both hear all that is said, from the phones' beginning on.
both_hear() {
	talk 0.4
	heard_everything alice bob
	heard_everything bob alice
}

bob_begins() { # it is learned where he is
	local before

	before=$(of alice heard)
	tell bob burst 5 >/dev/null
	soon "packets that alice heard" = $((before + 5)) of alice heard
}

bob_is_at() { # FAMILY PLACE: his phone is, and sends there
	tell bob bind "$(bind_of bob "$1")" >/dev/null
	tell bob to "$2" >/dev/null
}

bob_hears_again() { # WHAT
	both send on
	soon "packets that bob hears, $1" '>' "$(of bob heard)" of bob heard
	hush
}

transports() { rpc core.list | json "[.cores[].transports] | add"; }

story "calls by NG with a party that answers by another family than it was told of"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start

note "offered IPv4, he answers by IPv6 and sends by IPv4: heard, and answered where he sends from"
id=both
offer a '' '{}' alice 4000
told=$(place)
expect "where bob is told to send" "$told" has 10.77.0.1:
phone_start alice bob "$(bind_of alice 4)" "$told" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "$told" --ssrc 0xb0b
FAMILY=6 answer a b '{}' bob 4000
expect "where alice is told to send" "$(place)" has 10.77.0.1:
tell alice to "$(place)" >/dev/null
sleep 4 # longer than anybody else is waited for
bob_begins
both_hear
used=$(transports)

note "so also with the next offer, which he might reject; also behind a kill of strowger"
strowger_kill
strowger_start
offer a b '{}' alice 4000
expect "where bob is told to send" "$(place)" is "$told"
both_hear
FAMILY=6 answer a b '{}' bob 4000
bob_begins
both_hear

note "the client says IPv6, and he is met there"
offer a b '{"address-family": "IP6"}' alice 4000
sixth=$(place)
expect "where bob is told to send" "$sixth" has "[fd77::1]:"
bob_is_at 6 "$sixth"
FAMILY=6 answer a b '{}' bob 4000
expect "where alice is told to send" "$(place)" has 10.77.0.1:
tell alice to "$(place)" >/dev/null
both_hear
expect "where bob hears alice from" "$(of bob from | tr -d '\n')" has fd77::1
expect "transports" "$(transports)" = "$used"

note "and so it stays: behind other offers, and a kill of the switch"
offer a b '{}' alice 4000
expect "where bob is told to send" "$(place)" is "$sixth"
switch_was=$(switch_pid)
kill -KILL "$switch_was"
wait_for 5 "another switch" another_switch "$switch_was"
bob_hears_again "behind a kill of the switch"

note "he comes back by IPv4, and is told so in the answer"
offer b a '{}' bob 4000
tell alice to "$(place)" >/dev/null
answer b a '{}' alice 4000
expect "where bob is told to send" "$(place)" has 10.77.0.1:
bob_is_at 4 "$(place)"
bob_hears_again "by IPv4"

note "nothing is left of it, in either family"
ok delete '{"from-tag": "a", "delete-delay": 0}'
soon "transports" = 0 transports
strowger_stop

note "an interface of one family alone: nobody is refused for the other one"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
sed -i '/^address = fd77/d' "$work/strowger.conf"
strowger_start
id=one
FAMILY=6 offer a '' '{"address-family": "IP6"}' alice 4000
expect "where bob is told to send" "$(place)" has 10.77.0.1:
FAMILY=6 answer a b '{}' bob 4000
offer a b '{}' alice 4000
expect "where bob is told to send" "$(place)" has 10.77.0.1:
strowger_stop
done_well

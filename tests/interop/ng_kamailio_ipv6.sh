#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kamailio and the relay with IPv6: phones that both have it, and one that has not calling one that has nothing else.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
. "$tools/sip.sh"

story "calls through Kamailio over IPv6, and from IPv4 to IPv6"
speech
exchange_start
FAMILY=6 phone six alice PCMA "$work/alice-said.wav"
FAMILY=6 phone sixth bob PCMA "$work/bob-said.wav"
FAMILY=4 phone four alice PCMA "$work/alice-said.wav"
FAMILY=6 phone seventh bob PCMA "$work/bob-said.wav"
phones_ready six sixth four seventh
FAMILY=6 dial six sixth
FAMILY=4 dial four seventh
all_talk six sixth four seventh
sleep 6 # what they say takes 5
phones_quit six sixth four seventh
for call in "six sixth" "sixth six" "four seventh" "seventh four"; do
	# shellcheck disable=SC2086 # words
	set -- $call
	heard "$1" "$2" "$1"
done
expect "where six's sound comes from" "$(grep -ao 'receiving from .*' "$work/six/log")" has "${address6[relay]}"
expect "where four's sound comes from" "$(grep -ao 'receiving from .*' "$work/four/log")" has "${address4[relay]}"
exchange_stop
done_well

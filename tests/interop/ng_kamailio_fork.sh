#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls through Kamailio that are not simply answered: two phones of one name ring, and one takes it; a caller gives up
# while it rings; a phone refuses; and both ends of a call vanish without a BYE, so that the relay ends it.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
. "$tools/sip.sh"

rings() { has_said "$1" 'Incoming call\|incoming call' "${2:-1}"; } # NAME [TIMES]
both_ring() { rings desk "$1" && rings mobile "$1"; }
stopped() { has_said "$1" 'Call with .* terminated\|session closed' "${2:-1}"; }

story "a forked call, CANCEL, a refusal, and a BYE that is lost"
speech
exchange_start "
[timeouts]
media = 2s
on_timeout = end"
phone alice alice PCMA "$work/alice-said.wav"
WHO=bob phone desk bob PCMA "$work/bob-said.wav" --answer manual
WHO=bob phone mobile mallory PCMA "$work/bob-said.wav" --answer manual
phone carol bob PCMA "$work/bob-said.wav"
phones_ready alice desk mobile carol

note "both ring, the mobile takes it"
dial alice bob
wait_for 5 "both to ring" both_ring 1
phone_tell mobile accept
all_talk alice mobile
wait_for 3 "the desk phone to be quiet" stopped desk
sleep 6 # what they say takes 5
expect "calls" "$(relay_calls | wc -l)" = 1
phone_tell alice hangup
wait_for 3 "the call to end" no_calls
heard alice mobile alice
heard mobile alice mobile

note "alice gives up while it rings"
dial alice bob
wait_for 5 "both to ring" both_ring 2
expect "calls" "$(relay_calls | wc -l)" = 1
phone_tell alice hangup
wait_for 3 "the call to end" no_calls

note "both refuse"
dial alice bob
wait_for 5 "both to ring" both_ring 3
phone_tell desk hangup
phone_tell mobile hangup
wait_for 3 "the call to end" no_calls

note "both vanish"
dial alice carol
all_talk carol
expect "calls" "$(relay_calls | wc -l)" = 1
sleep 1
kill -KILL "${phone_pid[alice]}" "${phone_pid[carol]}"
wait "${phone_pid[alice]}" "${phone_pid[carol]}" 2>/dev/null
wait_for 6 "the relay to end the call" no_calls
exchange_stop
done_well

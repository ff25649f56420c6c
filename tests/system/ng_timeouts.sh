#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# NG's calls end by themselves when nobody answers, when nobody at all is heard any more, and on hold later than that;
# whatever the configuration says of other calls' timeouts.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

is_gone() { [[ " $(calls) " != *" $1 "* ]]; }

story "calls by NG end when nobody answers or nobody is heard"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
	[timeouts]
	setup = 2s
	media = 1500ms
	hold = 6s
	on_timeout = event
END
strowger_start

note "one that nobody answers"
id=unanswered
offer a '' '{}' alice 5000
sleep 1.6
expect "calls" "$(calls)" is unanswered
wait_for 3 "the call that nobody has answered to end" is_gone unanswered
expect "log" "$(cat "$work/story.log")" has "has not been set up after 2000 ms; it is ended"

note "one party that is heard keeps a call alive; on hold it may be silent for longer"
id=held
offer a '' '{}' alice 5002 a=inactive
held_since=$(date +%s%3N)
answer a b '{}' bob 5002 a=inactive
id=one_way
offer a '' '{}' alice 4000
to_bob=$(port)
answer a b '{}' bob 4000
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$(port)" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
tell alice send on >/dev/null
sleep 2.2
expect "calls" "$(calls)" is "held one_way"
tell alice send off >/dev/null
wait_for 3 "the call in which nobody is heard to end" is_gone one_way
expect "calls" "$(calls)" is held
wait_for 6 "the held call to end" is_gone held
expect "how long it was held, in ms" $(($(date +%s%3N) - held_since)) '>=' 6000
expect "log" "$(cat "$work/story.log")" has "after 6000 ms; it is ended"
ng list '{}'
expect "calls that NG knows" "$(json '.calls | length' <<<"$answer")" = 0

strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# An SRTP phone whose NAT binding changes in mid-call: its packets authenticate, so strowger follows it.
# Nobody else is followed.
. "$(dirname "$0")/lib.sh"

story "an SRTP phone moves to another address: the call follows it, and only it"
strowger_start
call_between moving AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_80
talk 0.5
heard_everything alice bob

tell alice bind 10.77.0.2:4800 >/dev/null
tell alice burst 1 >/dev/null # from there strowger knows
learned() { rpc call.get '{"call": "moving"}' | json '.legs[] | select(.name == "alice").streams[0].learned.port'; }
soon "where alice is answered" = 4800 learned
talk 1
heard_everything alice bob
heard_everything bob alice

# A stranger with the same SSRC and a key of its own moves nothing.
phone_start mallory alice 10.77.0.4:4000 "$(local_of alice)" --ssrc 0xa11ce --seq 5000 \
	--seal "AES_CM_128_HMAC_SHA1_80:$(key AES_CM_128_HMAC_SHA1_80)"
tell mallory send on >/dev/null
talk 1
tell mallory send off >/dev/null
heard_everything alice bob
heard_everything bob alice
expect "what mallory heard" "$(of mallory 'heard + .foreign + .refused')" = 0
soon "packets that did not authenticate" '>=' 45 drop_of_call moving auth

strowger_stop
done_well

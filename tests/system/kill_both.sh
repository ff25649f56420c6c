#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Both processes are killed at once: the calls are gone with them; the next start is a clean one.
. "$(dirname "$0")/lib.sh"

story "kill -9 of both: the next start is clean, and calls work"
strowger_start
call_between lost AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_80
talk 0.5
both_kill
both stop
rm -f "$work"/*.phone

strowger_start
starts() { grep -c "is up (fresh): there are no calls of before" "$work/story.log"; }
expect "clean starts, as the log says" "$(starts)" = 2
expect "calls after a clean start" "$(rpc call.list | json '.calls | length')" = 0
call_between new AES_CM_128_HMAC_SHA1_80 AEAD_AES_256_GCM
talk 1
heard_everything alice bob
heard_everything bob alice
strowger_stop
done_well

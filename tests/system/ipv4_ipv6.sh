#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# IPv6 on both sides, and IPv4 on one with IPv6 on the other.
. "$(dirname "$0")/lib.sh"

story "IPv4 and IPv6, each to the other"
strowger_start
for families in "6 6" "4 6" "6 4"; do
	read -r FAMILY_ALICE FAMILY_BOB <<<"$families"
	for suite in none AES_CM_128_HMAC_SHA1_80; do
		note "alice IPv$FAMILY_ALICE, bob IPv$FAMILY_BOB, $suite"
		call_between mixed "$suite" "$suite"
		talk 1
		heard_everything alice bob
		heard_everything bob alice
		expect "DSCP towards alice" "$(of alice 'dscp | join(" ")')" is 46
		soon "RTCP that alice heard" = "$(of bob rtcp_sent)" of alice rtcp_heard
		both stop
		rm -f "$work"/*.phone
		rpc call.delete '{"call": "mixed"}' >/dev/null
	done
done
strowger_stop
done_well

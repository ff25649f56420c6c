#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# RTP and RTCP on one port (RFC 5761) on one side, on two on the other.
. "$(dirname "$0")/lib.sh"

story "rtcp-mux on one side, two ports on the other"
strowger_start
a_key=$(key AEAD_AES_128_GCM) b_key=$(key AES_256_CM_HMAC_SHA1_32)
call_create mux \
	"$(leg alice 10.77.0.2:4000 AEAD_AES_128_GCM "$a_key" '{"rtcp_mux": true}')" \
	"$(leg bob 10.77.0.3:4000 AES_256_CM_HMAC_SHA1_32 "$b_key")"
phone_start alice bob 10.77.0.2:4000 "$(local_of alice)" --mux \
	--seal "AEAD_AES_128_GCM:$a_key" --unseal "$(our_key alice)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)" \
	--seal "AES_256_CM_HMAC_SHA1_32:$b_key" --unseal "$(our_key bob)"
talk 2
heard_everything alice bob
heard_everything bob alice
soon "RTCP that alice heard" = "$(of bob rtcp_sent)" of alice rtcp_heard
soon "RTCP that bob heard" = "$(of alice rtcp_sent)" of bob rtcp_heard
expect "ports that alice heard from" "$(of alice 'from | length')" = 1
expect "ports that bob heard from" "$(of bob 'from | length')" = 2
strowger_stop
done_well

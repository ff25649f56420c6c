#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ffmpeg on both sides: SDES with AES-CM, 80 and 32 bit tags, IPv4 and IPv6.
#
# Begins early: half a minute.
. "$(dirname "$0")/lib.sh"

story "ffmpeg to ffmpeg: AES-CM, both directions"
speech
strowger_start
call_of ffmpeg AES_CM_128_HMAC_SHA1_80 ffmpeg AES_CM_128_HMAC_SHA1_80
FAMILY_ALICE=6
call_of ffmpeg AES_CM_128_HMAC_SHA1_80 ffmpeg AES_CM_128_HMAC_SHA1_32
strowger_stop
done_well

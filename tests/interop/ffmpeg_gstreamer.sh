#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ffmpeg on one side, GStreamer on the other: AES-CM to GCM and AES-CM to AES-CM.
#
# Begins early: half a minute.
. "$(dirname "$0")/lib.sh"

story "ffmpeg to GStreamer: AES-CM to GCM, both directions"
speech
strowger_start
call_of ffmpeg AES_CM_128_HMAC_SHA1_80 gstreamer AEAD_AES_128_GCM
call_of gstreamer AES_CM_128_HMAC_SHA1_80 ffmpeg AES_CM_128_HMAC_SHA1_80
strowger_stop
done_well

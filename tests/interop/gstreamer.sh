#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# GStreamer's srtpenc and srtpdec on both sides: AES-CM and GCM.
#
# Begins early: half a minute.
. "$(dirname "$0")/lib.sh"

story "GStreamer to GStreamer: AES-CM and GCM, both directions"
speech
strowger_start
call_of gstreamer AES_CM_128_HMAC_SHA1_80 gstreamer AEAD_AES_128_GCM
call_of gstreamer AES_256_CM_HMAC_SHA1_80 gstreamer AEAD_AES_256_GCM
FAMILY_BOB=6
call_of gstreamer AEAD_AES_128_GCM gstreamer AES_CM_128_HMAC_SHA1_32
strowger_stop
done_well

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# many_rounds.sh with calls that are transcoded: decoders, encoders and resamplers come and go with them.
CODECS="PCMU opus" ROUNDS=${ROUNDS:-5000} WARM_UP=${WARM_UP:-3000} exec "$(dirname "$0")/many_rounds.sh"

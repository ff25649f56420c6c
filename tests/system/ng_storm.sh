#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# NG requests at random while strowger is killed: what tests/tools/ng_storm.py says is true of them all.  SEED=N repeats a
# run, ROUNDS and SECONDS_EACH make it longer, CALM=1 kills nothing.
. "$(dirname "$0")/lib.sh"

story "whatever NG is asked, in whatever order: it answers, nothing is left behind, nobody's key or address is told"
config "$work/strowger.conf" story 30000-37999 <<-END

	[ng]
	listen = 127.0.0.1:2223

	[http]
	listen = 127.0.0.1:9900
END
in_ns relay "$tools/ng_storm.py" --strowger "$strowger" --conf "$work/strowger.conf" --admin "$work/story/admin.sock" \
	--log "$work/story.log" --rounds "${ROUNDS:-2}" --seconds "${SECONDS_EACH:-2}" ${SEED:+--seed "$SEED"} ${CALM:+--calm} ||
	fail "the storm"
done_well

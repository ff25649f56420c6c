#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every suite with every other, and each with plain RTP, both ways across a roll-over; with both SRTP engines.
. "$(dirname "$0")/lib.sh"

story "every pair of suites, both ways, across a roll-over, judged by libsrtp2"
for engine in burst libsrtp2; do
	instance=$engine
	config "$work/$engine.conf" "$engine" <<-END

		[srtp]
		engine = $engine
	END
	strowger_start "$work/$engine.conf"
	expect "engine in use" "$(rpc node.info)" has "$engine"
	in_ns alice "$tools/suite_pairs.py" --socket "$work/$engine/admin.sock" --address 10.77.0.2 ||
		fail "not every pair works with the engine $engine"
	strowger_stop
done
done_well

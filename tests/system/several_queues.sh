#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two forwarding cores on an interface with two queues: each reads its own, and what is not its own crosses to the
# other.
. "$(dirname "$0")/lib.sh"
. "$tools/cable.sh"

# Call number $1, from ports of its own, so that it comes by queues of its own.
one_more_call() {
	local port=$((4000 + 4 * $1))

	call_create "call$1" "$(leg alice "10.77.0.2:$port" none "")" "$(leg bob "10.77.0.3:$port" none "")"
	phone_start alice bob "10.77.0.2:$port" "$(local_of alice)" --ssrc $((2 * $1))
	phone_start bob alice "10.77.0.3:$port" "$(local_of bob)" --ssrc $((2 * $1 + 1))
	talk 0.5
	heard_everything alice bob
	heard_everything bob alice
	both stop
	rm -f "$work"/*.phone
}

received() { rpc core.list | json '[.cores[].rx_packets] | join(" ")'; }
both_received() { [ "$(received | tr ' ' '\n' | sort -n | head -n 1)" -gt 20 ]; }

story "two cores, two queues"
cable_of_nic
for DEVICE in xdp packet; do
	cable_config $DEVICE:nic0 "address = 10.77.0.1" <<-END
		[cores]
		forwarding = 0,1
	END
	strowger_start
	expect "the log" "$(grep "$DEVICE:nic0 is open" "$work/story.log")" has "2 queues"
	# Which queue a call comes by is chance; that some queue has none of many is hardly.
	for ((i = 1; i <= 16; i++)); do
		one_more_call $i
		both_received && break
	done
	expect "calls until both cores had received some" $i '<=' 16
	note "$DEVICE: received by the cores: $(received)"
	strowger_stop
done
done_well

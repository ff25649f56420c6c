#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What rtpengine 26.3 was asked, and what it answered, is in tests/vectors/ng.  strowger, asked the same, answers the
# same, but for what tests/vectors/ng/differences.yaml lists with the reasons.  RECOUNT=1 corrects the numbers there.
#
# Runs alone: what two endpoints hear of half a second of packets is counted.
#
#        10.99.1.10 caller ── pub 10.99.1.1, fd00:99:1::1 ── relay ── priv 10.99.2.1 ── callee 10.99.2.10
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
vectors=$root/tests/vectors/ng

endpoint() { # NAME INTERFACE_OF_THE_RELAY NETWORK
	ip netns add "$ns-$1"
	ip link add eth0 netns "$ns-$1" type veth peer name "$2" netns "$ns-relay"
	ip -n "$ns-$1" link set eth0 up
	ip -n "$ns-relay" link set "$2" up
	ip -n "$ns-$1" addr add "$3.10/24" dev eth0
	ip -n "$ns-relay" addr add "$3.1/24" dev "$2"
}

story "asked as rtpengine 26.3 was, answered as by rtpengine 26.3"
endpoint caller pub 10.99.1
endpoint callee priv 10.99.2
ip -n "$ns-relay" addr add fd00:99:1::1/64 dev pub nodad
# Ports are told apart by their numbers, so no two of a call may have the same by chance.
cat >"$work/strowger.conf" <<-END
	[node]
	name = story
	run_dir = $work/story
	user = nobody
	switch = $switch

	[ng]
	listen = $ng_at

	[interface pub]
	device = $DEVICE:pub
	address = 10.99.1.1
	address = fd00:99:1::1
	ports = 31000-31499

	[interface priv]
	device = $DEVICE:priv
	address = 10.99.2.1
	ports = 31500-31999
END
relay_start "$work/strowger.conf" --interface=pub/10.99.1.1 --interface=pub/fd00:99:1::1 --interface=priv/10.99.2.1 \
	--port-min=31000 --port-max=31999
in_ns relay "$tools/ng_vectors.py" --relay $ng_at --caller "$ns-caller" --callee "$ns-callee" \
	--differences "$vectors/differences.yaml" ${RECOUNT:+--recount} "$vectors"/rtpengine-26.3-{protocol,plain,dialog,srtp,transcode,incall}.jsonl ||
	fail "answers differ from 26.3's, or no longer as listed"
relay_stop
done_well

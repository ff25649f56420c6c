/* SPDX-License-Identifier: Apache-2.0
 *
 * The table behind drop.h. */
#include "dataplane/drop.h"

#include <assert.h>

static const struct drop_info info[DROPS] = {
	[DROP_NOT_MEDIA] = {"not_media", "Not UDP to one of our addresses."},
	[DROP_MALFORMED] = {"malformed", "IP or UDP lengths that do not fit the frame."},
	[DROP_FRAGMENT] = {"fragment", "An IP fragment; media packets must fit the MTU."},
	[DROP_CHECKSUM] = {"checksum",
		"The device reported a wrong checksum, or UDP over IPv6 had none."},
	[DROP_MARTIAN] = {"martian",
		"From what is no other host's address: multicast, 0, loopback, one of ours."},
	[DROP_NO_TRANSPORT] = {"no_transport", "A media port that no call uses."},
	[DROP_PUNT_FULL] = {"punt_full",
		"Not media, and the kernel's side of the device did not keep up; or of the "
		"mesh, and main did not."},
	[DROP_MESH_MALFORMED] = {"mesh_malformed",
		"Came to the mesh's port and is no datagram of it."},
	[DROP_MESH_CONTROL] = {"mesh_control",
		"Of a neighbour in the mesh, for control, and too many a second."},
	[DROP_MESH_STRANGER] = {"mesh_stranger",
		"Of nobody known in the mesh, and too many a second."},
	[DROP_KIND] = {"kind", "Neither RTP nor RTCP by its first byte (RFC 7983)."},
	[DROP_BAD_RTP] = {"bad_rtp",
		"RTP or RTCP header that contradicts the packet's length."},
	[DROP_SOURCE] = {"source", "Not from the address that signalling gave."},
	[DROP_SECOND_SOURCE] = {"second_source",
		"From a second source after the latch closed."},
	[DROP_AUTH] = {"auth", "SRTP authentication failed."},
	[DROP_REPLAY] = {"replay", "A packet that was accepted before."},
	[DROP_LATE] = {"late", "Older than the replay window."},
	[DROP_SSRC_LIMIT] = {"ssrc_limit", "More SSRCs than one transport may have."},
	[DROP_RESTART] = {"restart", "A jump back in sequence numbers, not yet confirmed."},
	[DROP_NO_SINK] = {"no_sink", "Nobody is to hear it: hold, one way, or no answer yet."},
	[DROP_PAYLOAD_TYPE] = {"payload_type",
		"The flow's rules know no such payload type; or it came to a T.38 gateway, "
		"and is neither sound nor T.38, each on its side."},
	[DROP_TOO_FAST] = {"too_fast",
		"To be transcoded, and twice as many a second as sound takes; or T.38, and "
		"more than 250 a second."},
	[DROP_SINK_SSRC_LIMIT] = {"sink_ssrc_limit",
		"More SSRCs than may leave under one key."},
	[DROP_SINK_LATE] = {"sink_late",
		"Its index was sealed before or lies before the start."},
	[DROP_KEY_USED_UP] = {"key_used_up", "The key has sealed all packets that it may."},
	[DROP_SEAL] = {"seal",
		"It could not be sealed: the SRTP engine refused, or it is no RTP."},
	[DROP_ZRTP] = {"zrtp", "ZRTP, or media that it has secured, where SRTP is to leave."},
	[DROP_FEEDBACK] = {"feedback",
		"Nothing but RTCP feedback, which the party does not take."},
	[DROP_MESH_RTCP] = {"mesh_rtcp", "RTCP towards a mesh leg; VoMP has none."},
	[DROP_MESH_LONG] = {"mesh_long", "More sound than one frame of VoMP may hold."},
	[DROP_MESH_SLOT] = {"mesh_slot",
		"Its 20 ms have been sent already, or are long past: a repeat, or packets "
		"of less than 20 ms."},
	[DROP_MESH_NO_WAY] = {"mesh_no_way", "No neighbour in the mesh leads there now."},
	[DROP_NO_REMOTE] = {"no_remote", "The address to send to is not known yet."},
	[DROP_NO_NEIGHBOUR] = {"no_neighbour", "No route, or the next hop has not answered."},
	[DROP_NO_MBUF] = {"no_mbuf", "No packet buffer was free."},
	[DROP_RING_FULL] = {"ring_full",
		"The forwarding core that it was for has fallen behind."},
	[DROP_TRANSCODER_FULL] = {"transcoder_full",
		"The transcode core that it was for has fallen behind."},
	[DROP_TOO_LONG] = {"too_long", "Longer than the MTU of the way out."},
	[DROP_TX_FULL] = {"tx_full",
		"The device's transmit queue was full, or it refused it."},
};

const struct drop_info *
drop_info(enum drop why)
{
	assert(why < DROPS);
	return &info[why];
}

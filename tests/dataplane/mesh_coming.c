/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_coming.h. */
#include "tests/dataplane/mesh_coming.h"

#include <check.h>

#include "dataplane/rtp.h"

uint8_t datagram[MESH_DATAGRAM_MAX];
struct mesh_writer w;
struct up up;
struct rig_datagram heard;

void
coming_begin(void)
{
	talk_begin();
	w = far_begin(&far, datagram);
}

void
deliver(void)
{
	far_send(&rig, &far, &w);
	rig_turn(&rig);
	w = far_begin(&far, datagram);
}

bool
phone_hears(void)
{
	while (rig_receive(&rig, &heard))
		if (heard.to.port == 5000)
			return true;
	return false;
}

void
expect_rtp(uint8_t type, uint16_t seq, const void *payload, unsigned len)
{
	ck_assert(phone_hears());
	ck_assert_uint_eq(heard.len, RTP_HEADER + len);
	ck_assert_uint_eq(heard.payload[0], 0x80);
	ck_assert_uint_eq(heard.payload[1], type);
	ck_assert_uint_eq(rtp_seq(heard.payload), seq);
	ck_assert_mem_eq(heard.payload + RTP_HEADER, payload, len);
}

void
expect_nothing_up(void)
{
	ck_assert(!mesh_rig_up(&rig, &up));
}

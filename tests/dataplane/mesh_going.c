/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_going.h. */
#include "tests/dataplane/mesh_going.h"

#include <check.h>

struct far_heard h;
uint8_t speech[160];

void
going_begin(void)
{
	talk_begin();
	for (unsigned i = 0; i < sizeof speech; i++)
		speech[i] = (uint8_t)(i * 7);
}

void
say(uint16_t seq, uint32_t timestamp)
{
	mesh_rig_phone(&rig, seq, timestamp, 0, speech, sizeof speech);
}

void
expect_sound(uint8_t codec, uint16_t slot, const void *data, unsigned len)
{
	far_expect_sound(&rig, &far, &h, codec, slot, data, len);
}

void
expect_silence(void)
{
	ck_assert(!far_next_sound(&rig, &far, &h, NULL, NULL));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the reader and the renumberer of RTCP: what is well-formed stays so whatever the
 * offsets, and what is behind it stays as it is; offsets of 0 change nothing, and taking an
 * offset away and adding it again gives what was there.  Without feedback it says what it has
 * said before.  The bytes lie in a block of their very size.
 *
 *	offset (2 bytes), the compound packet */
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtcp.h"
#include "dataplane/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

/* Some sources are renumbered, others not. */
static uint16_t
offset_of(const void *offset, uint32_t ssrc)
{
	return ssrc % 4 == 3 ? 0 : *(const uint16_t *)offset;
}

/* The SIZE bytes at P say what SAID says. */
static void
strip(uint8_t *p, unsigned size, const struct rtcp_said *said)
{
	unsigned left = rtcp_strip_feedback(p, size);
	struct rtcp_said again;

	must(left <= size && rtcp_strip_feedback(p, left) == left);
	left = rtcp_read(p, left, &again);
	must(again.blocks == said->blocks && again.sr == said->sr && again.bye == said->bye);
	for (unsigned at = 0; at < left; at += 4 * (rtp_get16(p + at + 2) + 1u))
		must(p[at + 1] != RTCP_RTPFB && p[at + 1] != RTCP_PSFB);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcp_said said, again;
	uint16_t offset, none = 0, back;
	unsigned whole;
	uint8_t *p, *was;

	if (size < 2)
		return 0;
	offset = rtp_get16(data);
	back = (uint16_t)-offset;
	size -= 2;
	p = malloc(size > 0 ? size : 1);
	was = malloc(size > 0 ? size : 1);
	must(p != NULL && was != NULL);
	memcpy(p, data + 2, size);
	memcpy(was, p, size);
	whole = rtcp_read(p, (unsigned)size, &said);
	must(whole <= size && said.blocks <= RTCP_BLOCKS);
	rtcp_renumber(p, whole, offset_of, &none);
	must(memcmp(p, was, size) == 0);
	rtcp_renumber(p, whole, offset_of, &offset);
	must(rtcp_read(p, (unsigned)size, &again) == whole && again.blocks == said.blocks &&
		again.sr == said.sr && again.bye == said.bye);
	must(memcmp(p + whole, was + whole, size - whole) == 0);
	/* Half a cycle is as far one way as the other. */
	if (offset != 0x8000)
		rtcp_renumber(p, whole, offset_of, &back);
	must(offset == 0x8000 || memcmp(p, was, size) == 0);
	strip(was, (unsigned)size, &said);
	free(was);
	free(p);
	return 0;
}

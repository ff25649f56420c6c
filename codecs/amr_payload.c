/* SPDX-License-Identifier: Apache-2.0
 *
 * See amr_payload.h. */
#include "codecs/amr_payload.h"

#include <errno.h>
#include <string.h>

#include "codecs/bits.h"

/* RFC 4867 table 1; 3GPP TS 26.101 table 2 and TS 26.201 table 2.  What it calls for future
 * use, and other systems' noise, is discarded: 4.3.2. */
#define NEVER AMR_NEVER
const uint16_t amr_bits[AMR_TYPES] = {95, 103, 118, 134, 148, 159, 204, 244, 39, NEVER, NEVER,
	NEVER, NEVER, NEVER, NEVER, 0};
const uint16_t amr_wb_bits[AMR_TYPES] = {
	132, 177, 253, 285, 317, 365, 397, 461, 477, 40, NEVER, NEVER, NEVER, NEVER, 0, 0};

/* Bits of what is in front of a frame's own ones. */
struct layout {
	size_t request, entry, frame; /* the last: to how many a frame is filled up */
};

static struct layout
layout_of(bool octet_aligned)
{
	return octet_aligned ? (struct layout){8, 8, 8} : (struct layout){4, 6, 1};
}

static size_t
filled_up(size_t bits, size_t to)
{
	return (bits + to - 1) / to * to;
}

/* N bits behind FROM_AT of FROM, to behind TO_AT of TO, where zeros are. */
static void
copy_bits(uint8_t *to, size_t to_at, const uint8_t *from, size_t from_at, size_t n)
{
	for (size_t done = 0; done < n; done += 8) {
		unsigned some = n - done < 8 ? (unsigned)(n - done) : 8;

		bits_put(to, to_at + done, some, bits_get(from, from_at + done, some));
	}
}

/* The table of contents: a bit that says whether another entry follows, four of the type, and
 * whether it is good.  How many; -EBADMSG. */
static int
read_contents(const struct layout *l, const uint8_t *payload, size_t len, uint8_t *head)
{
	size_t at = l->request;

	for (int n = 0; n < AMR_FRAMES; n++, at += l->entry) {
		unsigned entry;

		if (at + l->entry > len * 8)
			return -EBADMSG;
		entry = bits_get(payload, at, 6);
		head[n] = (entry & 0x1f) << 2;
		if ((entry & 0x20) == 0)
			return n + 1;
	}
	return -EBADMSG;
}

int
amr_payload_read(const uint16_t *bits, bool octet_aligned, const uint8_t *payload, size_t len,
	unsigned *request, amr_frame *frames)
{
	const struct layout l = layout_of(octet_aligned);
	uint8_t head[AMR_FRAMES];
	int n = len > 0 ? read_contents(&l, payload, len, head) : -EBADMSG;
	size_t at;

	if (n < 0)
		return n;
	at = l.request + (size_t)n * l.entry;
	for (int i = 0; i < n; i++) {
		size_t own = bits[head[i] >> 3];

		if (own == AMR_NEVER || at + filled_up(own, l.frame) > len * 8)
			return -EBADMSG;
		if (frames != NULL) {
			memset(frames[i], 0, sizeof frames[i]);
			frames[i][0] = head[i];
			copy_bits(frames[i] + 1, 0, payload, at, own);
		}
		at += filled_up(own, l.frame);
	}
	*request = bits_get(payload, 0, 4);
	/* More than it says: it was packed the other way. */
	return filled_up(at, 8) == len * 8 ? n : -EBADMSG;
}

int
amr_payload_write(const uint16_t *bits, bool octet_aligned, const amr_frame *frames,
	unsigned n, uint8_t *out, size_t room)
{
	const struct layout l = layout_of(octet_aligned);
	size_t at = l.request + n * l.entry, end = at;

	for (unsigned i = 0; i < n; i++)
		end += filled_up(bits[frames[i][0] >> 3], l.frame);
	if (filled_up(end, 8) > room * 8)
		return -ENOSPC;
	memset(out, 0, filled_up(end, 8) / 8);
	bits_put(out, 0, 4, AMR_NO_DATA);
	for (unsigned i = 0; i < n; i++) {
		size_t own = bits[frames[i][0] >> 3];
		unsigned more = i + 1 < n ? 0x20 : 0;

		bits_put(out, l.request + i * l.entry, 6, more | frames[i][0] >> 2);
		copy_bits(out, at, frames[i] + 1, 0, own);
		at += filled_up(own, l.frame);
	}
	return (int)(filled_up(end, 8) / 8);
}

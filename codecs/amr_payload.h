/* SPDX-License-Identifier: Apache-2.0
 *
 * How AMR and AMR-WB lie in a payload: a request to who receives it, a table of contents, and
 * frames, either bit by bit or each beginning with an octet.  Without interleaving, CRCs and
 * sorting by sensitivity, which only radio bearers want.  Pure; for amr.c.  RFC 4867 section
 * 4. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AMR_FRAMES = 6,     /* of a payload, 120 ms */
	AMR_TYPES = 16,     /* of frames */
	AMR_LOST = 14,      /* AMR-WB alone has this one */
	AMR_NO_DATA = 15,   /* nothing, for 20 ms; and as a request: none */
	AMR_FRAME_MAX = 61, /* octets, with the one in front */
	AMR_NEVER = 0xffff, /* bits of a type that there is not */
};

/* Bits of a frame by its type: the modes, the description of noise behind them. */
extern const uint16_t amr_bits[AMR_TYPES], amr_wb_bits[AMR_TYPES];

/* A frame as the libraries have it, and files: its type << 3 | good << 2, and octets of bits.
 */
typedef uint8_t amr_frame[AMR_FRAME_MAX];

/* How many frames the payload has, 1..AMR_FRAMES, and what it asks for: *REQUEST is a mode or
 * AMR_NO_DATA; FRAMES may be NULL.  -EBADMSG. */
int amr_payload_read(const uint16_t *bits, bool octet_aligned, const uint8_t *payload,
	size_t len, unsigned *request, amr_frame *frames);

/* N frames into OUT, asking for nothing.  Octets; -ENOSPC. */
int amr_payload_write(const uint16_t *bits, bool octet_aligned, const amr_frame *frames,
	unsigned n, uint8_t *out, size_t room);

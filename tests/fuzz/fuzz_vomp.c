/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the readers of VoMP: header, codec list with numbers, sound; what is written of them
 * reads as it did.  The bytes lie in a block of their very size. */
#include <stdlib.h>

#include "mesh/vomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
header(const struct vomp_header *h)
{
	uint8_t bytes[16];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	struct vomp_header again;

	must(h->from_session != 0 && h->state >= VOMP_NOCALL && h->state <= VOMP_CALLENDED);
	mesh_put_vomp_header(&w, h);
	must(w.len == VOMP_PORTS + VOMP_HEADER);
	must(vomp_header_read(bytes + VOMP_PORTS, VOMP_HEADER, &again) == 0);
	must(again.from_session == h->from_session && again.to_session == h->to_session);
	must(again.state == h->state && again.view == h->view);
}

static void
offer(const uint8_t *p, unsigned len)
{
	uint8_t bytes[256];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	struct vomp_offer o, again;

	if (vomp_offer_read(p, len, &o) != 0)
		return;
	must(o.codecs <= VOMP_CODECS);
	must(mesh_name_is_valid(o.from) && mesh_name_is_valid(o.to));
	mesh_put_vomp_offer(&w, &o, true);
	must(!w.full && vomp_offer_read(bytes, w.len, &again) == 0);
	must(again.codecs <= o.codecs);
	for (unsigned i = 0; i < o.codecs; i++)
		must(memchr(again.codec, o.codec[i], again.codecs) != NULL);
	must(strcmp(again.from, o.from) == 0 && strcmp(again.to, o.to) == 0);
}

static void
sound(const uint8_t *p, unsigned len)
{
	struct mesh_writer w = {.max = len};
	struct vomp_sound s;

	if (vomp_sound_read(p, len, &s) != 0)
		return;
	must(s.len > 0 && s.data + s.len == p + len);
	w.p = malloc(len);
	must(w.p != NULL);
	mesh_put_vomp_sound(&w, &s);
	must(w.len == len && memcmp(w.p, p, len) == 0);
	free(w.p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size > 0 ? size : 1);
	struct vomp_header h;

	must(p != NULL);
	memcpy(p, data, size);
	if (vomp_header_read(p, (unsigned)size, &h) == 0) {
		header(&h);
		offer(p + VOMP_HEADER, (unsigned)size - VOMP_HEADER);
		sound(p + VOMP_HEADER, (unsigned)size - VOMP_HEADER);
	}
	free(p);
	return 0;
}

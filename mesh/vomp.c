/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of VoMP, read and written; its codecs. */
#include "mesh/vomp.h"

#include <errno.h>

#include "codecs/codec.h"
#include "mesh/reader.h"

/* ---- The header ---- */

enum { VIEW_SHIFT = 4, STATE_MASK = 15 };

int
vomp_header_read(const uint8_t *p, unsigned len, struct vomp_header *h)
{
	struct reader r = {p, len, false};
	uint8_t version = read_8(&r), states;

	h->from_session = read_16(&r);
	h->to_session = read_16(&r);
	states = read_8(&r);
	h->state = states & STATE_MASK;
	h->view = states >> VIEW_SHIFT;
	if (r.bad || version != VOMP_VERSION || h->from_session == 0 ||
		h->state < VOMP_NOCALL || h->state > VOMP_CALLENDED)
		return -EBADMSG;
	return 0;
}

static void
put_16(struct mesh_writer *w, uint16_t v)
{
	mesh_put(w, (const uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

void
mesh_put_vomp_header(struct mesh_writer *w, const struct vomp_header *h)
{
	mesh_put_ports(w, &(struct mesh_ports){MESH_PORT_VOMP, MESH_PORT_VOMP});
	mesh_put_byte(w, VOMP_VERSION);
	put_16(w, h->from_session);
	put_16(w, h->to_session);
	mesh_put_byte(w, (uint8_t)(h->view << VIEW_SHIFT | h->state));
}

/* ---- Codec lists and numbers ---- */

/* Up to the NUL; what no name can have, and what is too long, counts as not said. */
static void
read_number(struct reader *r, char number[MESH_DID])
{
	const uint8_t *at = r->p;
	const uint8_t *end = r->left > 0 ? memchr(r->p, '\0', r->left) : NULL;
	size_t n;

	number[0] = '\0';
	if (end == NULL) {
		r->bad = true;
		return;
	}
	n = (size_t)(end - at);
	read_bytes(r, (unsigned)n + 1);
	if (n < MESH_DID && mesh_name_fits((const char *)at, n, n) == n)
		memcpy(number, at, n + 1);
}

int
vomp_offer_read(const uint8_t *p, unsigned len, struct vomp_offer *o)
{
	struct reader r = {p, len, false};
	uint8_t id;

	*o = (struct vomp_offer){0};
	while ((id = read_8(&r)) != 0)
		if (vomp_codec_by_id(id) != NULL && o->codecs < VOMP_CODECS)
			o->codec[o->codecs++] = id;
	if (!r.bad && r.left > 0) {
		read_number(&r, o->from);
		read_number(&r, o->to);
	}
	return r.bad ? -EBADMSG : 0;
}

void
mesh_put_vomp_offer(struct mesh_writer *w, const struct vomp_offer *o, bool caller)
{
	for (unsigned id = 1; id <= UINT8_MAX; id++)
		if (memchr(o->codec, (int)id, o->codecs) != NULL)
			mesh_put_byte(w, (uint8_t)id);
	mesh_put_byte(w, 0);
	if (!caller)
		return;
	mesh_put(w, o->from, (unsigned)strlen(o->from) + 1);
	mesh_put(w, o->to, (unsigned)strlen(o->to) + 1);
}

/* ---- Sound ---- */

int
vomp_sound_read(const uint8_t *p, unsigned len, struct vomp_sound *s)
{
	struct reader r = {p, len, false};

	s->codec = read_8(&r);
	s->slot = read_16(&r);
	s->seq = read_16(&r);
	if (r.bad || r.left == 0 || r.left > UINT16_MAX)
		return -EBADMSG;
	s->len = (uint16_t)r.left;
	s->data = r.p;
	return 0;
}

void
mesh_put_vomp_sound(struct mesh_writer *w, const struct vomp_sound *s)
{
	mesh_put_byte(w, s->codec);
	put_16(w, s->slot);
	put_16(w, s->seq);
	mesh_put(w, s->data, s->len);
}

/* ---- Codecs ---- */

/* Names are those of the codecs' own rows.  Static payload types where there are any
 * (RFC 3551). */
static const struct vomp_codec_row rows[] = {
	{"opus", VOMP_OPUS, CODEC_OPUS, 99, 480, 0, 1},
	{"PCMU", VOMP_PCMU, CODEC_PCMU, 0, 80, 160, 1},
	{"PCMA", VOMP_PCMA, CODEC_PCMA, 8, 80, 160, 1},
	{"L16", VOMP_PCM16, CODEC_L16, 96, 80, 320, 1},
	{"GSM", VOMP_GSM, CODEC_GSM, 3, 80, 33, 1},
	{"CODEC2-3200", VOMP_CODEC2_3200, CODEC_CODEC2_3200, 98, 80, 8, 1},
	{"CODEC2-1200", VOMP_CODEC2_1200, CODEC_CODEC2_1200, 97, 80, 6, 2},
	{"telephone-event", VOMP_DTMF, CODEC_EVENT, 101, 80, 0, 1},
	{"text", VOMP_TEXT, CODEC_NONE, 102, 80, 0, 1},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

const struct vomp_codec_row *
vomp_codec_row(unsigned n)
{
	return n < ROWS ? &rows[n] : NULL;
}

const struct vomp_codec_row *
vomp_codec_by_id(uint8_t id)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

const struct vomp_codec_row *
vomp_codec_by_payload_type(uint8_t t)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].payload_type == t)
			return &rows[i];
	return NULL;
}

/* RFC 6716 sections 3.1 and 3.2. */
static unsigned
opus_ms(const uint8_t *p, unsigned len)
{
	static const uint8_t silk[] = {10, 20, 40, 60};
	unsigned config = p[0] >> 3, code = p[0] & 3;
	unsigned frames = code == 0 ? 1 : code < 3 ? 2 : len > 1 ? p[1] & 63 : 0;

	if (config < 12)
		return frames * silk[config % 4];
	return config < 16 ? frames * silk[config % 2] : (frames * 5 << config % 4) / 2;
}

unsigned
vomp_slots(const struct vomp_codec_row *row, const uint8_t *p, unsigned len)
{
	unsigned slots = row->bytes != 0        ? len / row->bytes * row->slots
			 : row->id == VOMP_OPUS ? opus_ms(p, len) / VOMP_SLOT_MS
						: 1;

	return slots < 1 ? 1 : slots < VOMP_SLOTS ? slots : VOMP_SLOTS;
}

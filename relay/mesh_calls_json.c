/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of calls of VoMP: events, rows of mesh.calls, sums; see mesh_calls_inside.h. */
#include <string.h>

#include "control/events.h"
#include "relay/event_kinds.h"
#include "relay/mesh_calls_inside.h"
#include "relay/put.h"
#include "relay/stats.h"

const char *const mesh_end_words[MESH_ENDS] = {
	[VOMP_NOT_ENDED] = "mesh_not_ended",
	[VOMP_HUNG_UP] = "mesh_hung_up",
	[VOMP_FAR_HUNG_UP] = "mesh_far_hung_up",
	[VOMP_REFUSED] = "mesh_refused",
	[VOMP_NO_CODEC] = "mesh_no_codec",
	[VOMP_NO_ANSWER] = "mesh_no_answer",
	[VOMP_UNREACHABLE] = "mesh_unreachable",
	[VOMP_LOST] = "mesh_lost",
	[MESH_NOT_FOUND] = "mesh_not_found",
	[MESH_PEER_BUSY] = "mesh_peer_busy",
	[MESH_NO_IDENTITY] = "mesh_no_identity",
	[MESH_NO_ROOM] = "mesh_no_room",
	[MESH_NO_CAPACITY] = "mesh_no_capacity",
	[MESH_CROWDED_OUT] = "mesh_crowded_out",
};

const char *
mesh_end_word(unsigned why)
{
	return mesh_end_words[why] + strlen("mesh_");
}

static void
put_sid(json_t *o, const char *name, const uint8_t bytes[SID_LEN])
{
	struct sid sid;
	char text[SID_TEXT];

	memcpy(sid.b, bytes, sizeof sid.b);
	sid_print(&sid, text);
	put_text(o, name, text);
}

static void
put_if_said(json_t *o, const char *name, const char *text)
{
	if (text[0] != '\0')
		put_text(o, name, text);
}

/* Of the codecs in SET, in the order in which we would rather speak. */
static json_t *
names(uint32_t set)
{
	const struct vomp_codec_row *row;
	json_t *list = json_array();

	for (unsigned i = 0; (row = vomp_codec_row(i)) != NULL; i++)
		if (row->id < 32 && (set >> row->id & 1) != 0)
			json_array_append_new(list, json_string(row->name));
	return list;
}

/* ---- Events ---- */

/* NULL: nobody listens. */
static json_t *
of_leg(const struct mesh_call *m)
{
	return events_wanted(m->of->conf.events)
		       ? json_pack("{s:s, s:s}", "call", m->call, "leg", m->leg)
		       : NULL;
}

static void
emit(const struct mesh_call *m, enum event_number n, json_t *o)
{
	events_emit(m->of->conf.events, &event_kinds[n], o);
}

void
mesh_calls_tell_offered(const struct mesh_call *m)
{
	const struct mesh_identity *self = mesh_identity(m->of->conf.mesh, m->identity);
	json_t *o = of_leg(m);

	if (o != NULL) {
		put_if_said(o, "from", m->vomp.theirs.from);
		put_sid(o, "sid", m->sid.b);
		put_if_said(o, "did", m->vomp.theirs.to);
		put_sid(o, "identity", self->sid.b);
		json_object_set_new(o, "codecs", names(m->vomp.common));
	}
	emit(m, EVENT_MESH_CALL_OFFERED, o);
}

void
mesh_calls_tell_ringing(const struct mesh_call *m)
{
	emit(m, EVENT_MESH_CALL_RINGING, of_leg(m));
}

void
mesh_calls_tell_answered(const struct mesh_call *m)
{
	json_t *o = of_leg(m);

	if (o != NULL)
		json_object_set_new(o, "codecs", names(m->vomp.common));
	emit(m, EVENT_MESH_CALL_ANSWERED, o);
}

void
mesh_calls_tell_ended(const struct mesh_call *m, unsigned why)
{
	json_t *o = of_leg(m);

	if (o != NULL)
		put_text(o, "reason", mesh_end_word(why));
	emit(m, EVENT_MESH_CALL_ENDED, o);
}

void
mesh_calls_tell_digit(const struct mesh_call *m, char digit)
{
	json_t *o = of_leg(m);

	if (o != NULL)
		put_name(o, "digit", &digit, 1);
	emit(m, EVENT_MESH_DTMF, o);
}

/* What is no UTF-8 is told as far as it is ASCII. */
void
mesh_calls_tell_text(const struct mesh_call *m, const uint8_t *text, size_t n)
{
	char ascii[VOMP_AUDIO_MAX];
	json_t *o = of_leg(m), *said;

	if (o == NULL) {
		emit(m, EVENT_MESH_TEXT, NULL);
		return;
	}
	said = json_stringn((const char *)text, n);
	if (said == NULL) {
		n = n < sizeof ascii ? n : sizeof ascii;
		for (size_t i = 0; i < n; i++)
			ascii[i] = text[i] < 0x80 ? (char)text[i] : '?';
		said = json_stringn(ascii, n);
	}
	json_object_set_new(o, "text", said);
	emit(m, EVENT_MESH_TEXT, o);
}

/* ---- mesh.calls ---- */

json_t *
mesh_calls_row(const struct mesh_calls *mc, const struct call *c, unsigned leg)
{
	const struct leg *l = &c->leg[leg];
	const struct mesh_call *m = mesh_call_of(mc, c, l);
	json_t *o = json_pack("{s:s, s:s}", "call", c->id, "leg", l->name);

	stats_put_mesh(o, l);
	if (m != NULL && m->vomp.common != 0)
		json_object_set_new(o, "codecs", names(m->vomp.common));
	put_number(o, "age_s", stats_age_s(c), 10);
	return o;
}

json_t *
mesh_calls_rows(const struct mesh_calls *mc, const char *after, unsigned limit)
{
	const struct call *c = calls_next(mc->conf.calls, after);
	json_t *rows = json_array();

	for (; c != NULL && json_array_size(rows) < limit;
		c = calls_next(mc->conf.calls, c->id))
		for (unsigned i = 0; i < c->legs; i++)
			if (c->leg[i].mesh != NULL)
				json_array_append_new(rows, mesh_calls_row(mc, c, i));
	return json_pack("{s:o, s:b}", "calls", rows, "more", c != NULL);
}

/* ---- stats.get ---- */

json_t *
mesh_calls_sums_json(const struct mesh_calls *mc)
{
	const struct mesh_calls_sums *sums = &mc->sums;
	json_t *o = json_object(), *ended = json_object();

	put_count(o, "calls", mc->calls);
	put_count(o, "dialled", sums->dialled);
	put_count(o, "offered", sums->offered);
	put_count(o, "refused", sums->refused);
	put_count(o, "put_off", sums->put_off);
	put_count(o, "answered", sums->answered);
	put_count(o, "strays", sums->strays);
	for (unsigned i = VOMP_HUNG_UP; i < MESH_ENDS; i++)
		if (sums->ended[i] != 0)
			put_count(ended, mesh_end_word(i), sums->ended[i]);
	json_object_set_new(o, "ended", ended);
	return o;
}

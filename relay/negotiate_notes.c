/* SPDX-License-Identifier: Apache-2.0
 *
 * What is kept of a line's codecs for later requests: the formats that its parties have said,
 * how long their packets are, and how we are to code. */
#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

int
negotiate_note_formats(struct plan *p, struct line *l, const struct sdp_format *in, size_t n)
{
	l->from->formats = n;
	l->from->format = arena_array(p->arena, n + 1, sizeof *l->from->format);
	if (l->from->format == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < n; i++)
		l->from->format[i].is = in[i];
	return 0;
}

int
negotiate_note(struct plan *p, struct line *l)
{
	return negotiate_note_formats(p, l, l->in->format, l->in->formats);
}

/* What one party says of its packets holds for both, unless the client has asked for
 * something else. */
void
negotiate_ptime(struct plan *p, struct line *l)
{
	const struct ng_request *r = p->request;
	uint64_t ms = 0;

	if (l->in->ptime.at == NULL || slice_number(l->in->ptime, UINT16_MAX, &ms) != 0)
		ms = 0;
	if (ms > 0 && !(l->from->marks & MEMO_PTIME))
		l->from->ptime = (uint32_t)ms;
	if (ms > 0 && !(l->to->marks & MEMO_PTIME))
		l->to->ptime = (uint32_t)ms;
	if (!p->n->answer && r->ptime > 0 && r->ptime <= UINT16_MAX)
		l->to->ptime = (uint32_t)r->ptime;
	if (!p->n->answer && r->ptime_reverse > 0 && r->ptime_reverse <= UINT16_MAX)
		l->from->ptime = (uint32_t)r->ptime_reverse;
	if (!p->n->answer && (r->ptime > 0 || r->ptime_reverse > 0)) {
		l->from->marks |= MEMO_PTIME;
		l->to->marks |= MEMO_PTIME;
	}
	if (l->to->ptime != 0)
		l->out->ptime = arena_decimal(p->arena, l->to->ptime);
}

/* The specifications of an offer's codecs hold until others come: those of `set` for what FROM
 * is sent, those of `transcode` for what TO is. */
int
negotiate_coding(struct plan *p, struct line *l)
{
	const struct ng_list *codec = p->request->codec;

	if (p->n->answer)
		return 0;
	if (wish_coding(&codec[NG_CODEC_SET], &l->from->coding, p->arena) != 0 ||
		wish_coding(&codec[NG_CODEC_TRANSCODE], &l->to->coding, p->arena) != 0)
		return plan_no_memory(p);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See negotiate.h: an SDP is read, lined up with what both parties have said before, gone
 * through line by line, and written when the ports are known. */
#include "relay/negotiate.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "control/sdp_change.h"
#include "relay/negotiate_inside.h"

static int
read_sdp(struct plan *p)
{
	static const char *const reasons[] = {
		[SDP_OK] = "",
		[SDP_SYNTAX] = "Failed to parse SDP",
		[SDP_INCOMPLETE] = "Incomplete SDP specification",
		[SDP_TOO_MUCH] = "Failed to parse SDP",
		[SDP_NO_MEMORY] = "Out of memory",
	};
	struct slice text = p->request->sdp;
	enum sdp_error err;

	if ((p->n->in = arena_take(p->arena, sizeof *p->n->in)) == NULL)
		return plan_no_memory(p);
	if ((err = sdp_read(p->n->in, p->arena, text.at, text.len)) != SDP_OK)
		return plan_fail(p, reasons[err]);
	if (p->n->in->medias == 0)
		return plan_fail(p, "Error rewriting SDP");
	return sdp_copy(&p->out, p->n->in, p->arena) == 0 ? 0 : plan_no_memory(p);
}

/* ---- Lines. ---- */

/* Lines of SIDE as they were, with room for N. */
static int
take_lines(struct plan *p, unsigned side, size_t n)
{
	struct memo_side *now = &p->now.side[side];
	const struct memo_side *was = &p->was.side[side];

	if ((now->line = arena_array(p->arena, n, sizeof *now->line)) == NULL)
		return plan_no_memory(p);
	if (was->lines > 0)
		memcpy(now->line, was->line, was->lines * sizeof *now->line);
	now->lines = n;
	return 0;
}

static bool
is_marked(const struct plan *p, unsigned side, unsigned n, uint32_t marks)
{
	const struct memo_side *s = &p->was.side[side];

	return n < s->lines && (s->line[n].marks & marks);
}

/* Lines that FROM does not see, so that none of its own is meant. */
static bool
is_unseen(const struct plan *p, unsigned n)
{
	return is_marked(p, p->from, n, MEMO_HIDDEN) ||
	       (p->n->answer && is_marked(p, p->from, n, MEMO_ABSENT));
}

/* How many lines there are in all: an answer can not add any. */
static unsigned
count_lines(const struct plan *p)
{
	unsigned n = 0, theirs = 0, before = (unsigned)p->was.side[p->from].lines;

	if (p->n->answer)
		return before;
	for (; n < SDP_MEDIA && (theirs < p->n->in->medias || n < before); n++)
		if (theirs < p->n->in->medias && !is_unseen(p, n))
			theirs += negotiate_sections(p, n, theirs);
	return theirs == p->n->in->medias ? n : SDP_MEDIA + 1;
}

static void
ask_closed(struct stream_request *s)
{
	s->has = REQUEST_HAS_CLOSED;
	s->closed = 1;
}

static void
line_up(struct plan *p, struct line *l, unsigned n)
{
	const struct memo_side *from = &p->was.side[p->from], *to = &p->was.side[p->to];

	*l = (struct line){
		.n = n,
		.from = &p->now.side[p->from].line[n],
		.to = &p->now.side[p->to].line[n],
		.from_was = n < from->lines ? &from->line[n] : NULL,
		.to_was = n < to->lines ? &to->line[n] : NULL,
	};
	if (n >= REQUEST_STREAMS)
		return;
	l->from_asked = &p->asked->leg[p->from].stream[n];
	l->to_asked = &p->asked->leg[p->to].stream[n];
	ask_closed(l->from_asked);
	ask_closed(l->to_asked);
}

/* Line L of FROM is number I of its SDP; can it be an answer to what it was asked? */
static const struct sdp_media *
line_of(const struct plan *p, const struct line *l, unsigned i)
{
	const struct sdp_media *m = &p->n->in->media[i];
	const struct memo_line *asked = negotiate_was_fax(l) ? l->from_was : l->to_was;

	if (!p->n->answer || (slice_equal_nocase(m->type, asked->type) &&
				     !protocol_is_other(m->protocol, asked->protocol)))
		return m;
	return NULL;
}

/* Is TO to see L, of which FROM SAID something or which it does not see? */
static bool
is_shown(const struct plan *p, const struct line *l, bool said, bool unseen)
{
	if (p->n->alone)
		return said;
	if (is_marked(p, p->to, l->n, MEMO_HIDDEN) || negotiate_is_removed(p, l))
		return false;
	if (p->n->answer)
		return !is_marked(p, p->to, l->n, MEMO_ABSENT);
	return said || unseen;
}

/* Lines of TO's SDP: those that FROM has, those it was not shown, and in an answer those it
 * left out. */
static int
line_up_all(struct plan *p)
{
	struct sdp_media *theirs = p->out.media;
	unsigned next = 0, which = 0;

	p->out.media = arena_array(p->arena, p->lines, sizeof *p->out.media);
	if (p->out.media == NULL)
		return plan_no_memory(p);
	p->out.medias = 0;
	for (unsigned i = 0; i < p->lines; i++) {
		struct line *l = &p->line[i];
		bool unseen = is_unseen(p, i), said = !unseen && next < p->n->in->medias;

		line_up(p, l, i);
		if (said) {
			unsigned sections = negotiate_sections(p, i, next);

			which = negotiate_section(p, l, next, sections);
			l->in = line_of(p, l, which);
			next += sections;
		}
		if (!is_shown(p, l, said, unseen))
			continue;
		l->out = &p->out.media[p->out.medias++];
		if (l->in != NULL)
			*l->out = theirs[which];
	}
	return p->out.medias > 0 ? 0 : plan_fail(p, "Error rewriting SDP");
}

static int
plan_lines(struct plan *p)
{
	if ((p->line = arena_array(p->arena, p->lines, sizeof *p->line)) == NULL)
		return plan_no_memory(p);
	for (unsigned side = 0; side < 2; side++) {
		if (side < p->asked->legs)
			p->asked->leg[side].streams =
				(uint16_t)(p->lines < REQUEST_STREAMS ? p->lines
								      : REQUEST_STREAMS);
		if (take_lines(p, side, p->lines) != 0)
			return -EINVAL;
	}
	return line_up_all(p);
}

/* ---- The first half. ---- */

static int
plan_open(struct plan *p, struct negotiation *n, struct call_request *asked)
{
	p->n = n;
	p->request = n->request;
	p->arena = n->arena;
	p->from = n->from;
	p->to = n->alone ? n->from : 1 - n->from;
	p->asked = asked;
	if ((p->reason = negotiate_refusal(p->request)) != NULL || read_sdp(p) != 0)
		return -EINVAL;
	if (p->n->in->loop.at != NULL && slice_is(p->n->in->loop, n->instance))
		return -EALREADY;
	if (memo_read(n->memo, &p->was, p->arena) != 0)
		return plan_no_memory(p);
	p->now = p->was;
	if ((p->lines = count_lines(p)) > SDP_MEDIA)
		return plan_fail(p, "Too many media");
	return plan_lines(p);
}

/* What is never passed on, of any media. */
static void
drop_ice(struct sdp_media *m)
{
	m->ice_ufrag = m->ice_pwd = m->ice_options = (struct slice){NULL, 0};
	m->candidates = NULL;
	m->end_of_candidates = false;
}

/* What both parties get of a line. */
static int
plan_talk(struct plan *p, struct line *l)
{
	static int (*const steps[])(struct plan *, struct line *) = {negotiate_transport,
		negotiate_remote, negotiate_crypto, negotiate_source, negotiate_codecs};

	if (negotiate_media(p, l) != 0)
		return -EINVAL;
	if (!l->relayed)
		return l->in != NULL ? negotiate_note(p, l) : 0;
	drop_ice(l->out);
	if (ng_has(p->request, NG_STRIP_EXTMAP))
		l->out->extmaps = NULL;
	/* Either form, if there are any: RFC 8285 section 6. */
	l->out->extmap_allow_mixed = l->out->extmaps != NULL;
	for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i](p, l) != 0)
			return -EINVAL;
	return 0;
}

/* What TO has said of a line that was closed is no answer to one that is opened. */
static void
forget_answer(const struct plan *p, struct line *l)
{
	const struct stream *s = negotiate_stream(p, p->to, l->n);

	if (s == NULL || s->closed)
		l->to->formats = 0;
}

static int
plan_line(struct plan *p, struct line *l)
{
	if (p->n->alone)
		return negotiate_published(p, l);
	negotiate_part_twins(p, l);
	if (!p->n->answer)
		negotiate_forget_held(l); /* with an answer that has not come */
	if (plan_talk(p, l) != 0)
		return -EINVAL;
	if (p->n->answer)
		negotiate_catch_up(l);
	else if (negotiate_is_running(p, l))
		negotiate_hold_back(p, l);
	else if (l->relayed)
		forget_answer(p, l);
	return 0;
}

static int
plan_all(struct plan *p)
{
	int (*session)(struct plan *) = p->n->alone ? negotiate_publisher : negotiate_origin;
	int err;

	negotiate_legs(p);
	for (unsigned i = 0; i < p->lines; i++)
		if (plan_line(p, &p->line[i]) != 0)
			return -EINVAL;
	if (negotiate_twins(p) != 0 || session(p) != 0)
		return -EINVAL;
	err = memo_write(p->n->memo, &p->now);
	return err == 0        ? 0
	       : err == -E2BIG ? plan_fail(p, "Too long an SDP")
			       : plan_no_memory(p);
}

int
negotiate_begin(struct negotiation *n, struct call_request *asked, const char **reason)
{
	static const char names[REQUEST_LEGS][REQUEST_NAME] = {"caller", "callee"};
	struct plan *p = arena_take(n->arena, sizeof *p);
	int err;

	*reason = "Out of memory";
	if (p == NULL)
		return -EINVAL;
	n->plan = p;
	asked->legs = n->alone ? 1 : REQUEST_LEGS;
	for (unsigned i = 0; i < asked->legs; i++)
		memcpy(asked->leg[i].name, names[i], sizeof asked->leg[i].name);
	if ((err = plan_open(p, n, asked)) == 0)
		err = plan_all(p);
	if (err != 0)
		request_wipe(asked);
	*reason = p->reason;
	return err;
}

/* ---- The second half. ---- */

/* The SDP of P, for the party of leg TO. */
static struct slice
write_sdp(struct plan *p, const struct leg *to)
{
	struct slice sdp;

	if (negotiate_places(p, to) != 0)
		return (struct slice){NULL, 0};
	sdp = sdp_write(&p->out, p->arena);
	return sdp.at != NULL ? sdp_change_attrs(sdp, p->request->sdp_attr, p->arena) : sdp;
}

struct slice
negotiate_longest(const struct negotiation *n)
{
	struct stream stream[REQUEST_STREAMS];
	struct leg to = {.stream = stream, .local = {.family = AF_INET6}};

	for (unsigned i = 0; i < REQUEST_STREAMS; i++)
		stream[i] = (struct stream){.port = UINT16_MAX - 1};
	memset(to.local.ip, 0xff, sizeof to.local.ip);
	return write_sdp(n->plan, &to);
}

struct slice
negotiate_end(struct negotiation *n, const struct call *call)
{
	struct plan *p = n->plan;

	return write_sdp(p, &call->leg[p->to]);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The session's own lines: o= and s=, loop-protect, groups.  RFC 3264 section 8 (the version
 * of o= rises with every change). */
#include <errno.h>
#include <inttypes.h>

#include "control/siphash.h"
#include "relay/negotiate_inside.h"

/* Of what TO is told, but for the version of o=, which follows from it, and for ports and
 * addresses, which are not known yet and come again with the same call. */
static uint64_t
hash(struct plan *p)
{
	struct sdp text = p->out;
	struct slice all;

	text.origin.version = SLICE("0");
	all = sdp_write(&text, p->arena);
	return all.at != NULL ? siphash(p->now.secret, all.at, all.len) | 1 : 0;
}

static bool
reopens(const struct plan *p)
{
	for (unsigned i = 0; i < p->lines; i++)
		if (p->line[i].to_asked != NULL && p->line[i].to_asked->reopen)
			return true;
	return false;
}

/* A version of our own, from the first one that TO was told: higher with each change. */
static int
count_version(struct plan *p, struct memo_side *to)
{
	bool always = ng_replaces(p->request, NG_REPLACE_FORCE_INCREMENT);
	uint64_t before = to->text, version = 0;

	to->text = 0;
	if (!always && !ng_replaces(p->request, NG_REPLACE_SDP_VERSION))
		return 0;
	to->text = hash(p);
	if (to->version.at == NULL)
		return 0;
	if (slice_number(to->version, UINT64_MAX - 1, &version) != 0)
		return 0;
	version += always || to->text != before || reopens(p);
	p->out.origin.version = arena_print(p->arena, "%" PRIu64, version);
	return p->out.origin.version.at != NULL ? 0 : plan_no_memory(p);
}

/* An empty address is ours, which is known later. */
static void
replace(struct plan *p, struct memo_side *to)
{
	struct sdp_origin *o = &p->out.origin;

	if (ng_replaces(p->request, NG_REPLACE_ORIGIN) ||
		ng_replaces(p->request, NG_REPLACE_ORIGIN_FULL))
		o->address = (struct slice){NULL, 0};
	if (to->origin.user.at == NULL) {
		to->origin = *o;
		to->name = p->out.name;
		return;
	}
	if (ng_replaces(p->request, NG_REPLACE_USERNAME))
		o->user = to->origin.user;
	if (ng_replaces(p->request, NG_REPLACE_SESSION_NAME) && to->name.at != NULL)
		p->out.name = to->name;
	if (ng_replaces(p->request, NG_REPLACE_ORIGIN_FULL)) {
		struct slice version = o->version;

		*o = to->origin;
		o->version = version;
	}
}

/* Bundled media would share a port, which ours do not; so a bundle of ours is of one. */
static void
drop_bundles(struct sdp *s)
{
	struct sdp_text **at = &s->groups;

	while (*at != NULL)
		if (slice_begins((*at)->text, "BUNDLE"))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	for (size_t i = 0; i < s->medias; i++)
		s->media[i].bundle_only = false;
}

/* Where MID stands among the tags of all of S's bundles, from 1 on; 0: it is in none. */
static uint32_t
place_in_bundles(const struct sdp *s, struct slice mid)
{
	uint32_t place = 0;

	for (const struct sdp_text *g = s->groups; g != NULL; g = g->next) {
		struct slice rest = g->text;

		if (!slice_is(slice_cut(&rest, ' '), "BUNDLE"))
			continue;
		while (rest.len > 0 && place < MEMO_BUNDLE_MAX) {
			place++;
			if (slice_equal(slice_cut(&rest, ' '), mid))
				return place;
		}
	}
	return 0;
}

/* Which of its lines FROM would bundle, and may.  What an answer has told it stays so without
 * a word: RFC 8843 section 7.3.2 forbids to move it out by another. */
static void
take_bundles(struct plan *p)
{
	const unsigned take = NG_BUNDLE_ACCEPT | NG_BUNDLE_REQUIRE | NG_BUNDLE_STRICT;

	for (unsigned i = 0; i < p->lines; i++) {
		const struct line *l = &p->line[i];
		bool wanted = (p->request->bundle & take) || (l->from->marks & MEMO_BUNDLED);
		bool may = wanted && !(p->request->bundle & NG_BUNDLE_REJECT) && l->relayed &&
			   l->in->mid.len > 0;

		l->from->bundle = may ? place_in_bundles(p->n->in, l->in->mid) : 0;
	}
}

/* Could L be a bundle, of itself?  Section 9.3 wants rtcp-mux. */
static bool
is_bundle(const struct line *l)
{
	return l->relayed && l->out->rtcp_mux && l->out->mid.len > 0;
}

/* The line that TO is offered as a bundle.  NULL: there is none. */
static const struct line *
bundle_offered(const struct plan *p)
{
	if (p->out.medias != 1 ||
		!(p->request->bundle & (NG_BUNDLE_OFFER | NG_BUNDLE_REQUIRE)))
		return NULL;
	for (unsigned i = 0; i < p->lines; i++)
		if (is_bundle(&p->line[i]))
			return &p->line[i];
	return NULL;
}

/* The line that TO, who has offered bundles, has as one: the first of their tags that was not
 * refused, by whose address all of a bundle is to be reached (section 7.3.1); 7.3.2 lets who
 * answers take the others out of it.  NULL: there is none. */
static const struct line *
bundle_answered(const struct plan *p)
{
	const struct line *first = NULL;

	for (unsigned i = 0; i < p->lines; i++) {
		const struct line *l = &p->line[i];

		if (is_bundle(l) && l->to->bundle != 0 &&
			(first == NULL || l->to->bundle < first->to->bundle))
			first = l;
	}
	return first;
}

/* Remember that of its lines TO was told of L alone as a bundle. */
static void
mark_bundled(struct plan *p, const struct line *l)
{
	for (unsigned i = 0; i < p->lines; i++)
		p->line[i].to->marks &= ~(uint32_t)MEMO_BUNDLED;
	if (l != NULL)
		l->to->marks |= MEMO_BUNDLED;
}

static int
tell_bundle(struct plan *p)
{
	const struct line *l = p->n->answer ? bundle_answered(p) : bundle_offered(p);
	struct sdp_text *group;

	if (p->n->answer)
		mark_bundled(p, l);
	if (l == NULL)
		return 0;
	if ((group = arena_take(p->arena, sizeof *group)) == NULL)
		return plan_no_memory(p);
	group->text =
		arena_print(p->arena, "BUNDLE %.*s", (int)l->out->mid.len, l->out->mid.at);
	group->next = p->out.groups;
	p->out.groups = group;
	return group->text.at != NULL ? 0 : plan_no_memory(p);
}

static bool
has_mid(const struct sdp *s, struct slice mid)
{
	for (size_t i = 0; i < s->medias; i++)
		if (slice_equal(s->media[i].mid, mid))
			return true;
	return false;
}

/* Media without a mid get one that no other has: numbers from 1 on. */
static int
number_media(struct plan *p)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->out.medias; i++) {
		struct slice mid;

		if (p->out.media[i].mid.len > 0)
			continue;
		do
			mid = arena_print(p->arena, "%u", ++n);
		while (mid.at != NULL && has_mid(&p->out, mid));
		if (mid.at == NULL)
			return -ENOMEM;
		p->out.media[i].mid = mid;
	}
	return 0;
}

int
negotiate_origin(struct plan *p)
{
	struct memo_side *to = &p->now.side[p->to];

	drop_bundles(&p->out);
	if (!p->n->answer)
		take_bundles(p);
	if (!p->n->answer && ng_has(p->request, NG_GENERATE_MID) && number_media(p) != 0)
		return plan_no_memory(p);
	if (tell_bundle(p) != 0)
		return -EINVAL;
	p->out.ice_lite = false;
	p->out.loop = ng_has(p->request, NG_LOOP_PROTECT) ? slice_of(p->n->instance)
							  : (struct slice){NULL, 0};
	replace(p, to);
	if (count_version(p, to) != 0)
		return -EINVAL;
	to->version = p->out.origin.version;
	return 0;
}

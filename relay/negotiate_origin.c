/* SPDX-License-Identifier: Apache-2.0
 *
 * The session's own lines: o= and s=, loop-protect, groups.  RFC 3264 section 8 (the version
 * of o= rises with every change). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

/* Bundled media would share a port, which ours do not. */
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
	if (!p->n->answer && ng_has(p->request, NG_GENERATE_MID) && number_media(p) != 0)
		return plan_no_memory(p);
	p->out.ice_lite = false;
	p->out.loop = ng_has(p->request, NG_LOOP_PROTECT) ? slice_of(p->n->instance)
							  : (struct slice){NULL, 0};
	replace(p, to);
	if (count_version(p, to) != 0)
		return -EINVAL;
	to->version = p->out.origin.version;
	return 0;
}

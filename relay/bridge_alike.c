/* SPDX-License-Identifier: Apache-2.0
 *
 * See bridge_alike.h. */
#include "relay/bridge_alike.h"

#include <string.h>
#include <strings.h>

#include "relay/call.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"

bool
bridge_is_untold(const struct stream *from, const struct stream *to)
{
	return from->e2e || from->coding == NULL || from->coding->formats == 0 || to == NULL ||
	       to->coding == NULL || to->coding->formats == 0 || from->media != to->media ||
	       from->closed || to->closed;
}

static bool
is_one(const struct request_format *a, const struct request_format *b)
{
	return memcmp(&a->format, &b->format, sizeof a->format) == 0 &&
	       (a->format.codec != CODEC_NONE || strcasecmp(a->name, b->name) == 0);
}

/* Does C use all that it names? */
static bool
uses_all(const struct coding *c)
{
	return c->use.taken == (1u << c->formats) - 1 && c->use.givens == c->formats;
}

bool
bridge_is_alike(const struct stream *a, const struct stream *b)
{
	const struct coding *x = a->coding, *y = b->coding;

	if (x->formats != y->formats || !uses_all(x) || !uses_all(y))
		return false;
	if (x->format == y->format) /* as most are, for lists that are equal lie once */
		return true;
	for (unsigned i = 0; i < x->formats; i++)
		if (!is_one(&x->format[i], &y->format[i]))
			return false;
	return true;
}

bool
bridge_is_treated(const struct stream *from, const struct stream *to)
{
	return from->coding->mute || from->coding->gain_db10 != 0 || to->coding->fill ||
	       call_mesh_is_left(from, to);
}

bool
bridge_passes_all(const struct stream *a, const struct stream *b)
{
	return bridge_is_alike(a, b) && !bridge_is_treated(a, b) && !bridge_is_treated(b, a);
}

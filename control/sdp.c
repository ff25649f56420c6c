/* SPDX-License-Identifier: Apache-2.0
 *
 * What an SDP is made of: lists, and copies. */
#include <errno.h>
#include <string.h>

#include "control/sdp.h"

const char *const sdp_setup_words[] = {"", "actpass", "active", "passive", "holdconn"};

const struct sdp_connection *
sdp_connection_of(const struct sdp *s, const struct sdp_media *m)
{
	return m->connection.family.at != NULL ? &m->connection : &s->connection;
}

int
sdp_attr_add(struct sdp_attrs *l, struct arena *a, struct slice name, struct slice value)
{
	struct sdp_attr *at = arena_take(a, sizeof *at);

	if (at == NULL)
		return -ENOMEM;
	*at = (struct sdp_attr){name, value, NULL};
	if (l->last != NULL)
		l->last->next = at;
	else
		l->first = at;
	l->last = at;
	return 0;
}

/* ---- Copies: each takes the place of what it is a copy of. ---- */

static int
copy_texts(struct sdp_text **list, struct arena *a)
{
	for (; *list != NULL; list = &(*list)->next) {
		struct sdp_text *t = arena_take(a, sizeof *t);

		if (t == NULL)
			return -ENOMEM;
		*t = **list;
		*list = t;
	}
	return 0;
}

static int
copy_attrs(struct sdp_attrs *l, struct arena *a)
{
	const struct sdp_attr *from = l->first;

	*l = (struct sdp_attrs){NULL, NULL};
	for (; from != NULL; from = from->next)
		if (sdp_attr_add(l, a, from->name, from->value) != 0)
			return -ENOMEM;
	return 0;
}

static int
copy_array(void *array, size_t n, size_t size, struct arena *a)
{
	void **at = array;
	const void *from = *at;

	if (from == NULL)
		return 0;
	*at = arena_array(a, n, size);
	if (*at == NULL)
		return -ENOMEM;
	memcpy(*at, from, n * size);
	return 0;
}

static int
copy_media(struct sdp_media *m, struct arena *a)
{
	if (copy_array(&m->format, m->formats, sizeof *m->format, a) != 0 ||
		copy_array(&m->crypto, m->cryptos, sizeof *m->crypto, a) != 0 ||
		copy_texts(&m->bandwidth, a) != 0 || copy_texts(&m->candidates, a) != 0 ||
		copy_texts(&m->extmaps, a) != 0 || copy_texts(&m->feedback, a) != 0 ||
		copy_attrs(&m->others, a) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < m->formats; i++)
		if (copy_texts(&m->format[i].feedback, a) != 0)
			return -ENOMEM;
	return 0;
}

int
sdp_copy(struct sdp *to, const struct sdp *from, struct arena *a)
{
	*to = *from;
	if (copy_array(&to->media, from->medias, sizeof *to->media, a) != 0 ||
		copy_texts(&to->uri, a) != 0 || copy_texts(&to->email, a) != 0 ||
		copy_texts(&to->phone, a) != 0 || copy_texts(&to->bandwidth, a) != 0 ||
		copy_texts(&to->timing, a) != 0 || copy_texts(&to->groups, a) != 0 ||
		copy_attrs(&to->others, a) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < to->medias; i++)
		if (copy_media(&to->media[i], a) != 0)
			return -ENOMEM;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * `codec` and `sdp-attr`: dictionaries in themselves, which also come as words among the
 * flags, "codec-mask-PCMA" and "sdp-attr-add-audio-X-colour:blue".  See ng_inside.h. */
#include <errno.h>

#include "control/ng_inside.h"

/* ---- codec ---- */

static const struct ng_word ops[] = {
	{"strip", NG_CODEC_STRIP, NULL},
	{"offer", NG_CODEC_OFFER, NULL},
	{"transcode", NG_CODEC_TRANSCODE, NULL},
	{"mask", NG_CODEC_MASK, NULL},
	{"except", NG_CODEC_EXCEPT, NULL},
	{"accept", NG_CODEC_ACCEPT, NULL},
	{"consume", NG_CODEC_CONSUME, NULL},
	{"set", NG_CODEC_SET, NULL},
	{"ignore", NG_CODEC_IGNORE, NULL},
	{NULL, 0, NULL},
};

static int
add_codec(const struct ng_reader *rd, struct ng_list *to, struct slice text)
{
	struct slice codec = ng_unescape(rd->a, text);

	return codec.at != NULL ? ng_list_add(rd->a, to, codec) : -ENOMEM;
}

/* "mask-PCMA" */
static int
take_codec_word(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	for (const struct ng_word *op = ops; op->word != NULL; op++)
		if (ng_word_cut(&text, op->word))
			return add_codec(rd, &rd->r->codec[op->value], text);
	return -EINVAL;
}

/* For the list that KEY is of. */
static int
take_codec(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	return add_codec(rd, (struct ng_list *)(void *)((char *)rd->r + key->at), text);
}

int
ng_read_codecs(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_codec);
}

int
ng_read_codec(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	int err = 0;

	if (v->type != VALUE_DICT)
		return ng_each(rd, key, v, take_codec_word);
	for (v = v->first; err == 0 && v != NULL; v = v->next) {
		const struct ng_word *op = ng_word_find(ops, v->key);
		struct ng_key list = *key;

		if (op == NULL) {
			err = ng_unknown(rd, key->name, v->key);
			continue;
		}
		list.at = (uint16_t)(offsetof(struct ng_request, codec) +
				     op->value * sizeof(struct ng_list));
		if ((err = ng_read_codecs(rd, &list, v)) == -EINVAL)
			err = ng_unknown(rd, key->name, v->key);
	}
	return err;
}

/* ---- sdp-attr ---- */

static const struct ng_word scopes[] = {
	{"none", NG_ATTR_SESSION, NULL},
	{"global", NG_ATTR_SESSION, NULL},
	{"session", NG_ATTR_SESSION, NULL},
	{"audio", NG_ATTR_AUDIO, NULL},
	{"video", NG_ATTR_VIDEO, NULL},
	{NULL, 0, NULL},
};

enum { ADD, REMOVE, SUBSTITUTE };
static const struct ng_word changes[] = {
	{"add", ADD, NULL},
	{"remove", REMOVE, NULL},
	{"substitute", SUBSTITUTE, NULL},
	{NULL, 0, NULL},
};

static int
add_substitute(const struct ng_reader *rd, struct ng_sdp_attr *attr, struct slice from,
	struct slice to)
{
	struct ng_substitute *all =
		ng_more(rd->a, attr->substitute, attr->substitutes, sizeof *all);

	if (all == NULL)
		return -ENOMEM;
	all[attr->substitutes++] = (struct ng_substitute){from, to};
	attr->substitute = all;
	return 0;
}

/* One line that is added or removed, or "FROM>TO". */
static int
change_line(const struct ng_reader *rd, unsigned change, struct ng_sdp_attr *attr,
	struct slice text)
{
	struct slice line = ng_unescape(rd->a, text), from;

	if (line.at == NULL)
		return -ENOMEM;
	if (change != SUBSTITUTE)
		return ng_list_add(rd->a, change == ADD ? &attr->add : &attr->remove, line);
	from = slice_cut(&line, '>');
	return line.len > 0 ? add_substitute(rd, attr, from, line) : -EINVAL;
}

/* The first two texts of PAIR. */
static int
change_pair(const struct ng_reader *rd, struct ng_sdp_attr *attr, const struct value *pair)
{
	struct slice from, to;

	if (pair->type != VALUE_LIST || pair->n < 2 || pair->first->type != VALUE_TEXT ||
		pair->first->next->type != VALUE_TEXT)
		return -EINVAL;
	from = ng_unescape(rd->a, pair->first->text);
	to = ng_unescape(rd->a, pair->first->next->text);
	if (from.at == NULL || to.at == NULL)
		return -ENOMEM;
	return add_substitute(rd, attr, from, to);
}

/* A list of pairs; one pair; or lines. */
static int
change(const struct ng_reader *rd, unsigned what, struct ng_sdp_attr *attr,
	const struct value *v)
{
	int err = 0;

	if (v->type == VALUE_TEXT)
		return change_line(rd, what, attr, v->text);
	if (v->type != VALUE_LIST)
		return -EINVAL;
	if (what == SUBSTITUTE && v->n > 0 && v->first->type == VALUE_TEXT)
		return change_pair(rd, attr, v);
	for (v = v->first; err == 0 && v != NULL; v = v->next)
		err = what == SUBSTITUTE      ? change_pair(rd, attr, v)
		      : v->type == VALUE_TEXT ? change_line(rd, what, attr, v->text)
					      : -EINVAL;
	return err;
}

/* "add-audio-X-colour:blue" */
static int
take_change(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	for (const struct ng_word *c = changes; c->word != NULL; c++) {
		struct slice rest = text;

		if (!ng_word_cut(&rest, c->word))
			continue;
		for (const struct ng_word *s = scopes; s->word != NULL; s++)
			if (ng_word_cut(&rest, s->word))
				return change_line(
					rd, c->value, &rd->r->sdp_attr[s->value], rest);
	}
	return -EINVAL;
}

/* {"add": [...], ...} */
static int
read_changes(const struct ng_reader *rd, struct ng_sdp_attr *attr, const struct value *v)
{
	int err = 0;

	if (v->type != VALUE_DICT)
		return -EINVAL;
	for (v = v->first; err == 0 && v != NULL; v = v->next) {
		const struct ng_word *c = ng_word_find(changes, v->key);

		err = c != NULL ? change(rd, c->value, attr, v) : -EINVAL;
		if (err == -EINVAL)
			err = ng_unknown(rd, "sdp-attr", v->key);
	}
	return err;
}

int
ng_read_sdp_attr(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	int err = 0;

	if (v->type != VALUE_DICT)
		return ng_each_whole(rd, key, v, take_change);
	for (v = v->first; err == 0 && v != NULL; v = v->next) {
		const struct ng_word *s = ng_word_find(scopes, v->key);

		err = s != NULL ? read_changes(rd, &rd->r->sdp_attr[s->value], v) : -EINVAL;
		if (err == -EINVAL)
			err = ng_unknown(rd, key->name, v->key);
	}
	return err;
}

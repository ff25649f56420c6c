/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the usual kinds: see ng_inside.h. */
#include <errno.h>
#include <stddef.h>

#include "control/ng_inside.h"

static void *
member(const struct ng_reader *rd, const struct ng_key *key)
{
	return (char *)rd->r + key->at;
}

/* One value may stand in a list. */
static const struct value *
single(const struct value *v)
{
	return v->type == VALUE_LIST ? v->last : v;
}

int
ng_read_text(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	struct slice text = value_text(single(v), rd->a);

	if (text.at == NULL)
		return -EINVAL;
	memcpy(member(rd, key), &text, sizeof text);
	return 0;
}

int
ng_read_number(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	int64_t n;

	if (value_number(single(v), &n) != 0)
		return -EINVAL;
	memcpy(member(rd, key), &n, sizeof n);
	return 0;
}

int
ng_read_nothing(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return 0;
}

/* ---- Lists. ---- */

/* What TAKE does not know is nobody's fault. */
static int
take_one(
	const struct ng_reader *rd, const struct ng_key *key, struct slice text, ng_take *take)
{
	int err = take(rd, key, text);

	return err == -EINVAL ? ng_unknown(rd, key->name, text) : err;
}

static int
each_of_list(const struct ng_reader *rd, const struct ng_key *key, const struct value *v,
	ng_take *take)
{
	int err = 0;

	for (v = v->first; err == 0 && v != NULL; v = v->next) {
		struct slice text = value_text(v, rd->a);

		err = text.at != NULL ? take_one(rd, key, text, take)
				      : ng_unknown(rd, NULL, slice_of(key->name));
	}
	return err;
}

int
ng_each_whole(const struct ng_reader *rd, const struct ng_key *key, const struct value *v,
	ng_take *take)
{
	struct slice text = value_text(v, rd->a);

	if (v->type == VALUE_LIST)
		return each_of_list(rd, key, v, take);
	return text.at != NULL ? take_one(rd, key, text, take) : -EINVAL;
}

int
ng_each(const struct ng_reader *rd, const struct ng_key *key, const struct value *v,
	ng_take *take)
{
	struct slice rest = value_text(v, rd->a);
	int err = 0;

	if (v->type == VALUE_LIST)
		return each_of_list(rd, key, v, take);
	if (rest.at == NULL)
		return -EINVAL;
	while (err == 0 && rest.len > 0) {
		struct slice text = slice_trim(slice_cut(&rest, ','));

		if (text.len > 0)
			err = take_one(rd, key, text, take);
	}
	return err;
}

static int
take_item(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	return ng_list_add(rd->a, member(rd, key), text);
}

int
ng_read_list(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_item);
}

/* ---- Words. ---- */

static int
take_word(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	const struct ng_word *word = ng_word_find(key->words, text);

	if (word == NULL)
		return -EINVAL;
	if (word->value != NG_WORD_ALONE)
		*(uint8_t *)member(rd, key) = (uint8_t)word->value;
	return 0;
}

int
ng_read_word(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_word);
}

static int
take_bit(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	const struct ng_word *word = ng_word_find(key->words, text);
	uint32_t bits;

	if (word == NULL)
		return -EINVAL;
	if (key->size == sizeof bits) {
		memcpy(&bits, member(rd, key), sizeof bits);
		bits |= word->value;
		memcpy(member(rd, key), &bits, sizeof bits);
	} else {
		*(uint8_t *)member(rd, key) |= (uint8_t)word->value;
	}
	return 0;
}

int
ng_read_bits(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_bit);
}

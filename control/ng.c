/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng.h.  What is done with each key and each flag stands in their rows. */
#include "control/ng.h"

#include <assert.h>
#include <errno.h>

#include "control/ng_inside.h"

const char *const ng_command_words[] = {
	[NG_NONE] = "",
	[NG_UNKNOWN] = "",
	[NG_PING] = "ping",
	[NG_OFFER] = "offer",
	[NG_ANSWER] = "answer",
	[NG_DELETE] = "delete",
	[NG_QUERY] = "query",
	[NG_LIST] = "list",
	[NG_STATISTICS] = "statistics",
	[NG_BLOCK_MEDIA] = "block media",
	[NG_UNBLOCK_MEDIA] = "unblock media",
	[NG_SILENCE_MEDIA] = "silence media",
	[NG_UNSILENCE_MEDIA] = "unsilence media",
	[NG_BLOCK_DTMF] = "block DTMF",
	[NG_UNBLOCK_DTMF] = "unblock DTMF",
	[NG_START_RECORDING] = "start recording",
	[NG_STOP_RECORDING] = "stop recording",
	[NG_PAUSE_RECORDING] = "pause recording",
	[NG_START_FORWARDING] = "start forwarding",
	[NG_STOP_FORWARDING] = "stop forwarding",
	[NG_PLAY_MEDIA] = "play media",
	[NG_STOP_MEDIA] = "stop media",
	[NG_PLAY_DTMF] = "play DTMF",
	[NG_PUBLISH] = "publish",
	[NG_SUBSCRIBE_REQUEST] = "subscribe request",
	[NG_SUBSCRIBE_ANSWER] = "subscribe answer",
	[NG_UNSUBSCRIBE] = "unsubscribe",
	[NG_CONNECT] = "connect",
	[NG_CREATE] = "create",
	[NG_CREATE_ANSWER] = "create answer",
	[NG_MESH] = "mesh",
	[NG_INJECT_START] = "inject start",
	[NG_INJECT_STOP] = "inject stop",
	[NG_TRANSFORM] = "transform",
	[NG_CLI] = "cli",
	[NG_COMMANDS] = NULL,
};

static_assert(NG_FLAGS <= 64 && NG_REPLACES <= 32, "bits of a word");

enum { KEPT = 16 }; /* unknown texts */

int
ng_unknown(const struct ng_reader *rd, const char *key, struct slice text)
{
	if (rd->r->unknowns++ >= KEPT)
		return 0;
	if (key != NULL)
		text = arena_print(rd->a, "%s=%.*s", key, (int)text.len, text.at);
	return text.at != NULL ? ng_list_add(rd->a, &rd->r->unknown, text) : -ENOMEM;
}

int
ng_missing(const struct ng_reader *rd, const char *name)
{
	struct ng_list *l = &rd->r->missing;

	for (size_t i = 0; i < l->n; i++)
		if (slice_is(l->at[i], name))
			return 0;
	return ng_list_add(rd->a, l, slice_of(name));
}

/* ---- Words. ---- */

/* What is the same for all requests; made when the first is read. */
static struct {
	bool made;
	struct ng_index commands, keys, flags;
	struct ng_request nothing; /* of one that says nothing */
} table;

static void
make_table(void)
{
	const int64_t no = NG_NO_NUMBER;

	for (unsigned i = NG_PING; i < NG_COMMANDS; i++)
		ng_index_add(&table.commands, ng_command_words[i], i);
	for (unsigned i = 0; ng_keys[i].name != NULL; i++) {
		ng_index_add(&table.keys, ng_keys[i].name, i);
		if (ng_keys[i].read == ng_read_number)
			memcpy((char *)&table.nothing + ng_keys[i].at, &no, sizeof no);
	}
	for (unsigned i = 0; ng_flag_rows[i].name != NULL; i++)
		ng_index_add(&table.flags, ng_flag_rows[i].name, i);
	table.made = true;
}

enum ng_command
ng_command_of(struct slice text)
{
	int row = ng_index_find(&table.commands, text);

	return row >= 0 ? (enum ng_command)row : NG_UNKNOWN;
}

static const struct ng_key *
find_key(struct slice name)
{
	int row = ng_index_find(&table.keys, name);

	return row >= 0 ? &ng_keys[row] : NULL;
}

static const struct ng_flag_row *
find_flag(struct slice name)
{
	int row = ng_index_find(&table.flags, name);

	return row >= 0 ? &ng_flag_rows[row] : NULL;
}

/* ---- Flags. ---- */

/* What FLAG begins with, which is taken off it. */
static const struct ng_key *
find_prefix(struct slice *flag)
{
	for (const struct ng_key *key = ng_keys; key->name != NULL; key++)
		if (key->prefix && ng_word_cut(flag, key->name))
			return key;
	return NULL;
}

/* Does KEY, which was read, say anything but "off"? */
static bool
is_wished(const struct ng_reader *rd, const struct ng_key *key)
{
	uint8_t said;

	if (key->size != sizeof said)
		return true;
	memcpy(&said, (const char *)rd->r + key->at, sizeof said);
	return said != (key->read == ng_read_word ? NG_OFF : 0);
}

static int
read_key(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	int err = key->read(rd, key, v);

	return err == 0 && key->missing && is_wished(rd, key) ? ng_missing(rd, key->name)
							      : err;
}

static int
read_key_text(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	struct value v = {.type = VALUE_TEXT, .text = text};
	/* In a list, so that nothing cuts it at its commas. */
	const struct value list = {.type = VALUE_LIST, .first = &v, .last = &v, .n = 1};

	return read_key(rd, key, &list);
}

int
ng_read_flag(const struct ng_reader *rd, struct slice flag)
{
	const struct ng_flag_row *row = find_flag(flag);
	const struct ng_key *key;

	if (row == NULL)
		return (key = find_prefix(&flag)) != NULL ? read_key_text(rd, key, flag)
							  : -EINVAL;
	if (row->flag < NG_FLAGS)
		rd->r->flags |= UINT64_C(1) << row->flag;
	if (row->missing && ng_missing(rd, row->name) != 0)
		return -ENOMEM;
	if (row->key == NULL)
		return 0;
	key = find_key(slice_of(row->key));
	assert(key != NULL);
	return read_key_text(rd, key, slice_of(row->word));
}

/* ---- Keys. ---- */

/* "codec-mask" with "PCMA" is what "codec-mask-PCMA" is among the flags. */
static int
take_as_flag(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	struct slice flag = arena_print(rd->a, "%s-%.*s", key->name, (int)text.len, text.at);

	return flag.at != NULL ? ng_read_flag(rd, flag) : -ENOMEM;
}

static int
read_unknown(const struct ng_reader *rd, const struct value *v)
{
	struct slice name = arena_print(rd->a, "%.*s", (int)v->key.len, v->key.at), rest;
	const struct ng_key key = {.name = name.at};

	if (name.at == NULL)
		return -ENOMEM;
	rest = arena_print(rd->a, "%s-x", name.at);
	if (rest.at == NULL)
		return -ENOMEM;
	return find_prefix(&rest) != NULL ? ng_each(rd, &key, v, take_as_flag) : -EINVAL;
}

int
ng_read_dict(const struct ng_reader *rd, const struct value *d)
{
	int err = 0;

	if (d->type != VALUE_DICT)
		return -EINVAL;
	for (const struct value *v = d->first; err == 0 && v != NULL; v = v->next) {
		const struct ng_key *key = find_key(v->key);

		err = key != NULL ? read_key(rd, key, v) : read_unknown(rd, v);
		if (err == -EINVAL)
			err = ng_unknown(rd, NULL, v->key);
	}
	return err;
}

int
ng_request_read(struct ng_request *r, const struct value *d, struct arena *a)
{
	const struct ng_reader rd = {.r = r, .a = a};
	int err;

	if (!table.made)
		make_table();
	*r = table.nothing;
	err = ng_read_dict(&rd, d);
	return err == -EINVAL ? 0 : err;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every value of every key in docs/ng.md, in every form in which it may be said: what it does
 * (ng_values.h), and that this is missing without it.  Which values there are the rows of the
 * program say: one that is added to those needs a row here, or a word of where else it is
 * held. What the values are for: the NG protocol of rtpengine 26.3 (docs/ng.md). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/ng_inside.h"
#include "tests/relay/ng_values.h"

static const struct value_row *const tables[] = {
	ng_values_address, ng_values_sdp, ng_values_srtp, ng_values_codec};
enum { TABLES = sizeof tables / sizeof *tables, KEYS = 512 };

/* ---- One request in many forms. ---- */

/* For %1 the key and for %2 the value; %3 is the name of a list within the key. */
static const char *const text_forms[] = {
	",\"%1\":\"%2\"", ",\"%1\":[\"%2\"]", ",\"rtpp-flags\":\"%1=%2\"", NULL};
static const char *const number_forms[] = {
	",\"%1\":%2", ",\"%1\":\"%2\"", ",\"rtpp-flags\":\"%1=%2\"", NULL};
static const char *const list_forms[] = {",\"%1\":[\"%2\"]", ",\"%1\":\"%2\"",
	",\"%1\":[\"no-such\",\"%2\"]", ",\"%1\":\"no-such, %2\"", ",\"rtpp-flags\":\"%1=%2\"",
	",\"rtpp-flags\":\"reset %1=[%2]\"", NULL};
static const char *const list_forms_of_flags[] = {",\"%1\":[\"%2\"]", ",\"%1\":\"%2\"",
	",\"%1\":[\"no-such\",\"%2\"]", ",\"%1\":\"no-such, %2\"", ",\"rtpp-flags\":\"%1=%2\"",
	",\"rtpp-flags\":\"reset %1=[%2]\"", ",\"rtpp-flags\":\"reset %1-%2\"",
	",\"flags\":[\"%1-%2\"]", ",\"flags\":\"reset, %1-%2\"", NULL};
static const char *const nested_forms[] = {",\"%1\":{\"%3\":[\"%2\"]}",
	",\"%1\":{\"%3\":\"%2\"}", ",\"%1\":{\"%3\":\"no-such, %2\"}",
	",\"%1\":{\"no-such\":[\"x\"],\"%3\":[\"%2\"]}", ",\"rtpp-flags\":\"%1=[%3=[%2]]\"",
	",\"rtpp-flags\":\"%1-%3-%2\"", ",\"flags\":[\"%1-%3-%2\"]", ",\"%1-%3\":\"%2\"",
	NULL};
static const char *const json_forms[] = {",\"%1\":%2", NULL};

static const struct ng_key *
key_of(const char *name)
{
	const struct ng_key *key = ng_keys;

	while (key->name != NULL && strcmp(key->name, name) != 0)
		key++;
	ck_assert_msg(key->name != NULL, "no key %s", name);
	return key;
}

static const char *const *
forms_of(const struct value_row *row)
{
	const struct ng_key *key = key_of(row->key);

	if (row->json != NULL)
		return json_forms;
	if (key->read == ng_read_codec)
		return strchr(row->word, ',') == NULL ? nested_forms : NULL;
	if (key->read == ng_read_number)
		return number_forms;
	if (key->read == ng_read_text || key->read == ng_read_protocol)
		return text_forms;
	return key->prefix ? list_forms_of_flags : list_forms;
}

/* The same word to NG: _ for -, capitals for small letters and the other way round. */
static const char *
respell(const char *word)
{
	static char text[64];
	size_t len = strlen(word);

	ck_assert_uint_lt(len, sizeof text);
	for (size_t i = 0; i <= len; i++)
		text[i] = (char)(word[i] == '-'     ? '_'
				 : islower(word[i]) ? toupper(word[i])
						    : tolower(word[i]));
	return text;
}

/* FORM with what ROW says, its key spelled as KEY. */
static const char *
fill(const char *form, const struct value_row *row, const char *key)
{
	static char text[KEYS];
	const char *word = row->json != NULL   ? row->json
			   : row->word != NULL ? row->word
					       : row->value;
	size_t len = 0;

	for (; *form != '\0'; form++) {
		const char *part = *form != '%'     ? NULL
				   : form[1] == '1' ? key
				   : form[1] == '2' ? word
						    : row->value;

		if (part != NULL) {
			len += (size_t)snprintf(text + len, sizeof text - len, "%s", part);
			form++;
		} else {
			text[len++] = *form;
		}
		ck_assert_uint_lt(len, sizeof text - 1);
	}
	text[len] = '\0';
	return text;
}

/* ---- One talk. ---- */

/* The talk of ROW, where MORE is said in its step; why that was refused, or NULL. */
static const char *
hold(const struct value_row *row, const char *more)
{
	const char *reason = NULL;

	talk_teardown();
	talk_setup();
	for (unsigned i = 0; i < VALUE_STEPS && row->step[i].what != VALUE_END; i++) {
		const struct value_step *s = &row->step[i];
		bool answer = s->what == VALUE_ANSWER || s->what == VALUE_ANSWER_BACK;
		bool callee = s->what == VALUE_ANSWER || s->what == VALUE_OFFER_BACK;
		char keys[2 * KEYS];

		snprintf(keys, sizeof keys, "%s%s", s->keys, i == row->at ? more : "");
		talk_user = s->user;
		talk_name = s->name;
		reason = talk_ask(answer, callee ? CALLEE : CALLER, keys, s->lines);
		if (reason != NULL)
			return reason;
	}
	return NULL;
}

/* What is to be seen and is not, or the other way round; NULL: all is as it should. */
static const char *
missing(const struct value_row *row, const char *reason)
{
	if (row->reason != NULL || reason != NULL)
		return row->reason != NULL && reason != NULL &&
				       strcmp(row->reason, reason) == 0
			       ? NULL
		       : reason != NULL ? reason
					: row->reason;
	for (unsigned i = 0; i < VALUE_SIGNS; i++) {
		if (row->has[i] != NULL && strstr(told, row->has[i]) == NULL)
			return row->has[i];
		if (row->hides[i] != NULL && strstr(told, row->hides[i]) != NULL)
			return row->hides[i];
	}
	return row->is == NULL || row->is() ? NULL : "what it does to the call";
}

/* Row number I of all tables; NULL: there are not so many. */
static const struct value_row *
row_of(unsigned i)
{
	for (unsigned t = 0; t < TABLES; t++)
		for (const struct value_row *row = tables[t]; row->key != NULL; row++)
			if (i-- == 0)
				return row;
	return NULL;
}

static void
must_do(const struct value_row *row, const char *more)
{
	const char *lacks = missing(row, hold(row, more));

	ck_assert_msg(lacks == NULL, "%s: %s, by %s:\n%s\nin\n%s", row->key, row->value, more,
		lacks, told);
}

static void
check_row(const struct value_row *row)
{
	const char *const *form = forms_of(row);
	bool without = missing(row, hold(row, "")) == NULL;
	char text[KEYS];

	ck_assert_msg(without == row->is_usual, "%s: %s is %s without it:\n%s", row->key,
		row->value, without ? "done" : "not done", told);
	for (; form != NULL && *form != NULL; form++) {
		must_do(row, fill(*form, row, row->key));
		must_do(row, fill(*form, row, respell(row->key)));
	}
	if (form == NULL) { /* a list in an order */
		snprintf(text, sizeof text, ",\"%s\":{\"%s\":\"%s\"}", row->key, row->value,
			row->word);
		must_do(row, text);
	}
	if (row->flag == NULL)
		return;
	snprintf(text, sizeof text, ",\"flags\":[\"%s-%s\"]", row->key, row->flag);
	must_do(row, text);
	snprintf(text, sizeof text, ",\"rtpp-flags\":\"%s-%s\"", row->key, row->flag);
	must_do(row, text);
}

START_TEST(each_value_does_what_is_said_of_it)
{
	check_row(row_of((unsigned)_i));
}
END_TEST

/* ---- All of them. ---- */

/* Values that a talk of two does not show: where they are held.  NULL: all of the key's. */
static const struct {
	const char *key, *value, *where;
} elsewhere[] = {
	{"command", NULL, "test_ng_commands.c"},
	{"call-id", NULL, "test_dialog.c"},
	{"from-tag", NULL, "test_dialog.c"},
	{"to-tag", NULL, "test_dialog.c"},
	{"via-branch", NULL, "test_dialog.c"},
	{"sdp", NULL, "test_negotiate.c"},
	{"label", NULL, "test_ng_party.c"},
	{"from-label", NULL, "test_ng_party.c"},
	{"set-label", NULL, "test_ng_party.c"},
	{"to-label", NULL, "test_ng_party.c"},
	{"address", NULL, "test_ng_party.c"},
	{"all", NULL, "test_ng_party.c"},
	{"from-tags", NULL, "test_ng_subscribe.c"},
	{"supports", NULL, "test_ng_commands.c"},
	{"flags", NULL, "here, and tests of flags: test_negotiate*.c, test_ng_*.c"},
	{"rtpp-flags", NULL, "here"},
	{"delete-delay", NULL, "test_ng_life.c"},
	{"limit", NULL, "test_ng_commands.c"},
	{"xmlrpc-callback", NULL, "test_ng_callback.c"},
	{"T.38", NULL, "test_negotiate_fax.c"},
	{"T.38-version", NULL, "test_negotiate_fax.c"},
};

static bool
is_elsewhere(const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (strcmp(elsewhere[i].key, key) == 0 &&
			(elsewhere[i].value == NULL || strcmp(elsewhere[i].value, value) == 0))
			return true;
	return false;
}

static bool
has_row(const char *key, const char *value)
{
	for (unsigned t = 0; t < TABLES; t++)
		for (const struct value_row *row = tables[t]; row->key != NULL; row++)
			if (strcmp(row->key, key) == 0 && strcmp(row->value, value) == 0)
				return true;
	return false;
}

static void
must_have(const char *key, const char *value)
{
	ck_assert_msg(is_elsewhere(key, value) || has_row(key, value),
		"nothing holds what \"%s\" of `%s` does", value, key);
}

static bool
is_ignored(const char *help)
{
	return help != NULL && strncmp(help, "ignored", strlen("ignored")) == 0;
}

/* Each value between ` and `, or each name in `{...}`; all of VALUES if it has no `. */
static void
must_have_values(const char *key, const char *values)
{
	char word[64];

	if (strchr(values, '`') == NULL) {
		must_have(key, values);
		return;
	}
	for (const char *at = values; (at = strchr(at, '`')) != NULL;) {
		const char *end = strchr(at + 1, '`');
		for (at++; at < end; at += strspn(at, "{}, :")) {
			size_t len =
				strcspn(at, *at == '{' || values[1] == '{' ? "{}, :`" : "`");

			ck_assert_int_eq(
				slice_copy((struct slice){at, len}, word, sizeof word), 0);
			if (len > 0)
				must_have(key, word);
			at += len;
		}
		at = end + 1;
	}
}

START_TEST(no_value_is_left_out)
{
	const char *help = NULL;
	unsigned held = 0;

	for (const struct ng_key *key = ng_keys; key->name != NULL; key++) {
		help = key->help != NULL ? key->help : help;
		if (key->read == ng_read_nothing || is_ignored(help) ||
			is_elsewhere(key->name, ""))
			continue;
		held++;
		for (const struct ng_word *w = key->words; w != NULL && w->word != NULL; w++)
			if (!is_ignored(w->help))
				must_have(key->name, w->word);
		if (key->words == NULL)
			must_have_values(key->name, key->values);
	}
	ck_assert_uint_gt(held, 15);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_values");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed, rows = 0;

	while (row_of((unsigned)rows) != NULL)
		rows++;
	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_loop_test(t, each_value_does_what_is_said_of_it, 0, rows);
	tcase_add_test(t, no_value_is_left_out);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}

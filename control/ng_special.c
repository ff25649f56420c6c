/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that are like no other's: see ng_inside.h. */
#include <errno.h>
#include <stddef.h>

#include "control/ng_inside.h"

int
ng_read_command(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	struct slice text = value_text(v, rd->a);

	if (text.at == NULL)
		return -EINVAL;
	rd->r->command_text = text;
	rd->r->command = ng_command_of(text);
	return 0;
}

static int
take_support(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	if (!ng_word_is(text, "load-limit"))
		return -EINVAL;
	rd->r->flags |= UINT64_C(1) << NG_SUPPORTS_LOAD_LIMIT;
	return 0;
}

int
ng_read_supports(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_support);
}

/* ---- Addresses and interfaces. ---- */

/* The first one is the sender's, the second one the receiver's; as two keys, too. */
static int
take_interface(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	if (rd->r->from_interface.at == NULL)
		rd->r->from_interface = text;
	else
		rd->r->to_interface = text;
	return 0;
}

int
ng_read_direction(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	if (v->type == VALUE_LIST && v->n > 1)
		rd->r->from_interface = rd->r->to_interface = (struct slice){NULL, 0};
	return ng_each(rd, key, v, take_interface);
}

/* What is no word of it is remembered as that: to take it for nothing would make a command for
 * one party a command for the whole call. */
int
ng_read_whom(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	rd->r->whom = NG_WHOM_UNKNOWN;
	return ng_read_word(rd, key, v);
}

int
ng_read_interface(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	struct slice text = value_text(v, rd->a);

	if (text.at == NULL)
		return -EINVAL;
	rd->r->from_interface = rd->r->to_interface = text;
	return 0;
}

/* An address alone, or behind its family, which it shows itself. */
int
ng_read_received_from(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	struct slice text = value_text(v->type == VALUE_LIST ? v->last : v, rd->a), word;

	if (text.at == NULL)
		return -EINVAL;
	while (text.len > 0) {
		word = slice_cut(&text, ' ');
		if (word.len > 0)
			rd->r->received_from = word;
	}
	return 0;
}

/* ---- Protocols. ---- */

/* A whole one; or the word that one of a script's several is, "SRTP AVPF": then it changes
 * what was said before, or RTP/AVP. */
int
ng_read_protocol(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	enum { SECURE = 1, FEEDBACK = 2 };
	static const char *const protocols[] = {
		"RTP/AVP", [SECURE] = "RTP/SAVP", [FEEDBACK] = "RTP/AVPF",
		[SECURE | FEEDBACK] = "RTP/SAVPF"};
	static const struct {
		const char *word;
		unsigned mask, bits;
	} words[] = {{"RTP", SECURE, 0}, {"SRTP", SECURE, SECURE}, {"AVP", FEEDBACK, 0},
		{"AVPF", FEEDBACK, FEEDBACK}};
	struct slice said = rd->r->transport_protocol, text;
	unsigned now = SECURE | FEEDBACK;

	if (ng_read_text(rd, key, v) != 0)
		return -EINVAL;
	text = rd->r->transport_protocol;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!ng_word_is(text, words[i].word))
			continue;
		while (now > 0 && !ng_word_is(said, protocols[now]))
			now--;
		now = (now & ~words[i].mask) | words[i].bits;
		rd->r->transport_protocol = slice_of(protocols[now]);
	}
	return 0;
}

/* ---- SDES. ---- */

static const struct ng_word sdes_words[] = {
	{"off", NG_SDES_OFF, NULL},
	{"no", NG_SDES_OFF, NULL},
	{"disable", NG_SDES_OFF, NULL},
	{"pad", NG_SDES_PAD, NULL},
	{"lifetime", NG_SDES_LIFETIME, NULL},
	{"nonew", NG_SDES_NONEW, NULL},
	{"static", NG_SDES_STATIC, NULL},
	{"prefer", NG_SDES_PREFER, NULL},
	{"unencrypted-srtp", NG_SDES_UNENCRYPTED_SRTP, NULL},
	{"unencrypted-srtcp", NG_SDES_UNENCRYPTED_SRTCP, NULL},
	{"unauthenticated-srtp", NG_SDES_UNAUTHENTICATED_SRTP, NULL},
	{"encrypted-srtp", NG_SDES_ENCRYPTED_SRTP, NULL},
	{"encrypted-srtcp", NG_SDES_ENCRYPTED_SRTCP, NULL},
	{"authenticated-srtp", NG_SDES_AUTHENTICATED_SRTP, NULL},
	{NULL, 0, NULL},
};

/* WORD, a separator, and suites. */
static const struct {
	const char *word;
	char behind;
	size_t at; /* of the struct ng_list */
} sdes_lists[] = {
	{"no", '-', offsetof(struct ng_request, sdes_no)},
	{"only", '-', offsetof(struct ng_request, sdes_only)},
	{"order", ':', offsetof(struct ng_request, sdes_order)},
	{"offerer-pref", ':', offsetof(struct ng_request, sdes_offerer_pref)},
};

static int
take_suites(const struct ng_reader *rd, size_t at, struct slice suites)
{
	int err = 0;

	while (err == 0 && suites.len > 0) {
		struct slice suite = slice_cut(&suites, ';');

		if (suite.len > 0)
			err = ng_list_add(
				rd->a, (struct ng_list *)(void *)((char *)rd->r + at), suite);
	}
	return err;
}

static int
take_sdes(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	const struct ng_word *word = ng_word_find(sdes_words, text);

	if (word != NULL) {
		rd->r->sdes |= word->value;
		return 0;
	}
	for (size_t i = 0; i < sizeof sdes_lists / sizeof *sdes_lists; i++) {
		size_t len = strlen(sdes_lists[i].word);

		if (text.len > len && text.at[len] == sdes_lists[i].behind &&
			ng_word_is((struct slice){text.at, len}, sdes_lists[i].word))
			return take_suites(rd, sdes_lists[i].at,
				(struct slice){text.at + len + 1, text.len - len - 1});
	}
	return -EINVAL;
}

int
ng_read_sdes(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_sdes);
}

/* ---- Flags. ---- */

static int
take_flag(const struct ng_reader *rd, const struct ng_key *key, struct slice text)
{
	return ng_read_flag(rd, text);
}

int
ng_read_flags(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	return ng_each(rd, key, v, take_flag);
}

int
ng_read_rtpp_flags(const struct ng_reader *rd, const struct ng_key *key, const struct value *v)
{
	const struct ng_reader inner = {.r = rd->r, .a = rd->a, .within = true};
	struct slice text = value_text(v, rd->a);
	const struct value *d;

	if (text.at == NULL || rd->within)
		return -EINVAL;
	if ((d = ng_rtpp_read(rd->a, text)) == NULL)
		return -ENOMEM;
	/* Who is named there is named on purpose: other clients always say a tag. */
	if (value_find(d, "from-tag") != NULL)
		rd->r->flags |= UINT64_C(1) << NG_DIRECTIONAL;
	return ng_read_dict(&inner, d);
}

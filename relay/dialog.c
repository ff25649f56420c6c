/* SPDX-License-Identifier: Apache-2.0
 *
 * Parties and pairs of one dialog; see dialog.h. */
#include "relay/dialog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/siphash.h"

int64_t
dialog_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* ---- Looking. ---- */

const char *
dialog_former_tag(const struct party *p, unsigned i)
{
	return p->former != NULL && i < DIALOG_FORMER ? p->former[i] : NULL;
}

unsigned
dialog_former(const struct party *p, struct slice tag)
{
	const char *former;

	for (unsigned i = 0; (former = dialog_former_tag(p, i)) != NULL; i++)
		if (slice_is(tag, former))
			return i;
	return DIALOG_FORMER;
}

static bool
is_named(const struct party *p, struct slice tag)
{
	return (p->tag != NULL && slice_is(tag, p->tag)) ||
	       dialog_former(p, tag) < DIALOG_FORMER;
}

struct party *
dialog_party(const struct dialog *d, struct slice tag)
{
	struct party *p = tag.len > 0 ? d->parties : NULL;

	while (p != NULL && !is_named(p, tag))
		p = p->next;
	return p;
}

unsigned
dialog_side(const struct pair *pair, const struct party *p)
{
	return pair->party[1] == p;
}

bool
dialog_is_in(const struct pair *pair, const struct party *p)
{
	return pair->party[0] == p || pair->party[1] == p;
}

struct pair *
dialog_pair(const struct dialog *d, const struct party *a, const struct party *b)
{
	struct pair *pair = d->pairs;

	while (pair != NULL && !(dialog_is_in(pair, a) && dialog_is_in(pair, b)))
		pair = pair->next;
	return pair;
}

struct pair *
dialog_pair_with(const struct dialog *d, const struct party *p, struct slice branch)
{
	for (struct pair *pair = d->pairs; pair != NULL; pair = pair->next) {
		const struct party *peer = pair->party[!dialog_side(pair, p)];

		if (dialog_is_in(pair, p) &&
			(branch.len == 0 ||
				(peer->branch != NULL && slice_is(branch, peer->branch))))
			return pair;
	}
	return NULL;
}

struct pair *
dialog_pair_called(const struct dialog *d, const char *call)
{
	struct pair *pair = d->pairs;

	while (pair != NULL && strcmp(pair->call, call) != 0)
		pair = pair->next;
	return pair;
}

/* ---- Changing. ---- */

int
dialog_set(char **text, struct slice s)
{
	char *copy = NULL;

	if (s.len > DIALOG_TEXT || (s.len > 0 && memchr(s.at, '\0', s.len) != NULL))
		return -EINVAL;
	if (s.at != NULL && (copy = strndup(s.at, s.len)) == NULL)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

int
dialog_set_former(struct party *p, unsigned i, struct slice tag)
{
	if (p->former == NULL &&
		(p->former = calloc(DIALOG_FORMER, sizeof *p->former)) == NULL)
		return -ENOMEM;
	return dialog_set(&p->former[i], tag);
}

void
dialog_forget_tag(struct party *p, struct slice tag)
{
	unsigned i = dialog_former(p, tag);

	if (i == DIALOG_FORMER)
		return;
	free(p->former[i]);
	memmove(&p->former[i], &p->former[i + 1], (DIALOG_FORMER - 1 - i) * sizeof(char *));
	p->former[DIALOG_FORMER - 1] = NULL;
}

struct party *
dialog_add_party(struct dialog *d)
{
	struct party **link = &d->parties;
	int64_t now = dialog_now_us();
	unsigned n = 0;

	for (; *link != NULL; link = &(*link)->next, n++)
		if ((*link)->created_us >= now)
			now = (*link)->created_us + 1;
	if (n == DIALOG_PARTIES) {
		errno = E2BIG;
		return NULL;
	}
	*link = calloc(1, sizeof **link);
	if (*link != NULL)
		(*link)->created_us = now;
	return *link;
}

/* Can a call be called CALL_ID?  It is to be readable, and what another dialog's call may be
 * called is not for anybody who likes to say it. */
static bool
is_name(const char *call_id)
{
	if (strncmp(call_id, "ng-", 3) == 0)
		return false;
	while (*call_id > ' ' && *call_id <= '~' && *call_id != '#')
		call_id++;
	return *call_id == '\0';
}

/* The id of D's call number N, from 1: readable where that is possible. */
static void
name(const struct dialog *d, unsigned n, char call[REQUEST_ID])
{
	static const uint8_t keys[2][16] = {"strowger, ng", "a dialog's call"};
	size_t len = strlen(d->call_id);
	char suffix[16] = "";

	if (n > 1)
		snprintf(suffix, sizeof suffix, "#%u", n);
	if (is_name(d->call_id) && len + strlen(suffix) < REQUEST_ID) {
		memcpy(call, d->call_id, len);
		memcpy(call + len, suffix, strlen(suffix) + 1);
	} else {
		snprintf(call, REQUEST_ID, "ng-%016llx%016llx%s",
			(unsigned long long)siphash(keys[0], d->call_id, len),
			(unsigned long long)siphash(keys[1], d->call_id, len), suffix);
	}
}

struct pair *
dialog_add_pair(struct dialog *d, struct party *a, struct party *b, const char *call)
{
	char own[REQUEST_ID];
	struct pair *pair;
	unsigned n = 0;

	for (pair = d->pairs; pair != NULL; pair = pair->next)
		n++;
	if (n == DIALOG_PAIRS) {
		errno = E2BIG;
		return NULL;
	}
	for (n = 1; call == NULL; n++) {
		name(d, n, own);
		if (dialog_pair_called(d, own) == NULL)
			call = own;
	}
	pair = calloc(1, sizeof *pair + strlen(call) + 1);
	if (pair == NULL)
		return NULL;
	pair->dialog = d;
	pair->party[0] = a;
	pair->party[1] = b;
	strcpy(pair->call, call);
	pair->next = d->pairs;
	d->pairs = pair;
	return pair;
}

void
dialog_free_texts(struct party *p)
{
	free(p->tag);
	for (unsigned i = 0; p->former != NULL && i < DIALOG_FORMER; i++)
		free(p->former[i]);
	free(p->former);
	free(p->label);
	free(p->branch);
	*p = (struct party){.next = p->next, .created_us = p->created_us};
}

void
dialog_drop_party(struct dialog *d, struct party *p)
{
	struct party **link = &d->parties;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	dialog_free_texts(p);
	free(p);
}

void
dialog_drop_pair(struct dialog *d, struct pair *pair)
{
	struct pair **at = &d->pairs;

	while (*at != pair)
		at = &(*at)->next;
	*at = pair->next;
	free(pair);
	for (struct party *p = d->parties, *next; p != NULL; p = next) {
		next = p->next;
		if (dialog_pair_with(d, p, (struct slice){0}) == NULL)
			dialog_drop_party(d, p);
	}
}

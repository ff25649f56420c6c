/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_desk.h. */
#include "tests/relay/ng_desk.h"

#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "control/value_json.h"
#include "relay/dialog.h"

struct desk desk;

/* ---- Asking. ---- */

struct arena *
ng_exchange_arena(struct ng_exchange *x)
{
	return x->arena;
}

const char *
ng_exchange_source(struct ng_exchange *x)
{
	return "a test";
}

const struct request_addr *
ng_exchange_peer(const struct ng_exchange *x)
{
	return &desk.asker;
}

bool
ng_exchange_fits(struct ng_exchange *x, const struct value *answer)
{
	struct slice text = value_to_json(x->arena, answer);

	return text.at != NULL && (desk.room == 0 || text.len <= desk.room);
}

void
ng_exchange_reply(struct ng_exchange *x, const struct value *answer)
{
	ng_exchange_reply_or(x, answer, NULL);
}

void
ng_exchange_reply_or(
	struct ng_exchange *x, const struct value *answer, const struct value *shorter)
{
	bool fits = ng_exchange_fits(x, answer);
	struct slice text = value_to_json(x->arena, fits ? answer : shorter);

	ck_assert_ptr_nonnull(text.at);
	ck_assert_int_eq(slice_copy(text, x->text, sizeof x->text), 0);
	x->answers++;
	arena_close(x->arena);
}

/* TEXT with " for each ', and ' for each ~. */
static struct slice
quoted(struct arena *a, const char *text)
{
	char *copy = arena_take(a, strlen(text) + 1);

	for (size_t i = 0; text[i] != '\0'; i++)
		copy[i] = text[i] == '\'' ? '"' : text[i] == '~' ? '\'' : text[i];
	return slice_of(copy);
}

void
desk_ask(struct ng_exchange *x, const char *text)
{
	struct slice json;
	const struct value *request;

	*x = (struct ng_exchange){.arena = arena_open(1 << 20)};
	json = quoted(x->arena, text);
	request = value_from_json(x->arena, json.at, json.len);
	ck_assert_ptr_nonnull(request);
	ng_handle(desk.ng, x, request);
}

void
desk_answered(const struct ng_exchange *x, const char *part)
{
	struct arena *a = arena_open(4096);
	const char *text = quoted(a, part).at;

	ck_assert_uint_eq(x->answers, 1);
	ck_assert_msg(strstr(x->text, text) != NULL, "%s lacks %s", x->text, text);
	arena_close(a);
}

void
desk_says(const char *text, const char *part)
{
	struct ng_exchange x;

	desk_ask(&x, text);
	fake_answer_all(desk.sw);
	desk_answered(&x, part);
}

/* ---- Before and after. ---- */

void
desk_open(enum sw_origin origin)
{
	desk.calls = calls_open(&desk.conf, desk.sw, desk.base);
	calls_welcome(desk.calls, origin);
	fake_answer_all(desk.sw);
	desk.ng = ng_open(&(struct ng_conf){desk.calls, &desk.conf, desk.sw, desk.base});
	ng_recover(desk.ng);
}

void
desk_close(void)
{
	ng_stop(desk.ng);
	calls_close(desk.calls);
	ng_close(desk.ng);
}

void
desk_setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	memset(&desk, 0, sizeof desk);
	desk.conf.call_limit = 1000;
	desk.conf.ng_delete_delay_ms = 30000;
	desk.base = event_base_new();
	desk.sw = fake_open();
	desk_open(SW_FRESH);
}

void
desk_teardown(void)
{
	desk_close();
	fake_close(desk.sw);
	event_base_free(desk.base);
}

void
desk_lose_switch(void)
{
	fake_lose(desk.sw);
	calls_switch_lost(desk.calls);
}

static bool
owes(const struct dialog *d)
{
	const struct pair *pair = d->pairs;

	while (pair != NULL && !pair->note_owed)
		pair = pair->next;
	return pair != NULL;
}

void
desk_settle(const char *id)
{
	const struct timeval tick = {0, 50000};

	while (owes(dialogs_find(ng_dialogs(desk.ng), slice_of(id)))) {
		event_base_loopexit(desk.base, &tick);
		event_base_dispatch(desk.base);
		fake_answer_all(desk.sw);
	}
}

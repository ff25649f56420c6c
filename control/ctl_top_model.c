/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_top_model.h. */
#include "control/ctl_top_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEWS_S = 10 }; /* as long as they are told */

void
top_reading_fini(struct top_reading *r)
{
	for (unsigned a = 0; a < TOP_ANSWERS; a++)
		json_decref(r->answer[a]);
	*r = (struct top_reading){0};
}

const json_t *
top_at(const json_t *o, const char *path)
{
	char name[64];

	while (o != NULL && path[0] != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(name, sizeof name, "%.*s", (int)len, path);
		o = json_is_array(o) ? json_array_get(o, strtoul(name, NULL, 10))
				     : json_object_get(o, name);
		path += len + (path[len] == '.');
	}
	return o;
}

double
top_number(const json_t *o, const char *path)
{
	const json_t *value = top_at(o, path);

	if (json_is_boolean(value))
		return json_is_true(value) ? 1 : 0;
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

double
top_growth(const struct top *t, const json_t *now, const json_t *before, const char *path)
{
	double grown = top_number(now, path) - top_number(before, path);

	/* A counter that runs backwards is another one of the same name. */
	return isnan(t->seconds) || grown < 0 ? (double)NAN : grown;
}

double
top_rate(const struct top *t, enum top_answer a, const char *path)
{
	return top_growth(t, t->now.answer[a], t->before.answer[a], path) / t->seconds;
}

/* Has the number at PATH of node.info another value than before? */
static bool
has_changed(const struct top *t, const char *path)
{
	double now = top_number(t->now.answer[TOP_NODE], path);
	double before = top_number(t->before.answer[TOP_NODE], path);

	return !isnan(now) && !isnan(before) && fabs(now - before) > 0.5;
}

/* What the last reading shows to have happened. */
static void
find_news(struct top *t, double age, bool restarted)
{
	const json_t *node = t->now.answer[TOP_NODE];
	bool switch_restarted = !restarted && has_changed(t, "switch.pid");

	if (restarted)
		snprintf(t->news, sizeof t->news,
			"strowger was restarted or upgraded: it is process %.0f now",
			top_number(node, "pid"));
	else if (switch_restarted)
		snprintf(t->news, sizeof t->news,
			"the data plane was restarted: strowger-switch is process %.0f now",
			top_number(node, "switch.pid"));
	else if (!(age - t->news_s <= NEWS_S))
		t->news[0] = '\0';
	if (restarted || switch_restarted)
		t->news_s = age;
}

void
top_take(struct top *t, struct top_reading *r)
{
	const bool first = t->now.answer[TOP_NODE] == NULL;
	double age, grown;

	top_reading_fini(&t->before);
	t->before = t->now;
	t->now = *r;
	*r = (struct top_reading){0};
	age = top_number(t->now.answer[TOP_NODE], "age_s");
	grown = age - top_number(t->before.answer[TOP_NODE], "age_s");
	t->seconds = grown > 0 && !has_changed(t, "pid") ? grown : (double)NAN;
	find_news(t, age, !first && isnan(t->seconds));
}

void
top_fini(struct top *t)
{
	top_reading_fini(&t->now);
	top_reading_fini(&t->before);
}

/* The first element of ARRAY in whose member NAME stands VALUE; NULL: none. */
static const json_t *
first_with(const json_t *array, const char *name, bool value)
{
	json_t *one;
	size_t i;

	json_array_foreach (array, i, one)
		if (top_number(one, name) == (double)value)
			return one;
	return NULL;
}

bool
top_alarm(const struct top *t, char *buf, size_t room)
{
	const json_t *const *a = (const json_t *const *)t->now.answer, *found;

	if (top_number(a[TOP_NODE], "switch.up") == 0.0)
		snprintf(buf, room,
			"the data plane is away: no media crosses, no call can be set up");
	else if ((found = first_with(top_at(a[TOP_CORES], "cores"), "stalled", true)) != NULL)
		snprintf(buf, room, "core %.0f (CPU %.0f) is stalled: its calls are silent",
			top_number(found, "core"), top_number(found, "cpu"));
	else if ((found = first_with(top_at(a[TOP_DEVICES], "devices"), "up", false)) != NULL)
		snprintf(buf, room, "the link of %s is down",
			json_string_value(json_object_get(found, "name")));
	else
		return false;
	return true;
}

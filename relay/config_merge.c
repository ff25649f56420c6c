/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_merge.h.  Values are compared as text (config_text.h), so a key needs no row but
 * its own. */
#include "relay/config_merge.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_text.h"
#include "relay/config_type.h"

struct merge {
	struct config *running;
	const struct config *file;
	uint32_t calls;
	void (*each)(void *arg, const struct config_change *change);
	void *arg;
	/* The interfaces in force, but for what they are known by outside, as it will be; and
	 * whether that is as FILE has it. */
	struct config_interface told[SW_DEVICES];
	bool addresses[SW_DEVICES], names[SW_DEVICES];
};

const void *
config_field(const struct config_key *key, const struct config *c,
	const struct config_interface *it)
{
	return (const char *)(it != NULL ? (const void *)it : c) + key->at;
}

/* Are the addresses themselves the same?  What is advertised is control's own affair. */
static bool
only_advertised(const struct config_addresses *a, const struct config_addresses *b)
{
	return a->n == b->n && memcmp(a->addr, b->addr, sizeof a->addr) == 0 &&
	       memcmp(a->bits, b->bits, sizeof a->bits) == 0;
}

/* Likewise of names. */
static bool
names_only_advertised(const struct config_names *a, const struct config_names *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (strcmp(a->name[i].name, b->name[i].name) != 0 ||
			memcmp(&a->name[i].addr, &b->name[i].addr, sizeof a->name[i].addr) !=
				0)
			return false;
	return true;
}

/* Of K, which becomes TO; of interface A, or NULL. */
static enum config_effect
effect_of(const struct merge *m, const struct config_key *k, const struct config_interface *a,
	const void *from, const void *to)
{
	if (k->type == &config_type_address && only_advertised(from, to))
		return m->addresses[a - m->running->interface] ? CONFIG_AT_ONCE
							       : CONFIG_SWITCH;
	if (k->type == &config_type_address_name && names_only_advertised(from, to))
		return m->names[a - m->running->interface] ? CONFIG_AT_ONCE : CONFIG_SWITCH;
	/* The switch's memory cannot grow. */
	if (to == &m->file->call_limit && m->file->call_limit > m->calls)
		return CONFIG_BOTH;
	return k->effect;
}

/* One key of a section that both have; of interfaces A and B, or of the configurations. */
static void
merge_key(const struct merge *m, const struct config_key *k, struct config_interface *a,
	const struct config_interface *b)
{
	void *from = (char *)(a != NULL ? (void *)a : m->running) + k->at;
	const void *to = config_field(k, m->file, b);
	uint32_t *line = a != NULL ? a->line : m->running->line;
	const uint32_t *file_line = b != NULL ? b->line : m->file->line;
	char was[CONFIG_TEXT_ALL], is[CONFIG_TEXT_ALL];
	struct config_change change = {
		.key = k,
		.interface = a != NULL ? a->name : NULL,
		.from = config_text_all(k, from, was),
		.to = config_text_all(k, to, is),
		.effect = effect_of(m, k, a, from, to),
	};
	bool same = strcmp(was, is) == 0;

	if (!same && change.effect == CONFIG_AT_ONCE)
		memcpy(from, to, k->room);
	if (same || change.effect == CONFIG_AT_ONCE)
		line[k - config_keys] = file_line[k - config_keys];
	if (!same)
		m->each(m->arg, &change);
}

static void
merge_section(const struct merge *m, const struct config_section *s,
	struct config_interface *a, const struct config_interface *b)
{
	for (const struct config_key *k = config_keys; k < config_keys + CONFIG_KEYS; k++)
		if (strcmp(k->section, s->name) == 0)
			merge_key(m, k, a, b);
}

static const struct config_interface *
find(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->interfaces; i++)
		if (strcmp(c->interface[i].name, name) == 0)
			return &c->interface[i];
	return NULL;
}

/* What is told of an interface as a whole is told of its device. */
static const struct config_key *
device_key(void)
{
	const struct config_key *k = config_keys;

	while (k->type != &config_type_device)
		k++;
	return k;
}

/* IT, of C, is not in the other one. */
static void
tell_lonely(const struct merge *m, const struct config *c, const struct config_interface *it)
{
	char device[CONFIG_TEXT_ALL];
	struct config_change change = {
		.key = device_key(), .interface = it->name, .effect = CONFIG_SWITCH};

	config_text_all(change.key, config_field(change.key, c, it), device);
	change.from = c == m->file ? "" : device;
	change.to = c == m->file ? device : "";
	m->each(m->arg, &change);
}

/* Interface IT of the one in force is the Nth of the other: calls that name none get the
 * first. */
static void
tell_moved(const struct merge *m, const struct config_interface *it, unsigned n)
{
	char from[32], to[32];
	struct config_change change = {.key = device_key(),
		.interface = it->name,
		.from = from,
		.to = to,
		.effect = CONFIG_SWITCH};

	snprintf(from, sizeof from, "section %u", (unsigned)(it - m->running->interface) + 1);
	snprintf(to, sizeof to, "section %u", n + 1);
	m->each(m->arg, &change);
}

/* Interface I is to be known by what FILE says. */
static void
tell_as_file(struct merge *m, unsigned i)
{
	const struct config_interface *a = &m->running->interface[i];
	const struct config_interface *b = find(m->file, a->name);

	m->told[i] = *a;
	m->addresses[i] = b != NULL && only_advertised(&a->addresses, &b->addresses);
	m->names[i] = b != NULL && names_only_advertised(&a->names, &b->names);
	if (m->addresses[i])
		m->told[i].addresses = b->addresses;
	if (m->names[i])
		m->told[i].names = b->names;
}

static const struct sw_addr *
advertised_of(const struct config_interface *it, unsigned n)
{
	return n < it->addresses.n ? &it->addresses.advertised[n]
				   : &it->names.name[n - it->addresses.n].advertised;
}

/* Is the Nth address of interface I to be known by another one than before? */
static bool
is_news(const struct merge *m, unsigned i, unsigned n)
{
	return memcmp(advertised_of(&m->told[i], n),
		       advertised_of(&m->running->interface[i], n),
		       sizeof(struct sw_addr)) != 0;
}

/* What the Nth address of interface I is known by waits, with all of its key. */
static void
put_back(struct merge *m, unsigned i, unsigned n)
{
	const struct config_interface *was = &m->running->interface[i];

	if (n < was->addresses.n) {
		m->addresses[i] = false;
		m->told[i].addresses = was->addresses;
	} else {
		m->names[i] = false;
		m->told[i].names = was->names;
	}
}

/* Of interfaces I and J one waits if a NAT could not tell them apart: one that is to be known
 * by something new, for what is in force it could. */
static bool
part(struct merge *m, unsigned i, unsigned j)
{
	unsigned a, b;

	if (!config_find_same(&m->told[i], &m->told[j], &a, &b))
		return false;
	assert(is_news(m, j, b) || is_news(m, i, a)); /* or it would wait for ever */
	if (is_news(m, j, b))
		put_back(m, j, b);
	else
		put_back(m, i, a);
	return true;
}

static bool
part_any(struct merge *m)
{
	for (unsigned j = 0; j < m->running->interfaces; j++)
		for (unsigned i = 0; i <= j; i++)
			if (part(m, i, j))
				return true;
	return false;
}

/* What addresses are known by is control's own affair, and in force at once: on all interfaces
 * together, so that one may take what another gives up.  Unless that cannot be while the
 * ports, or the interfaces, are what they were: config_check() would refuse such a file. */
static void
merge_told(struct merge *m)
{
	for (unsigned i = 0; i < m->running->interfaces; i++)
		tell_as_file(m, i);
	while (part_any(m))
		;
}

static void
merge_interfaces(const struct merge *m, const struct config_section *s)
{
	for (unsigned i = 0; i < m->running->interfaces; i++) {
		struct config_interface *a = &m->running->interface[i];
		const struct config_interface *b = find(m->file, a->name);

		if (b == NULL) {
			tell_lonely(m, m->running, a);
			continue;
		}
		if (b - m->file->interface != i)
			tell_moved(m, a, (unsigned)(b - m->file->interface));
		merge_section(m, s, a, b);
	}
	for (unsigned i = 0; i < m->file->interfaces; i++)
		if (find(m->running, m->file->interface[i].name) == NULL)
			tell_lonely(m, m->file, &m->file->interface[i]);
}

void
config_merge(struct config *running, const struct config *file, uint32_t calls,
	void (*each)(void *arg, const struct config_change *change), void *arg)
{
	struct merge m = {
		.running = running, .file = file, .calls = calls, .each = each, .arg = arg};

	merge_told(&m);
	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++) {
		if (s->named)
			merge_interfaces(&m, s);
		else
			merge_section(&m, s, NULL, NULL);
	}
}

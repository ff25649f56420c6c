/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_file.h. */
#include "tests/relay/config_file.h"

#include <string.h>

#include "relay/config.h"
#include "relay/config_merge.h"
#include "relay/config_text.h"

/* The keys of section S; of interface IT, or of the configuration itself. */
static void
print_keys(const struct config_section *s, const struct config *c,
	const struct config_interface *it, FILE *to)
{
	char value[CONFIG_TEXT];

	for (const struct config_key *k = config_keys; k < config_keys + CONFIG_KEYS; k++) {
		const void *field = config_field(k, c, it);

		if (strcmp(k->section, s->name) != 0)
			continue;
		/* Without a blank, for a value may begin with '#'. */
		for (unsigned i = 0; config_text(k, field, i, value); i++)
			fprintf(to, "%s =%s\n", k->name, value);
	}
}

void
config_file_print(const struct config *c, FILE *to)
{
	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++) {
		if (!s->named) {
			fprintf(to, "[%s]\n", s->name);
			print_keys(s, c, NULL, to);
		}
		for (unsigned i = 0; s->named && i < c->interfaces; i++) {
			fprintf(to, "[%s %s]\n", s->name, c->interface[i].name);
			print_keys(s, c, &c->interface[i], to);
		}
	}
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See like_rtpengine.h.  The command line comes first, then the file, of which counts what the
 * command line has not said. */
#include "relay/like_rtpengine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config_keys.h"
#include "relay/like_rtpengine_inside.h"

static int
take_all(struct like *l)
{
	for (const struct like_given *g = l->given; g < l->given + l->n_given; g++) {
		const struct like_option *o = g->option;

		if (o->take == NULL && o->why != NULL)
			fprintf(l->said, "strowger: --%.*s: left out: %s\n", (int)g->len,
				g->name, o->why);
		else if (o->take != NULL && o->take(l, o, g->value) != 0)
			return -EINVAL;
	}
	return 0;
}

/* Where rtpengine's differ from ours. */
static int
put_defaults(struct like *l)
{
	static const struct like_line defaults[] = {
		{"timeouts", "setup", "3600s"},
		{"timeouts", "hold", "3600s"},
	};

	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (!like_has(l, defaults[i].section, defaults[i].key) &&
			like_put(l, defaults[i].section, defaults[i].key, "%s",
				defaults[i].value) != 0)
			return -EINVAL;
	return 0;
}

static int
check(struct like *l)
{
	if (l->over)
		return 0;
	if (l->n_places == 0)
		return like_say(l, "--interface", "is missing");
	if (!like_has(l, "ng", "listen") && !like_has(l, "ng", "listen_tcp") &&
		!like_has(l, "ng", "http"))
		return like_say(l, "--listen-ng", "is missing");
	if (l->port_min >= l->port_max)
		return like_say(l, "--port-min", "must be less than --port-max");
	if (like_given_find(l, "foreground", strlen("foreground")) == NULL)
		like_say(l, "--foreground", "so it is in any case");
	if (l->remote && !l->allowed)
		like_say(l, "--allow",
			"only this host may ask over NG, which has no passwords; "
			"--allow=NETWORK lets others");
	return 0;
}

static void
write_config(const struct like *l, FILE *to)
{
	fputs("# Made of a command line of rtpengine's.\n", to);
	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++) {
		bool begun = false;

		for (unsigned j = 0; j < l->n_lines; j++) {
			if (strcmp(l->line[j].section, s->name) != 0)
				continue;
			if (!begun)
				fprintf(to, "\n[%s]\n", s->name);
			begun = true;
			fprintf(to, "%s = %s\n", l->line[j].key, l->line[j].value);
		}
	}
	like_interfaces_print(l, to);
}

int
like_rtpengine(struct like_rtpengine *result, char **argv, FILE *to, FILE *said)
{
	struct like *l = calloc(1, sizeof *l);
	char *text = NULL, *copy = NULL;
	int err = -ENOMEM;

	*result = (struct like_rtpengine){0};
	if (l == NULL)
		return err;
	l->said = said;
	l->result = result;
	l->port_min = 30000;
	l->port_max = 40000;
	if ((err = like_read_words(l, argv)) == 0 &&
		(err = like_read_file(l, &text, &copy)) == 0 && (err = take_all(l)) == 0 &&
		(err = like_take_interfaces(l, copy)) == 0 &&
		(err = like_interfaces_end(l)) == 0 && (err = put_defaults(l)) == 0 &&
		(err = check(l)) == 0)
		write_config(l, to);
	free(text);
	free(copy);
	free(l);
	return err;
}

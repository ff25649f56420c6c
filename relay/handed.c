/* SPDX-License-Identifier: Apache-2.0
 *
 * See handed.h.  The text is "name=number,...", so that either version may know more; what
 * there may be several of is named several times. */
#include "relay/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char variable[] = "STROWGER_HANDED";

static const struct field {
	const char *name;
	size_t at;
	bool is_fd;
	size_t places; /* there may be so many of it */
} fields[] = {
	{"lock", offsetof(struct handed, lock), true, 1},
	{"rpc", offsetof(struct handed, rpc), true, 1},
	{"session", offsetof(struct handed, session), true, 1},
	{"view", offsetof(struct handed, view), true, 1},
	{"state", offsetof(struct handed, state), true, 1},
	{"launcher", offsetof(struct handed, launcher), true, 1},
	{"helper", offsetof(struct handed, helper), false, 1},
	{"child", offsetof(struct handed, child), false, 1},
	{"draining", offsetof(struct handed, draining), false, 1},
	{"ng", offsetof(struct handed, ng), true, HANDED_NG},
};

static const struct handed nothing = {
	-1, -1, -1, -1, -1, -1, 0, 0, 0, {[0 ... HANDED_NG - 1] = -1}};

enum { FIELDS = sizeof fields / sizeof *fields, TEXT = 512 };

static int *
of(const struct field *f, const struct handed *h, size_t place)
{
	return (int *)((uintptr_t)h + f->at) + place;
}

/* Have the descriptors of H outlive an exec, or not. */
static int
keep(const struct handed *h, bool on)
{
	for (size_t i = 0; i < FIELDS; i++) {
		for (size_t j = 0; fields[i].is_fd && j < fields[i].places; j++) {
			int fd = *of(&fields[i], h, j);

			if (fd >= 0 && fcntl(fd, F_SETFD, on ? 0 : FD_CLOEXEC) != 0)
				return -errno;
		}
	}
	return 0;
}

static void
take_number(struct handed *h, const struct field *f, int number)
{
	size_t place = 0;

	while (place + 1 < f->places && *of(f, h, place) != *of(f, &nothing, place))
		place++;
	*of(f, h, place) = number;
}

static void
take_field(struct handed *h, const char *text)
{
	const char *equals = strchr(text, '=');

	for (size_t i = 0; equals != NULL && i < FIELDS; i++)
		if (strncmp(fields[i].name, text, (size_t)(equals - text)) == 0 &&
			fields[i].name[equals - text] == '\0')
			take_number(h, &fields[i], atoi(equals + 1));
}

/* What differs from nothing, in TEXT. */
static void
write_fields(const struct handed *h, char text[TEXT])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < FIELDS; i++) {
		for (size_t j = 0; len < TEXT && j < fields[i].places; j++) {
			int number = *of(&fields[i], h, j);

			if (number != *of(&fields[i], &nothing, j))
				len += (size_t)snprintf(text + len, TEXT - len, "%s=%d,",
					fields[i].name, number);
		}
	}
}

bool
handed_take(struct handed *h)
{
	const char *given = getenv(variable);
	char text[TEXT], *rest = NULL;

	*h = nothing;
	if (given == NULL)
		return false;
	snprintf(text, sizeof text, "%s", given);
	unsetenv(variable);
	for (char *p = strtok_r(text, ",", &rest); p != NULL; p = strtok_r(NULL, ",", &rest))
		take_field(h, p);
	/* Whoever has set the variable by hand has none of the descriptors. */
	if (keep(h, false) == 0 && h->lock >= 0)
		return true;
	*h = nothing;
	return false;
}

int
handed_exec(const struct handed *h, const char *program, char *const argv[])
{
	char text[TEXT];
	int err;

	write_fields(h, text);
	if ((err = keep(h, true)) == 0 && setenv(variable, text, 1) == 0) {
		execv(program, argv);
		err = -errno;
	}
	unsetenv(variable);
	keep(h, false);
	return err;
}

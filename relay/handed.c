/* SPDX-License-Identifier: Apache-2.0
 *
 * See handed.h.  The text is "name=number,...", so that either version may know more. */
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
} fields[] = {
	{"lock", offsetof(struct handed, lock), true},
	{"rpc", offsetof(struct handed, rpc), true},
	{"session", offsetof(struct handed, session), true},
	{"view", offsetof(struct handed, view), true},
	{"state", offsetof(struct handed, state), true},
	{"launcher", offsetof(struct handed, launcher), true},
	{"helper", offsetof(struct handed, helper), false},
	{"child", offsetof(struct handed, child), false},
	{"draining", offsetof(struct handed, draining), false},
};

static const struct handed nothing = {-1, -1, -1, -1, -1, -1, 0, 0, 0};

enum { FIELDS = sizeof fields / sizeof *fields, TEXT = 256 };

static int *
of(const struct field *f, const struct handed *h)
{
	return (int *)((uintptr_t)h + f->at);
}

/* Have the descriptors of H outlive an exec, or not. */
static int
keep(const struct handed *h, bool on)
{
	for (size_t i = 0; i < FIELDS; i++) {
		int fd = *of(&fields[i], h);

		if (fields[i].is_fd && fd >= 0 && fcntl(fd, F_SETFD, on ? 0 : FD_CLOEXEC) != 0)
			return -errno;
	}
	return 0;
}

static void
take_field(struct handed *h, const char *text)
{
	const char *equals = strchr(text, '=');

	for (size_t i = 0; equals != NULL && i < FIELDS; i++)
		if (strncmp(fields[i].name, text, (size_t)(equals - text)) == 0 &&
			fields[i].name[equals - text] == '\0')
			*of(&fields[i], h) = atoi(equals + 1);
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
	char text[TEXT] = "";
	size_t len = 0;
	int err;

	for (size_t i = 0; i < FIELDS; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s=%d,",
			fields[i].name, *of(&fields[i], h));
	if ((err = keep(h, true)) == 0 && setenv(variable, text, 1) == 0) {
		execv(program, argv);
		err = -errno;
	}
	unsetenv(variable);
	keep(h, false);
	return err;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of ports, and their text form "5060,30000-39999", in which the kernel has them too.
 * Main thread. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/host_inside.h"

/* A sysctl is read and written at once: a second read() finds its end, and where a write()
 * ends so does a number. */
static char text[PORTS * sizeof "65535"];

void
host_ports_add_range(struct ports *p, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last && i < PORTS; i++)
		p->in[i] = true;
}

void
host_ports_remove(struct ports *p, const struct ports *these)
{
	for (unsigned i = 0; i < PORTS; i++)
		p->in[i] = p->in[i] && !these->in[i];
}

void
host_ports_keep(struct ports *p, const struct ports *these)
{
	for (unsigned i = 0; i < PORTS; i++)
		p->in[i] = p->in[i] && these->in[i];
}

bool
host_ports_add(struct ports *p, const struct ports *these)
{
	bool any = false;

	for (unsigned i = 0; i < PORTS; i++) {
		any |= these->in[i] && !p->in[i];
		p->in[i] = p->in[i] || these->in[i];
	}
	return any;
}

bool
host_ports_next(const struct ports *p, unsigned *first, unsigned *last)
{
	while (*first < PORTS && !p->in[*first])
		++*first;
	for (*last = *first; *last + 1 < PORTS && p->in[*last + 1];)
		++*last;
	return *first < PORTS;
}

void
host_ports_parse(struct ports *p, const char *t)
{
	unsigned first, last;
	int len;

	while (sscanf(t, "%u%n", &first, &len) == 1) {
		t += len;
		last = first;
		if (sscanf(t, "-%u%n", &last, &len) == 1)
			t += len;
		host_ports_add_range(p, first, last);
		t += strspn(t, ", \n");
	}
}

int
host_ports_read(struct ports *p, int fd)
{
	char *line = NULL;
	size_t room = 0;
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	int rc = 0;

	memset(p, 0, sizeof *p);
	if (f == NULL)
		return -errno;
	setvbuf(f, text, _IOFBF, sizeof text);
	if (getline(&line, &room, f) > 0)
		host_ports_parse(p, line);
	else if (ferror(f))
		rc = -errno;
	free(line);
	fclose(f);
	return rc;
}

int
host_ports_write(const struct ports *p, int fd)
{
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	const char *comma = "";
	int rc;

	if (f == NULL)
		return -errno;
	setvbuf(f, text, _IOFBF, sizeof text);
	for (unsigned first = 0, last; host_ports_next(p, &first, &last); first = last + 1) {
		fprintf(f, first == last ? "%s%u" : "%s%u-%u", comma, first, last);
		comma = ",";
	}
	fputc('\n', f);
	rc = ferror(f) || fflush(f) != 0 ? -errno : 0;
	return fclose(f) != 0 && rc == 0 ? -errno : rc;
}

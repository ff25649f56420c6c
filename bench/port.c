/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of ports behind port.h, and the calls that pass through to them. */
#include "bench/port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct port_kind *const kinds[] = {&port_packet, &port_memif};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

int
port_open(struct port *p, const char *spec)
{
	const char *colon = strchr(spec, ':');
	size_t len = colon != NULL ? (size_t)(colon - spec) : 0;

	p->fd = -1;
	for (unsigned i = 0; i < KINDS; i++) {
		if (strlen(kinds[i]->name) != len || strncmp(kinds[i]->name, spec, len) != 0)
			continue;
		p->arg = colon + 1;
		int error = kinds[i]->open(p);
		if (error == 0)
			p->kind = kinds[i];
		return error;
	}
	fprintf(stderr,
		"strowger-bench: no device of the kind KIND:ARG in \"%s\"; kinds are\n", spec);
	for (unsigned i = 0; i < KINDS; i++)
		fprintf(stderr, "  %s: %s\n", kinds[i]->name, kinds[i]->help);
	return -EINVAL;
}

void
port_close(struct port *p)
{
	if (p->kind != NULL)
		p->kind->close(p);
	p->kind = NULL;
}

unsigned
port_room(struct port *p, uint8_t **frame, unsigned n)
{
	return p->kind->room(p, frame, n);
}

unsigned
port_send(struct port *p, const uint16_t *len, unsigned n)
{
	return p->kind->send(p, len, n);
}

unsigned
port_take(struct port *p, struct port_frame *frame, unsigned n)
{
	return p->kind->take(p, frame, n);
}

int
port_find(struct port *p, const struct sw_addr *addr, uint8_t mac[6])
{
	return p->kind->find(p, addr, mac);
}

uint64_t
port_missed(struct port *p)
{
	return p->kind->missed(p);
}

void
port_list_kinds(void)
{
	for (unsigned i = 0; i < KINDS; i++)
		printf("  %-8s %s\n", kinds[i]->name, kinds[i]->help);
}

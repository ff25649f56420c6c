/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind host.h share.  Nobody else's. */
#pragma once

#include <stdbool.h>

#include "dataplane/host.h"

/* ---- host_ports.c ---- */

enum { PORTS = 65536 };

/* A set of ports. */
struct ports {
	bool in[PORTS];
};

void host_ports_add_range(struct ports *p, unsigned first, unsigned last);
void host_ports_remove(struct ports *p, const struct ports *these);
/* Of P, those that are among THESE. */
void host_ports_keep(struct ports *p, const struct ports *these);
/* Were some of THESE not in P yet? */
bool host_ports_add(struct ports *p, const struct ports *these);
/* The first contiguous range at or behind *FIRST; false: there is none. */
bool host_ports_next(const struct ports *p, unsigned *first, unsigned *last);

/* Those of T are added. */
void host_ports_parse(struct ports *p, const char *t);
/* The ports that stand in FD, and close it; none if it is -1, what open() gave with its errno.
 * 0 or -errno. */
int host_ports_read(struct ports *p, int fd);
/* Write P to FD, and close it; -1 is what open() gave, with its errno. */
int host_ports_write(const struct ports *p, int fd);

/* ---- host_hold.c ---- */

enum { HOST_STEP_MS = 20 }; /* between two looks */

void host_sleep_ms(long ms);

/* Bind NAME in this network namespace, for host_list_names() until the descriptor that is
 * returned is closed.  -EADDRINUSE; -errno. */
int host_bind_name(const char *name);

/* Give TAKE the names that root and our own user have bound so: anybody else may bind names as
 * well, to mislead us.  (A kernel that cannot tell whose they are, without CONFIG_UNIX_DIAG or
 * before Linux 5.3, gives everybody's.)  The kernel gives its list in pieces, and does not say
 * whether it has changed between two: one may come twice and, where another socket is closed
 * meanwhile, not at all.  0 or -errno. */
typedef void host_take_name(const char *name, void *arg);
int host_list_names(host_take_name *take, void *arg);

/* ---- host_bound.c ---- */

/* Wait a while until no other socket takes the media of CONF, or its mesh.  0; -EADDRINUSE,
 * after a log line that says whose it is. */
int host_check_free(const struct opt_interface *conf);

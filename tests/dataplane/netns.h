/* SPDX-License-Identifier: Apache-2.0
 *
 * A private network for a test that runs as root: the process in one network namespace, a peer
 * in another, joined by a veth pair called eth0 on both sides.  All of it vanishes with the
 * process.
 *
 *   us: eth0 10.9.0.1/24, fd09::1/64   ──   peer: eth0 10.9.0.2/24, fd09::2/64 */
#pragma once

#include <stdbool.h>

#include "dataplane/options.h"

void netns_open(void);

/* Run a shell command here, or in the peer's namespace; it must succeed. */
__attribute__((format(printf, 1, 2))) void sh(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void peer_sh(const char *fmt, ...);

/* Give the kernel interface NAME to the peer. */
void move_to_peer(const char *name);

/* What a shell command here prints, without the last newline; static storage. */
__attribute__((format(printf, 1, 2))) const char *output(const char *fmt, ...);

/* A UDP socket in the peer's namespace, connected to ADDR and PORT. */
int peer_udp(const char *addr, unsigned port);

struct sw_addr ip(const char *text);

/* Interface "lan" of KIND on ARG with ports 30000-30099 and the addresses in TEXT
 * ("10.9.0.1,fd09::1"). */
struct opt_interface interface(const char *kind, const char *arg, const char *addresses);

/* From now on the log goes to memory; what has been logged so far, static storage. */
void log_catch(void);
const char *logged(void);

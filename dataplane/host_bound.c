/* SPDX-License-Identifier: Apache-2.0
 *
 * UDP sockets that are bound already to what is to be media's, or the mesh's, and whose they
 * are: /proc/self/net/udp has them, with an inode, and whoever has a descriptor of that inode
 * is to blame.  Main thread. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/host_inside.h"
#include "dataplane/log.h"

enum { LEAVE_MS = 1000 }; /* short-lived sockets (a DNS query's) get that long to go */

/* A row of /proc/net/udp or udp6. */
struct bound {
	struct sw_addr addr;
	unsigned long inode;
};

/* Each 32-bit word of the address stands there as a number of the host's byte order. */
static bool
read_bound(struct bound *b, const char *line, int family)
{
	char hex[33];
	uint32_t word;
	unsigned port;

	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %*s %*s %lu", hex, &port,
		    &b->inode) != 3)
		return false;
	b->addr = (struct sw_addr){.family = (uint16_t)family, .port = (uint16_t)port};
	for (unsigned i = 0; i < (family == AF_INET ? 1 : 4); i++) {
		if (sscanf(hex + 8 * i, "%8" SCNx32, &word) != 1)
			return false;
		memcpy(b->addr.ip + 4 * i, &word, 4);
	}
	return true;
}

static bool
is_mesh_port(const struct opt_interface *conf, unsigned port)
{
	return conf->mesh_port != 0 && port == conf->mesh_port;
}

/* Would a datagram to one of the addresses of CONF reach a socket bound to ADDR? */
static bool
is_ours(const struct opt_interface *conf, const struct sw_addr *addr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, any[16];
	struct sw_addr real = *addr;
	bool mesh = is_mesh_port(conf, addr->port);

	if (!mesh && (addr->port < conf->port_first || addr->port > conf->port_last))
		return false;
	if (memcmp(addr->ip, any, sizeof any) == 0)
		return true; /* of IPv6 it may take IPv4 as well */
	if (addr->family == AF_INET6 && memcmp(addr->ip, mapped, sizeof mapped) == 0) {
		real = (struct sw_addr){.family = AF_INET};
		memcpy(real.ip, addr->ip + 12, 4);
	}
	for (unsigned i = 0; i < conf->addresses; i++)
		if (conf->address[i].family == real.family &&
			memcmp(conf->address[i].ip, real.ip, sizeof real.ip) == 0)
			return !mesh || i == conf->mesh_address;
	return false;
}

/* Is there a socket bound within the media range of CONF, or to the mesh's port?  Then B is
 * it. */
static bool
find_bound(const struct opt_interface *conf, struct bound *b)
{
	static const struct {
		const char *path;
		int family;
	} table[] = {{"/proc/self/net/udp", AF_INET}, {"/proc/self/net/udp6", AF_INET6}};
	char line[512];
	bool found = false;

	for (unsigned i = 0; i < 2 && !found; i++) {
		FILE *f = fopen(table[i].path, "re");

		while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
			found = read_bound(b, line, table[i].family) &&
				is_ours(conf, &b->addr);
		if (f != NULL)
			fclose(f);
	}
	return found;
}

/* Does process PID have a descriptor of the socket INODE? */
static bool
has_socket(const char *pid, unsigned long inode)
{
	char path[PATH_MAX], want[64], link[64];
	const struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(want, sizeof want, "socket:[%lu]", inode);
	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, link, sizeof link - 1);

		link[n < 0 ? 0 : n] = '\0';
		found = strcmp(link, want) == 0;
	}
	closedir(dir);
	return found;
}

/* "asterisk (pid 812)" */
static void
name_owner(char *name, size_t room, unsigned long inode)
{
	char path[PATH_MAX], comm[32];
	const struct dirent *e;
	DIR *dir = opendir("/proc");
	FILE *f = NULL;

	snprintf(name, room, "a process that cannot be seen from here");
	while (dir != NULL && f == NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9' || !has_socket(e->d_name, inode))
			continue;
		snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
		if ((f = fopen(path, "re")) == NULL || fgets(comm, sizeof comm, f) == NULL)
			break;
		comm[strcspn(comm, "\n")] = '\0';
		snprintf(name, room, "%s (pid %.10s)", comm, e->d_name);
	}
	if (f != NULL)
		fclose(f);
	if (dir != NULL)
		closedir(dir);
}

static void
say_bound(const struct opt_interface *conf, unsigned port, const char *owner)
{
	if (is_mesh_port(conf, port))
		log_err("UDP port %u is in use by %s: it is the mesh's on interface %s; end that "
			"program or choose another port\n",
			port, owner, conf->name);
	else
		log_err("UDP port %u is in use by %s: it lies in the media range %u-%u of "
			"interface %s; end that program or choose another range\n",
			port, owner, conf->port_first, conf->port_last, conf->name);
}

int
host_check_free(const struct opt_interface *conf)
{
	char owner[96];
	struct bound b;

	for (int ms = 0; find_bound(conf, &b); ms += HOST_STEP_MS) {
		if (ms >= LEAVE_MS) {
			name_owner(owner, sizeof owner, b.inode);
			say_bound(conf, b.addr.port, owner);
			return -EADDRINUSE;
		}
		host_sleep_ms(HOST_STEP_MS);
	}
	return 0;
}

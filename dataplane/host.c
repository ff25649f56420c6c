/* SPDX-License-Identifier: Apache-2.0
 *
 * Media ports and the host's own sockets; host.h says what for.  Main thread.
 *
 * Several instances may share a network namespace, and media ranges, on different addresses.
 * The reserved ports are the namespace's, so each instance shows the others what it needs and
 * which of that it has added: as names of abstract Unix sockets, which belong to the namespace
 * too and vanish with their process.  The last one that needs a port takes it out again if one
 * of them has put it in. */
#include "dataplane/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/device.h"
#include "dataplane/log.h"

#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define KEPT "reserved_ports" /* in the run directory: the ports that we have added */

enum {
	PORTS = 65536,
	LOCK_MS = 2000,  /* another instance is done with RESERVED long before that */
	LEAVE_MS = 1000, /* short-lived sockets (a DNS query's) get that long to go */
	STEP_MS = 20,
	HOLDS = 64, /* sockets by which we show our ranges: one a contiguous range and list */
};

/* A set of ports. */
struct ports {
	bool in[PORTS];
};

/* What we show the others. */
static struct {
	uint64_t id; /* tells our names from theirs: process ids may repeat in containers */
	int hold[HOLDS];
	unsigned holds;
} shown;

static void
sleep_ms(long ms)
{
	nanosleep(
		&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* ---- Sets of ports, and their text form "5060,30000-39999" ---- */

static void
add_range(struct ports *p, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last && i < PORTS; i++)
		p->in[i] = true;
}

static void
remove_all(struct ports *p, const struct ports *these)
{
	for (unsigned i = 0; i < PORTS; i++)
		p->in[i] = p->in[i] && !these->in[i];
}

static void
add_all(struct ports *p, const struct ports *these)
{
	for (unsigned i = 0; i < PORTS; i++)
		p->in[i] = p->in[i] || these->in[i];
}

/* The first contiguous range at or behind *FIRST. */
static bool
next_range(const struct ports *p, unsigned *first, unsigned *last)
{
	while (*first < PORTS && !p->in[*first])
		++*first;
	for (*last = *first; *last + 1 < PORTS && p->in[*last + 1];)
		++*last;
	return *first < PORTS;
}

static void
read_ranges(struct ports *p, const char *text)
{
	unsigned first, last;
	int len;

	while (sscanf(text, "%u%n", &first, &len) == 1) {
		text += len;
		last = first;
		if (sscanf(text, "-%u%n", &last, &len) == 1)
			text += len;
		add_range(p, first, last);
		text += strspn(text, ", \n");
	}
}

/* The ports that stand in FD, and close it; none if it is -1. */
static void
read_ports(struct ports *p, int fd)
{
	char *line = NULL;
	size_t room = 0;
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;

	memset(p, 0, sizeof *p);
	if (f == NULL)
		return;
	if (getline(&line, &room, f) > 0)
		read_ranges(p, line);
	free(line);
	fclose(f);
}

/* Write P to FD, and close it; -1 is what open() gave, with its errno. */
static int
write_ports(const struct ports *p, int fd)
{
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
	const char *comma = "";
	int rc;

	if (f == NULL)
		return -errno;
	setvbuf(f, NULL, _IOFBF, 1 << 20); /* one write: each one replaces what a sysctl had */
	for (unsigned first = 0, last; next_range(p, &first, &last); first = last + 1) {
		fprintf(f, first == last ? "%s%u" : "%s%u-%u", comma, first, last);
		comma = ",";
	}
	fputc('\n', f);
	rc = ferror(f) || fflush(f) != 0 ? -errno : 0;
	return fclose(f) != 0 && rc == 0 ? -errno : rc;
}

static void
read_reserved(struct ports *p)
{
	read_ports(p, open(RESERVED, O_RDONLY | O_CLOEXEC));
}

static int
write_reserved(const struct ports *p)
{
	return write_ports(p, open(RESERVED, O_WRONLY | O_TRUNC | O_CLOEXEC));
}

/* ---- KEPT: [node] user may make files in the run directory, the switch may be root ---- */

static void
kept_path(char path[PATH_MAX], const char *run_dir)
{
	snprintf(path, PATH_MAX, "%s/" KEPT, run_dir);
}

/* A file that a switch of the same user or root has made, and nobody has linked to. */
static bool
is_from_a_switch(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	       (st.st_uid == 0 || st.st_uid == geteuid());
}

/* What a switch has left at PATH.  -1: nothing, or nothing to be trusted, which is removed. */
static int
open_kept(const char *path)
{
	/* O_NONBLOCK: a FIFO would wait for its writer. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if ((fd < 0 && errno == ENOENT) || is_from_a_switch(fd))
		return fd;
	log_warn("%s is not what a switch has written: ignored and removed\n", path);
	if (fd >= 0)
		close(fd);
	unlink(path);
	return -1;
}

/* Always a new file: never one, or the target of a link, that somebody else has chosen. */
static int
make_kept(const char *path)
{
	unlink(path);
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

/* ---- What instances show each other ---- */

int
host_hold(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int len = snprintf(un.sun_path + 1, sizeof un.sun_path - 1, "strowger:%s", name);
	int fd;

	if (len < 0 || (size_t)len >= sizeof un.sun_path - 1)
		return -ENAMETOOLONG;
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) !=
		0) {
		len = -errno;
		close(fd);
		return len;
	}
	return fd;
}

/* Whoever changes the reserved ports holds this.  It goes on without after a while: a stopped
 * process must not keep everybody else from starting. */
static int
lock(void)
{
	int fd = host_hold("ports");

	for (int ms = 0; fd == -EADDRINUSE && ms < LOCK_MS; ms += STEP_MS) {
		sleep_ms(STEP_MS);
		fd = host_hold("ports");
	}
	return fd;
}

static void
unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Show the ranges of P under WHAT. */
static void
show(const char *what, const struct ports *p)
{
	char name[80];

	while (shown.id == 0)
		if (getrandom(&shown.id, sizeof shown.id, 0) < 0)
			shown.id = (uint64_t)getpid();
	for (unsigned first = 0, last; next_range(p, &first, &last) && shown.holds < HOLDS;
		first = last + 1) {
		snprintf(name, sizeof name, "ports-%s:%016" PRIx64 ":%u-%u", what, shown.id,
			first, last);
		if ((shown.hold[shown.holds] = host_hold(name)) >= 0)
			shown.holds++;
	}
}

static void
unshow(void)
{
	while (shown.holds > 0)
		close(shown.hold[--shown.holds]);
}

/* What other instances show under WHAT; to be read while we show nothing. */
static void
read_shown(struct ports *p, const char *what)
{
	char line[512], match[32];
	FILE *f = fopen("/proc/self/net/unix", "re");

	memset(p, 0, sizeof *p);
	snprintf(match, sizeof match, "@strowger:ports-%s:", what);
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		const char *at = strstr(line, match), *ranges;

		if (at != NULL && (ranges = strchr(at + strlen(match), ':')) != NULL)
			read_ranges(p, ranges + 1);
	}
	if (f != NULL)
		fclose(f);
}

/* ---- Reserving ---- */

/* Has the kernel the addresses of CONF too? */
static bool
is_shared(const struct opt_interface *conf)
{
	const struct device_kind *kind = device_kind(conf->kind);

	return kind != NULL && (kind->kernel || conf->twin[0] != '\0');
}

/* The ports that the interfaces of O take from the kernel. */
static void
read_needed(struct ports *p, const struct options *o)
{
	memset(p, 0, sizeof *p);
	for (unsigned i = 0; i < o->interfaces; i++) {
		if (is_shared(&o->interface[i]))
			add_range(p, o->interface[i].port_first, o->interface[i].port_last);
		if (is_shared(&o->interface[i]) && o->interface[i].mesh_port != 0)
			p->in[o->interface[i].mesh_port] = true;
	}
}

void
host_restore(const char *run_dir)
{
	static struct ports added, reserved, others;
	char path[PATH_MAX];
	int kept, fd;

	kept_path(path, run_dir);
	if ((kept = open_kept(path)) < 0)
		return;
	fd = lock();
	read_ports(&added, kept);
	read_reserved(&reserved);
	read_shown(&others, "needed");
	remove_all(&added, &others);
	remove_all(&reserved, &added);
	if (write_reserved(&reserved) == 0)
		unlink(path);
	unlock(fd);
}

/* Reserve NEEDED.  What of it was not reserved before is ours to take out again, and so is
 * what another instance has added: that may end before we do. */
static int
reserve(const struct ports *needed, const char *run_dir)
{
	static struct ports reserved, added, others;
	char path[PATH_MAX];
	int fd = lock(), rc, written;

	read_reserved(&reserved);
	read_shown(&others, "added");
	for (unsigned i = 0; i < PORTS; i++)
		added.in[i] = needed->in[i] && (!reserved.in[i] || others.in[i]);
	add_all(&reserved, needed);
	show("needed", needed);
	show("added", &added);
	kept_path(path, run_dir);
	if ((rc = write_ports(&added, make_kept(path))) != 0)
		log_err("cannot write %s: %s\n", path, strerror(-rc));
	else if ((written = write_reserved(&reserved)) != 0) /* read-only in some containers */
		log_warn("cannot write " RESERVED " (%s): the kernel may give media ports to "
			 "other programs; reserve them from outside\n",
			strerror(-written));
	unlock(fd);
	return rc;
}

/* ---- Sockets that are bound already ---- */

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

/* Wait until no other socket takes the media of CONF, or its mesh, up to LEAVE_MS. */
static int
check_free(const struct opt_interface *conf)
{
	char owner[96];
	struct bound b;

	for (int ms = 0; find_bound(conf, &b); ms += STEP_MS) {
		if (ms >= LEAVE_MS) {
			name_owner(owner, sizeof owner, b.inode);
			say_bound(conf, b.addr.port, owner);
			return -EADDRINUSE;
		}
		sleep_ms(STEP_MS);
	}
	return 0;
}

/* ---- Claiming and releasing ---- */

int
host_claim_ports(const struct options *o)
{
	static struct ports needed;
	int rc;

	host_restore(o->run_dir); /* what is still there from us must not pass for somebody
				     else's */
	/* Reserved first: after that no new socket gets one of the ports by chance. */
	read_needed(&needed, o);
	rc = reserve(&needed, o->run_dir);
	for (unsigned i = 0; i < o->interfaces && rc == 0; i++) {
		if (is_shared(&o->interface[i]))
			rc = check_free(&o->interface[i]);
	}
	if (rc != 0)
		host_release_ports(o);
	return rc;
}

void
host_release_ports(const struct options *o)
{
	unshow();
	host_restore(o->run_dir);
}

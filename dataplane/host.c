/* SPDX-License-Identifier: Apache-2.0
 *
 * Media ports among those that the kernel gives away; host.h says what for.  Main thread.
 *
 * Several instances may share a network namespace, and media ranges, on different addresses.
 * The reserved ports are the namespace's, so each instance shows the others what it needs and
 * which of that it has added: as names of abstract Unix sockets, which belong to the namespace
 * too and vanish with their process.  The last one that needs a port takes it out again if one
 * of them has put it in. */
#include "dataplane/host_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/device.h"
#include "dataplane/log.h"

#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define KEPT "reserved_ports" /* in the run directory: the ports that we have added */

enum {
	LOCK_MS = 50, /* another instance is done with RESERVED long before that */
	HOLDS = 64, /* sockets by which we show our ranges: one a contiguous range and list */
	TRIES = 8,  /* to change RESERVED, where others do without the lock at the same time */
};

/* What we show the others. */
static struct {
	uint64_t id; /* tells our names from theirs: process ids may repeat in containers */
	int hold[HOLDS];
	unsigned holds;
} shown;

static int
read_reserved(struct ports *p)
{
	return host_ports_read(p, open(RESERVED, O_RDONLY | O_CLOEXEC));
}

static int
write_reserved(const struct ports *p)
{
	return host_ports_write(p, open(RESERVED, O_WRONLY | O_TRUNC | O_CLOEXEC));
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

/* Always a new file: never one, or the target of a link, that somebody else has chosen.  It
 * comes in the place of the old one at once: whenever we are killed, what is reserved is
 * written down. */
static int
write_kept(const struct ports *p, const char *path)
{
	char new[PATH_MAX];
	int rc;

	if ((size_t)snprintf(new, sizeof new, "%s.new", path) >= sizeof new)
		return -ENAMETOOLONG;
	unlink(new);
	rc = host_ports_write(
		p, open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
	return rc == 0 && rename(new, path) != 0 ? -errno : rc;
}

/* ---- What instances show each other ---- */

/* Whoever changes the reserved ports holds this.  It goes on without after a moment: a stopped
 * process must not keep everybody else from starting, nor the successor of a killed switch
 * from its calls (set_reserved() says what comes of that). */
static int
lock(void)
{
	int fd = host_hold("ports", LOCK_MS);

	if (fd < 0)
		log_warn("changing " RESERVED " without the lock for it: %s\n",
			fd == -EADDRINUSE ? "another strowger-switch does not let go of it"
					  : strerror(-fd));
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
	for (unsigned first = 0, last;
		host_ports_next(p, &first, &last) && shown.holds < HOLDS; first = last + 1) {
		snprintf(name, sizeof name, "ports-%s:%016" PRIx64 ":%u-%u", what, shown.id,
			first, last);
		if ((shown.hold[shown.holds] = host_bind_name(name)) >= 0)
			shown.holds++;
	}
}

static void
unshow(void)
{
	while (shown.holds > 0)
		close(shown.hold[--shown.holds]);
}

struct showing {
	char match[32];
	struct ports *ports;
};

static void
take_shown(const char *name, void *arg)
{
	struct showing *s = arg;
	size_t len = strlen(s->match);
	const char *ranges;

	if (strncmp(name, s->match, len) == 0 && (ranges = strchr(name + len, ':')) != NULL)
		host_ports_parse(s->ports, ranges + 1);
}

/* What instances show under WHAT, ourselves among them.  0 or -errno, after a log line. */
static int
read_shown(struct ports *p, const char *what)
{
	struct showing s = {.ports = p};
	int rc;

	memset(p, 0, sizeof *p);
	snprintf(s.match, sizeof s.match, "ports-%s:", what);
	if ((rc = host_list_names(take_shown, &s)) != 0)
		log_warn("cannot see what other instances reserve: %s\n", strerror(-rc));
	return rc;
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
			host_ports_add_range(
				p, o->interface[i].port_first, o->interface[i].port_last);
		if (is_shared(&o->interface[i]) && o->interface[i].mesh_port != 0)
			p->in[o->interface[i].mesh_port] = true;
	}
}

/* Take LEFT, what we have added once, out of P; but for what other instances need.  Of that,
 * what none of them has added as well stays ours to take out: in LEFT, and in P.  Nothing is
 * taken out, -errno, where we cannot see what it is. */
static int
take_out(struct ports *p, struct ports *left)
{
	static struct ports needed, added;
	int rc = read_shown(&needed, "needed");

	if (rc != 0 || (rc = read_shown(&added, "added")) != 0)
		return rc;
	for (unsigned i = 0; i < PORTS; i++) {
		if (left->in[i] && !needed.in[i])
			p->in[i] = false;
		left->in[i] = left->in[i] && !(needed.in[i] && added.in[i]);
	}
	return 0;
}

/* Put in again what anybody needs. */
static int
mend_reserved(void)
{
	static struct ports needed, now;

	if (read_shown(&needed, "needed") != 0 || read_reserved(&now) != 0)
		return 0;
	return host_ports_add(&now, &needed) ? write_reserved(&now) : 0;
}

/* Make P the reserved ports, which was made of WAS.  Who held the lock for too long, or did
 * not wait for it, may have read the list before another one changed it.  -EAGAIN: so it is,
 * and P must be made anew (unless that has been tried often enough).  Of a change between that
 * look and our writing, whoever is last puts in again what anybody needs; who has taken out
 * something then has it still written down (restore()).  -errno. */
static int
set_reserved(const struct ports *was, const struct ports *p, unsigned try)
{
	static struct ports now;
	int rc = read_reserved(&now);

	if (rc != 0)
		return rc;
	if (try < TRIES && memcmp(&now, was, sizeof now) != 0)
		return -EAGAIN;
	if (memcmp(&now, p, sizeof now) != 0)
		rc = write_reserved(p);
	return rc != 0 ? rc : mend_reserved();
}

/* Take what stands in the run directory, ADDED, out of the list; LEFT stays in it, and is ours
 * to take out later.  0; -EAGAIN; -errno. */
static int
try_restore(const struct ports *added, struct ports *left, unsigned try)
{
	static struct ports was, reserved;
	int rc = read_reserved(&was);

	reserved = was;
	*left = *added;
	if (rc != 0 || (rc = take_out(&reserved, left)) != 0)
		return rc;
	host_ports_keep(left, &reserved);
	return set_reserved(&was, &reserved, try);
}

/* Give back what stands in the run directory.  Without the lock it goes on standing there: who
 * has that may write the list as it was before, when it goes on. */
static void
restore(const char *run_dir)
{
	static struct ports added, left;
	char path[PATH_MAX];
	int kept, fd, rc = -EAGAIN;
	unsigned first = 0, last;

	kept_path(path, run_dir);
	if ((kept = open_kept(path)) < 0)
		return;
	fd = lock();
	host_ports_read(&added, kept);
	for (unsigned try = 1; rc == -EAGAIN; try++)
		rc = try_restore(&added, &left, try);
	if (rc == 0 && fd >= 0 && host_ports_next(&left, &first, &last))
		write_kept(&left, path);
	else if (rc == 0 && fd >= 0)
		unlink(path);
	unlock(fd);
}

/* FILE cannot be written, and the list is NOW: that matters unless somebody has put NEEDED in.
 */
static void
say_unwritten(const struct ports *needed, const struct ports *now, const char *file, int rc)
{
	static struct ports lacking;
	unsigned first = 0, last;

	lacking = *needed;
	host_ports_remove(&lacking, now);
	if (host_ports_next(&lacking, &first, &last)) /* read-only in some containers */
		log_warn("cannot write %s (%s): the kernel may give media ports to other "
			 "programs; reserve them from outside, in " RESERVED "\n",
			file, strerror(-rc));
}

/* Write down that P is ours, which is KEPT as yet. */
static int
keep(const struct ports *p, struct ports *kept, const char *path)
{
	int rc = 0;

	if (memcmp(p, kept, sizeof *p) != 0 && (rc = write_kept(p, path)) == 0)
		*kept = *p;
	return rc;
}

/* Reserve NEEDED in the place of OURS, what we have added and is KEPT as PATH; OURS follows.
 * 0; -EAGAIN.  What cannot be written down is not reserved, for nobody would ever take it out.
 */
static int
try_reserve(const struct ports *needed, struct ports *ours, struct ports *kept,
	const char *path, unsigned try)
{
	static struct ports was, reserved, added, others;
	int rc;

	unshow(); /* what is still there from us must not pass for somebody else's */
	read_reserved(&was);
	reserved = was;
	take_out(&reserved, ours);
	read_shown(&others, "added");
	for (unsigned i = 0; i < PORTS; i++)
		added.in[i] = (needed->in[i] && (!reserved.in[i] || others.in[i])) ||
			      (ours->in[i] && reserved.in[i]);
	host_ports_add(&reserved, needed);
	show("needed", needed);
	show("added", &added);
	host_ports_add(ours, &added);
	if ((rc = keep(ours, kept, path)) != 0) {
		say_unwritten(needed, &was, path, rc);
		return 0;
	}
	if ((rc = set_reserved(&was, &reserved, try)) == -EAGAIN)
		return -EAGAIN;
	if (rc == 0) {
		*ours = added;
	} else {
		read_reserved(&was);
		say_unwritten(needed, &was, RESERVED, rc);
		host_ports_keep(ours, &was);
	}
	(void)keep(ours, kept, path); /* or else too much stands there, which does no harm */
	return 0;
}

/* Reserve NEEDED, in one step with giving back what a predecessor left: between two, the
 * kernel could give a port away.  What of it was not reserved before is ours to take out
 * again, and so is what another instance has added: that may end before we do.  A killed
 * predecessor's successor has nothing to write down: it starts on a full disk, too. */
static void
reserve(const struct ports *needed, const char *run_dir)
{
	static struct ports ours, kept;
	char path[PATH_MAX];
	int fd = lock(), rc = -EAGAIN;

	kept_path(path, run_dir);
	host_ports_read(&ours, open_kept(path));
	kept = ours;
	for (unsigned try = 1; rc == -EAGAIN; try++)
		rc = try_reserve(needed, &ours, &kept, path, try);
	unlock(fd);
}

/* ---- Claiming and releasing ---- */

int
host_claim_ports(const struct options *o)
{
	static struct ports needed;
	int rc = 0;

	/* Reserved first: after that no new socket gets one of the ports by chance. */
	read_needed(&needed, o);
	reserve(&needed, o->run_dir);
	for (unsigned i = 0; i < o->interfaces && rc == 0; i++) {
		if (is_shared(&o->interface[i]))
			rc = host_check_free(&o->interface[i]);
	}
	if (rc != 0)
		host_release_ports(o);
	return rc;
}

void
host_release_ports(const struct options *o)
{
	unshow();
	restore(o->run_dir);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See instance.h.  flock() and not fcntl(): the lock belongs to our open file, nobody else's
 * close() in this process can lose it; the helper that starts the switch is forked before it
 * is taken. */
#include "relay/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log.h"

enum { PATH_SIZE = 256 };

int
instance_make_parents(const char *dir)
{
	char path[PATH_SIZE];

	if (strlen(dir) >= sizeof path)
		return -ENAMETOOLONG;
	strcpy(path, dir);
	for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return 0;
}

/* Of root's: the user that control becomes makes files there, but cannot remove root's. */
enum { DIR_MODE = 01775 };

/* Is the directory at FD, which was there before, one of ours: of root's, with our group and
 * mode, or with the lock that a node of another [node] user has left? */
static bool
is_ours(int fd, const struct stat *dir, gid_t gid)
{
	struct stat lock;

	if (dir->st_uid != 0)
		return false;
	return (dir->st_gid == gid && (dir->st_mode & 07777) == DIR_MODE) ||
	       fstatat(fd, "control.lock", &lock, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Give the directory at FD to root and GID.  What our mkdir has not MADE and nothing says is
 * ours is somebody's /tmp or home, named by a slip: hands off. */
static int
give(int fd, const char *dir, gid_t gid, bool made)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (!made && !is_ours(fd, &st, gid)) {
		log_err("%s was there before and is not a node's: it belongs to user %u and "
			"group %u, with mode %04o; one that is root's and group %u's, with mode "
			"%04o, will do",
			dir, (unsigned)st.st_uid, (unsigned)st.st_gid,
			(unsigned)st.st_mode & 07777, (unsigned)gid, DIR_MODE);
		return -EPERM;
	}
	return fchown(fd, 0, gid) != 0 || fchmod(fd, DIR_MODE) != 0 ? -errno : 0;
}

/* DIR is there: is it a directory, and whose?  Not through a symbolic link. */
static int
adjust(const char *dir, gid_t gid, bool made)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (geteuid() == 0 && gid != (gid_t)-1)
		err = give(fd, dir, gid, made);
	close(fd);
	return err;
}

int
instance_make_dir(const char *dir, gid_t gid)
{
	int err = instance_make_parents(dir);
	bool made = err == 0 && mkdir(dir, 0755) == 0;

	if (err == 0 && !made && errno != EEXIST)
		err = -errno;
	if (err == 0)
		err = adjust(dir, gid, made);
	if (err != 0)
		log_err("cannot make the run directory %s: %s; %s[node] run_dir names another",
			dir, strerror(-err),
			err == -EACCES ? "start strowger as root (sudo), or " : "");
	return err;
}

/* The pid that the holder of the lock wrote; 0: nothing that makes sense. */
static pid_t
read_pid(int fd)
{
	char text[16] = "";
	long pid;

	if (pread(fd, text, sizeof text - 1, 0) <= 0)
		return 0;
	pid = strtol(text, NULL, 10);
	return pid > 0 ? (pid_t)pid : 0;
}

/* Over what is there, and cut then: so it can be written on a full disk, too. */
static int
write_pid(int fd)
{
	char text[16];
	int len = snprintf(text, sizeof text, "%d\n", (int)getpid());

	if (pwrite(fd, text, (size_t)len, 0) != len || ftruncate(fd, len) != 0)
		return -errno;
	return 0;
}

static int
lock(struct instance *in, const char *path)
{
	int err;

	if (flock(in->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK) {
		err = -errno;
		log_err("cannot lock %s: %s", path, strerror(-err));
		return err;
	}
	in->other = read_pid(in->lock_fd);
	log_err("another strowger, process %d, runs this node already (%s is locked); "
		"a second one needs its own [node] name or run_dir",
		(int)in->other, path);
	return -EBUSY;
}

int
instance_open(struct instance *in, const char *dir, uid_t uid)
{
	char path[PATH_SIZE];
	int err;

	*in = (struct instance){.lock_fd = -1};
	snprintf(path, sizeof path, "%s/control.lock", dir);
	in->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (in->lock_fd < 0) {
		err = -errno;
		log_err("cannot open %s: %s", path, strerror(-err));
		return err;
	}
	if ((err = lock(in, path)) != 0)
		goto no_lock;
	if ((uid != (uid_t)-1 && fchown(in->lock_fd, uid, (gid_t)-1) != 0) ||
		write_pid(in->lock_fd) != 0) {
		err = -errno;
		log_err("cannot write %s: %s", path, strerror(-err));
		goto no_lock;
	}
	return 0;

no_lock:
	close(in->lock_fd);
	in->lock_fd = -1;
	return err;
}

void
instance_take(struct instance *in, int lock_fd)
{
	*in = (struct instance){.lock_fd = lock_fd};
}

void
instance_close(struct instance *in)
{
	if (in->lock_fd >= 0)
		close(in->lock_fd);
	in->lock_fd = -1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_listen.h. */
#include "control/rpc_listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/log.h"
#include "control/rpc.h"

/* 0 or -errno. */
static int
remove_stale(const char *path)
{
	struct stat st;
	int error;

	if (lstat(path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (unlink(path) == 0)
		return 0;
	error = errno;
	log_err("rpc: cannot remove the stale socket %s, of user %u: %m; remove it by hand",
		path, (unsigned)st.st_uid);
	return -error;
}

int
rpc_listen_admit(const struct rpc_socket *s)
{
	if (s->group != (gid_t)-1 && chown(s->path, (uid_t)-1, s->group) != 0)
		log_warn("rpc: cannot give %s to group %u: %m", s->path, (unsigned)s->group);
	return chmod(s->path, s->mode) == 0 ? 0 : -errno;
}

static int
bind_at(int fd, const struct rpc_socket *s)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int error;

	if (strlen(s->path) >= sizeof sun.sun_path)
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, s->path);
	if ((error = remove_stale(s->path)) != 0)
		return error;
	if (bind(fd, (struct sockaddr *)&sun, sizeof sun) != 0)
		return -errno;
	if ((error = rpc_listen_admit(s)) != 0)
		unlink(s->path);
	return error;
}

int
rpc_listen_bind(const struct rpc_socket *s)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? -errno : bind_at(fd, s);

	if (error == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	errno = -error;
	log_err("cannot listen at %s: %m", s->path);
	return -1;
}

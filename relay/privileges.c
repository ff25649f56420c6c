/* SPDX-License-Identifier: Apache-2.0
 *
 * See privileges.h.  setuid() from root clears every capability set of this thread, and there
 * is no other yet. */
#include "relay/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "control/log.h"
#include "relay/config.h"

/* Root stays root only when it was told to: a host without our user still has nobody. */
static int
find_user(struct privileges *p, const char *name)
{
	const struct passwd *user = getpwnam(name);

	if (user == NULL) {
		log_warn(
			"there is no user %s, so strowger becomes nobody, whose processes may "
			"then speak to the switch: create it, or name another in [node] user",
			name);
		user = getpwnam("nobody");
	}
	if (user == NULL) {
		log_err("there is no user nobody either; [node] user = root stays root");
		return -ENOENT;
	}
	p->uid = user->pw_uid;
	p->gid = user->pw_gid;
	return 0;
}

int
privileges_find(struct privileges *p, const struct config *c)
{
	*p = (struct privileges){(uid_t)-1, (gid_t)-1, (gid_t)-1};
	if (c->rpc_group[0] != '\0') {
		const struct group *g = getgrnam(c->rpc_group);

		if (g == NULL) {
			log_err("[rpc] group: there is no group %s", c->rpc_group);
			return -ENOENT;
		}
		p->socket_gid = g->gr_gid;
	}
	return geteuid() == 0 && strcmp(c->user, "root") != 0 ? find_user(p, c->user) : 0;
}

/* The only further group is the one that the RPC socket is to be given to. */
static int
become(const struct privileges *p)
{
	if (setgroups(p->socket_gid != (gid_t)-1, &p->socket_gid) != 0 ||
		setgid(p->gid) != 0 || setuid(p->uid) != 0)
		return -errno;
	return 0;
}

int
privileges_drop(const struct privileges *p)
{
	int dumpable = 0, err = 0;

#ifdef __SANITIZE_ADDRESS__
	dumpable = 1; /* LeakSanitizer traces its own process */
#endif
	if (p->uid != (uid_t)-1)
		err = become(p);
	if (err == 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
				prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) != 0))
		err = -errno;
	if (err != 0)
		log_err("cannot give up the privileges of root: %s", strerror(-err));
	return err;
}

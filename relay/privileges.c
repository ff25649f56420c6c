/* SPDX-License-Identifier: Apache-2.0
 *
 * See privileges.h.  There is one thread yet, so what is said of a thread is said of all. */
#include "relay/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "control/log.h"
#include "dataplane/capabilities.h"
#include "dataplane/switch_caps.h"
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

/* NAME, of KEY; empty: none. */
static int
find_group(gid_t *gid, const char *key, const char *name)
{
	const struct group *g = name[0] != '\0' ? getgrnam(name) : NULL;

	*gid = g != NULL ? g->gr_gid : (gid_t)-1;
	if (g != NULL || name[0] == '\0')
		return 0;
	log_err("%s = %s: there is no such group", key, name);
	return -ENOENT;
}

int
privileges_find(struct privileges *p, const struct config *c)
{
	const struct {
		const char *key, *name;
	} groups[RPC_ROLES] = {
		[RPC_ADMIN] = {"[rpc] group", c->rpc_group},
		[RPC_SESSION] = {"[rpc] session_group", c->session_group},
		[RPC_VIEW] = {"[rpc] view_group", c->view_group},
	};

	*p = (struct privileges){.uid = (uid_t)-1, .gid = (gid_t)-1};
	for (unsigned i = 0; i < RPC_ROLES; i++)
		if (find_group(&p->socket_gid[i], groups[i].key, groups[i].name) != 0)
			return -ENOENT;
	if (find_group(&p->ng_gid, "[ng] group", c->ng_group) != 0)
		return -ENOENT;
	return geteuid() == 0 && strcmp(c->user, "root") != 0 ? find_user(p, c->user) : 0;
}

/* The only further groups are those that our sockets are to be given to.  The bounding set
 * goes while we may still change it. */
static int
become(const struct privileges *p)
{
	gid_t groups[RPC_ROLES + 1];
	size_t n = 0;
	int err = capabilities_bound(0);

	if (err != 0)
		return err;
	for (unsigned i = 0; i < RPC_ROLES; i++)
		if (p->socket_gid[i] != (gid_t)-1)
			groups[n++] = p->socket_gid[i];
	if (p->ng_gid != (gid_t)-1)
		groups[n++] = p->ng_gid;
	if (setgroups(n, groups) != 0 || setgid(p->gid) != 0 || setuid(p->uid) != 0)
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
	if (err == 0)
		err = capabilities_keep(0);
	if (err == 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
				prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) != 0))
		err = -errno;
	if (err != 0)
		log_err("cannot give up the privileges of root: %s", strerror(-err));
	return err;
}

int
privileges_launcher(void)
{
	int err = capabilities_keep(switch_caps(SWITCH_STARTS));

	if (err == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		err = -errno;
	return err;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_hint.h. */
#include "control/ctl_hint.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Which instances run here, for somebody who has asked for another. */
static void
hint_instances(void)
{
	glob_t found;

	if (glob("/run/strowger/*/admin.sock", 0, NULL, &found) == 0) {
		fputs("Instances here:", stderr);
		for (size_t i = 0; i < found.gl_pathc; i++)
			fprintf(stderr, " %.*s",
				(int)strcspn(
					found.gl_pathv[i] + strlen("/run/strowger/"), "/"),
				found.gl_pathv[i] + strlen("/run/strowger/"));
		fputs(" (--instance NAME)\n", stderr);
	} else {
		fputs("One with a run_dir of its own is found by: --socket RUN_DIR/admin.sock\n",
			stderr);
	}
	globfree(&found);
}

void
ctl_hint_permission(const char *path)
{
	const struct group *g;
	struct stat st;

	g = stat(path, &st) == 0 ? getgrgid(st.st_gid) : NULL;
	if (g != NULL && st.st_gid != 0 && strcmp(g->gr_name, "nogroup") != 0)
		fprintf(stderr,
			"It is for root and the group %s: try sudo, or join the group "
			"(usermod -aG %s $USER, then log in again).\n",
			g->gr_name, g->gr_name);
	else
		fputs("Try sudo; for others than root there is [rpc] group in the "
		      "configuration.\n",
			stderr);
}

/* Nobody listens at PATH: what is there instead? */
static void
hint_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || S_ISSOCK(st.st_mode)) {
		fputs("Start it with: systemctl start strowger, or: strowger -c FILE\n",
			stderr);
		hint_instances();
	} else if (S_ISDIR(st.st_mode)) {
		fprintf(stderr,
			"That is a directory; the socket in it: --socket %s/admin.sock\n",
			path);
	} else {
		fputs("That is no socket; it is called admin.sock, and lies in the run "
		      "directory\n",
			stderr);
	}
}

void
ctl_hint_no_daemon(const char *path, int error, int waited_s)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		fprintf(stderr, "strowger-ctl: no strowger is running at %s\n", path);
		hint_path(path);
		break;
	case EACCES:
	case EPERM:
		fprintf(stderr, "strowger-ctl: you may not open %s\n", path);
		ctl_hint_permission(path);
		break;
	case ETIMEDOUT:
		fprintf(stderr,
			"strowger-ctl: strowger at %s has not answered for %d s: it hangs, or "
			"is very busy\n",
			path, waited_s);
		break;
	case EPIPE:
	case ECONNRESET:
		fprintf(stderr, "strowger-ctl: strowger at %s ended before it answered\n",
			path);
		break;
	case EPROTO:
	case EPROTOTYPE: /* switch.sock */
		fprintf(stderr,
			"strowger-ctl: what listens at %s speaks something else; strowger's "
			"sockets are admin.sock, session.sock and view.sock\n",
			path);
		break;
	default:
		fprintf(stderr, "strowger-ctl: %s: %s\n", path, strerror(error));
	}
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See upgrade.h.  One pipe carries what the child prints and says in its log; the line that
 * counts has a word of its own in front. */
#include "relay/upgrade.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/switch.h"

static const char word[] = "strowger-upgrade:";

enum {
	SAID = 4096,    /* bytes of what it says that are kept, the newest */
	PATIENCE_S = 5, /* that it may take */
	VERSION = 32,
};

struct upgrade {
	struct upgrade_conf conf;
	struct event *said; /* on the pipe; NULL: no check runs */
	pid_t child;
	size_t len;
	char text[SAID];
};

void
upgrade_say_version(const char *run_dir)
{
	printf("%s %s %d %s\n", word, STROWGER_VERSION, SW_ABI, run_dir);
}

struct upgrade *
upgrade_open(const struct upgrade_conf *conf)
{
	struct upgrade *u = calloc(1, sizeof *u);

	if (u != NULL)
		u->conf = *conf;
	return u;
}

/* Let the check end, whatever it has come to; its exit status. */
static int
reap(struct upgrade *u)
{
	int status = -1;

	close(event_get_fd(u->said));
	event_free(u->said);
	u->said = NULL;
	kill(u->child, SIGKILL); /* nothing, if it has ended */
	waitpid(u->child, &status, 0);
	return status;
}

void
upgrade_close(struct upgrade *u)
{
	if (u == NULL)
		return;
	if (u->said != NULL)
		reap(u);
	free(u);
}

/* The last line of what it has said, without what a log puts in front. */
static const char *
last_line(struct upgrade *u)
{
	char *line;

	while (u->len > 0 && u->text[u->len - 1] == '\n')
		u->text[--u->len] = '\0';
	line = strrchr(u->text, '\n');
	return line != NULL ? line + 1 : u->text;
}

/* Would it find our lock, our socket and our switch at DIR, and can it? */
static bool
is_our_place(const struct upgrade *u, const char *dir, char *error, size_t room)
{
	if (strcmp(dir, u->conf.run_dir) != 0) {
		snprintf(error, room,
			"the configuration has another run directory now, %.150s, and the one in "
			"use is %.150s: [node] name and run_dir are changed by a restart",
			dir, u->conf.run_dir);
		return false;
	}
	if (access(dir, W_OK | X_OK) != 0) {
		snprintf(error, room, "the run directory %.150s is of no use: %s", dir,
			strerror(errno));
		return false;
	}
	return true;
}

/* The child has ended with STATUS.  True: it can take our place. */
static bool
judge(struct upgrade *u, int status, char version[VERSION], char *error, size_t room)
{
	const char *line = strstr(u->text, word);
	char dir[256];
	int abi = 0;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		snprintf(error, room, "%.100s does not start: %.200s", u->conf.program,
			u->len > 0 ? last_line(u) : "it says nothing");
		return false;
	}
	if (line == NULL ||
		sscanf(line + strlen(word), " %31s %d %255[^\n]", version, &abi, dir) != 3) {
		snprintf(error, room, "%.100s is no strowger that could take over",
			u->conf.program);
		return false;
	}
	if (abi != SW_ABI) {
		snprintf(error, room,
			"strowger %s speaks version %d to its switch, and the one that runs %d: "
			"both have to be restarted",
			version, abi, SW_ABI);
		return false;
	}
	return is_our_place(u, dir, error, room);
}

/* Forget the older half of what it has said. */
static void
make_room(struct upgrade *u)
{
	const size_t kept = sizeof u->text / 2;

	memmove(u->text, u->text + u->len - kept, kept);
	memset(u->text + kept, 0, sizeof u->text - kept);
	u->len = kept;
}

static void
on_said(evutil_socket_t fd, short what, void *arg)
{
	struct upgrade *u = arg;
	char version[VERSION], error[512];
	int status;
	ssize_t n;

	if (u->len == sizeof u->text - 1)
		make_room(u);
	n = read(fd, u->text + u->len, sizeof u->text - 1 - u->len);
	if (n < 0 && errno == EAGAIN && !(what & EV_TIMEOUT))
		return;
	if (n > 0) {
		u->len += (size_t)n;
		return;
	}
	status = reap(u);
	if (judge(u, status, version, error, sizeof error))
		u->conf.checked(u->conf.arg, version, NULL);
	else
		u->conf.checked(u->conf.arg, NULL, error);
}

/* In the child. */
static _Noreturn void
become(const struct upgrade *u, int out)
{
	static char check[] = "--check-upgrade";
	size_t n = 0;
	char **argv;

	while (u->conf.argv[n] != NULL)
		n++;
	argv = calloc(n + 2, sizeof *argv);
	if (argv != NULL && dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0) {
		memcpy(argv, u->conf.argv, n * sizeof *argv);
		argv[n] = check;
		execv(u->conf.program, argv);
		dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	}
	_exit(127);
}

int
upgrade_check(struct upgrade *u)
{
	static const struct timeval patience = {PATIENCE_S, 0};
	int fds[2], err;

	if (u->said != NULL)
		return -EBUSY;
	memset(u->text, 0, sizeof u->text);
	u->len = 0;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return -errno;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	u->said = event_new(u->conf.base, fds[0], EV_READ | EV_PERSIST, on_said, u);
	if (u->said == NULL || event_add(u->said, &patience) != 0) {
		err = -ENOMEM;
		goto no_event;
	}
	if ((u->child = fork()) == 0)
		become(u, fds[1]);
	if (u->child < 0) {
		err = -errno;
		goto no_event;
	}
	close(fds[1]);
	return 0;

no_event:
	if (u->said != NULL)
		event_free(u->said);
	u->said = NULL;
	close(fds[0]);
	close(fds[1]);
	return err;
}

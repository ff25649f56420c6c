/* SPDX-License-Identifier: Apache-2.0
 *
 * See launcher.h.  Both ends speak over a SEQPACKET socket pair: requests of one byte one way,
 * reports the other.  The helper and the switch ignore what a terminal or a service manager
 * sends to the whole group, each in its way: the helper so that it lives as long as control,
 * the switch by a session of its own. */
#include "relay/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/passed_fd.h"

enum request { START = 'S', TERMINATE = 'T', KILL = 'K' };

struct launcher {
	int sock;
	pid_t helper;
};

/* What the helper knows. */
struct helper {
	int sock;
	int child_signals; /* a signalfd of SIGCHLD */
	char *const *argv;
	pid_t child; /* 0: none runs */
};

static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

static void
report(const struct helper *h, enum launcher_what what, pid_t pid, int status)
{
	const struct launcher_report r = {what, pid, status};

	/* When control is gone, the next poll() says so. */
	(void)send(h->sock, &r, sizeof r, MSG_NOSIGNAL);
}

/* The switch's argv: ours, and the number of the state's descriptor. */
static char **
arguments(char *const *argv, char *state_fd)
{
	static char option[] = "--state-fd";
	size_t n = 0;
	char **all;

	while (argv[n] != NULL)
		n++;
	if ((all = calloc(n + 3, sizeof *all)) == NULL)
		return NULL;
	memcpy(all, argv, n * sizeof *all);
	if (state_fd != NULL) {
		all[n] = option;
		all[n + 1] = state_fd;
	}
	return all;
}

/* In the child.  Returns only with why it could not be done. */
static int
become_switch(const struct helper *h, int state_fd)
{
	char number[12], **argv;
	sigset_t none;
	int null;

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if ((null = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		dup2(null, STDIN_FILENO);
	if (state_fd >= 0) {
		if ((state_fd = fcntl(state_fd, F_DUPFD, STDERR_FILENO + 1)) < 0)
			return errno;
		snprintf(number, sizeof number, "%d", state_fd);
	}
	if ((argv = arguments(h->argv, state_fd >= 0 ? number : NULL)) == NULL)
		return errno;
	execvp(argv[0], argv);
	return errno;
}

/* The child's exec closes its end of the pipe, or its failure comes through.  0 or errno. */
static int
exec_result(int from)
{
	int err;

	return read(from, &err, sizeof err) == sizeof err ? err : 0;
}

static void
start(struct helper *h, int state_fd)
{
	int result[2], err = EBUSY;
	pid_t pid;

	if (h->child != 0)
		goto failed;
	if (pipe2(result, O_CLOEXEC) != 0) {
		err = errno;
		goto failed;
	}
	if ((pid = fork()) == 0) {
		err = become_switch(h, state_fd);
		(void)!write(result[1], &err, sizeof err);
		_exit(127);
	}
	err = pid < 0 ? errno : 0;
	close(result[1]);
	if (err == 0 && (err = exec_result(result[0])) != 0)
		waitpid(pid, NULL, 0);
	close(result[0]);
	if (err != 0)
		goto failed;
	h->child = pid;
	report(h, LAUNCHER_STARTED, pid, 0);
	return;

failed:
	report(h, LAUNCHER_FAILED, 0, err);
}

/* False: control is gone. */
static bool
serve(struct helper *h)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char request;
	struct iovec iov = {&request, 1};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};
	ssize_t n = recvmsg(h->sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int fd;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	fd = passed_fd_take(&msg);
	if (request == START)
		start(h, fd);
	else if (h->child != 0 && request == TERMINATE)
		kill(h->child, SIGTERM);
	else if (h->child != 0 && request == KILL)
		kill(h->child, SIGKILL);
	if (fd >= 0)
		close(fd);
	return true;
}

static void
reap(struct helper *h)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)!read(h->child_signals, &info, sizeof info);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == h->child) {
			h->child = 0;
			report(h, LAUNCHER_ENDED, pid, status);
		}
	}
}

/* The helper's life. */
static _Noreturn void
help(int sock, char *const *argv, int (*harden)(void))
{
	struct helper h = {.sock = sock, .argv = argv};
	struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}, {.events = POLLIN}};
	sigset_t set;

	prctl(PR_SET_NAME, "strowger-launch");
	if (harden != NULL && harden() != 0)
		_exit(1);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	/* What a service manager is told, control tells it. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((h.child_signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		_exit(1);
	fds[1].fd = h.child_signals;
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents != 0)
			reap(&h);
		if (fds[0].revents != 0 && !serve(&h))
			_exit(0);
	}
}

struct launcher *
launcher_open(char *const argv[], int (*harden)(void))
{
	struct launcher *l = calloc(1, sizeof *l);
	int pair[2], err;

	if (l == NULL)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		goto no_pair;
	if ((l->helper = fork()) < 0)
		goto no_helper;
	if (l->helper == 0) {
		close(pair[0]);
		help(pair[1], argv, harden);
	}
	close(pair[1]);
	l->sock = pair[0];
	return l;

no_helper:
	err = errno;
	close(pair[0]);
	close(pair[1]);
	errno = err;
no_pair:
	err = errno;
	free(l);
	errno = err;
	return NULL;
}

struct launcher *
launcher_take(int sock, pid_t helper)
{
	struct launcher *l = calloc(1, sizeof *l);

	if (l != NULL)
		*l = (struct launcher){sock, helper};
	return l;
}

pid_t
launcher_helper(const struct launcher *l)
{
	return l->helper;
}

void
launcher_close(struct launcher *l)
{
	if (l == NULL)
		return;
	close(l->sock);
	waitpid(l->helper, NULL, 0);
	free(l);
}

static int
ask(struct launcher *l, char request, int fd)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {&request, 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control;
		msg.msg_controllen = sizeof control;
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(l->sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -errno;
}

int
launcher_start(struct launcher *l, int state_fd)
{
	return ask(l, START, state_fd);
}

int
launcher_signal(struct launcher *l, int sig)
{
	return ask(l, sig == SIGKILL ? KILL : TERMINATE, -1);
}

int
launcher_fd(const struct launcher *l)
{
	return l->sock;
}

int
launcher_read(struct launcher *l, struct launcher_report *r)
{
	ssize_t n = recv(l->sock, r, sizeof *r, MSG_DONTWAIT);

	if (n == (ssize_t)sizeof *r)
		return 0;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? -EAGAIN : -EPIPE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for strowger-switch where only its life as a process matters: writes how it was
 * started into the file that --run-dir names, locks it, and waits to be killed; for 30 s,
 * should a test forget it.  `--exit N` ends at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char *
option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	const char *status = option(argc, argv, "--exit"),
		   *path = option(argc, argv, "--run-dir");
	const char *state = option(argc, argv, "--state-fd");
	char text[64] = "";
	FILE *f;

	if (status != NULL)
		return atoi(status);
	if (state != NULL && pread(atoi(state), text, sizeof text - 1, 0) < 0)
		strcpy(text, "unreadable");
	if ((f = fopen(path, "r+")) == NULL || flock(fileno(f), LOCK_EX | LOCK_NB) != 0)
		return EXIT_FAILURE;
	fprintf(f, "pid %d session %d notify %d state %s\n", (int)getpid(), (int)getsid(0),
		getenv("NOTIFY_SOCKET") != NULL, state != NULL ? text : "none");
	fflush(f);
	alarm(30);
	pause();
	return EXIT_FAILURE;
}

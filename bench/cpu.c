/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading of /proc behind cpu.h. */
#include "bench/cpu.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

struct cpu_use
cpu_use(pid_t pid)
{
	struct cpu_use use = {0, 0};
	char path[320];
	struct dirent *task;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return use;
	while ((task = readdir(dir)) != NULL) {
		double ran, waited;
		FILE *f;

		if (task->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid,
			task->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue; /* the thread has ended */
		if (fscanf(f, "%lf %lf", &ran, &waited) == 2) {
			use.ran += ran;
			use.waited += waited;
		}
		fclose(f);
	}
	closedir(dir);
	return use;
}

void
cpu_name(pid_t pid, char *name, size_t room)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	snprintf(name, room, "?");
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(name, (int)room, f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver is a library beside EAL's own, of the same version, which makes itself known when
 * it is loaded.  EAL has no option to leave out its directory of drivers, but does without one
 * that is not there. */
#include "dataplane/eal_drivers.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <rte_build_config.h>
#include <rte_eal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "dataplane/device.h"

/* What every mempool stands on. */
#define MEMPOOL "mempool_ring"

static bool directory_is_hidden;

/* Stands before the C library's stat(), which EAL calls as programs for files of 64 bits do,
 * and does the same but for that one directory. */
int eal_stat(const char *path, struct stat *st) __asm__("stat64");

int
eal_stat(const char *path, struct stat *st)
{
	if (directory_is_hidden && strcmp(path, RTE_EAL_PMD_PATH) == 0) {
		errno = ENOENT;
		return -1;
	}
	return fstatat(AT_FDCWD, path, st, 0);
}

bool
eal_drivers_are_known(const struct options *o)
{
	if (o->eal_args[0] != '\0')
		return false;
	for (unsigned i = 0; i < o->interfaces; i++)
		if (strcmp(o->interface[i].kind, "pci") == 0)
			return false;
	return true;
}

/* The library of driver NAME: EAL's path, ".../librte_eal.so.23", with that name in it. */
static bool
load(const char *name)
{
	static const char eal[] = "librte_eal.";
	int (*const of_eal)(int argc, char **argv) = rte_eal_init;
	const char *at;
	char path[PATH_MAX];
	Dl_info is;
	void *address;
	int len;

	memcpy(&address, &of_eal, sizeof address); /* no pointer to data, for ISO C */
	if (dladdr(address, &is) == 0 || (at = strstr(is.dli_fname, eal)) == NULL)
		return false;
	len = snprintf(path, sizeof path, "%.*slibrte_%s.%s", (int)(at - is.dli_fname),
		is.dli_fname, name, at + strlen(eal));
	return len > 0 && (size_t)len < sizeof path && dlopen(path, RTLD_NOW) != NULL;
}

void
eal_drivers_begin(const struct options *o)
{
	bool all = eal_drivers_are_known(o) && load(MEMPOOL);

	for (unsigned i = 0; i < o->interfaces && all; i++) {
		const struct device_kind *kind = device_kind(o->interface[i].kind);

		all = kind == NULL || kind->driver == NULL || load(kind->driver);
	}
	directory_is_hidden = all;
}

void
eal_drivers_end(void)
{
	directory_is_hidden = false;
}

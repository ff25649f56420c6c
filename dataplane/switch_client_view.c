/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared state as control maps it: counters to be read, records to be written; of
 * switch_client.h.  Control's one thread. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/switch_client_inside.h"

void
switch_view_fini(struct view *v)
{
	if (v->fd < 0)
		return;
	munmap((void *)(uintptr_t)v->base, v->head.rules_at);
	if (v->records != NULL)
		munmap(v->records, v->head.size - v->head.records_at);
	close(v->fd);
	v->fd = -1;
}

static void *
map(int fd, uint64_t at, uint64_t len, int prot)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, fd, (off_t)at);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_DONTDUMP);
	return p;
}

const char *
switch_view_init(struct view *v, int fd)
{
	struct stat file;
	int seals = fcntl(fd, F_GET_SEALS);
	void *base;

	v->fd = fd;
	v->records = NULL;
	if (fstat(fd, &file) != 0 || seals < 0 || !(seals & F_SEAL_SHRINK)) {
		close(fd);
		v->fd = -1;
		return "the switch's state is not a sealed memfd";
	}
	if (pread(fd, &v->head, sizeof v->head, 0) != sizeof v->head ||
		sw_check_state(&v->head, (uint64_t)file.st_size) != 0) {
		close(fd);
		v->fd = -1;
		return "the switch's state is not well-formed";
	}
	if ((base = map(fd, 0, v->head.rules_at, PROT_READ)) == NULL)
		goto no_map;
	if (v->head.record_blocks > 0 &&
		(v->records = map(fd, v->head.records_at, v->head.size - v->head.records_at,
			 PROT_READ | PROT_WRITE)) == NULL)
		goto no_records;
	v->base = base;
	return NULL;

no_records:
	munmap(base, v->head.rules_at);
no_map:
	close(fd);
	v->fd = -1;
	return "the switch's state cannot be mapped";
}

const struct sw_state *
switch_client_state(const struct switch_client *c)
{
	return c->view.fd >= 0 ? (const void *)c->view.base : NULL;
}

const struct sw_core *
switch_client_core(const struct switch_client *c, unsigned i)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || i >= v->head.cores)
		return NULL;
	return (const struct sw_core *)(const void *)(v->base + v->head.cores_at) + i;
}

const struct sw_transcoder *
switch_client_transcoder(const struct switch_client *c, unsigned i)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || i >= v->head.transcoders)
		return NULL;
	return (const struct sw_transcoder *)(const void *)(v->base + v->head.transcoders_at) +
	       i;
}

const struct sw_transport_state *
switch_client_transport(const struct switch_client *c, uint32_t slot)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || slot >= v->head.transports)
		return NULL;
	return (const struct sw_transport_state *)(const void *)(v->base +
								 v->head.transports_at) +
	       slot;
}

const struct sw_transport_more *
switch_client_more(const struct switch_client *c, uint32_t slot)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || slot >= v->head.transports)
		return NULL;
	return (const struct sw_transport_more *)(const void *)(v->base + v->head.more_at) +
	       slot;
}

const struct sw_bridge_state *
switch_client_bridge(const struct switch_client *c, uint32_t slot)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || slot >= v->head.transports)
		return NULL;
	return (const struct sw_bridge_state *)(const void *)(v->base + v->head.bridges_at) +
	       slot;
}

const struct sw_mesh_link *
switch_client_mesh_link(const struct switch_client *c, uint32_t slot)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || slot >= SW_MESH_NEIGHBOURS)
		return NULL;
	return (const struct sw_mesh_link *)(const void *)(v->base + v->head.mesh_at) + slot;
}

void *
switch_client_records(const struct switch_client *c, uint32_t *n)
{
	*n = c->view.fd >= 0 ? c->view.head.record_blocks : 0;
	return c->view.fd >= 0 ? c->view.records : NULL;
}

int
switch_client_state_fd(const struct switch_client *c)
{
	return c->view.fd;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which SIDs we have in the mesh; see mesh_inside.h.  What changes is written down before it
 * counts. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "dataplane/secret.h"
#include "relay/mesh_file.h"
#include "relay/mesh_inside.h"

/* The primary one's number and name are the configuration's, if it says them. */
static void
overrule(struct mesh *m)
{
	struct mesh_identity *id = &m->ids->id[0];

	if (m->conf->mesh_did[0] != '\0')
		snprintf(id->did, sizeof id->did, "%s", m->conf->mesh_did);
	if (m->conf->mesh_name[0] != '\0')
		snprintf(id->name, sizeof id->name, "%s", m->conf->mesh_name);
}

int
mesh_identities_open(struct mesh *m)
{
	const char *path = m->conf->mesh_identities;
	char text[SID_TEXT];
	int err = mesh_file_read(path, m->ids);

	if (err != 0 && err != -ENOENT)
		return err;
	if (err == -ENOENT) {
		randombytes_buf(m->ids->id[0].seed, MESH_KEY);
		mesh_identity_derive(&m->ids->id[0]);
		m->ids->n = 1;
		if ((err = mesh_file_write(path, m->ids)) != 0)
			return err;
		log_info("a first identity in the mesh was made: %s", path);
	}
	overrule(m);
	sid_print(&m->ids->id[0].sid, text);
	log_info("in the mesh we are %s", text);
	return 0;
}

/* IDS take the place of ours. */
static int
take(struct mesh *m, struct mesh_identities *ids)
{
	int err = mesh_file_write(m->conf->mesh_identities, ids);

	if (err != 0)
		return err;
	*m->ids = *ids;
	overrule(m);
	mesh_switch_node(m);
	mesh_node_identified(m->node);
	return 0;
}

static void
put_text(char *to, size_t room, const char *text)
{
	if (text != NULL)
		snprintf(to, room, "%s", text);
}

int
mesh_identity_add(
	struct mesh *m, const uint8_t seed[MESH_KEY], const char *did, const char *name)
{
	struct mesh_identities *ids = secret_alloc(sizeof *ids);
	struct mesh_identity *id;
	int err = -ENOSPC;

	if (ids == NULL)
		return -ENOMEM;
	*ids = *m->ids;
	id = &ids->id[ids->n];
	if (ids->n == MESH_NODE_IDENTITIES)
		goto done;
	memset(id, 0, sizeof *id);
	if (seed != NULL)
		memcpy(id->seed, seed, sizeof id->seed);
	else
		randombytes_buf(id->seed, sizeof id->seed);
	mesh_identity_derive(id);
	put_text(id->did, sizeof id->did, did);
	put_text(id->name, sizeof id->name, name);
	err = mesh_identity_find(m, id->sid.b) >= 0 ? -EEXIST : 0;
	ids->n++;
	if (err == 0 && (err = take(m, ids)) == 0)
		err = (int)ids->n - 1;
done:
	secret_free(ids, sizeof *ids);
	secret_wipe_registers();
	return err;
}

int
mesh_identity_set(struct mesh *m, unsigned n, const char *did, const char *name)
{
	struct mesh_identities *ids;
	int err;

	if (n == 0 && ((did != NULL && m->conf->mesh_did[0] != '\0') ||
			      (name != NULL && m->conf->mesh_name[0] != '\0')))
		return -EPERM;
	if ((ids = secret_alloc(sizeof *ids)) == NULL)
		return -ENOMEM;
	*ids = *m->ids;
	put_text(ids->id[n].did, sizeof ids->id[n].did, did);
	put_text(ids->id[n].name, sizeof ids->id[n].name, name);
	err = take(m, ids);
	secret_free(ids, sizeof *ids);
	secret_wipe_registers();
	return err;
}

unsigned
mesh_identities(const struct mesh *m)
{
	return m->ids->n;
}

const struct mesh_identity *
mesh_identity(const struct mesh *m, unsigned n)
{
	return &m->ids->id[n];
}

int
mesh_identity_find(const struct mesh *m, const uint8_t sid[SID_LEN])
{
	for (unsigned i = 0; i < m->ids->n; i++)
		if (memcmp(m->ids->id[i].sid.b, sid, SID_LEN) == 0)
			return (int)i;
	return -ENOENT;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See call_mesh.h. */
#include "relay/call_mesh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh/vomp.h"
#include "relay/coding.h"

static_assert((int)REQUEST_AF_MESH == (int)SW_AF_MESH, "a family has one number");
static_assert((int)REQUEST_SID == (int)SID_LEN && (int)REQUEST_DID == (int)MESH_DID,
	"requests have room for what the mesh has");

enum {
	PTIME_MS = VOMP_SLOT_MS, /* of what leaves: sound counts in such slots, ... */
	PTIME_1200_MS = 40,      /* ... and Codec2's slowest mode has frames of two */
	OPUS_HZ = 8000,          /* at which phones of the mesh open it */

	/* What signalling may say of the stream of such a leg. */
	FREE = REQUEST_HAS_DIRECTION | REQUEST_HAS_GAIN | REQUEST_HAS_MUTE |
	       REQUEST_HAS_BLOCK | REQUEST_HAS_FILL,
};

const char *const call_mesh_words[] = {
	"looked_up", "dialled", "offered", "ringing", "talking", "ended", NULL};
const char *const call_mesh_direction_words[] = {"outgoing", "incoming", NULL};

enum call_mesh_state
call_mesh_state(const struct request_mesh *m)
{
	if (m->local == VOMP_CALLENDED || m->remote == VOMP_CALLENDED)
		return CALL_MESH_ENDED;
	if (m->local == VOMP_INCALL)
		return CALL_MESH_TALKS;
	if (m->local == VOMP_RINGINGIN || m->remote == VOMP_RINGINGIN)
		return CALL_MESH_RINGS;
	if (m->incoming && m->remote == VOMP_RINGINGOUT)
		return CALL_MESH_OFFERED;
	return m->has_sid ? CALL_MESH_DIALLED : CALL_MESH_LOOKED_UP;
}

bool
call_is_mesh(const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		if (c->leg[i].mesh != NULL)
			return true;
	return false;
}

struct sw_addr
call_mesh_remote(const struct request_mesh *m)
{
	struct sw_addr a = {0};

	if (!m->has_sid || m->far_session == 0)
		return a;
	a.family = SW_AF_MESH;
	a.port = m->far_session;
	memcpy(a.ip, m->sid, sizeof a.ip);
	return a;
}

int
call_mesh_set(struct leg *l, const struct request_mesh *m)
{
	if (l->mesh == NULL && (l->mesh = malloc(sizeof *l->mesh)) == NULL)
		return -ENOMEM;
	*l->mesh = *m;
	return 0;
}

/* ---- What a request says. ---- */

/* Does M, of a request from outside, mean the party that IS the leg's? */
static bool
is_party(const struct request_mesh *m, const struct request_mesh *is)
{
	if (m->has_sid && (!is->has_sid || memcmp(m->sid, is->sid, sizeof m->sid) != 0))
		return false;
	if (m->has_identity && (!is->has_identity || memcmp(m->identity, is->identity,
							     sizeof m->identity) != 0))
		return false;
	return (m->did[0] == '\0' || strcmp(m->did, is->did) == 0) &&
	       (m->from[0] == '\0' || strcmp(m->from, is->from) == 0);
}

static int
become(struct leg *l, const struct request_mesh *m, unsigned n, struct fault *fault)
{
	char path[32];

	snprintf(path, sizeof path, "legs[%u].type", n);
	if (l->streams > 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path,
			request_leg_words[REQUEST_VOMP], request_leg_words[REQUEST_RTP],
			"a leg stays of its type");
	if (call_mesh_set(l, m) != 0 || call_add_streams(l, 1) != 0)
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	snprintf(l->interface, sizeof l->interface, "%s", CALL_MESH_INTERFACE);
	l->family = SW_AF_MESH;
	return 0;
}

/* Of what a leg's stream is only a little is anybody's but the mesh's. */
static int
check_stream(const struct leg_request *r, unsigned n, struct fault *fault)
{
	static const char expected[] = "direction, gain_db, mute, block or fill";
	const struct stream_request *s = &r->stream[0];
	char path[40];

	snprintf(path, sizeof path, "legs[%u].streams", n);
	if (r->streams > 1)
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL, "one stream",
			"a leg of the mesh has one stream");
	snprintf(path, sizeof path, "legs[%u].streams[0]", n);
	if (r->streams == 0 || (r->mesh.used && r->mesh.local != 0) ||
		((s->has & ~(uint32_t)FREE) == 0 && !s->reopen && !s->rekey && !s->relatch))
		return 0;
	return fault_set(fault, FAULT_BAD_REQUEST, path, NULL, expected,
		"%s: a leg of the mesh has its own; expected %s", path, expected);
}

static int
check_leg(const struct leg_request *r, unsigned n, struct fault *fault)
{
	char path[32];

	snprintf(path, sizeof path, "legs[%u].interface", n);
	if (r->interface[0] != '\0' && strcmp(r->interface, CALL_MESH_INTERFACE) != 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path, r->interface,
			CALL_MESH_INTERFACE, "a leg of the mesh stays in the mesh");
	snprintf(path, sizeof path, "legs[%u].family", n);
	if (r->family != 0 && r->family != SW_AF_MESH)
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL, "nothing",
			"a leg of the mesh has no family");
	return check_stream(r, n, fault);
}

int
call_mesh_apply(struct leg *l, const struct leg_request *r, unsigned n, struct fault *fault)
{
	const struct request_mesh *m = &r->mesh;
	char path[32];

	if (check_leg(r, n, fault) != 0)
		return -EINVAL;
	if (l->mesh == NULL)
		return become(l, m, n, fault);
	if (!m->used)
		return 0;
	snprintf(path, sizeof path, "legs[%u].sid", n);
	if (m->local != 0)
		*l->mesh = *m;
	else if (!is_party(m, l->mesh))
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL, NULL,
			"a leg of the mesh stays with its party");
	return 0;
}

/* ---- What follows. ---- */

/* Phones of the mesh take no other packets, whoever says what they have. */
static void
settle_format(struct codec_format *f)
{
	f->ptime_ms = f->codec == CODEC_CODEC2_1200 ? PTIME_1200_MS : PTIME_MS;
	if (f->codec != CODEC_OPUS)
		return;
	f->rate = OPUS_HZ;
	f->channels = 1;
}

/* Without memory they stay as they were asked for, which the mesh has no way to carry. */
static void
settle_formats(struct coding *c)
{
	struct request_format list[REQUEST_FORMATS];

	for (unsigned i = 0; i < c->formats; i++) {
		list[i] = c->format[i];
		if (codec_is_speech(&list[i]))
			settle_format(&list[i].format);
	}
	coding_set_formats(c, list, c->formats);
}

/* A party that we call may say in one breath that it answers and what it has to say: that is
 * not to be lost until the answer has been written down. */
static enum stream_mesh
stream_state(const struct request_mesh *m)
{
	if (call_mesh_state(m) == CALL_MESH_TALKS)
		return STREAM_MESH_TALKS;
	return !m->incoming && m->local == VOMP_RINGINGOUT && m->far_session != 0
		       ? STREAM_MESH_RINGS
		       : STREAM_MESH_WAITS;
}

void
call_mesh_settle(struct leg *l)
{
	struct stream *s = &l->stream[0];

	s->mesh = stream_state(l->mesh);
	s->media = REQUEST_AUDIO;
	s->source = REQUEST_SIGNALLED;
	s->mux = 1;
	s->rtcp_port = 0;
	call_set_rtcp(s, &(struct sw_addr){0});
	s->remote = call_mesh_remote(l->mesh);
	if (s->coding != NULL)
		settle_formats(s->coding);
}

/* ---- The bridge's terms. ---- */

bool
call_mesh_is_left(const struct stream *from, const struct stream *to)
{
	return (from->mesh != STREAM_NO_MESH) != (to->mesh != STREAM_NO_MESH);
}

uint16_t
call_mesh_flags(const struct stream *from, const struct stream *to)
{
	return (uint16_t)((from->mesh != STREAM_NO_MESH ? TRANSCODE_SLOTS : 0) |
			  (to->mesh != STREAM_NO_MESH ? TRANSCODE_WHOLE : 0));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See request_mesh.h.  One table row a field.  Numbers are those of the mesh: 5 to 31 of 0-9 *
 * # + (docs/vomp.md); a caller's is shown to people, and may be any text. */
#include "control/request_mesh.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/request_value.h"

enum { DID_MIN = 5, DID_MAX = 31 };

static int
read_address(const struct request_value *v, const json_t *j, uint8_t address[REQUEST_SID])
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	unsigned any = 0;
	const char *text = json_string_value(j);

	if (!json_is_string(j) || json_string_length(j) != 2 * REQUEST_SID ||
		strspn(text, hex) != 2 * REQUEST_SID)
		return request_bad(v, text, "64 hexadecimal digits");
	for (unsigned i = 0; i < REQUEST_SID; i++, text += 2) {
		address[i] = (uint8_t)((strchr(hex, text[0]) - hex) % 16 * 16 +
				       (strchr(hex, text[1]) - hex) % 16);
		any |= address[i];
	}
	return any != 0 ? 0 : request_bad(v, NULL, "an address: 0 is nobody's");
}

static int
take_sid(struct request_mesh *m, const json_t *j, const struct request_value *v)
{
	m->has_sid = 1;
	return read_address(v, j, m->sid);
}

static int
take_did(struct request_mesh *m, const json_t *j, const struct request_value *v)
{
	const char *text = json_string_value(j);
	size_t len = json_string_length(j);

	if (!json_is_string(j) || len < DID_MIN || len > DID_MAX ||
		strspn(text, "0123456789*#+") != len)
		return request_bad(v, text, "5 to 31 of 0-9 * # +");
	memcpy(m->did, text, len + 1);
	return 0;
}

static int
take_from(struct request_mesh *m, const json_t *j, const struct request_value *v)
{
	if (request_read_text(v, j, m->from, sizeof m->from, "1 to 63 bytes of ASCII") != 0)
		return -EINVAL;
	for (const char *p = m->from; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return request_bad(v, NULL, "1 to 63 bytes of ASCII");
	return 0;
}

static int
take_identity(struct request_mesh *m, const json_t *j, const struct request_value *v)
{
	m->has_identity = 1;
	return read_address(v, j, m->identity);
}

/* What a leg of the mesh says of itself, and alone; NULL: what it may not say. */
static const struct {
	const char *name;
	int (*take)(struct request_mesh *m, const json_t *j, const struct request_value *v);
} fields[] = {
	{"sid", take_sid},
	{"did", take_did},
	{"from", take_from},
	{"identity", take_identity},
	{"interface", NULL},
	{"family", NULL},
	{"streams", NULL},
};

int
request_read_mesh(
	struct request_mesh *m, const json_t *j, const char *path, struct fault *fault)
{
	const json_t *type = json_object_get(j, "type");
	struct request_value v = {.fault = fault};
	uint8_t word = REQUEST_RTP;

	snprintf(v.path, sizeof v.path, "%.32s.type", path);
	if (type != NULL && request_read_word(&v, type, request_leg_words, &word) != 0)
		return -EINVAL;
	m->used = word == REQUEST_VOMP;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const json_t *field = json_object_get(j, fields[i].name);

		snprintf(v.path, sizeof v.path, "%.32s.%s", path, fields[i].name);
		if (field == NULL)
			continue;
		if ((fields[i].take != NULL) != m->used)
			return request_bad(&v, NULL,
				m->used ? "nothing: a leg of type vomp has one stream of its own"
					: "nothing: it is for a leg of type vomp");
		if (m->used && fields[i].take(m, field, &v) != 0)
			return -EINVAL;
	}
	snprintf(v.path, sizeof v.path, "%.32s.sid", path);
	if (m->used && !m->has_sid && m->did[0] == '\0')
		return request_bad(&v, NULL, "sid, did or both: who is called");
	return 0;
}

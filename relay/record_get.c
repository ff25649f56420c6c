/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_get.h. */
#include "relay/record_get.h"

#include <endian.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "control/note.h"
#include "relay/record.h"

int
record_next(struct record_reader *r, struct record_reader *in)
{
	uint8_t tag;
	size_t len;

	if (r->left == 0)
		return 0;
	if (r->left < RECORD_FIELD_HEAD)
		return -EBADMSG;
	tag = r->p[0];
	len = (size_t)r->p[1] | (size_t)r->p[2] << 8;
	if (tag == 0 || len > r->left - RECORD_FIELD_HEAD)
		return -EBADMSG;
	*in = (struct record_reader){r->p + RECORD_FIELD_HEAD, len};
	r->p += RECORD_FIELD_HEAD + len;
	r->left -= RECORD_FIELD_HEAD + len;
	return tag;
}

static uint64_t
number(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return le64toh(v);
}

static int
get_number(const struct record_field *f, struct record_reader in, void *member)
{
	uint64_t v;

	if (in.left < 1 || in.left > 8)
		return -EBADMSG;
	v = number(in.p, in.left);
	if (v < f->min || v > f->max)
		return -EBADMSG;
	switch (f->size) {
	case 1:
		*(uint8_t *)member = (uint8_t)v;
		break;
	case 2:
		memcpy(member, &(uint16_t){(uint16_t)v}, 2);
		break;
	case 4:
		memcpy(member, &(uint32_t){(uint32_t)v}, 4);
		break;
	default:
		memcpy(member, &v, 8);
	}
	return 0;
}

/* What JSON cannot say nobody can ask for. */
bool
record_is_text(const void *at, size_t len)
{
	json_t *text = memchr(at, 0, len) == NULL ? json_stringn(at, len) : NULL;

	json_decref(text);
	return text != NULL;
}

int
record_get_text(const struct record_field *f, struct record_reader in, char *member)
{
	if (in.left >= f->size || !record_is_text(in.p, in.left))
		return -EBADMSG;
	memcpy(member, in.p, in.left);
	member[in.left] = '\0';
	return 0;
}

static int
get_note(struct record_reader in, struct note **note)
{
	if (*note != NULL || in.left < 1 || in.left > NOTE_MAX)
		return -EBADMSG;
	*note = note_open(in.p, in.left);
	return *note != NULL ? 0 : -ENOMEM;
}

static int
get_sid(struct record_reader in, uint8_t *sid)
{
	if (in.left != REQUEST_SID)
		return -EBADMSG;
	memcpy(sid, in.p, REQUEST_SID);
	return 0;
}

static int
get_addr(struct record_reader in, struct sw_addr *a)
{
	size_t len;

	if (in.left < 3 || (in.p[0] != 4 && in.p[0] != 6))
		return -EBADMSG;
	len = in.p[0] == 4 ? 4 : 16;
	if (in.left != 3 + len)
		return -EBADMSG;
	memset(a, 0, sizeof *a);
	a->family = in.p[0] == 4 ? AF_INET : AF_INET6;
	a->port = (uint16_t)number(in.p + 1, 2);
	memcpy(a->ip, in.p + 3, len);
	return 0;
}

static int
get_other_addr(struct record_reader in, struct sw_addr **a)
{
	if (*a != NULL)
		return -EBADMSG;
	*a = malloc(sizeof **a);
	return *a != NULL ? get_addr(in, *a) : -ENOMEM;
}

static int
get_key(struct record_reader in, struct sw_key *k)
{
	const struct sw_suite_info *suite = in.left >= 2 ? sw_suite_info(in.p[0]) : NULL;
	const uint8_t *p = in.p;

	if (suite == NULL || p[0] == SW_SUITE_PLAIN || p[1] > SW_MKI_MAX ||
		in.left != 2u + p[1] + suite->key_len + suite->salt_len)
		return -EBADMSG;
	memset(k, 0, sizeof *k);
	k->suite = p[0];
	k->mki_len = p[1];
	memcpy(k->mki, p + 2, k->mki_len);
	memcpy(k->key, p + 2 + k->mki_len, suite->key_len);
	memcpy(k->salt, p + 2 + k->mki_len + suite->key_len, suite->salt_len);
	return 0;
}

int
record_get(const struct record_field *f, int tag, struct record_reader in, void *of)
{
	for (; f->kind != RECORD_END; f++) {
		void *member = (char *)of + f->at;

		if (f->tag != tag)
			continue;
		switch ((enum record_kind)f->kind) {
		case RECORD_NUMBER:
			return get_number(f, in, member);
		case RECORD_TEXT:
			return record_get_text(f, in, member);
		case RECORD_ADDR:
			return get_addr(in, member);
		case RECORD_OTHER_ADDR:
			return get_other_addr(in, member);
		case RECORD_KEY:
			return get_key(in, member);
		case RECORD_NOTE:
			return get_note(in, member);
		case RECORD_SID:
			return get_sid(in, member);
		default:
			return 0;
		}
	}
	return 0;
}

int
record_get_all(const struct record_field *fields, struct record_reader r, void *of)
{
	struct record_reader in;
	int tag, err = 0;

	while (err == 0 && (tag = record_next(&r, &in)) != 0)
		err = tag < 0 ? tag : record_get(fields, tag, in, of);
	return err;
}

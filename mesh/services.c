/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of the small services, read and written. */
#include "mesh/services.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <strings.h>

#include "mesh/reader.h"

/* ---- Explanations: an item is an address, which is meant in one way or the other ---- */

static const uint8_t explains[] = {
	[EXPLAIN_WHO] = MESH_ADDRESS_PREFIX,
	[EXPLAIN_SID] = MESH_ADDRESS_SID,
	[EXPLAIN_SIGN] = MESH_ADDRESS_SIGN,
	[EXPLAIN_WHO_YOU] = MESH_ADDRESS_YOU,
};

int
explain_read(const uint8_t *p, unsigned len, struct explain_item *item)
{
	struct mesh_address a;
	int n = mesh_address_read(p, len, &a);

	if (n < 0)
		return n;
	for (uint8_t i = 0; i < sizeof explains; i++)
		if (explains[i] == a.kind) {
			*item = (struct explain_item){.kind = i, .len = a.len, .at = a.at};
			return n;
		}
	return -EBADMSG;
}

void
mesh_put_explain(struct mesh_writer *w, const struct explain_item *item)
{
	mesh_put_address(
		w, &(struct mesh_address){
			   .kind = explains[item->kind], .len = item->len, .at = item->at});
}

/* ---- The key map ---- */

enum { KEYMAP_KEYS = 2 }; /* the first byte of a request and of its answer */
static_assert(KEYMAP_ANSWER == 1 + MESH_KEY + crypto_sign_BYTES, "a signature is libsodium's");

bool
keymap_is_request(const uint8_t *p, unsigned len)
{
	return len == 1 && p[0] == KEYMAP_KEYS;
}

void
mesh_put_keymap_request(struct mesh_writer *w)
{
	mesh_put_byte(w, KEYMAP_KEYS);
}

void
mesh_put_keymap_answer(struct mesh_writer *w, const struct mesh_identity *of)
{
	uint8_t answer[KEYMAP_ANSWER] = {KEYMAP_KEYS};

	memcpy(answer + 1, of->sign_public, MESH_KEY);
	crypto_sign_detached(
		answer + 1 + MESH_KEY, NULL, of->sid.b, sizeof of->sid.b, of->sign_secret);
	mesh_put(w, answer, sizeof answer);
}

int
keymap_answer_read(
	const uint8_t *p, unsigned len, const struct sid *from, uint8_t sign_public[MESH_KEY])
{
	if (len != KEYMAP_ANSWER || p[0] != KEYMAP_KEYS ||
		crypto_sign_verify_detached(
			p + 1 + MESH_KEY, from->b, sizeof from->b, p + 1) != 0)
		return -EBADMSG;
	memcpy(sign_public, p + 1, MESH_KEY);
	return 0;
}

/* ---- DNA ---- */

enum { DNA_ANSWER_MAX = 256 }; /* bytes that servald takes */
static const char scheme[] = "sid://";

/* The LEN bytes at P as text in ROOM bytes.  -EBADMSG: too long, or such as no text is. */
static int
take_text(char *text, size_t room, const uint8_t *p, unsigned len)
{
	if (len >= room || mesh_name_fits((const char *)p, len, len) != len)
		return -EBADMSG;
	if (len > 0)
		memcpy(text, p, len);
	text[len] = '\0';
	return 0;
}

int
dna_request_read(const uint8_t *p, unsigned len, char did[MESH_DID])
{
	if (len > 0 && p[len - 1] == '\0')
		len--;
	return take_text(did, MESH_DID, p, len);
}

void
mesh_put_dna_request(struct mesh_writer *w, const char *did)
{
	mesh_put(w, did, (unsigned)strlen(did) + 1);
}

bool
dna_matches(const char *asked, const char *number)
{
	return asked[0] == '\0' || strcmp(asked, "*") == 0 || strcasecmp(asked, number) == 0;
}

/* The next field, which ends with a '|'. */
static int
take_field(struct reader *r, char *text, size_t room)
{
	const uint8_t *at = r->p, *end = r->left > 0 ? memchr(r->p, '|', r->left) : NULL;

	if (end == NULL)
		return -EBADMSG;
	read_bytes(r, (unsigned)(end - at) + 1);
	return take_text(text, room, at, (unsigned)(end - at));
}

/* The SID in a URI of its own kind: what stands between "sid://" and a '/' or the end. */
static bool
sid_of_uri(struct sid *sid, const char *uri)
{
	char text[SID_TEXT];
	size_t n;

	if (strncasecmp(uri, scheme, sizeof scheme - 1) != 0)
		return false;
	uri += sizeof scheme - 1;
	n = strcspn(uri, "/");
	if (n >= sizeof text)
		return false;
	memcpy(text, uri, n);
	text[n] = '\0';
	return sid_parse(sid, text) == 0;
}

int
dna_answer_read(const uint8_t *p, unsigned len, struct dna_answer *a)
{
	struct reader r = {p, len, false};
	char sid[SID_TEXT];

	if (take_field(&r, sid, sizeof sid) != 0 || sid_parse(&a->sid, sid) != 0 ||
		take_field(&r, a->uri, sizeof a->uri) != 0 ||
		take_field(&r, a->did, sizeof a->did) != 0 ||
		take_field(&r, a->name, sizeof a->name) != 0)
		return -EBADMSG;
	if (strncasecmp(a->uri, scheme, sizeof scheme - 1) == 0 &&
		!sid_of_uri(&a->sid, a->uri))
		return -EBADMSG;
	return 0;
}

void
mesh_put_dna_answer(struct mesh_writer *w, const struct mesh_identity *of)
{
	char sid[SID_TEXT], text[2 * DNA_ANSWER_MAX];
	unsigned n, room;

	sid_print(&of->sid, sid);
	n = (unsigned)snprintf(
		text, sizeof text, "%s|%s%s/local/%s|%s|", sid, scheme, sid, of->did, of->did);
	room = n < DNA_ANSWER_MAX ? DNA_ANSWER_MAX - 1 - n : 0;
	mesh_put(w, text, n);
	mesh_put(w, of->name, (unsigned)mesh_name_fits(of->name, strlen(of->name), room));
	mesh_put_byte(w, '|');
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of the small services of a mesh node: explanations of addresses (frame type 0x60),
 * the key map, telephone numbers.  Bytes only; pure but for the signature of a key map; any
 * thread.  Source: docs/vomp.md. */
#pragma once

#include "mesh/packet.h"

/* An item of a please-explain frame. */
enum explain_kind {
	EXPLAIN_WHO,     /* who begins so? */
	EXPLAIN_SID,     /* this one exists */
	EXPLAIN_SIGN,    /* whose public signing key is this */
	EXPLAIN_WHO_YOU, /* who are you? */
};

struct explain_item {
	uint8_t kind; /* enum explain_kind */
	uint8_t len;
	const uint8_t *at;
};

int explain_read(const uint8_t *p, unsigned len, struct explain_item *item); /* bytes, or
									      * -EBADMSG */
void mesh_put_explain(struct mesh_writer *w, const struct explain_item *item);

/* ---- The key map: what signing key a SID has ---- */

enum { KEYMAP_ANSWER = 1 + MESH_KEY + 64 };

bool keymap_is_request(const uint8_t *p, unsigned len);
void mesh_put_keymap_request(struct mesh_writer *w);
void mesh_put_keymap_answer(struct mesh_writer *w, const struct mesh_identity *of);
/* The key that FROM says is its own, having proved it.  0; -EBADMSG. */
int keymap_answer_read(
	const uint8_t *p, unsigned len, const struct sid *from, uint8_t sign_public[MESH_KEY]);

/* ---- DNA: from a telephone number to a SID ---- */

struct dna_answer {
	struct sid sid; /* of the URI where it is one of "sid://", else who answered */
	char uri[160];  /* "sid://SID/local/DID", or any other */
	char did[MESH_DID];
	char name[MESH_NAME];
};

/* What is asked for, without its NUL; empty: anybody.  0; -EBADMSG. */
int dna_request_read(const uint8_t *p, unsigned len, char did[MESH_DID]);
void mesh_put_dna_request(struct mesh_writer *w, const char *did);
/* Does a request for ASKED mean NUMBER?  "*" and "" mean everybody. */
bool dna_matches(const char *asked, const char *number);
int dna_answer_read(const uint8_t *p, unsigned len, struct dna_answer *a); /* 0; -EBADMSG */
void mesh_put_dna_answer(struct mesh_writer *w, const struct mesh_identity *of);

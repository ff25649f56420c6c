/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about who this node is in the mesh: mesh.identity.*. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "relay/fields.h"
#include "relay/mesh_json.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/methods_mesh.h"
#include "relay/node.h"

enum {
	SID_DIGITS = SID_TEXT - 1,
	SEED_DIGITS = 2 * MESH_KEY,
	SECRET_DIGITS =
		4 * MESH_KEY, /* servald's: the seed, and the key that follows from it */
};

static void
method_mesh_identity_list(struct rpc_request *req, const json_t *params, void *node)
{
	method_mesh_answer(req, node, mesh_json_identities);
}

/* 0; else REQ has been told. */
static int
check_words(struct rpc_request *req, const char *did, const char *name)
{
	if (did != NULL && did[0] != '\0' && !mesh_did_is_valid(did)) {
		method_mesh_refuse(req, FAULT_BAD_REQUEST, "did", did,
			"5 to 31 of 0-9, *, # and +", "that is no number of the mesh");
		return -EINVAL;
	}
	if (name != NULL && !mesh_name_is_valid(name)) {
		method_mesh_refuse(req, FAULT_BAD_REQUEST, "name", name,
			"up to 63 bytes of text without '|'", "that is no name of the mesh");
		return -EINVAL;
	}
	return 0;
}

/* What has come of a change to identity N (or -errno). */
static void
changed(struct rpc_request *req, const struct mesh *m, int n)
{
	if (n >= 0)
		rpc_reply(req, mesh_json_identity(m, (unsigned)n));
	else if (n == -EEXIST)
		method_mesh_refuse(req, FAULT_IDENTITY_EXISTS, "secret", NULL, NULL,
			"that identity is ours already");
	else if (n == -ENOSPC)
		method_mesh_refuse(req, FAULT_TOO_MANY, NULL, NULL, NULL,
			"there are as many identities as may be, or the disk is full");
	else if (n == -EPERM)
		method_mesh_refuse(req, FAULT_BAD_REQUEST, NULL, NULL, NULL,
			"the configuration says the number and the name of the primary identity");
	else
		method_mesh_refuse(req, FAULT_INTERNAL, NULL, NULL, NULL,
			"the file of identities cannot be written; the log says why");
}

static void
method_mesh_identity_create(struct rpc_request *req, const json_t *params, void *node)
{
	const char *did = method_text(params, "did"), *name = method_text(params, "name");
	struct mesh *m = method_mesh_of(req, node);

	if (m != NULL && check_words(req, did, name) == 0)
		changed(req, m, mesh_identity_add(m, NULL, did, name));
}

/* The seed that SECRET is, or begins with, if the rest follows from it. */
static int
read_secret(const char *secret, uint8_t seed[MESH_KEY])
{
	uint8_t bytes[2 * MESH_KEY];
	struct mesh_identity id = {.seed = {0}};
	size_t len = 0;
	int err =
		sodium_hex2bin(bytes, sizeof bytes, secret, strlen(secret), NULL, &len, NULL);

	memcpy(id.seed, bytes, sizeof id.seed);
	if (err == 0 && len == sizeof bytes) {
		mesh_identity_derive(&id);
		err = memcmp(id.sign_secret, bytes, sizeof bytes) == 0 ? 0 : -EINVAL;
	} else if (err == 0 && len != sizeof id.seed) {
		err = -EINVAL;
	}
	memcpy(seed, id.seed, sizeof id.seed);
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(&id, sizeof id);
	return err;
}

static void
method_mesh_identity_import(struct rpc_request *req, const json_t *params, void *node)
{
	const char *did = method_text(params, "did"), *name = method_text(params, "name");
	struct mesh *m = method_mesh_of(req, node);
	uint8_t seed[MESH_KEY];

	if (m == NULL || check_words(req, did, name) != 0)
		return;
	if (read_secret(method_text(params, "secret"), seed) == 0)
		changed(req, m, mesh_identity_add(m, seed, did, name));
	else
		method_mesh_refuse(req, FAULT_BAD_REQUEST, "secret", NULL,
			"64 hexadecimal digits, or 128 of which the second half follows from the "
			"first",
			"that is no secret of an identity");
	explicit_bzero(seed, sizeof seed);
}

/* The number of the one that PARAMS name; < 0: REQ has been told. */
static int
identity_of(struct rpc_request *req, const struct mesh *m, const json_t *params)
{
	struct sid sid;
	int n;

	if (method_mesh_sid(req, params, &sid) != 0)
		return -EINVAL;
	if ((n = mesh_identity_find(m, sid.b)) < 0)
		method_mesh_refuse(req, FAULT_UNKNOWN_IDENTITY, "sid",
			method_text(params, "sid"), "one that mesh.identity.list has",
			"that identity is not ours");
	return n;
}

static void
method_mesh_identity_export(struct rpc_request *req, const json_t *params, void *node)
{
	struct mesh *m = method_mesh_of(req, node);
	char seed[SEED_DIGITS + 1];
	json_t *o;
	int n;

	if (m == NULL || (n = identity_of(req, m, params)) < 0)
		return;
	sodium_bin2hex(seed, sizeof seed, mesh_identity(m, (unsigned)n)->seed, MESH_KEY);
	o = mesh_json_identity(m, (unsigned)n);
	json_object_set_new(o, "secret", json_string(seed));
	explicit_bzero(seed, sizeof seed);
	rpc_reply(req, o);
}

static void
method_mesh_identity_set(struct rpc_request *req, const json_t *params, void *node)
{
	const char *did = method_text(params, "did"), *name = method_text(params, "name");
	struct mesh *m = method_mesh_of(req, node);
	int n, err;

	if (m == NULL || (n = identity_of(req, m, params)) < 0 ||
		check_words(req, did, name) != 0)
		return;
	err = mesh_identity_set(m, (unsigned)n, did, name);
	changed(req, m, err == 0 ? n : err);
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const look_errors[] = {&method_faults[FAULT_NO_MESH], NULL};
static const struct rpc_error *const create_errors[] = {&method_faults[FAULT_NO_MESH],
	&method_faults[FAULT_IDENTITY_EXISTS], &method_faults[FAULT_TOO_MANY],
	&method_faults[FAULT_BAD_REQUEST], &method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const set_errors[] = {&method_faults[FAULT_NO_MESH],
	&method_faults[FAULT_UNKNOWN_IDENTITY], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};

/* clang-format off */
#define SID_A "\"1A2B000000000000000000000000000000000000000000000000000000000000\""
#define SID_B "\"3C4D000000000000000000000000000000000000000000000000000000000000\""
#define SECRET "\"9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60\""

#define IDENTITY \
	TEXT("sid", 0, 0, "its address in the mesh"), \
	TEXT("did", 0, 0, "its telephone number; absent: none"), \
	TEXT("name", 0, 0, "that goes with it; absent: none"), \
	BOOL("primary", "it is the one that datagrams are from, and that calls unless another is said")

static const struct rpc_field identity_row[] = {IDENTITY, NO_MORE};

static const struct rpc_field secret_row[] = {
	IDENTITY,
	TEXT("secret", 0, 0, "in 64 hexadecimal digits: who has it is this identity"),
	NO_MORE,
};

static const struct rpc_field list_result[] = {
	ARRAY("identities", identity_row, "of this node, in the order in which they were made"),
	NO_MORE,
};

#define WORDS(empty) \
	TEXT("did", 0, MESH_DID - 1, "telephone number: 5 to 31 of 0-9, *, # and +" empty), \
	TEXT("name", 0, MESH_NAME - 1, "that goes with it" empty)

static const struct rpc_field create_params[] = {WORDS(""), NO_MORE};

static const struct rpc_field import_params[] = {
	NEED("secret", SEED_DIGITS, SECRET_DIGITS,
		"64 hexadecimal digits, as they were exported, or servald's signing secret of 128"),
	WORDS(""),
	NO_MORE,
};

static const struct rpc_field one_params[] = {
	NEED("sid", SID_DIGITS, SID_DIGITS, "of the identity"),
	NO_MORE,
};

static const struct rpc_field set_params[] = {
	NEED("sid", SID_DIGITS, SID_DIGITS, "of the identity"),
	WORDS("; empty: none; otherwise as it was"),
	NO_MORE,
};

const struct rpc_method methods_mesh_identity[] = {
	{
		.name = "mesh.identity.list",
		.summary = "Who this node is in the mesh.",
		.result = list_result,
		.errors = look_errors,
		.example = "{}",
		.answer = "{\"identities\": [{\"sid\": " SID_A ", \"did\": \"5550100\", \"name\": \"Almon\", \"primary\": true}]}",
		.handler = method_mesh_identity_list,
	},
	{
		.name = "mesh.identity.create",
		.summary = "Make a further identity, for a phone with an address of its own.",
		.params = create_params,
		.result = identity_row,
		.errors = create_errors,
		.example = "{\"did\": \"5550101\", \"name\": \"Watson\"}",
		.answer = "{\"sid\": " SID_B ", \"did\": \"5550101\", \"name\": \"Watson\", \"primary\": false}",
		.handler = method_mesh_identity_create,
	},
	{
		.name = "mesh.identity.import",
		.summary = "Be an identity that was made elsewhere, and is no more there: two nodes must not be one.",
		.params = import_params,
		.result = identity_row,
		.errors = create_errors,
		.example = "{\"secret\": " SECRET ", \"did\": \"5550101\"}",
		.answer = "{\"sid\": " SID_B ", \"did\": \"5550101\", \"primary\": false}",
		.handler = method_mesh_identity_import,
	},
	{
		.name = "mesh.identity.export",
		.summary = "The secret of an identity, for another node to be it.  It stays here, too.",
		.params = one_params,
		.result = secret_row,
		.errors = set_errors,
		.example = "{\"sid\": " SID_B "}",
		.answer = "{\"sid\": " SID_B ", \"did\": \"5550101\", \"primary\": false, \"secret\": " SECRET "}",
		.handler = method_mesh_identity_export,
	},
	{
		.name = "mesh.identity.set",
		.summary = "Give an identity another number or name.",
		.params = set_params,
		.result = identity_row,
		.errors = set_errors,
		.example = "{\"sid\": " SID_B ", \"did\": \"5550102\"}",
		.answer = "{\"sid\": " SID_B ", \"did\": \"5550102\", \"primary\": false}",
		.handler = method_mesh_identity_set,
	},
	{.name = NULL},
};
/* clang-format on */

/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_tally.h. */
#include "control/rpc_tally.h"

#include <stdlib.h>
#include <string.h>

#include "control/rpc_describe.h"
#include "control/rpc_error.h"

const char *const rpc_outcome_words[] = {"ok", "refused", "invalid", "internal", NULL};

struct rpc_tally {
	const struct rpc_method *methods;
	size_t n;
	/* The methods', then the server's own, then what is unknown. */
	uint64_t row[][RPC_OUTCOMES];
};

struct rpc_tally *
rpc_tally_open(const struct rpc_method *methods, size_t n)
{
	struct rpc_tally *t;
	size_t rows = n + RPC_DESCRIBE_METHODS + 1;

	t = calloc(1, sizeof *t + rows * sizeof *t->row);
	if (t == NULL)
		return NULL;
	t->methods = methods;
	t->n = n;
	return t;
}

void
rpc_tally_close(struct rpc_tally *t)
{
	free(t);
}

static size_t
row_of(const struct rpc_tally *t, const struct rpc_method *m)
{
	for (size_t i = 0; i < RPC_DESCRIBE_METHODS; i++)
		if (m == &rpc_describe_methods[i])
			return t->n + i;
	return m != NULL ? (size_t)(m - t->methods) : t->n + RPC_DESCRIBE_METHODS;
}

static enum rpc_outcome
outcome(int code)
{
	if (code == 0)
		return RPC_DONE;
	if (code > 0)
		return RPC_REFUSED;
	return code == RPC_INTERNAL ? RPC_BROKEN : RPC_INVALID;
}

void
rpc_tally_add(struct rpc_tally *t, const struct rpc_method *m, int code)
{
	if (t != NULL)
		t->row[row_of(t, m)][outcome(code)]++;
}

const char *
rpc_tally_row(const struct rpc_tally *t, size_t i, uint64_t count[RPC_OUTCOMES])
{
	if (i > t->n + RPC_DESCRIBE_METHODS)
		return NULL;
	memcpy(count, t->row[i], sizeof t->row[i]);
	if (i < t->n)
		return t->methods[i].name;
	return i < t->n + RPC_DESCRIBE_METHODS ? rpc_describe_methods[i - t->n].name
					       : "unknown";
}

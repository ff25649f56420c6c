/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_markdown.h. */
#include "control/rpc_markdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc_check.h"
#include "control/rpc_describe.h"

enum { PATH = 256, WORDS = 512 };

/* clang-format off */
static const char intro[] =
	"# JSON-RPC\n"
	"\n"
	"<!-- Generated from the tables of methods; change those instead. -->\n"
	"\n"
	"strowger speaks [JSON-RPC 2.0](https://www.jsonrpc.org/specification) on a Unix stream socket,\n"
	"`admin.sock` in the instance's run directory: one JSON object, or a batch in an array, a line.\n"
	"Its first line is a greeting with its version and that of this API:\n"
	"\n"
	"```json\n"
	"{\"strowger\": \"0.1.0\", \"api\": 1, \"role\": \"admin\", \"instance\": \"default\"}\n"
	"```\n"
	"\n"
	"Who may open the socket may do everything here. Lines have at most 1 MiB, batches at most 1000\n"
	"requests. Requests may be sent without waiting for answers, which come as they are ready: tell\n"
	"them apart by `id`. Parameters may be given by name or, in the order below, by position. Fields\n"
	"that are not listed are refused.\n"
	"\n"
	"## Errors\n"
	"\n"
	"An error has a `code`, a `message` for people, and `data` for programs: `reason`, a word, and\n"
	"where it helps `field` (`legs[1].streams[0].remote.port`), `got`, `expected`, `nearest` (the\n"
	"known name that may have been meant) and `retry_after_ms` (trying again then may work). Any\n"
	"method may answer these:\n"
	"\n"
	"| code | reason | when |\n"
	"|---|---|---|\n"
	"| -32700 | parse_error, line_too_long | the line is no JSON, or longer than 1 MiB |\n"
	"| -32600 | invalid_request | it is JSON but no request |\n"
	"| -32601 | unknown_method | there is no such method |\n"
	"| -32602 | unknown_field, missing_field, wrong_type, out_of_range, unknown_word, "
	"too_many_values | the parameters do not fit the method |\n"
	"| -32603 | internal | no memory |\n"
	"\n"
	"## Methods\n"
	"\n"
	"| method | |\n"
	"|---|---|\n";
/* clang-format on */

/* Text within a table's cell. */
static void
cell(FILE *f, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', f);
		fputc(*text == '\n' ? ' ' : *text, f);
	}
}

/* A row a field, those of nested objects below theirs. */
static void
rows(FILE *f, const struct rpc_field *field, const char *above)
{
	char path[PATH], takes[WORDS];

	for (; field != NULL && field->name != NULL; field++) {
		snprintf(path, sizeof path, "%s%s%s%s", above, above[0] != '\0' ? "." : "",
			field->name, field->type == RPC_ARRAY ? "[]" : "");
		fprintf(f, "| `%s` | ", path);
		cell(f, rpc_check_expected(field, takes, sizeof takes));
		fprintf(f, "%s%s | %s", field->unit != NULL ? ", " : "",
			field->unit != NULL ? field->unit : "",
			field->required ? "required" : "");
		fputs(" | ", f);
		cell(f, field->help);
		fputs(" |\n", f);
		rows(f, field->fields, path);
	}
}

static void
fields(FILE *f, const char *title, const struct rpc_field *field)
{
	if (field == NULL || field->name == NULL) {
		fprintf(f, "\n%s: none.\n", title);
		return;
	}
	fprintf(f, "\n%s:\n\n| field | type | | |\n|---|---|---|---|\n", title);
	rows(f, field, "");
}

static void
errors(FILE *f, const struct rpc_error *const *error)
{
	if (error == NULL || *error == NULL)
		return;
	fputs("\nErrors of its own:\n\n| code | reason | when |\n|---|---|---|\n", f);
	for (; *error != NULL; error++) {
		fprintf(f, "| %d | %s | ", (*error)->code, (*error)->reason);
		cell(f, (*error)->help);
		fputs(" |\n", f);
	}
}

static void
example(FILE *f, const struct rpc_method *m)
{
	if (m->example == NULL)
		return;
	fprintf(f,
		"\n```json\n{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"%s\", \"params\": "
		"%s}\n",
		m->name, m->example);
	if (m->answer != NULL)
		fprintf(f, "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": %s}\n", m->answer);
	fputs("```\n", f);
}

static void
index_row(FILE *f, const struct rpc_method *m)
{
	char anchor[PATH];
	size_t n = 0;

	for (const char *p = m->name; *p != '\0' && n < sizeof anchor - 1; p++)
		if (*p != '.')
			anchor[n++] = *p;
	anchor[n] = '\0';
	fprintf(f, "| [`%s`](#%s) | ", m->name, anchor);
	cell(f, m->summary);
	fputs(" |\n", f);
}

static void
section(FILE *f, const struct rpc_method *m)
{
	fprintf(f, "\n### %s\n\n%s\n", m->name, m->summary);
	fields(f, "Parameters", m->params);
	fields(f, "Result", m->result);
	errors(f, m->errors);
	example(f, m);
}

char *
rpc_markdown(const struct rpc_method *methods, size_t n)
{
	const struct rpc_method *const own = rpc_describe_methods;
	char *page = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&page, &size);

	if (f == NULL)
		return NULL;
	fputs(intro, f);
	for (size_t i = 0; i < n; i++)
		index_row(f, &methods[i]);
	for (size_t i = 0; i < RPC_DESCRIBE_METHODS; i++)
		index_row(f, &own[i]);
	for (size_t i = 0; i < n; i++)
		section(f, &methods[i]);
	for (size_t i = 0; i < RPC_DESCRIBE_METHODS; i++)
		section(f, &own[i]);
	if (fclose(f) != 0) {
		free(page);
		return NULL;
	}
	return page;
}

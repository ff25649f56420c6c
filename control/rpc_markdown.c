/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_markdown.h. */
#include "control/rpc_markdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/rpc_check.h"
#include "control/rpc_describe.h"

enum { PATH = 256, WORDS = 512 };

/* clang-format off */
static const char intro[] =
	"# JSON-RPC\n"
	"\n"
	"<!-- Generated from the tables of methods; change those instead. -->\n"
	"\n"
	"strowger speaks [JSON-RPC 2.0](https://www.jsonrpc.org/specification) on Unix stream sockets in\n"
	"the instance's run directory: one JSON object, or a batch in an array, a line. Who may connect\n"
	"there may do what the socket is for; a method says the least that it asks for:\n"
	"\n"
	"| socket | role | may |\n"
	"|---|---|---|\n"
	"| `admin.sock` | admin | everything |\n"
	"| `session.sock` | session | make, change and end calls, and look |\n"
	"| `view.sock` | view | look |\n"
	"\n"
	"The first line from a socket is a greeting with its role, its version and that of this API:\n"
	"\n"
	"```json\n"
	"{\"strowger\": \"0.1.0\", \"api\": 1, \"role\": \"admin\", \"instance\": \"default\"}\n"
	"```\n"
	"\n"
	"Lines have at most 1 MiB, batches at most 1000 requests. Requests may be sent without waiting\n"
	"for answers, which come as they are ready: tell them apart by `id`. Parameters may be given by\n"
	"name or, in the order below, by position. Fields that are not listed are refused. A client that\n"
	"takes none of its answers for 30 s is hung up on.\n"
	"\n"
	"Any request may have two more members beside `params`:\n"
	"\n"
	"- `deadline_ms`, 1 to 600000: if there is no answer so many milliseconds after the request was\n"
	"  read, there is an error `deadline`. Its `state` is `not_begun` (nothing was done, and nothing\n"
	"  will be) or `begun` (it goes on, and what comes of it is to be looked up, or asked for again\n"
	"  with the same key).\n"
	"- `idempotency_key`, a string of 1 to 128 bytes that the client makes up for each thing that it\n"
	"  wants done: the same request with the same key, from the same user, is not done again but\n"
	"  answered with the same result, also while the first is under way and from other connections.\n"
	"  Results are kept for 5 minutes by this process, the latest 100,000 or 64 MiB of them; errors are\n"
	"  not, since nothing was done. Another request with that key is an error. Methods that the view\n"
	"  role may call change nothing: they have no need of a key, and take no notice of one.\n"
	"\n"
	"```json\n"
	"{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"call.delete\", \"params\": {\"call\": \"a84b4c76e66710\"},\n"
	" \"deadline_ms\": 500, \"idempotency_key\": \"end-a84b4c76e66710\"}\n"
	"```\n"
	"\n"
	"## Errors\n"
	"\n"
	"An error has a `code`, a `message` for people, and `data` for programs: `reason`, a word, and\n"
	"where it helps `field` (`legs[1].streams[0].remote.port`), `got`, `expected`, `nearest` (the\n"
	"known name that may have been meant), `state` and `retry_after_ms` (trying again then may work).\n"
	"Any method may answer these:\n"
	"\n"
	"| code | reason | when |\n"
	"|---|---|---|\n"
	"| -32700 | parse_error, line_too_long | the line is no JSON, or longer than 1 MiB |\n"
	"| -32600 | invalid_request | it is JSON but no request |\n"
	"| -32601 | unknown_method | there is no such method |\n"
	"| -32602 | unknown_field, missing_field, wrong_type, out_of_range, unknown_word, "
	"too_many_values | the parameters do not fit the method |\n"
	"| -32603 | internal | no memory |\n"
	"| -32001 | not_permitted | the method is for another socket, which `expected` names |\n"
	"| -32002 | deadline | `deadline_ms` have passed |\n"
	"| -32003 | key_reused | another request has this `idempotency_key` |\n"
	"| -32004 | busy | too many requests with a key are under way |\n"
	"\n"
	"## Methods\n"
	"\n"
	"| method | least role | |\n"
	"|---|---|---|\n";

static const char events_intro[] =
	"\n## Events\n"
	"\n"
	"What `events.subscribe` has asked for comes as notifications, between the answers on the same\n"
	"connection:\n"
	"\n"
	"```json\n"
	"{\"jsonrpc\": \"2.0\", \"method\": \"event\", \"params\": {\"event\": \"call.ended\", \"seq\": 17,\n"
	" \"time\": 1700000000.123456, \"dropped\": 0, \"call\": \"a84b4c76e66710\"}}\n"
	"```\n"
	"\n"
	"About 256 KiB of them wait for a client that is slow to take them; what comes then is lost for it\n"
	"alone, and counted. Every event has these fields:\n"
	"\n"
	"| field | type | | |\n"
	"|---|---|---|---|\n";
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
	fprintf(f, "| [`%s`](#%s) | %s | ", m->name, anchor, rpc_role_names[m->role]);
	cell(f, m->summary);
	fputs(" |\n", f);
}

static void
section(FILE *f, const struct rpc_method *m)
{
	fprintf(f, "\n### %s\n\n%s\n\nLeast role: %s.\n", m->name, m->summary,
		rpc_role_names[m->role]);
	fields(f, "Parameters", m->params);
	fields(f, "Result", m->result);
	errors(f, m->errors);
	example(f, m);
}

static void
events(FILE *f, const struct event_kind *kind)
{
	if (kind == NULL)
		return;
	fputs(events_intro, f);
	rows(f, event_fields, "");
	fputs("\nThe kinds, and what each has besides:\n", f);
	for (; kind->name != NULL; kind++) {
		fprintf(f, "\n### %s\n\n%s\n", kind->name, kind->help);
		fields(f, "Fields", kind->fields);
	}
}

char *
rpc_markdown(const struct rpc_method *methods, size_t n, const struct event_kind *kinds)
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
	events(f, kinds);
	if (fclose(f) != 0) {
		free(page);
		return NULL;
	}
	return page;
}

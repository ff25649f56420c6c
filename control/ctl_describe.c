/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_describe.h. */
#include "control/ctl_describe.h"

#include <stdlib.h>
#include <string.h>

enum { PATH = 256 };

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

/* "integer 1..65535 ms, required", "audio | video" */
static void
print_type(FILE *f, const json_t *field)
{
	json_t *min = json_object_get(field, "min"), *max = json_object_get(field, "max");
	const char *unit = text(field, "unit");
	json_t *words = json_object_get(field, "words"), *word;
	size_t i;

	json_array_foreach (words, i, word)
		fprintf(f, "%s%s", i > 0 ? " | " : "", json_string_value(word));
	if (words == NULL)
		fputs(text(field, "type"), f);
	if (min != NULL)
		fprintf(f, " %" JSON_INTEGER_FORMAT "..%" JSON_INTEGER_FORMAT,
			json_integer_value(min), json_integer_value(max));
	fprintf(f, "%s%s%s\n", unit[0] != '\0' ? " " : "", unit,
		json_is_true(json_object_get(field, "required")) ? ", required" : "");
}

/* Two lines for each of FIELDS, those of nested objects below theirs. */
static void
print_fields(FILE *f, json_t *fields, const char *above)
{
	json_t *field;
	size_t i;

	json_array_foreach (fields, i, field) {
		char path[PATH];

		snprintf(path, sizeof path, "%s%s%s%s", above, above[0] != '\0' ? "." : "",
			text(field, "name"),
			strcmp(text(field, "type"), "array") == 0 ? "[]" : "");
		fprintf(f, "  %s  ", path);
		print_type(f, field);
		if (text(field, "help")[0] != '\0')
			fprintf(f, "      %s\n", text(field, "help"));
		print_fields(f, json_object_get(field, "fields"), path);
	}
}

static void
print_errors(FILE *f, json_t *errors)
{
	json_t *e;
	size_t i;

	if (json_array_size(errors) > 0)
		fputs("\nErrors:\n", f);
	json_array_foreach (errors, i, e)
		fprintf(f, "  %" JSON_INTEGER_FORMAT " %s\n      %s\n",
			json_integer_value(json_object_get(e, "code")), text(e, "reason"),
			text(e, "help"));
}

static void
print_json(FILE *f, const char *title, const json_t *value)
{
	char *dump =
		json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	if (dump != NULL)
		fprintf(f, "\n%s:\n%s\n", title, dump);
	free(dump);
}

void
ctl_describe(FILE *f, json_t *answer)
{
	json_t *m;
	size_t i;

	json_array_foreach (json_object_get(answer, "methods"), i, m) {
		fprintf(f, "%s%s: %s\n", i > 0 ? "\n\n" : "", text(m, "name"),
			text(m, "summary"));
		fputs("\nParameters:\n", f);
		print_fields(f, json_object_get(m, "params"), "");
		fputs("\nResult:\n", f);
		print_fields(f, json_object_get(m, "result"), "");
		print_errors(f, json_object_get(m, "errors"));
		print_json(f, "Example of parameters", json_object_get(m, "example"));
		print_json(f, "Answer to it", json_object_get(m, "answer"));
	}
}

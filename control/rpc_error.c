/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_error.h. */
#include "control/rpc_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE = 500 };

/* A JSON string of any bytes: jansson takes UTF-8 only, and a cut may have halved a letter. */
static json_t *
text(const char *s)
{
	json_t *value = json_string(s);
	char ascii[MESSAGE];
	size_t n = 0;

	if (value != NULL)
		return value;
	for (; s[n] != '\0' && n < sizeof ascii - 1; n++)
		ascii[n] = (unsigned char)s[n] < 0x80 ? s[n] : '?';
	ascii[n] = '\0';
	return json_string(ascii);
}

static void
add(json_t *data, const char *name, const char *s)
{
	if (s != NULL)
		json_object_set_new(data, name, text(s));
}

const char *
rpc_repeat(const char *word, char *buf, size_t room)
{
	size_t len = strlen(word);

	if (len > RPC_REPEAT_MAX)
		snprintf(buf, room, "(%zu bytes)", len);
	else
		snprintf(buf, room, "%s", word);
	return buf;
}

json_t *
rpc_error(int code, const struct rpc_detail *d, const char *fmt, ...)
{
	char message[MESSAGE], got[RPC_REPEAT_MAX + 1];
	json_t *data = json_object();
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);

	add(data, "reason", d->reason);
	add(data, "field", d->field);
	add(data, "got", d->got == NULL ? NULL : rpc_repeat(d->got, got, sizeof got));
	add(data, "expected", d->expected);
	add(data, "nearest", d->nearest);
	add(data, "state", d->state);
	if (d->retry_after_ms != 0)
		json_object_set_new(data, "retry_after_ms", json_integer(d->retry_after_ms));
	return json_pack(
		"{s:i, s:o, s:o}", "code", code, "message", text(message), "data", data);
}

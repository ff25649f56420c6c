/* SPDX-License-Identifier: Apache-2.0
 *
 * See fmtp.h. */
#include "codecs/fmtp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t\r\n";

/* To the ";" that ends the parameter at TEXT, or the NUL: one in quotation marks does not. */
static size_t
length_of(const char *text)
{
	bool quoted = false;
	size_t n = 0;

	for (; text[n] != '\0' && (quoted || text[n] != ';'); n++)
		if (text[n] == '"')
			quoted = !quoted;
	return n;
}

static void
trim(const char **word, size_t *len)
{
	while (*len > 0 && strchr(blanks, **word) != NULL) {
		(*word)++;
		(*len)--;
	}
	while (*len > 0 && strchr(blanks, (*word)[*len - 1]) != NULL)
		(*len)--;
}

static void
unquote(const char **word, size_t *len)
{
	if (*len < 2 || (*word)[0] != '"' || (*word)[*len - 1] != '"')
		return;
	(*word)++;
	*len -= 2;
	trim(word, len);
}

bool
fmtp_next(const char **text, struct fmtp_param *p)
{
	size_t len;
	const char *equals;

	*text += strspn(*text, "; \t\r\n");
	if (**text == '\0')
		return false;
	len = length_of(*text);
	equals = memchr(*text, '=', len);
	*p = (struct fmtp_param){.name = *text, .name_len = len};
	if (equals != NULL) {
		p->name_len = (size_t)(equals - *text);
		p->value = equals + 1;
		p->value_len = len - p->name_len - 1;
		trim(&p->value, &p->value_len);
		unquote(&p->value, &p->value_len);
	}
	trim(&p->name, &p->name_len);
	*text += len;
	return true;
}

bool
fmtp_is(const struct fmtp_param *p, const char *word)
{
	return strlen(word) == p->name_len && strncasecmp(p->name, word, p->name_len) == 0;
}

bool
fmtp_value_is(const struct fmtp_param *p, const char *word)
{
	return p->value != NULL && strlen(word) == p->value_len &&
	       strncasecmp(p->value, word, p->value_len) == 0;
}

int
fmtp_number(const struct fmtp_param *p, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t n = 0;

	if (p->value == NULL || p->value_len == 0)
		return -EINVAL;
	for (size_t i = 0; i < p->value_len; i++) {
		char c = p->value[i];

		if (c < '0' || c > '9' || (n = n * 10 + (uint64_t)(c - '0')) > max)
			return -EINVAL;
	}
	if (n < min)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

int
fmtp_flag(const struct fmtp_param *p, struct codec_format *f, uint16_t flag)
{
	uint32_t on;

	if (fmtp_number(p, 0, 1, &on) != 0)
		return -EINVAL;
	f->flags = (uint16_t)(on ? f->flags | flag : f->flags & ~flag);
	return 0;
}

static const struct fmtp_rule *
rule_of(const struct fmtp_param *p, const struct fmtp_rule *rules)
{
	while (rules->name != NULL && !fmtp_is(p, rules->name))
		rules++;
	return rules->name != NULL ? rules : NULL;
}

int
fmtp_parse(struct codec_format *f, const char *text, const struct fmtp_rule *rules)
{
	struct codec_format changed = *f;
	struct fmtp_param p;

	while (fmtp_next(&text, &p)) {
		const struct fmtp_rule *rule = rule_of(&p, rules);

		if (rule != NULL && rule->take(&changed, &p) != 0)
			return -EINVAL;
	}
	*f = changed;
	return 0;
}

void
fmtp_add(char *text, const char *format, ...)
{
	size_t had = strlen(text), room = CODEC_FMTP - had;
	int gap = snprintf(text + had, room, "%s", had > 0 ? "; " : ""), n = -1;
	va_list args;

	va_start(args, format);
	if ((size_t)gap < room)
		n = vsnprintf(text + had + gap, room - (size_t)gap, format, args);
	va_end(args);
	if (n < 0 || (size_t)(gap + n) >= room)
		text[had] = '\0';
}

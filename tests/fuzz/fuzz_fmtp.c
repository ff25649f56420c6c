/* SPDX-License-Identifier: Apache-2.0
 *
 * An rtpmap and its fmtp: the first line names the codec, the rest is the text.  What every
 * codec makes of it can be, and means the same when it is printed and read again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/fmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_apart(const char *text)
{
	const char *end = text + strlen(text), *at = text;
	struct fmtp_param p;

	while (fmtp_next(&at, &p)) {
		uint32_t n = 0;

		assert(p.name >= text && p.name + p.name_len <= end && at <= end);
		assert(p.value == NULL ||
			(p.value >= p.name + p.name_len && p.value + p.value_len <= end));
		if (fmtp_number(&p, 3, 1000, &n) == 0)
			assert(n >= 3 && n <= 1000);
	}
}

static void
read_as(const struct codec *c, const char *text)
{
	struct codec_format f, again;
	char printed[CODEC_FMTP];

	if (codec_format_parse(&f, c->name, 0, 0, text) != 0)
		return;
	f.payload_type &= 127;
	assert(codec_format_is_valid(&f));
	if (c->fmtp_print == NULL)
		return;
	c->fmtp_print(&f, printed);
	assert(memchr(printed, '\0', sizeof printed) != NULL);
	assert(codec_format_parse(&again, c->name, 0, 0, printed) == 0);
	assert(codec_format_same(&f, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest; /* exactly as long as it is */
	struct codec_format f;
	const struct codec *c;

	memcpy(text, data, size);
	text[size] = '\0';
	if ((rest = strchr(text, '\n')) != NULL)
		*rest++ = '\0';
	take_apart(rest != NULL ? rest : text);
	if (codec_format_parse(&f, text, 0, 2, rest) == 0) {
		f.payload_type &= 127;
		assert(codec_format_is_valid(&f));
	}
	for (unsigned i = 0; (c = codec_row(i)) != NULL; i++)
		read_as(c, rest != NULL ? rest : text);
	free(text);
	return 0;
}

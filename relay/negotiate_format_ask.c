/* SPDX-License-Identifier: Apache-2.0
 *
 * Formats of an m= line as what is asked of the call.  See negotiate_format.h. */
#include <errno.h>
#include <string.h>

#include "codecs/codec.h"
#include "relay/negotiate_format.h"

/* An SDP has any bytes; a call's names are said in JSON and in records, which have not. */
static void
make_printable(char *name)
{
	for (; *name != '\0'; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

/* 0; -EINVAL: none that could be asked for. */
static int
ask_one(struct request_format *to, const struct sdp_format *f, uint32_t ptime,
	struct slice coding)
{
	struct slice name = f->name.len > 0 ? f->name : f->text;

	if (f->payload_type < 0 || slice_copy(name, to->name, sizeof to->name) != 0)
		return -EINVAL;
	make_printable(to->name);
	if (format_parse(f, &to->format) == 0) {
		to->format.ptime_ms = codec_ptime(&to->format,
			ptime != 0 ? ptime : codec_by_id(to->format.codec)->ptime_ms);
		wish_code(coding, f, &to->format);
	} else {
		to->format = (struct codec_format){.codec = CODEC_NONE,
			.channels = format_channels(f) <= UINT8_MAX
					    ? (uint8_t)format_channels(f)
					    : 1,
			.rate = f->rate <= REQUEST_CLOCK_MAX ? f->rate : 0};
	}
	to->format.payload_type = (uint8_t)f->payload_type;
	return 0;
}

/* Speech of ours matters most, then keys and noise; the rest passes anyway as long as nothing
 * has to be translated. */
enum { RANKS = 3 };

static unsigned
rank(const struct sdp_format *f)
{
	return format_is_ours(f) ? 0 : format_is_talk(f) ? 2 : 1;
}

static bool
is_asked(const struct stream_request *s, int payload_type)
{
	for (unsigned i = 0; i < s->formats; i++)
		if (s->format[i].format.payload_type == payload_type)
			return true;
	return false;
}

/* Which of N formats there is room for. */
static void
choose(bool *chosen, const struct sdp_format *f, size_t n)
{
	size_t left = REQUEST_FORMATS;

	for (unsigned r = 0; r < RANKS; r++)
		for (size_t i = 0; i < n && left > 0; i++)
			if (rank(&f[i]) == r) {
				chosen[i] = true;
				left--;
			}
}

void
format_ask(struct stream_request *s, const struct sdp_format *f, size_t n, uint32_t ptime,
	struct slice coding)
{
	bool chosen[SDP_FORMATS] = {false};

	if (n > SDP_FORMATS)
		n = SDP_FORMATS;
	if (n > REQUEST_FORMATS)
		choose(chosen, f, n);
	else
		memset(chosen, true, n);
	s->has |= REQUEST_HAS_FORMATS;
	s->formats = 0;
	for (size_t i = 0; i < n; i++)
		if (chosen[i] && !is_asked(s, f[i].payload_type) &&
			ask_one(&s->format[s->formats], &f[i], ptime, coding) == 0)
			s->formats++;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See negotiate_format.h.  RFC 4855, RFC 7587. */
#include "relay/negotiate_format.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "codecs/codec.h"

/* F as one of our codecs: 0; -ENOENT, -EINVAL. */
static int
parse(const struct sdp_format *f, struct codec_format *to)
{
	char name[REQUEST_CODEC], fmtp[CODEC_FMTP];

	if (slice_copy(f->name, name, sizeof name) != 0 ||
		slice_copy(f->fmtp, fmtp, sizeof fmtp) != 0 || name[0] == '\0')
		return -ENOENT;
	return codec_format_parse(
		to, name, f->rate, f->channels, fmtp[0] != '\0' ? fmtp : NULL);
}

static uint32_t
channels(const struct sdp_format *f)
{
	return f->channels > 0 ? f->channels : 1;
}

/* Do both say the same, whatever it means? */
static bool
is_said_alike(const struct sdp_format *a, const struct sdp_format *b)
{
	return a->rate == b->rate && a->channels == b->channels &&
	       slice_equal(a->fmtp, b->fmtp);
}

bool
format_is_same(const struct sdp_format *a, const struct sdp_format *b)
{
	struct codec_format one, other;

	if (a->name.len == 0 || b->name.len == 0)
		return slice_equal(a->text, b->text);
	/* No codec has two names. */
	if (!slice_equal_nocase(a->name, b->name))
		return false;
	if (is_said_alike(a, b))
		return true;
	if (parse(a, &one) == 0 && parse(b, &other) == 0)
		return codec_format_same(&one, &other);
	return a->rate == b->rate && channels(a) == channels(b);
}

bool
format_are_alike(const struct sdp_format *a, const struct sdp_format *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].payload_type != b[i].payload_type ||
			!slice_equal(a[i].text, b[i].text) ||
			!slice_equal(a[i].name, b[i].name) || !is_said_alike(&a[i], &b[i]))
			return false;
	return true;
}

bool
format_is_talk(const struct sdp_format *f)
{
	return !slice_is_nocase(f->name, "telephone-event") && !slice_is_nocase(f->name, "CN");
}

bool
format_is_ours(const struct sdp_format *f)
{
	struct codec_format ours;

	return format_is_talk(f) && parse(f, &ours) == 0;
}

/* ---- Parameters. ---- */

struct slice
format_our_fmtp(const struct sdp_format *f)
{
	return slice_is_nocase(f->name, "opus") ? SLICE("stereo=0; useinbandfec=1") : f->fmtp;
}

/* Who has ruled out annex B of G.729 is not told that it will come: RFC 7261 section 3.2. */
struct slice
format_told_fmtp(const struct sdp_format *f, struct slice fmtp)
{
	return slice_is_nocase(f->name, "G729") &&
			       slice_is_nocase(slice_trim(f->fmtp), "annexb=no")
		       ? f->fmtp
		       : fmtp;
}

/* Of Opus, as rtpengine 26.3 orders them; others follow as they came. */
static const char *const opus_order[] = {"maxplaybackrate", "sprop-maxcapturerate",
	"maxaveragebitrate", "stereo", "sprop-stereo", "cbr", "useinbandfec", "usedtx",
	"minptime", "ptime", "maxptime"};
enum { OPUS_ORDER = sizeof opus_order / sizeof *opus_order };

static unsigned
place(struct slice param)
{
	struct slice name = slice_trim(slice_cut(&param, '='));
	unsigned i = 0;

	while (i < OPUS_ORDER && !slice_is_nocase(name, opus_order[i]))
		i++;
	return i;
}

static struct slice
reorder(struct slice fmtp, struct arena *a)
{
	/* Each separator may become two bytes. */
	char *at = arena_take(a, fmtp.len * 2 + 1);
	size_t len = 0;

	if (at == NULL)
		return (struct slice){NULL, 0};
	for (unsigned turn = 0; turn <= OPUS_ORDER; turn++)
		for (struct slice rest = fmtp; rest.len > 0;) {
			struct slice param = slice_trim(slice_cut(&rest, ';'));

			if (param.len == 0 || place(param) != turn)
				continue;
			if (len > 0) {
				memcpy(at + len, "; ", 2);
				len += 2;
			}
			memcpy(at + len, param.at, param.len);
			len += param.len;
		}
	return (struct slice){at, len};
}

int
format_reprint(struct sdp_media *m, struct arena *a)
{
	for (size_t i = 0; i < m->formats; i++) {
		struct sdp_format *f = &m->format[i];

		if (f->fmtp.len == 0 || !slice_is_nocase(f->name, "opus"))
			continue;
		f->fmtp = reorder(f->fmtp, a);
		if (f->fmtp.at == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* ---- For the call. ---- */

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
	if (parse(f, &to->format) == 0) {
		to->format.ptime_ms = codec_ptime(&to->format,
			ptime != 0 ? ptime : codec_by_id(to->format.codec)->ptime_ms);
		wish_code(coding, f, &to->format);
	} else {
		to->format = (struct codec_format){.codec = CODEC_NONE,
			.channels = channels(f) <= UINT8_MAX ? (uint8_t)channels(f) : 1,
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

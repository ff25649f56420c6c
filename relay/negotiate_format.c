/* SPDX-License-Identifier: Apache-2.0
 *
 * See negotiate_format.h.  RFC 4855, RFC 7587. */
#include "relay/negotiate_format.h"

#include <errno.h>
#include <string.h>

#include "codecs/codec.h"

int
format_parse(const struct sdp_format *f, struct codec_format *to)
{
	char name[REQUEST_CODEC], fmtp[CODEC_FMTP];

	if (slice_copy(f->name, name, sizeof name) != 0 ||
		slice_copy(f->fmtp, fmtp, sizeof fmtp) != 0 || name[0] == '\0')
		return -ENOENT;
	return codec_format_parse(
		to, name, f->rate, f->channels, fmtp[0] != '\0' ? fmtp : NULL);
}

uint32_t
format_channels(const struct sdp_format *f)
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
	if (format_parse(a, &one) == 0 && format_parse(b, &other) == 0)
		return codec_format_same(&one, &other);
	return a->rate == b->rate && format_channels(a) == format_channels(b);
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

	return format_is_talk(f) && format_parse(f, &ours) == 0;
}

bool
format_has_talk(const struct sdp_format *f, size_t n, uint32_t rate)
{
	for (size_t i = 0; i < n; i++)
		if (format_is_talk(&f[i]) && (rate == 0 || f[i].rate == rate))
			return true;
	return false;
}

bool
format_has_ours(const struct sdp_format *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (format_is_ours(&f[i]))
			return true;
	return false;
}

bool
format_has_number(const struct sdp_format *f, size_t n, int payload_type)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].payload_type == payload_type)
			return true;
	return false;
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

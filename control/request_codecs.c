/* SPDX-License-Identifier: Apache-2.0
 *
 * See request_codecs.h.  A codec that is none of ours is no error: its packets can pass. */
#include "control/request_codecs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct request_value
inside(const struct request_value *v, const char *field)
{
	struct request_value in = {.fault = v->fault};

	snprintf(in.path, sizeof in.path, "%.*s.%.14s", (int)sizeof in.path - 16, v->path,
		field);
	return in;
}

static struct request_value
at(const struct request_value *v, unsigned i)
{
	struct request_value in = {.fault = v->fault};

	snprintf(in.path, sizeof in.path, "%.*s[%u]", (int)sizeof in.path - 13, v->path, i);
	return in;
}

/* ---- One codec of a party. ---- */

/* What rtpmap and fmtp say; what is not said is 0 or empty. */
struct rtpmap {
	uint32_t clock_hz, channels;
	char fmtp[CODEC_FMTP];
};

/* FIELD of J, if it is there. */
static int
read_optional(const struct request_value *v, const json_t *j, const char *field, uint32_t min,
	uint32_t max, uint32_t *out)
{
	const json_t *member = json_object_get(j, field);
	const struct request_value in = inside(v, field);

	return member != NULL ? request_read_number(&in, member, min, max, out) : 0;
}

static int
read_rtpmap(const struct request_value *v, const json_t *j, struct rtpmap *m)
{
	const json_t *fmtp = json_object_get(j, "fmtp");
	const struct request_value in = inside(v, "fmtp");

	if (read_optional(v, j, "clock", 1, REQUEST_CLOCK_MAX, &m->clock_hz) != 0 ||
		read_optional(v, j, "channels", 1, 255, &m->channels) != 0)
		return -EINVAL;
	return fmtp != NULL ? request_read_text(&in, fmtp, m->fmtp, sizeof m->fmtp,
				      "text of at most 191 bytes")
			    : 0;
}

/* The format that the name and M mean; its payload type may still be CODEC_DYNAMIC. */
static int
read_format(const struct request_value *v, const struct rtpmap *m, struct request_format *f)
{
	int err = codec_format_parse(&f->format, f->name, m->clock_hz, m->channels,
		m->fmtp[0] != '\0' ? m->fmtp : NULL);

	if (err == -EINVAL)
		return request_bad(v, f->name,
			"clock, channels and fmtp that the codec can have; codec.list tells");
	if (err == 0)
		return 0;
	if (codec_by_name(f->name, strlen(f->name), 0) != NULL) {
		const struct request_value in = inside(v, "clock");

		return request_bad(&in, NULL, "one of the codec's; codec.list tells");
	}
	f->format = (struct codec_format){.codec = CODEC_NONE,
		.payload_type = CODEC_DYNAMIC,
		.channels = (uint8_t)(m->channels != 0 ? m->channels : 1),
		.rate = m->clock_hz};
	return 0;
}

static int
read_payload_type(const struct request_value *v, const json_t *j, struct request_format *f)
{
	uint32_t n = f->format.payload_type;
	const struct request_value in = inside(v, "payload_type");

	if (read_optional(v, j, "payload_type", 0, 127, &n) != 0)
		return -EINVAL;
	if (n == CODEC_DYNAMIC)
		return request_bad(&in, NULL, "0..127: this codec has none of its own");
	f->format.payload_type = (uint8_t)n;
	return 0;
}

static int
read_ptime(const struct request_value *v, const json_t *j, struct request_format *f)
{
	uint32_t n = f->format.ptime_ms;
	const struct request_value in = inside(v, "ptime");

	if (read_optional(v, j, "ptime", CODEC_PTIME_MIN, CODEC_PTIME_MAX, &n) != 0)
		return -EINVAL;
	if (f->format.codec == CODEC_NONE)
		return 0;
	if (codec_ptime(&f->format, n) != n)
		return request_bad(&in, NULL, "whole frames of the codec, in 10..60 ms");
	f->format.ptime_ms = (uint8_t)n;
	return 0;
}

static int
read_codec(const struct request_value *v, const json_t *j, struct request_format *f)
{
	const struct request_value name = inside(v, "name");
	struct rtpmap m = {0};

	if (!json_is_object(j))
		return request_bad(v, NULL, "an object");
	if (request_read_text(&name, json_object_get(j, "name"), f->name, sizeof f->name,
		    "the name of a codec, of 1..31 bytes") != 0 ||
		read_rtpmap(v, j, &m) != 0 || read_format(v, &m, f) != 0)
		return -EINVAL;
	return read_payload_type(v, j, f) != 0 ? -EINVAL : read_ptime(v, j, f);
}

/* A payload type means one codec. */
static int
check_twice(const struct request_value *v, const struct stream_request *s, unsigned n)
{
	const struct request_value in = inside(v, "payload_type");
	char got[8];

	for (unsigned i = 0; i < n; i++)
		if (s->format[i].format.payload_type == s->format[n].format.payload_type) {
			snprintf(got, sizeof got, "%u", s->format[n].format.payload_type);
			return request_bad(&in, got, "one that no codec before it has");
		}
	return 0;
}

int
request_take_formats(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	if (!json_is_array(j) || json_array_size(j) < 1 ||
		json_array_size(j) > REQUEST_FORMATS)
		return request_bad(v, NULL, "a list of one to eight codecs");
	for (s->formats = 0; s->formats < json_array_size(j); s->formats++) {
		const struct request_value in = at(v, s->formats);

		if (read_codec(&in, json_array_get(j, s->formats), &s->format[s->formats]) !=
				0 ||
			check_twice(&in, s, s->formats) != 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- Rules of a call. ---- */

/* The codec that J names; "other": all that are none of ours. */
static int
read_id(const struct request_value *v, const json_t *j, uint8_t *id)
{
	const char *name = json_string_value(j);
	const struct codec *c =
		name != NULL ? codec_by_name(name, json_string_length(j), 0) : NULL;

	if (c == NULL && (name == NULL || strcmp(name, "other") != 0))
		return request_bad(
			v, name, "a name of codec.list, or other: all that are not in it");
	*id = c != NULL ? c->id : CODEC_NONE;
	return 0;
}

static int
read_set(const struct request_value *v, const json_t *j, uint32_t *set)
{
	uint8_t id = CODEC_NONE;

	if (!json_is_array(j) || json_array_size(j) > CODECS)
		return request_bad(v, NULL, "a list of names of codecs");
	for (unsigned i = 0; i < json_array_size(j); i++) {
		const struct request_value in = at(v, i);

		if (read_id(&in, json_array_get(j, i), &id) != 0)
			return -EINVAL;
		*set |= UINT32_C(1) << id;
	}
	return 0;
}

static int
read_order(const struct request_value *v, const json_t *j, uint8_t order[REQUEST_PREFER])
{
	if (!json_is_array(j) || json_array_size(j) > REQUEST_PREFER)
		return request_bad(v, NULL, "a list of at most eight names of codecs");
	for (unsigned i = 0; i < json_array_size(j); i++) {
		const struct request_value in = at(v, i);

		if (read_id(&in, json_array_get(j, i), &order[i]) != 0)
			return -EINVAL;
		if (order[i] == CODEC_NONE)
			return request_bad(&in, "other", "one codec's name");
	}
	return 0;
}

int
request_read_rules(struct call_request *r, const json_t *j, struct fault *fault)
{
	const struct {
		const char *name;
		uint32_t *set;
	} sets[] = {
		{"allow", &r->rules.allow},
		{"deny", &r->rules.deny},
		{"mask", &r->rules.mask},
		{"transcode", &r->rules.transcode},
	};
	const struct request_value v = {.path = "codecs", .fault = fault};
	const struct request_value prefer = inside(&v, "prefer");
	const json_t *list;

	if (j == NULL)
		return 0;
	if (!json_is_object(j))
		return request_bad(&v, NULL, "an object");
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		const struct request_value in = inside(&v, sets[i].name);

		list = json_object_get(j, sets[i].name);
		if (list != NULL && read_set(&in, list, sets[i].set) != 0)
			return -EINVAL;
	}
	list = json_object_get(j, "prefer");
	if (list != NULL && read_order(&prefer, list, r->rules.prefer) != 0)
		return -EINVAL;
	r->has_rules = 1;
	return 0;
}

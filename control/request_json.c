/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON -> struct call_request.  One table row a field: where it goes and who reads it. */
#include "control/request_json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "control/base64.h"
#include "control/request_codecs.h"
#include "control/request_fax.h"
#include "control/request_mesh.h"
#include "control/request_value.h"

static int
bad_key(const struct request_value *v, const char *expected)
{
	fault_set(v->fault, FAULT_BAD_KEY, v->path, NULL, expected, "%s: expected %s", v->path,
		expected);
	return -EINVAL;
}

/* ---- Fields of a stream. ---- */

static int
take_media(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_word(v, j, request_media_words, &s->media);
}

static int
take_mux(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->rtcp_mux);
}

static int
take_direction(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_word(v, j, request_direction_words, &s->direction);
}

static int
take_source(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_word(v, j, request_source_words, &s->source);
}

static int
take_latch_ms(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_number(v, j, 1, REQUEST_LATCH_MAX, &s->latch_ms);
}

static int
take_clock(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_number(v, j, 1, REQUEST_CLOCK_MAX, &s->clock_hz);
}

static int
take_dscp(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	uint32_t n;

	if (request_read_number(v, j, 0, 63, &n) != 0)
		return -EINVAL;
	s->dscp = (uint8_t)n;
	return 0;
}

/* Any name will do: one that nothing is known of counts as not said. */
static int
take_codec(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	char name[REQUEST_CODEC];

	if (request_read_text(v, j, name, sizeof name, "the name of a codec") != 0)
		return -EINVAL;
	s->codec = (uint8_t)request_codec(name);
	return 0;
}

static int
take_gain(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	double db10 = json_number_value(j) * 10;

	/* Not a number is neither. */
	if (!json_is_number(j) || !(db10 >= REQUEST_GAIN_MIN && db10 <= REQUEST_GAIN_MAX))
		return request_bad(v, NULL, "-60..30");
	s->gain_db10 = (int16_t)lround(db10);
	return 0;
}

static int
take_mute(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->mute);
}

static int
take_block(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->block);
}

static int
take_echo(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->echo);
}

static int
take_fill(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->fill);
}

static int
take_closed(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->closed);
}

static int
take_reopen(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->reopen);
}

static int
take_wait(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->wait);
}

static int
take_pierce(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->pierce);
}

static int
take_avpf(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->avpf);
}

/* A keeps its port. */
static int
read_address(struct request_addr *a, const json_t *j, const struct request_value *v)
{
	uint16_t port = a->port;

	if (!json_is_string(j) || request_addr_parse(a, json_string_value(j)) != 0)
		return request_bad(v, json_string_value(j), "an IPv4 or IPv6 address");
	a->port = port;
	return 0;
}

static int
take_address(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return read_address(&s->remote, j, v);
}

static int
take_port(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	uint32_t n;

	if (request_read_number(v, j, 1, 65535, &n) != 0)
		return -EINVAL;
	s->remote.port = (uint16_t)n;
	return 0;
}

static int
take_rtcp_address(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return read_address(&s->rtcp, j, v);
}

static int
take_rtcp_port(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	uint32_t n;

	if (request_read_number(v, j, 1, 65535, &n) != 0)
		return -EINVAL;
	s->rtcp_port = (uint16_t)n;
	return 0;
}

static int
take_suite(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_text(v, j, s->suite, sizeof s->suite, "the name of a suite");
}

static int
read_key(
	uint8_t key[REQUEST_KEY], uint8_t *len, const json_t *j, const struct request_value *v)
{
	ssize_t n = json_is_string(j) ? base64_decode(key, REQUEST_KEY, json_string_value(j),
						json_string_length(j))
				      : -EINVAL;

	if (n == -ENOSPC)
		return bad_key(v, "key and salt of the suite's length");
	if (n <= 0)
		return bad_key(v, "base64 of key and salt");
	*len = (uint8_t)n;
	return 0;
}

static int
take_key(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return read_key(s->key, &s->key_len, j, v);
}

static int
take_our_key(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return read_key(s->our_key, &s->our_key_len, j, v);
}

static int
take_mki(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	const char *text = json_string_value(j);
	size_t len = json_string_length(j);

	if (!json_is_string(j) || len % 2 != 0 || len > 2 * sizeof s->mki ||
		strspn(text, hex) != len)
		return request_bad(v, NULL, "up to 16 bytes as hexadecimal digits");
	for (size_t i = 0; i < len; i += 2)
		s->mki[i / 2] = (uint8_t)((strchr(hex, text[i]) - hex) % 16 * 16 +
					  (strchr(hex, text[i + 1]) - hex) % 16);
	s->mki_len = (uint8_t)(len / 2);
	return 0;
}

static int
take_rekey(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->rekey);
}

static int
take_relatch(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &s->relatch);
}

struct field {
	const char *name;
	uint32_t has; /* the bit that its presence sets */
	int (*take)(struct stream_request *s, const json_t *j, const struct request_value *v);
	const struct field *fields; /* of an object, when there is no take */
};

static const struct field remote_fields[] = {
	{"address", 0, take_address, NULL},
	{"port", 0, take_port, NULL},
	{"rtcp_address", 0, take_rtcp_address, NULL},
	{"rtcp_port", 0, take_rtcp_port, NULL},
	{NULL, 0, NULL, NULL},
};

static const struct field srtp_fields[] = {
	{"suite", REQUEST_HAS_SUITE, take_suite, NULL},
	{"key", REQUEST_HAS_KEY, take_key, NULL},
	{"mki", REQUEST_HAS_MKI, take_mki, NULL},
	{"rekey", 0, take_rekey, NULL},
	{"our_key", REQUEST_HAS_OUR_KEY, take_our_key, NULL},
	{NULL, 0, NULL, NULL},
};

static const struct field stream_fields[] = {
	{"media", REQUEST_HAS_MEDIA, take_media, NULL},
	{"remote", REQUEST_HAS_REMOTE, NULL, remote_fields},
	{"rtcp_mux", REQUEST_HAS_MUX, take_mux, NULL},
	{"direction", REQUEST_HAS_DIRECTION, take_direction, NULL},
	{"source", REQUEST_HAS_SOURCE, take_source, NULL},
	{"latch_ms", REQUEST_HAS_LATCH_MS, take_latch_ms, NULL},
	{"relatch", 0, take_relatch, NULL},
	{"clock", REQUEST_HAS_CLOCK, take_clock, NULL},
	{"dscp", REQUEST_HAS_DSCP, take_dscp, NULL},
	{"codec", REQUEST_HAS_CODEC, take_codec, NULL},
	{"codecs", REQUEST_HAS_FORMATS, request_take_formats, NULL},
	{"gain_db", REQUEST_HAS_GAIN, take_gain, NULL},
	{"mute", REQUEST_HAS_MUTE, take_mute, NULL},
	{"block", REQUEST_HAS_BLOCK, take_block, NULL},
	{"echo", REQUEST_HAS_ECHO, take_echo, NULL},
	{"fill", REQUEST_HAS_FILL, take_fill, NULL},
	{"closed", REQUEST_HAS_CLOSED, take_closed, NULL},
	{"reopen", 0, take_reopen, NULL},
	{"wait", REQUEST_HAS_WAIT, take_wait, NULL},
	{"pierce", REQUEST_HAS_PIERCE, take_pierce, NULL},
	{"avpf", REQUEST_HAS_AVPF, take_avpf, NULL},
	{"fax", REQUEST_HAS_FAX, request_take_fax, NULL},
	{"srtp", 0, NULL, srtp_fields},
	{NULL, 0, NULL, NULL},
};

/* Read the FIELDS that are present in object J, whose path is V's. */
static int
read_fields(struct stream_request *s, const json_t *j, const struct field *fields,
	const struct request_value *v)
{
	if (!json_is_object(j))
		return request_bad(v, NULL, "an object");
	for (; fields->name != NULL; fields++) {
		const json_t *member = json_object_get(j, fields->name);
		struct request_value at = {.fault = v->fault};

		if (member == NULL)
			continue;
		snprintf(at.path, sizeof at.path, "%.*s.%s", (int)sizeof at.path - 16, v->path,
			fields->name);
		if ((fields->take != NULL ? fields->take(s, member, &at)
					  : read_fields(s, member, fields->fields, &at)) != 0)
			return -EINVAL;
		s->has |= fields->has;
	}
	return 0;
}

/* ---- Legs and the call. ---- */

static int
read_leg(struct leg_request *leg, const json_t *j, const struct request_value *at)
{
	const json_t *interface = json_object_get(j, "interface");
	const json_t *family = json_object_get(j, "family");
	const json_t *streams = json_object_get(j, "streams");
	struct request_value v = {.fault = at->fault};
	uint8_t word;

	snprintf(v.path, sizeof v.path, "%.32s.name", at->path);
	if (request_read_text(&v, json_object_get(j, "name"), leg->name, sizeof leg->name,
		    "a name of 1..64 bytes") != 0)
		return -EINVAL;
	if (request_read_mesh(&leg->mesh, j, at->path, at->fault) != 0)
		return -EINVAL;
	snprintf(v.path, sizeof v.path, "%.32s.interface", at->path);
	if (interface != NULL &&
		request_read_text(&v, interface, leg->interface, sizeof leg->interface,
			"the name of an interface") != 0)
		return -EINVAL;
	snprintf(v.path, sizeof v.path, "%.32s.family", at->path);
	if (family != NULL) {
		if (request_read_word(&v, family, request_family_words, &word) != 0)
			return -EINVAL;
		leg->family = word == 0 ? AF_INET : AF_INET6;
	}
	snprintf(v.path, sizeof v.path, "%.32s.streams", at->path);
	if (streams != NULL &&
		(!json_is_array(streams) || json_array_size(streams) > REQUEST_STREAMS))
		return request_bad(&v, NULL, "a list of up to 8 streams");
	leg->streams = (uint16_t)json_array_size(streams);
	for (unsigned i = 0; i < leg->streams; i++) {
		snprintf(v.path, sizeof v.path, "%.32s.streams[%u]", at->path, i);
		if (read_fields(&leg->stream[i], json_array_get(streams, i), stream_fields,
			    &v) != 0)
			return -EINVAL;
	}
	return 0;
}

static int
read_timeouts(struct call_request *r, const json_t *j, struct fault *fault)
{
	struct request_value v = {.path = "timeouts", .fault = fault};

	if (j != NULL && !json_is_object(j))
		return request_bad(&v, NULL, "an object");
	for (unsigned i = 0; i < TIMEOUTS; i++) {
		char name[16];
		const json_t *ms;

		snprintf(name, sizeof name, "%s_ms", timeout_words[i]);
		if ((ms = json_object_get(j, name)) == NULL)
			continue;
		snprintf(v.path, sizeof v.path, "timeouts.%s", name);
		if (request_read_number(&v, ms, 0, TIMEOUT_MAX_MS, &r->timeout_ms[i]) != 0)
			return -EINVAL;
		r->timeouts |= (uint8_t)(1u << i);
	}
	return 0;
}

/* What is said of the call as a whole. */
static int
read_call(struct call_request *r, const json_t *params, struct fault *fault)
{
	const json_t *e2e = json_object_get(params, "e2e");
	struct request_value v = {.path = "e2e", .fault = fault};
	uint8_t word;

	if (e2e != NULL) {
		if (request_read_word(&v, e2e, request_e2e_words, &word) != 0)
			return -EINVAL;
		r->e2e = 1;
	}
	if (request_read_rules(r, json_object_get(params, "codecs"), fault) != 0)
		return -EINVAL;
	return read_timeouts(r, json_object_get(params, "timeouts"), fault);
}

int
request_from_json(struct call_request *r, const json_t *params, struct fault *fault)
{
	const json_t *legs = json_object_get(params, "legs");
	struct request_value v = {.path = "call", .fault = fault};

	memset(r, 0, sizeof *r);
	if (request_read_text(&v, json_object_get(params, "call"), r->id, sizeof r->id,
		    "an id of 1..128 bytes") != 0)
		return -EINVAL;
	if (read_call(r, params, fault) != 0)
		return -EINVAL;
	strcpy(v.path, "legs");
	if (!json_is_array(legs) || json_array_size(legs) < 1 ||
		json_array_size(legs) > REQUEST_LEGS)
		return request_bad(&v, NULL, "one or two legs");
	r->legs = (unsigned)json_array_size(legs);
	for (unsigned i = 0; i < r->legs; i++) {
		snprintf(v.path, sizeof v.path, "legs[%u]", i);
		if (read_leg(&r->leg[i], json_array_get(legs, i), &v) != 0)
			return -EINVAL;
	}
	return request_check(r, fault);
}

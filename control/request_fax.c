/* SPDX-License-Identifier: Apache-2.0
 *
 * See request_fax.h. */
#include "control/request_fax.h"

#include <errno.h>
#include <stdio.h>

enum { DATAGRAM_MIN = 72 }; /* bytes; less holds no page worth its time */

static int
take_gateway(struct request_fax *f, const json_t *j, const struct request_value *v)
{
	return request_read_bool(v, j, &f->gateway);
}

static int
take_version(struct request_fax *f, const json_t *j, const struct request_value *v)
{
	uint32_t n;

	if (request_read_number(v, j, 0, REQUEST_FAX_VERSION_MAX, &n) != 0)
		return -EINVAL;
	f->version = (uint8_t)n;
	return 0;
}

static int
take_correction(struct request_fax *f, const json_t *j, const struct request_value *v)
{
	return request_read_word(v, j, request_correction_words, &f->correction);
}

static int
take_datagram(struct request_fax *f, const json_t *j, const struct request_value *v)
{
	uint32_t n;

	if (request_read_number(v, j, DATAGRAM_MIN, REQUEST_FAX_DATAGRAM_MAX, &n) != 0)
		return -EINVAL;
	f->max_datagram = (uint16_t)n;
	return 0;
}

static int
take_limits(struct request_fax *f, const json_t *j, const struct request_value *v)
{
	uint8_t word;

	if (!json_is_array(j))
		return request_bad(v, NULL, "a list of words");
	for (size_t i = 0; i < json_array_size(j); i++) {
		if (request_read_word(v, json_array_get(j, i), request_fax_words, &word) != 0)
			return -EINVAL;
		f->limits |= (uint8_t)(1u << word);
	}
	return 0;
}

int
request_take_fax(struct stream_request *s, const json_t *j, const struct request_value *v)
{
	static const struct {
		const char *name;
		int (*take)(
			struct request_fax *f, const json_t *j, const struct request_value *v);
	} rows[] = {
		{"gateway", take_gateway},
		{"version", take_version},
		{"correction", take_correction},
		{"max_datagram", take_datagram},
		{"without", take_limits},
	};

	if (!json_is_object(j))
		return request_bad(v, NULL, "an object");
	s->fax = (struct request_fax){
		.gateway = 1, .correction = REQUEST_CORRECTION_REDUNDANCY};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const json_t *member = json_object_get(j, rows[i].name);
		struct request_value at = {.fault = v->fault};

		snprintf(at.path, sizeof at.path, "%.*s.%s", (int)sizeof at.path - 16, v->path,
			rows[i].name);
		if (member != NULL && rows[i].take(&s->fax, member, &at) != 0)
			return -EINVAL;
	}
	return 0;
}

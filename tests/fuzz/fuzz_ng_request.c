/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of NG from anybody: a dictionary in bencode or JSON, or anything else as the string
 * of rtpp-flags, through the tables of control/ng_keys.c and ng_flags.c.  Whatever comes
 * becomes a request with values in their ranges and texts that can be read; the second time
 * the same one. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/bencode.h"
#include "control/ng.h"
#include "control/value_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
touch(struct slice s)
{
	uint64_t sum = s.len;

	for (size_t i = 0; i < s.len; i++)
		sum = sum * 31 + (uint8_t)s.at[i];
	return sum;
}

static uint64_t
touch_list(const struct ng_list *l)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->n; i++)
		sum += touch(l->at[i]);
	return sum;
}

static uint64_t
touch_attr(const struct ng_sdp_attr *attr)
{
	uint64_t sum = touch_list(&attr->add) + touch_list(&attr->remove);

	for (size_t i = 0; i < attr->substitutes; i++)
		sum += touch(attr->substitute[i].from) + touch(attr->substitute[i].to);
	return sum;
}

static uint64_t
check(const struct ng_request *r)
{
	uint64_t sum = r->flags + r->replace + r->sdes;

	assert(r->command < NG_COMMANDS && r->flags >> NG_FLAGS == 0);
	assert(r->replace >> NG_REPLACES == 0);
	assert(r->ice <= NG_ICE_FORCE_RELAY && r->dtls <= NG_DTLS_ACTIVE);
	assert(r->learning <= NG_LEARN_HEURISTIC && r->generate_rtcp <= NG_ON);
	assert(r->drop_traffic <= NG_ON && r->record_call <= NG_ON &&
		r->t38 >> (NG_T38_LIMITS + 6) == 0);
	assert(r->echo < NG_ECHOES);
	assert(r->unknown.n <= 16 && r->unknown.n <= r->unknowns);
	for (unsigned i = 0; i < NG_CODEC_OPS; i++)
		sum += touch_list(&r->codec[i]);
	for (unsigned i = 0; i < NG_ATTR_SCOPES; i++)
		sum += touch_attr(&r->sdp_attr[i]);
	sum += touch_list(&r->unknown) + touch_list(&r->from_tags) + touch_list(&r->sdes_no);
	sum += touch_list(&r->sdes_only) + touch_list(&r->sdes_order);
	sum += touch_list(&r->sdes_offerer_pref) + touch_list(&r->media_remove);
	return sum + touch(r->sdp) + touch(r->call_id) + touch(r->from_tag) +
	       touch(r->received_from) + touch(r->from_interface) + touch(r->to_interface) +
	       touch(r->transport_protocol) + touch(r->command_text) + touch(r->label);
}

static const struct value *
dictionary(struct arena *a, const char *text, size_t size)
{
	struct value *d;
	size_t used;

	if (size > 0 && text[0] == '{')
		return value_from_json(a, text, size);
	if (size > 0 && text[0] == 'd')
		return bencode_read(a, text, size, &used);
	d = value_dict(a);
	value_put_text(a, d, "rtpp-flags", (struct slice){text, size});
	return d;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1); /* exactly as long as it is */
	struct arena *a = arena_open(64 << 20);
	const struct value *d;
	struct ng_request r;
	uint64_t once;

	memcpy(text, data, size);
	d = dictionary(a, text, size);
	if (d != NULL && ng_request_read(&r, d, a) == 0) {
		once = check(&r);
		assert(ng_request_read(&r, d, a) != 0 || check(&r) == once);
	}
	arena_close(a);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What requests mean in themselves; see request.h. */
#include "control/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const request_media_words[] = {"audio", "video", "application", "image", NULL};
const char *const request_direction_words[] = {
	"sendrecv", "sendonly", "recvonly", "inactive", NULL};
const char *const request_source_words[] = {
	"auto", "signalled", "latch", "any", "best", "newest", NULL};
const char *const request_family_words[] = {"ipv4", "ipv6", NULL};
const char *const request_leg_words[] = {"rtp", "vomp", NULL};
const char *const request_codec_words[] = {"other", "PCMU", "PCMA", "G729", "G723", "GSM-EFR",
	"AMR", "unrated", "GSM", "G726-16", "G726-24", "G726-32", "G726-40", "G722", "AMR-WB",
	"L16", "opus", NULL};
static_assert(sizeof request_codec_words / sizeof *request_codec_words == REQUEST_CODECS + 1,
	"a word a codec");
const char *const request_e2e_words[] = {"required", NULL};
const char *const request_correction_words[] = {"none", "redundancy", "fec", NULL};
const char *const request_fax_words[] = {"ecm", "v17", "v29", "v27ter", "v34", "iaf", NULL};
const char *const timeout_words[] = {"setup", "media", "hold", "total", NULL};

int
request_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

enum request_codec
request_codec(const char *name)
{
	for (unsigned i = 0; i < REQUEST_CODECS; i++)
		if (strcasecmp(name, request_codec_words[i]) == 0)
			return (enum request_codec)i;
	return REQUEST_OTHER;
}

int
request_addr_parse(struct request_addr *a, const char *text)
{
	memset(a, 0, sizeof *a);
	if (inet_pton(AF_INET, text, a->ip) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, text, a->ip) == 1)
		a->family = AF_INET6;
	else
		return -EINVAL;
	return 0;
}

/* Addresses that nobody answers from: prefixes of RFC 6890 and RFC 4291. */
static const struct {
	uint16_t family;
	uint8_t bits;
	uint8_t ip[16];
} unusable[] = {
	{AF_INET, 8, {0}},         /* this network */
	{AF_INET, 16, {169, 254}}, /* link-local: means another link on every interface */
	{AF_INET, 4, {224}},       /* multicast */
	{AF_INET, 4, {240}},       /* reserved, broadcast */
	{AF_INET6, 128, {0}},      /* unspecified */
	{AF_INET6, 96, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}}, /* IPv4-mapped */
	{AF_INET6, 10, {0xfe, 0x80}},                               /* link-local */
	{AF_INET6, 8, {0xff}},                                      /* multicast */
};

bool
request_addr_is_usable(const struct request_addr *a)
{
	for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
		unsigned whole = unusable[i].bits / 8;
		uint8_t mask = (uint8_t)(0xff00 >> unusable[i].bits % 8);

		if (unusable[i].family != a->family ||
			memcmp(unusable[i].ip, a->ip, whole) != 0)
			continue;
		if (mask == 0 || ((unusable[i].ip[whole] ^ a->ip[whole]) & mask) == 0)
			return false;
	}
	return a->family == AF_INET || a->family == AF_INET6;
}

/* Where a check stands, for the path of a fault. */
struct at {
	unsigned leg, stream;
	struct fault *fault;
};

static int
bad(const struct at *at, const char *field, const char *got, const char *expected)
{
	char path[sizeof at->fault->field];

	snprintf(path, sizeof path, "legs[%u].streams[%u].%s", at->leg, at->stream, field);
	return fault_set(at->fault, FAULT_BAD_REQUEST, path, got, expected, "%s: expected %s",
		path, expected);
}

static const char *
address_text(const struct request_addr *a, char text[INET6_ADDRSTRLEN])
{
	text[0] = '\0';
	if (a->family == AF_INET || a->family == AF_INET6)
		inet_ntop(a->family, a->ip, text, INET6_ADDRSTRLEN);
	return text;
}

/* Where the party of S wants its RTCP. */
static int
check_rtcp(const struct at *at, const struct stream_request *s)
{
	const struct request_addr *a = &s->rtcp;
	bool mux = s->has & REQUEST_HAS_MUX && s->rtcp_mux;
	char text[INET6_ADDRSTRLEN];

	if (a->family != 0 && (!request_addr_is_usable(a) || a->family != s->remote.family))
		return bad(at, "remote.rtcp_address", address_text(a, text),
			"a unicast address of the family of remote.address, neither"
			" link-local nor unspecified");
	if (a->family != 0 && mux && memcmp(a->ip, s->remote.ip, sizeof a->ip) != 0)
		return bad(at, "remote.rtcp_address", address_text(a, text),
			"remote.address, or nothing, with rtcp_mux");
	if (mux && s->rtcp_port != 0 && s->rtcp_port != s->remote.port)
		return bad(at, "remote.rtcp_port", NULL,
			"the RTP port, or nothing, with rtcp_mux");
	return 0;
}

static int
check_remote(
	const struct at *at, const struct leg_request *leg, const struct stream_request *s)
{
	char text[INET6_ADDRSTRLEN];

	address_text(&s->remote, text);
	if (!request_addr_is_usable(&s->remote) &&
		!(leg->mesh.used && s->remote.family == REQUEST_AF_MESH))
		return bad(at, "remote.address", text,
			"a unicast address that is neither link-local nor unspecified");
	if (leg->family != 0 && leg->family != s->remote.family)
		return bad(at, "remote.address", text, "an address of the leg's family");
	if (s->remote.port == 0)
		return bad(at, "remote.port", "0", "1..65535");
	return check_rtcp(at, s);
}

static int
check_stream(
	const struct at *at, const struct leg_request *leg, const struct stream_request *s)
{
	/* Names of numbers, for the front ends that have no field table. */
	const struct {
		uint32_t bit;
		const char *field;
		uint32_t value, min, max;
		const char *expected;
	} ranges[] = {
		{REQUEST_HAS_MEDIA, "media", s->media, 0, REQUEST_MEDIA - 1,
			"a kind of media"},
		{REQUEST_HAS_DIRECTION, "direction", s->direction, 0, REQUEST_DIRECTIONS - 1,
			"a direction"},
		{REQUEST_HAS_SOURCE, "source", s->source, 0, REQUEST_SOURCES - 1,
			"a source rule"},
		{REQUEST_HAS_MUX, "rtcp_mux", s->rtcp_mux, 0, 1, "true or false"},
		{REQUEST_HAS_DSCP, "dscp", s->dscp, 0, 63, "0..63"},
		{REQUEST_HAS_LATCH_MS, "latch_ms", s->latch_ms, 1, REQUEST_LATCH_MAX,
			"1..60000"},
		{REQUEST_HAS_CLOCK, "clock", s->clock_hz, 1, REQUEST_CLOCK_MAX, "1..1000000"},
		{REQUEST_HAS_KEY, "srtp.key", s->key_len, 1, REQUEST_KEY, "a key and a salt"},
		{REQUEST_HAS_OUR_KEY, "srtp.our_key", s->our_key_len, 1, REQUEST_KEY,
			"a key and a salt"},
		{REQUEST_HAS_CLOSED, "closed", s->closed, 0, 1, "true or false"},
		{REQUEST_HAS_AVPF, "avpf", s->avpf, 0, 1, "true or false"},
		{REQUEST_HAS_FAX, "fax.version", s->fax.version, 0, REQUEST_FAX_VERSION_MAX,
			"0..3"},
		{REQUEST_HAS_FAX, "fax.correction", s->fax.correction, 0,
			REQUEST_CORRECTIONS - 1, "a way of error correction"},
		{REQUEST_HAS_FAX, "fax.without",
			(s->fax.limits & REQUEST_FAX_MODEMS) == REQUEST_FAX_MODEMS, 0, 0,
			"one of v17, v29 and v27ter that stays"},
		{REQUEST_HAS_MKI, "srtp.mki", s->mki_len, 0, REQUEST_MKI, "up to 16 bytes"},
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (s->has & ranges[i].bit &&
			(ranges[i].value < ranges[i].min || ranges[i].value > ranges[i].max))
			return bad(at, ranges[i].field, NULL, ranges[i].expected);
	return s->has & REQUEST_HAS_REMOTE ? check_remote(at, leg, s) : 0;
}

static int
check_leg(const struct call_request *r, unsigned i, struct fault *fault)
{
	const struct leg_request *leg = &r->leg[i];
	char path[32];

	snprintf(path, sizeof path, "legs[%u].name", i);
	if (leg->name[0] == '\0')
		return fault_set(
			fault, FAULT_BAD_REQUEST, path, "", "a name", "a leg needs a name");
	if (i > 0 && strcmp(leg->name, r->leg[0].name) == 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path, leg->name,
			"two different names", "both legs have the same name");
	if (leg->streams > REQUEST_STREAMS) {
		snprintf(path, sizeof path, "legs[%u].streams", i);
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL, "1..8 streams",
			"too many streams");
	}
	for (unsigned j = 0; j < leg->streams; j++)
		if (check_stream(&(struct at){i, j, fault}, leg, &leg->stream[j]) != 0)
			return -EINVAL;
	return 0;
}

static int
check_timeouts(const struct call_request *r, struct fault *fault)
{
	char path[32];

	for (unsigned i = 0; i < TIMEOUTS; i++) {
		if (!(r->timeouts & 1u << i) || r->timeout_ms[i] == 0 ||
			(r->timeout_ms[i] >= TIMEOUT_MIN_MS &&
				r->timeout_ms[i] <= TIMEOUT_MAX_MS))
			continue;
		snprintf(path, sizeof path, "timeouts.%s_ms", timeout_words[i]);
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL,
			"0, for none, or 1000..604800000 milliseconds",
			"%s: expected 0, for none, or 1000..604800000 milliseconds", path);
	}
	return 0;
}

int
request_check(const struct call_request *r, struct fault *fault)
{
	if (r->id[0] == '\0')
		return fault_set(fault, FAULT_BAD_REQUEST, "call", "", "1..128 bytes",
			"a call needs an id");
	if (r->legs < 1 || r->legs > REQUEST_LEGS)
		return fault_set(fault, FAULT_BAD_REQUEST, "legs", NULL, "one or two legs",
			"a call has one or two legs");
	for (unsigned i = 0; i < r->legs; i++)
		if (check_leg(r, i, fault) != 0)
			return -EINVAL;
	return check_timeouts(r, fault);
}

void
request_wipe(struct call_request *r)
{
	explicit_bzero(r, sizeof *r);
}

void
request_clear(struct call_request *r)
{
	for (unsigned i = 0; i < r->legs; i++) {
		struct leg_request *l = &r->leg[i];

		explicit_bzero(l->stream, l->streams * sizeof *l->stream);
		explicit_bzero(l, offsetof(struct leg_request, stream));
	}
	explicit_bzero(r, offsetof(struct call_request, leg));
}

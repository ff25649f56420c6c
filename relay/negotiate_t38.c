/* SPDX-License-Identifier: Apache-2.0
 *
 * What an m= line of T.38 says of it: ITU-T T.38 annex D; registered by RFC 3362. */
#include <errno.h>
#include <strings.h>

#include "relay/negotiate_inside.h"

/* What we say of ourselves: bytes that we hold back, and of the longest datagram. */
#define MAX_BUFFER "1800"
#define MAX_DATAGRAM "1400"

bool
negotiate_is_t38(const struct sdp_media *m)
{
	return slice_is_nocase(m->type, "image") && protocol_of(m->protocol) == 0 &&
	       m->formats > 0 && slice_is_nocase(m->format[0].text, "t38");
}

/* Attribute NAME of M, in whatever case; at NULL: there is none. */
static struct slice
attribute(const struct sdp_media *m, const char *name)
{
	for (const struct sdp_attr *a = m->others.first; a != NULL; a = a->next)
		if (slice_is_nocase(a->name, name))
			return slice_trim(a->value);
	return (struct slice){NULL, 0};
}

static unsigned
number(const struct sdp_media *m, const char *name, unsigned max)
{
	struct slice text = attribute(m, name);
	uint64_t n = 0;

	return text.at != NULL && slice_number(text, UINT32_MAX, &n) == 0
		       ? (n < max ? (unsigned)n : max)
		       : 0;
}

/* Who says nothing of it can at least leave out what it does not know. */
static enum request_correction
correction(const struct sdp_media *m)
{
	struct slice said = attribute(m, "T38FaxUdpEC");

	if (slice_is_nocase(said, "t38UDPFEC"))
		return REQUEST_CORRECTION_FEC;
	return slice_is_nocase(said, "t38UDPNoEC") ? REQUEST_CORRECTION_NONE
						   : REQUEST_CORRECTION_REDUNDANCY;
}

struct request_fax
negotiate_read_t38(const struct sdp_media *m, unsigned version)
{
	return (struct request_fax){
		.gateway = 1,
		.version = (uint8_t)number(m, "T38FaxVersion", version),
		.correction = (uint8_t)correction(m),
		.max_datagram =
			(uint16_t)number(m, "T38FaxMaxDatagram", REQUEST_FAX_DATAGRAM_MAX),
	};
}

int
negotiate_drop_t38(struct sdp_media *m, struct arena *a)
{
	const struct sdp_attr *all = m->others.first;

	m->others = (struct sdp_attrs){NULL, NULL};
	for (; all != NULL; all = all->next)
		if (all->name.len < 3 || strncasecmp(all->name.at, "T38", 3) != 0)
			if (sdp_attr_add(&m->others, a, all->name, all->value) != 0)
				return -ENOMEM;
	return 0;
}

/* Bits a second of the fastest modem that is left of those but NO; V.17, which comes with both
 * others alone, V.29, V.27ter. */
static struct slice
bit_rate(unsigned no)
{
	if (!(no & REQUEST_FAX_MODEMS))
		return SLICE("14400");
	return no & REQUEST_FAX_NO_V29 ? SLICE("4800") : SLICE("9600");
}

/* In the order of rtpengine 26.3. */
int
negotiate_tell_t38(
	struct sdp_media *m, const struct request_fax *f, unsigned limits, struct arena *a)
{
	static const char *const corrections[] = {
		[REQUEST_CORRECTION_NONE] = "t38UDPNoEC",
		[REQUEST_CORRECTION_REDUNDANCY] = "t38UDPRedundancy",
		[REQUEST_CORRECTION_FEC] = "t38UDPFEC",
	};
	const struct {
		const char *name;
		struct slice value;
	} rows[] = {
		{"T38FaxVersion", arena_decimal(a, f->version)},
		{"T38MaxBitRate", bit_rate(limits)},
		{"T38FaxRateManagement", SLICE("transferredTCF")},
		{"T38FaxMaxBuffer", SLICE(MAX_BUFFER)},
		{"T38FaxMaxDatagram", SLICE(MAX_DATAGRAM)},
		{"T38FaxUdpEC", slice_of(corrections[f->correction])},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].value.at == NULL ||
			sdp_attr_add(&m->others, a, slice_of(rows[i].name), rows[i].value) !=
				0)
			return -ENOMEM;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * telephone-event, RFC 4733: what is sent instead of the tones of keys, and passes as it is.
 * See event.h. */
#include "codecs/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/fmtp.h"
#include "codecs/rows.h"

int
event_parse(const uint8_t *payload, size_t len, struct event_payload *e)
{
	if (len < EVENT_PAYLOAD)
		return -EBADMSG;
	*e = (struct event_payload){
		.event = payload[0],
		.is_end = (payload[1] & 0x80) != 0,
		.volume = payload[1] & 0x3f,
		.duration = (uint16_t)(payload[2] << 8 | payload[3]),
	};
	return 0;
}

void
event_print(const struct event_payload *e, uint8_t payload[EVENT_PAYLOAD])
{
	payload[0] = e->event;
	payload[1] = (uint8_t)((e->is_end ? 0x80 : 0) | (e->volume & 0x3f));
	payload[2] = (uint8_t)(e->duration >> 8);
	payload[3] = (uint8_t)e->duration;
}

/* A number 0..255 at *TEXT, which moves on behind it; -1: there is none. */
static int
take_event(const char **text)
{
	unsigned long n;
	char *end;

	if (**text < '0' || **text > '9' || (n = strtoul(*text, &end, 10)) > 255)
		return -1;
	*text = end;
	return (int)n;
}

/* "0-15,66,70", section 2.4.1; what is beyond the bits of modes is of no use to telephones. */
static int
fmtp_take(struct codec_format *f, const char *text)
{
	struct fmtp_param p;
	uint32_t modes = 0;

	if (!fmtp_next(&text, &p))
		return 0;
	text = p.name;
	do {
		int low = take_event(&text), high = low;

		if (*text == '-') {
			text++;
			high = take_event(&text);
		}
		if (low < 0 || high < low)
			return -EINVAL;
		for (int i = low; i <= high && i < 32; i++)
			modes |= UINT32_C(1) << i;
	} while (*text == ',' && text++ < p.name + p.name_len);
	if (text != p.name + p.name_len)
		return -EINVAL;
	f->modes = modes;
	return 0;
}

static void
fmtp_print(const struct codec_format *f, char *text)
{
	uint32_t modes = f->modes != 0 ? f->modes : 0x1ffff;
	size_t n = 0;

	text[0] = '\0';
	for (unsigned low = 0, high; low < 32; low = high + 1) {
		for (high = low; high < 32 && modes >> high & 1; high++)
			;
		if (high == low)
			continue;
		n += (size_t)snprintf(text + n, CODEC_FMTP - n,
			high - low > 1 ? "%s%u-%u" : "%s%u", n > 0 ? "," : "", low, high - 1);
	}
}

static int
samples(const struct codec_format *f, const uint8_t *payload, size_t len)
{
	return len >= EVENT_PAYLOAD ? 0 : -EBADMSG;
}

/* Never opened: there is no sound in it. */
const struct codec codec_event = {
	.name = "telephone-event",
	.help = "keys pressed, passed on (RFC 4733)",
	.id = CODEC_EVENT,
	.kind = CODEC_EVENTS,
	.cost = CODEC_COST_TABLE,
	.complexity = 255,
	.channels = 1,
	.ptime_ms = 20,
	.rate = {8000, 16000, 24000, 32000, 48000},
	.bitrate = 1600,
	.fmtp_parse = fmtp_take,
	.fmtp_print = fmtp_print,
	.samples = samples,
};

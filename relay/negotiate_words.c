/* SPDX-License-Identifier: Apache-2.0
 *
 * What the words of an SDP mean, and of NG where it has the same ones: protocols and media of
 * m=, addresses, directions. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "relay/negotiate_inside.h"

/* ---- Protocols and media. ---- */

static const struct {
	const char *name;
	int bits;
} protocols[] = {
	{"RTP/AVP", PROTOCOL_RTP},
	{"RTP/SAVP", PROTOCOL_RTP | PROTOCOL_SECURE},
	{"RTP/AVPF", PROTOCOL_RTP | PROTOCOL_FEEDBACK},
	{"RTP/SAVPF", PROTOCOL_RTP | PROTOCOL_SECURE | PROTOCOL_FEEDBACK},
	{"UDP/TLS/RTP/SAVP", PROTOCOL_RTP | PROTOCOL_SECURE | PROTOCOL_DTLS},
	{"UDP/TLS/RTP/SAVPF",
		PROTOCOL_RTP | PROTOCOL_SECURE | PROTOCOL_FEEDBACK | PROTOCOL_DTLS},
	{"udptl", 0},
};

int
protocol_of(struct slice name)
{
	for (unsigned i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (slice_is_nocase(name, protocols[i].name))
			return protocols[i].bits;
	return -1;
}

struct slice
protocol_spelled(struct slice name)
{
	for (unsigned i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (slice_is_nocase(name, protocols[i].name))
			return slice_of(protocols[i].name);
	return name;
}

bool
protocol_is_rtp(struct slice name)
{
	int bits = protocol_of(name);

	return bits > 0 && (bits & PROTOCOL_RTP);
}

struct slice
protocol_with(struct slice name, bool secure)
{
	bool feedback = (protocol_of(name) & PROTOCOL_FEEDBACK) != 0;

	return secure ? (feedback ? SLICE("RTP/SAVPF") : SLICE("RTP/SAVP"))
		      : (feedback ? SLICE("RTP/AVPF") : SLICE("RTP/AVP"));
}

bool
protocol_is_other(struct slice a, struct slice b)
{
	int one = protocol_of(a), other = protocol_of(b);

	return (one < 0) != (other < 0) || (one & PROTOCOL_RTP) != (other & PROTOCOL_RTP);
}

/* RFC 8866 section 5.14; RFC 6466 (image). */
const char *
media_known(struct slice type)
{
	static const char *const types[] = {
		"audio", "video", "text", "application", "message", "image"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_is_nocase(type, types[i]))
			return types[i];
	return NULL;
}

struct slice
media_spelled(struct slice type)
{
	const char *name = media_known(type);

	return name != NULL ? slice_of(name) : type;
}

/* ---- Addresses. ---- */

uint16_t
negotiate_family_word(struct slice word)
{
	return slice_is_nocase(word, "IP4")   ? AF_INET
	       : slice_is_nocase(word, "IP6") ? AF_INET6
					      : 0;
}

struct slice
negotiate_unbracketed(struct slice text)
{
	if (text.len > 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
		return (struct slice){text.at + 1, text.len - 2};
	return text;
}

int
negotiate_read_address(struct slice text, struct request_addr *to)
{
	char word[INET6_ADDRSTRLEN + 1];

	text = negotiate_unbracketed(text);
	return slice_copy(text, word, sizeof word) == 0 ? request_addr_parse(to, word)
							: -EINVAL;
}

/* ---- Directions. ---- */

bool
negotiate_sends(uint8_t direction)
{
	return direction == REQUEST_SENDRECV || direction == REQUEST_SENDONLY;
}

bool
negotiate_receives(uint8_t direction)
{
	return direction == REQUEST_SENDRECV || direction == REQUEST_RECVONLY;
}

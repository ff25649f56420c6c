/* SPDX-License-Identifier: Apache-2.0
 *
 * See pcapng.h; section and option numbers are the draft's. */
#include "dataplane/pcapng.h"

#include <string.h>

enum {
	/* 4.1, 4.2, 4.3: types of blocks */
	SECTION = 0x0a0d0d0a,
	INTERFACE = 1,
	PACKET = 6,

	BYTE_ORDER = 0x1a2b3c4d,
	ETHERNET = 1, /* LINKTYPE_ETHERNET */

	/* options, and in which block they mean that */
	END_OF_OPTIONS = 0,
	COMMENT = 1,
	SECTION_PROGRAM = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	PACKET_FLAGS = 2,

	NANOSECONDS = 9, /* 10^-9 s */
	INBOUND = 1,
	OUTBOUND = 2,
};

/* A block that is being written.  What no longer fits is left out, and makes `full`. */
struct block {
	uint8_t *to;
	size_t room, len;
	bool full;
};

static void
put(struct block *b, const void *bytes, size_t n)
{
	static const uint8_t zero[4];
	size_t pad = -n % 4;

	if (b->full || n + pad > b->room - b->len) {
		b->full = true;
		return;
	}
	memcpy(b->to + b->len, bytes, n);
	memcpy(b->to + b->len + n, zero, pad);
	b->len += n + pad;
}

static void
put16(struct block *b, uint16_t first, uint16_t second)
{
	const uint16_t pair[2] = {first, second};

	put(b, pair, sizeof pair);
}

static void
put32(struct block *b, uint32_t v)
{
	put(b, &v, sizeof v);
}

static void
put_option(struct block *b, uint16_t code, const void *value, size_t len)
{
	if (len > UINT16_MAX)
		len = UINT16_MAX;
	put16(b, code, (uint16_t)len);
	put(b, value, len);
}

static struct block
begin(uint8_t *to, size_t room, uint32_t type)
{
	struct block b = {.to = to, .room = room};

	put32(&b, type);
	put32(&b, 0); /* the length, which end() knows */
	return b;
}

/* The length of a block stands at either end of it, so that it can be read backwards, too. */
static size_t
end(struct block *b)
{
	uint32_t whole = (uint32_t)(b->len + sizeof whole);

	put32(b, whole);
	if (b->full)
		return 0;
	memcpy(b->to + sizeof whole, &whole, sizeof whole);
	return b->len;
}

size_t
pcapng_section(uint8_t *to, size_t room, const char *program, const char *comment)
{
	struct block b = begin(to, room, SECTION);

	put32(&b, BYTE_ORDER);
	put16(&b, 1, 0);       /* version of the format */
	put32(&b, UINT32_MAX); /* the section's length, of 64 bits: until the file ends */
	put32(&b, UINT32_MAX);
	put_option(&b, COMMENT, comment, strlen(comment));
	put_option(&b, SECTION_PROGRAM, program, strlen(program));
	put16(&b, END_OF_OPTIONS, 0);
	return end(&b);
}

size_t
pcapng_interface(uint8_t *to, size_t room, const char *name, uint32_t snaplen)
{
	static const uint8_t resolution = NANOSECONDS;
	struct block b = begin(to, room, INTERFACE);

	put16(&b, ETHERNET, 0);
	put32(&b, snaplen);
	put_option(&b, INTERFACE_NAME, name, strlen(name));
	put_option(&b, INTERFACE_RESOLUTION, &resolution, sizeof resolution);
	put16(&b, END_OF_OPTIONS, 0);
	return end(&b);
}

size_t
pcapng_packet(uint8_t *to, size_t room, const struct pcapng_packet *p)
{
	const uint32_t flags = p->out ? OUTBOUND : INBOUND;
	struct block b = begin(to, room, PACKET);

	put32(&b, p->interface);
	put32(&b, (uint32_t)(p->ns >> 32));
	put32(&b, (uint32_t)p->ns);
	put32(&b, p->kept);
	put32(&b, p->len);
	put(&b, p->frame, p->kept);
	put_option(&b, PACKET_FLAGS, &flags, sizeof flags);
	put16(&b, END_OF_OPTIONS, 0);
	return end(&b);
}

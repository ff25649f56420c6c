/* SPDX-License-Identifier: Apache-2.0
 *
 * An SDP line by line, RFC 8866 section 9.  The order of lines within their level is not
 * looked at, for phones do not keep it.  Time grows with the length alone.  Pure. */
#include <string.h>

#include "control/sdp_reader.h"

struct slice
sdp_word(struct slice *s)
{
	struct slice word;

	while (s->len > 0 && s->at[0] == ' ')
		slice_cut(s, ' ');
	word = *s;
	return word.len > 0 ? slice_cut(s, ' ') : word;
}

int
sdp_take_text(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_text **list = at;
	struct sdp_text *t = arena_take(r->a, sizeof *t);

	if (t == NULL)
		return SDP_NO_MEMORY;
	*t = (struct sdp_text){value, *list};
	*list = t;
	return SDP_OK;
}

struct sdp_text *
sdp_text_turn(struct sdp_text *list)
{
	struct sdp_text *turned = NULL, *next;

	for (; list != NULL; list = next) {
		next = list->next;
		list->next = turned;
		turned = list;
	}
	return turned;
}

/* ---- Lines. ---- */

static int
take_slice(struct sdp_reader *r, void *at, struct slice value)
{
	*(struct slice *)at = value;
	return SDP_OK;
}

static int
take_nothing(struct sdp_reader *r, void *at, struct slice value)
{
	return SDP_OK;
}

/* ADDRESS may have a lifetime and a count behind a slash (multicast), or be a name. */
static void
read_addr(struct sdp_connection *c)
{
	static const uint8_t zero[16];
	struct slice rest = c->address;
	char text[64];

	if (slice_copy(slice_cut(&rest, '/'), text, sizeof text) != 0 ||
		request_addr_parse(&c->addr, text) != 0)
		c->addr = (struct request_addr){0};
	c->zero = c->addr.family != 0 && memcmp(c->addr.ip, zero, sizeof zero) == 0;
}

int
sdp_take_connection(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_connection *c = at;
	bool internet = slice_is(sdp_word(&value), "IN");

	*c = (struct sdp_connection){.family = sdp_word(&value), .address = sdp_word(&value)};
	if (!internet || c->address.len == 0)
		return SDP_SYNTAX;
	read_addr(c);
	return SDP_OK;
}

static int
take_origin(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp_origin *o = at;
	bool internet;

	o->user = sdp_word(&value);
	o->session = sdp_word(&value);
	o->version = sdp_word(&value);
	internet = slice_is(sdp_word(&value), "IN");
	o->family = sdp_word(&value);
	o->address = sdp_word(&value);
	return internet && o->address.len > 0 ? SDP_OK : SDP_SYNTAX;
}

static int
read_ports(struct sdp_media *m, struct slice text)
{
	uint64_t port, ports = 1;
	struct slice first = slice_cut(&text, '/');

	if (slice_number(first, UINT16_MAX, &port) != 0)
		return SDP_SYNTAX;
	if (text.len > 0 && (slice_number(text, UINT16_MAX, &ports) != 0 || ports == 0))
		return SDP_SYNTAX;
	m->port = (uint32_t)port;
	m->ports = (uint32_t)ports;
	return SDP_OK;
}

static int
take_media(struct sdp_reader *r, void *at, struct slice value)
{
	struct sdp *s = r->s;
	struct sdp_media *m = &s->media[s->medias];

	if (s->medias == SDP_MEDIA)
		return SDP_TOO_MUCH;
	s->medias++;
	*m = r->common;
	r->media = m;
	m->type = sdp_word(&value);
	if (read_ports(m, sdp_word(&value)) != SDP_OK)
		return SDP_SYNTAX;
	m->protocol = sdp_word(&value);
	return m->protocol.len > 0 ? sdp_formats_read(r, value) : SDP_SYNTAX;
}

static int
take_attribute(struct sdp_reader *r, void *at, struct slice value)
{
	return sdp_attr_read(r, value);
}

#define NOWHERE SIZE_MAX /* at this level the line is dropped */

static const struct line {
	char letter;
	sdp_take *take;
	size_t session, media; /* offsets in struct sdp and struct sdp_media */
} lines[] = {
	{'a', take_attribute, 0, 0},
	{'b', sdp_take_text, offsetof(struct sdp, bandwidth),
		offsetof(struct sdp_media, bandwidth)},
	{'c', sdp_take_connection, offsetof(struct sdp, connection),
		offsetof(struct sdp_media, connection)},
	{'e', sdp_take_text, offsetof(struct sdp, email), NOWHERE},
	{'i', take_slice, offsetof(struct sdp, title), offsetof(struct sdp_media, title)},
	{'k', take_nothing, NOWHERE, NOWHERE},
	{'m', take_media, 0, 0},
	{'o', take_origin, offsetof(struct sdp, origin), NOWHERE},
	{'p', sdp_take_text, offsetof(struct sdp, phone), NOWHERE},
	{'r', take_nothing, NOWHERE, NOWHERE},
	{'s', take_slice, offsetof(struct sdp, name), NOWHERE},
	{'t', sdp_take_text, offsetof(struct sdp, timing), NOWHERE},
	{'u', sdp_take_text, offsetof(struct sdp, uri), NOWHERE},
	{'z', take_nothing, NOWHERE, NOWHERE},
};

static const struct line *
find_line(char letter)
{
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (lines[i].letter == letter)
			return &lines[i];
	return NULL;
}

static int
read_line(struct sdp_reader *r, struct slice text)
{
	const struct line *line = text.len >= 2 ? find_line(text.at[0]) : NULL;
	bool session = sdp_in_session(r);
	char *base = session ? (char *)r->s : (char *)r->media;
	size_t offset;

	if (line == NULL || text.at[1] != '=')
		return SDP_SYNTAX;
	offset = session ? line->session : line->media;
	if (offset == NOWHERE)
		return SDP_OK;
	return line->take(r, base + offset, (struct slice){text.at + 2, text.len - 2});
}

/* The next line of TEXT without its end, which is taken off it.  False: there is none.  *BAD:
 * it has what another reader might take for the end of a line. */
static bool
next_line(struct slice *text, struct slice *line, bool *bad)
{
	const char *cr;

	if (text->len == 0)
		return false;
	*line = slice_cut(text, '\n');
	cr = memchr(line->at, '\r', line->len);
	if (cr != NULL && line->at[line->len - 1] == '\r')
		line->len--;
	*bad = cr != NULL && cr != line->at + line->len;
	return line->len > 0;
}

/* The first NUL of TEXT, which another reader might take for its end; else its end. */
static const char *
find_nul(struct slice text)
{
	const char *nul = memchr(text.at, '\0', text.len);

	return nul != NULL ? nul : text.at + text.len;
}

static int
read_lines(struct sdp_reader *r, struct slice text)
{
	const char *nul;
	struct slice line;
	int err = SDP_OK;
	size_t n = 1;
	bool bad;

	if (!next_line(&text, &line, &bad) || !slice_is(line, "v=0"))
		return SDP_SYNTAX;
	nul = find_nul(text);
	while (err == SDP_OK && next_line(&text, &line, &bad)) {
		if (++n > SDP_LINES)
			return SDP_TOO_MUCH;
		bad = bad || line.at + line.len > nul;
		err = bad ? SDP_SYNTAX : read_line(r, line);
	}
	return err;
}

/* ---- The whole. ---- */

static void
turn_lists(struct sdp *s)
{
	s->uri = sdp_text_turn(s->uri);
	s->email = sdp_text_turn(s->email);
	s->phone = sdp_text_turn(s->phone);
	s->bandwidth = sdp_text_turn(s->bandwidth);
	s->timing = sdp_text_turn(s->timing);
	s->groups = sdp_text_turn(s->groups);
	for (struct sdp_media *m = s->media; m < s->media + s->medias; m++) {
		m->bandwidth = sdp_text_turn(m->bandwidth);
		m->candidates = sdp_text_turn(m->candidates);
		m->extmaps = sdp_text_turn(m->extmaps);
		m->feedback = sdp_text_turn(m->feedback);
		for (size_t i = 0; i < m->formats; i++)
			m->format[i].feedback = sdp_text_turn(m->format[i].feedback);
	}
}

static int
check(const struct sdp *s)
{
	if (s->origin.address.at == NULL)
		return SDP_SYNTAX;
	for (size_t i = 0; i < s->medias; i++)
		if (sdp_connection_of(s, &s->media[i])->family.at == NULL)
			return SDP_INCOMPLETE;
	return SDP_OK;
}

/* How many m= lines there may be, but for those that are too many. */
static size_t
count_medias(struct slice text)
{
	size_t n = 0;

	for (slice_cut(&text, '\n'); n < SDP_MEDIA && text.len > 0; slice_cut(&text, '\n'))
		n += slice_begins(text, "m=");
	return n;
}

enum sdp_error
sdp_read(struct sdp *s, struct arena *a, const char *text, size_t len)
{
	struct sdp_reader r = {.s = s, .a = a, .common.direction = -1};
	int err;

	r.media = &r.common;
	*s = (struct sdp){0};
	if (len > SDP_SIZE)
		return SDP_TOO_MUCH;
	s->media = arena_array(a, count_medias((struct slice){text, len}), sizeof *s->media);
	if (s->media == NULL)
		return SDP_NO_MEMORY;
	err = read_lines(&r, (struct slice){text, len});
	turn_lists(s);
	return err != SDP_OK ? (enum sdp_error)err : (enum sdp_error)check(s);
}

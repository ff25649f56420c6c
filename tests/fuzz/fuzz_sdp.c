/* SPDX-License-Identifier: Apache-2.0
 *
 * control/sdp*.c: any text is refused or understood.  Then all that was understood lies within
 * the text, what is written of it is understood, too, and written again is the same; and
 * attributes that mean nothing to us are still there, byte for byte and in their order.
 * control/sdes.c: any a=crypto line is refused, or its key is as long as its suite asks for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "control/sdes.h"
#include "control/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice text; /* that is read */

static void
must(bool is)
{
	if (!is)
		abort();
}

static void
check_slice(struct slice s)
{
	must(s.at == NULL ? s.len == 0
			  : s.at >= text.at && s.at + s.len <= text.at + text.len);
}

static void
check_slices(const struct slice *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_slice(s[i]);
}

static void
check_texts(const struct sdp_text *t)
{
	for (; t != NULL; t = t->next)
		check_slice(t->text);
}

static void
check_attrs(const struct sdp_attrs *l)
{
	const struct sdp_attr *last = NULL;

	for (const struct sdp_attr *a = l->first; a != NULL; a = a->next) {
		check_slice(a->name);
		check_slice(a->value);
		last = a;
	}
	must(last == l->last);
}

static void
check_connection(const struct sdp_connection *c)
{
	check_slice(c->family);
	check_slice(c->address);
	must(c->family.at != NULL || c->addr.family == 0);
}

static void
check_format(const struct sdp_format *f)
{
	check_slice(f->text);
	check_slice(f->map);
	if (f->map.at != NULL) /* otherwise RFC 3551 has named it */
		check_slice(f->name);
	check_slice(f->fmtp);
	check_texts(f->feedback);
	must(f->payload_type >= -1 && f->payload_type < 128);
}

static void
check_key(const struct sdp_crypto *c)
{
	static const struct sdes_key none;
	struct sdes_key k;

	if (sdes_read(c, &k) != 0)
		must(memcmp(&k, &none, sizeof k) == 0);
	else
		must(k.suite < SDES_SUITES && k.len >= 28 && k.len <= SDES_KEY_MAX &&
			k.mki_len <= REQUEST_MKI);
}

static void
check_media(const struct sdp_media *m)
{
	const struct slice slices[] = {m->type, m->protocol, m->title, m->mid, m->label,
		m->rtcp_text, m->fingerprint, m->tls_id, m->ptime, m->maxptime, m->ice_ufrag,
		m->ice_pwd, m->ice_options};

	check_slices(slices, sizeof slices / sizeof *slices);
	check_connection(&m->connection);
	check_connection(&m->rtcp);
	must(m->formats <= SDP_FORMATS && m->cryptos <= SDP_CRYPTO);
	for (size_t i = 0; i < m->formats; i++)
		check_format(&m->format[i]);
	for (size_t i = 0; i < m->cryptos; i++) {
		const struct sdp_crypto *c = &m->crypto[i];
		const struct slice parts[] = {
			c->suite, c->key, c->lifetime, c->mki, c->session};

		check_slices(parts, sizeof parts / sizeof *parts);
		check_key(c);
	}
	check_texts(m->bandwidth);
	check_texts(m->candidates);
	check_texts(m->extmaps);
	check_texts(m->feedback);
	check_attrs(&m->others);
}

static void
check_sdp(const struct sdp *s)
{
	const struct slice slices[] = {s->origin.user, s->origin.session, s->origin.version,
		s->origin.family, s->origin.address, s->name, s->title, s->loop};

	check_slices(slices, sizeof slices / sizeof *slices);
	check_texts(s->uri);
	check_texts(s->email);
	check_texts(s->phone);
	check_texts(s->bandwidth);
	check_texts(s->timing);
	check_texts(s->groups);
	check_connection(&s->connection);
	check_attrs(&s->others);
	must(s->medias <= SDP_MEDIA);
	for (size_t i = 0; i < s->medias; i++)
		check_media(&s->media[i]);
}

static void
same_attrs(const struct sdp_attrs *a, const struct sdp_attrs *b)
{
	const struct sdp_attr *at = a->first, *to = b->first;

	for (; at != NULL && to != NULL; at = at->next, to = to->next)
		must(slice_equal(at->name, to->name) && slice_equal(at->value, to->value) &&
			(at->value.at == NULL) == (to->value.at == NULL));
	must(at == NULL && to == NULL);
}

static void
same_others(const struct sdp *a, const struct sdp *b)
{
	must(a->medias == b->medias);
	same_attrs(&a->others, &b->others);
	for (size_t i = 0; i < a->medias; i++)
		if (a->media[i].port != 0)
			same_attrs(&a->media[i].others, &b->media[i].others);
}

static bool
is_within_bounds(struct slice s)
{
	size_t lines = 0;

	for (size_t i = 0; i < s.len; i++)
		lines += s.at[i] == '\n';
	return s.len <= SDP_SIZE && lines <= SDP_LINES;
}

/* S was read, and is written and read again. */
static void
check_written(const struct sdp *s, struct arena *a)
{
	struct slice once = sdp_write(s, a), twice;
	struct sdp again, copy;

	if (once.at == NULL || sdp_copy(&copy, s, a) != 0)
		return;
	twice = sdp_write(&copy, a);
	must(twice.at == NULL || slice_equal(twice, once));
	if (!is_within_bounds(once))
		return; /* each media was given what the session says */
	text = once;
	must(sdp_read(&again, a, once.at, once.len) == SDP_OK);
	check_sdp(&again);
	same_others(s, &again);
	twice = sdp_write(&again, a);
	must(twice.at == NULL || slice_equal(twice, once));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_open(16 << 20);
	struct sdp s;

	text = (struct slice){(const char *)data, size};
	if (sdp_read(&s, a, text.at, text.len) == SDP_OK) {
		check_sdp(&s);
		check_written(&s, a);
	}
	arena_close(a);
	return 0;
}

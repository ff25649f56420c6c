/* SPDX-License-Identifier: Apache-2.0
 *
 * An SDP as text, in the order of rtpengine 26.3.  Pure. */
#include <string.h>

#include "control/sdp.h"
#include "control/writer.h"

/* ---- Words. ---- */

/* S may come from a request, where it was no line: what would end one becomes a space. */
static void
put(struct writer *w, struct slice s)
{
	char *to = writer_put(w, s.at, s.len);
	size_t len = to != NULL ? s.len : 0;

	for (size_t i = 0; i < len; i++)
		to[i] = to[i] == '\r' || to[i] == '\n' || to[i] == '\0' ? ' ' : to[i];
}

/* BEFORE and S; nothing without S. */
static void
put_behind(struct writer *w, const char *before, struct slice s)
{
	if (s.at == NULL)
		return;
	writer_put_string(w, before);
	put(w, s);
}

/* ---- Lines.  What they begin with is "x=" or "a=name:". ---- */

static void
end_line(struct writer *w)
{
	writer_put_string(w, "\r\n");
}

/* None without S. */
static void
put_line(struct writer *w, const char *begin, struct slice s)
{
	if (s.at == NULL)
		return;
	put_behind(w, begin, s);
	end_line(w);
}

static void
put_lines(struct writer *w, const char *begin, const struct sdp_text *list)
{
	for (; list != NULL; list = list->next)
		put_line(w, begin, list->text);
}

static void
put_flag(struct writer *w, bool is, const char *line)
{
	if (!is)
		return;
	writer_put_string(w, line);
	end_line(w);
}

static void
put_attrs(struct writer *w, const struct sdp_attrs *l)
{
	for (const struct sdp_attr *at = l->first; at != NULL; at = at->next) {
		put_behind(w, "a=", at->name);
		put_behind(w, ":", at->value);
		end_line(w);
	}
}

/* ---- The session. ---- */

static void
put_origin(struct writer *w, const struct sdp_origin *o)
{
	put_behind(w, "o=", o->user);
	put_behind(w, " ", o->session);
	put_behind(w, " ", o->version);
	put_behind(w, " IN ", o->family);
	put_behind(w, " ", o->address);
	end_line(w);
}

/* Those of bundles, or the others. */
static void
put_groups(struct writer *w, const struct sdp_text *list, bool bundles)
{
	for (; list != NULL; list = list->next)
		if (slice_begins(list->text, "BUNDLE") == bundles)
			put_line(w, "a=group:", list->text);
}

static void
put_session(struct writer *w, const struct sdp *s)
{
	writer_put_string(w, "v=0\r\n");
	put_origin(w, &s->origin);
	put_line(w, "s=", s->name);
	put_line(w, "i=", s->title);
	put_lines(w, "u=", s->uri);
	put_lines(w, "e=", s->email);
	put_lines(w, "p=", s->phone);
	put_lines(w, "b=", s->bandwidth);
	put_lines(w, "t=", s->timing);
	put_line(w, "a=rtpengine:", s->loop);
	put_flag(w, s->ice_lite, "a=ice-lite");
	put_groups(w, s->groups, true);
	put_groups(w, s->groups, false);
	put_attrs(w, &s->others);
}

/* ---- Media. ---- */

static void
put_media_line(struct writer *w, const struct sdp_media *m)
{
	put_behind(w, "m=", m->type);
	writer_put_string(w, " ");
	writer_put_number(w, m->port);
	if (m->ports > 1) {
		writer_put_string(w, "/");
		writer_put_number(w, m->ports);
	}
	put_behind(w, " ", m->protocol);
	for (size_t i = 0; i < m->formats; i++)
		put_behind(w, " ", m->format[i].text);
	end_line(w);
}

static void
put_connection(struct writer *w, const struct sdp_connection *c)
{
	if (c->family.at == NULL)
		return;
	put_behind(w, "c=IN ", c->family);
	put_behind(w, " ", c->address);
	end_line(w);
}

/* "a=NAME:96 VALUE". */
static void
put_of_format(
	struct writer *w, const struct sdp_format *f, const char *name, struct slice value)
{
	if (value.at == NULL)
		return;
	writer_put_string(w, name);
	writer_put_number(w, (uint32_t)f->payload_type);
	put_behind(w, " ", value);
	end_line(w);
}

static void
put_own_map(struct writer *w, const struct sdp_format *f)
{
	if (f->name.at == NULL)
		return;
	writer_put_string(w, "a=rtpmap:");
	writer_put_number(w, (uint32_t)f->payload_type);
	put_behind(w, " ", f->name);
	if (f->rate > 0) {
		writer_put_string(w, "/");
		writer_put_number(w, f->rate);
	}
	if (f->rate > 0 && f->channels > 1) {
		writer_put_string(w, "/");
		writer_put_number(w, f->channels);
	}
	end_line(w);
}

static void
put_format(struct writer *w, const struct sdp_format *f)
{
	if (f->payload_type < 0)
		return;
	if (f->map.at != NULL)
		put_of_format(w, f, "a=rtpmap:", f->map);
	else
		put_own_map(w, f);
	put_of_format(w, f, "a=fmtp:", f->fmtp);
	for (const struct sdp_text *t = f->feedback; t != NULL; t = t->next)
		put_of_format(w, f, "a=rtcp-fb:", t->text);
}

static void
put_crypto(struct writer *w, const struct sdp_crypto *c)
{
	writer_put_string(w, "a=crypto:");
	writer_put_number(w, c->tag);
	put_behind(w, " ", c->suite);
	put_behind(w, " inline:", c->key);
	put_behind(w, "|", c->lifetime);
	put_behind(w, "|", c->mki);
	put_behind(w, " ", c->session);
	end_line(w);
}

static void
put_security(struct writer *w, const struct sdp_media *m)
{
	for (size_t i = 0; i < m->cryptos; i++)
		put_crypto(w, &m->crypto[i]);
	if (m->setup != SDP_SETUP_NONE)
		put_line(w, "a=setup:", slice_of(sdp_setup_words[m->setup]));
	put_line(w, "a=fingerprint:", m->fingerprint);
	put_line(w, "a=tls-id:", m->tls_id);
}

static void
put_ice(struct writer *w, const struct sdp_media *m)
{
	put_line(w, "a=ice-ufrag:", m->ice_ufrag);
	put_line(w, "a=ice-pwd:", m->ice_pwd);
	put_line(w, "a=ice-options:", m->ice_options);
	put_lines(w, "a=candidate:", m->candidates);
	put_flag(w, m->end_of_candidates, "a=end-of-candidates");
}

static void
put_media(struct writer *w, const struct sdp *s, const struct sdp_media *m)
{
	put_media_line(w, m);
	put_line(w, "i=", m->title);
	put_connection(w, sdp_connection_of(s, m));
	put_lines(w, "b=", m->bandwidth);
	put_line(w, "a=mid:", m->mid);
	put_line(w, "a=label:", m->label);
	put_flag(w, m->bundle_only, "a=bundle-only");
	if (m->port == 0)
		return;
	for (size_t i = 0; i < m->formats; i++)
		put_format(w, &m->format[i]);
	put_lines(w, "a=rtcp-fb:* ", m->feedback);
	put_flag(w, m->extmap_allow_mixed, "a=extmap-allow-mixed");
	put_lines(w, "a=extmap:", m->extmaps);
	put_attrs(w, &m->others);
	if (m->direction >= 0)
		put_line(w, "a=", slice_of(request_direction_words[m->direction]));
	put_line(w, "a=rtcp:", m->rtcp_text);
	put_flag(w, m->rtcp_mux, "a=rtcp-mux");
	put_flag(w, m->rtcp_mux_only, "a=rtcp-mux-only");
	put_security(w, m);
	put_line(w, "a=ptime:", m->ptime);
	put_line(w, "a=maxptime:", m->maxptime);
	put_ice(w, m);
}

static void
put_all(struct writer *w, const void *what)
{
	const struct sdp *s = what;

	put_session(w, s);
	for (size_t i = 0; i < s->medias; i++)
		put_media(w, s, &s->media[i]);
}

struct slice
sdp_write(const struct sdp *s, struct arena *a)
{
	return writer_print(a, put_all, s);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A format of an m= line as what it is to us: a codec of ours, or one that can only pass; what
 * a client wants done about it; and what is asked of the call for it.  Each of the three files
 * knows those before it.  For negotiate*.c.  Pure. */
#pragma once

#include "control/ng.h"
#include "control/request.h"
#include "control/sdp.h"

/* ---- negotiate_format.c ---- */

/* F as one of our codecs: 0; -ENOENT, -EINVAL. */
int format_parse(const struct sdp_format *f, struct codec_format *to);
/* As many as F has, who need not say that it is one. */
uint32_t format_channels(const struct sdp_format *f);

/* The same payloads, so that they can pass from one to the other? */
bool format_is_same(const struct sdp_format *a, const struct sdp_format *b);
/* Do both lists of N say the same, number by number? */
bool format_are_alike(const struct sdp_format *a, const struct sdp_format *b, size_t n);
/* Speech, that is neither keys nor noise? */
bool format_is_talk(const struct sdp_format *f);
/* Speech that we can decode and encode? */
bool format_is_ours(const struct sdp_format *f);
/* Is there speech among N at F, by that clock (0: any)?  And such as we can decode? */
bool format_has_talk(const struct sdp_format *f, size_t n, uint32_t rate);
bool format_has_ours(const struct sdp_format *f, size_t n);
bool format_has_number(const struct sdp_format *f, size_t n, int payload_type);

/* The parameters that we want what comes as F with.  at NULL: none. */
struct slice format_our_fmtp(const struct sdp_format *f);
/* Those that the offerer of F is told, when the answerer gave it FMTP. */
struct slice format_told_fmtp(const struct sdp_format *f, struct slice fmtp);
/* Parameters of codecs whose order is rtpengine's put into it; -ENOMEM. */
int format_reprint(struct sdp_media *m, struct arena *a);

/* ---- negotiate_wishes.c ---- */

/* What becomes of an offered format. */
enum wish {
	WISH_KEEP,
	WISH_ACCEPT,  /* keep it, and answer with it also when the other party does not */
	WISH_CONSUME, /* do so without offering it */
	WISH_MASK,    /* do not offer it; answer with it if nothing else is shared */
	WISH_STRIP,   /* neither */
};
enum wish wish_for(const struct ng_request *r, const struct sdp_format *f);
/* Is all that is offered to be accepted, and the first of it to be what is answered? */
bool wish_accepts_all(const struct ng_request *r);
/* The place of F among those that R would accept; of others: behind. */
size_t wish_preferred(const struct ng_request *r, const struct sdp_format *f);

/* The formats of M in the order that R offers them in, where it says which alone are left. */
void wish_order(const struct ng_request *r, struct sdp_media *m);

/* What L, specifications of codecs, says of bit rates and packet times into *CODING, which
 * else stays.  -ENOMEM.  And what CODING says of F, into CODEC that it is. */
int wish_coding(const struct ng_list *l, struct slice *coding, struct arena *a);
void wish_code(struct slice coding, const struct sdp_format *f, struct codec_format *codec);

enum { WISH_ADDED = 16 }; /* formats that are added, at most */

/* The formats that R wants offered though FROM, N of them, does not have them, to M, which has
 * room; a bit of MISSING for each that we can not make.  -ENOMEM. */
int wish_add(const struct ng_request *r, struct sdp_media *m, const struct sdp_format *from,
	size_t n, uint64_t *missing, struct arena *a);
/* The same with F, unless M has it already. */
int wish_add_known(struct sdp_media *m, struct sdp_format *f, const struct sdp_format *from,
	size_t n, struct arena *a);

/* ---- negotiate_format_ask.c ---- */

/* N of F, in packets of PTIME ms (0: as the codec likes) unless CODING (of a memo_line) says
 * otherwise, into S: those that matter most. */
void format_ask(struct stream_request *s, const struct sdp_format *f, size_t n, uint32_t ptime,
	struct slice coding);

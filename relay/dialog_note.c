/* SPDX-License-Identifier: Apache-2.0
 *
 * A pair as bytes, which lie in its call's record, and back; see dialog.h.
 *
 * A note is a head (4 bytes "SWNG", version) and fields.  A field is a tag (1 byte), a length
 * (2 bytes) and that many bytes; a party is a field that holds fields.  Numbers are
 * little-endian, of 8 bytes.  What is not there is left out; fields of an unknown tag are
 * skipped, so new ones may be added. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/note.h"
#include "relay/dialog.h"

enum {
	NOTE_CALL_ID = 1, /* when the call is not called so */
	NOTE_CREATED,     /* real time, microseconds since 1970 */
	NOTE_SIGNALLED,
	NOTE_ANSWERED,
	NOTE_PARTY, /* twice: leg 0, leg 1 */
	NOTE_MEMO,

	/* Of a party. */
	NOTE_TAG,
	NOTE_FORMER, /* up to DIALOG_FORMER times, the newest first */
	NOTE_LABEL,
	NOTE_BRANCH,
	NOTE_PARTY_CREATED,

	/* Of the pair again. */
	NOTE_DELETE_AT, /* real time, when it was deleted and goes on for a while */
	NOTE_CALLBACK,
};

enum { FIELD_HEAD = 3 };

static const uint8_t head[] = {'S', 'W', 'N', 'G', 1};

/* ---- Writing. ---- */

struct writer {
	uint8_t *buf;
	size_t len, size;
	bool full;
};

static void
put(struct writer *w, const void *bytes, size_t n)
{
	if (w->full || n > w->size - w->len) {
		w->full = true;
		return;
	}
	memcpy(w->buf + w->len, bytes, n);
	w->len += n;
}

static void
put_head(struct writer *w, uint8_t tag, size_t len)
{
	uint16_t n = htole16((uint16_t)len);

	w->full |= len > UINT16_MAX;
	put(w, &tag, sizeof tag);
	put(w, &n, sizeof n);
}

static void
put_text(struct writer *w, uint8_t tag, const char *text)
{
	if (text == NULL)
		return;
	put_head(w, tag, strlen(text));
	put(w, text, strlen(text));
}

static void
put_number(struct writer *w, uint8_t tag, int64_t n)
{
	uint64_t v = htole64((uint64_t)n);

	put_head(w, tag, sizeof v);
	put(w, &v, sizeof v);
}

static void
put_party(struct writer *w, const struct party *p)
{
	size_t at = w->len;
	uint16_t n;

	put_head(w, NOTE_PARTY, 0);
	put_text(w, NOTE_TAG, p->tag);
	for (unsigned i = 0; i < DIALOG_FORMER; i++)
		put_text(w, NOTE_FORMER, dialog_former_tag(p, i));
	put_text(w, NOTE_LABEL, p->label);
	put_text(w, NOTE_BRANCH, p->branch);
	put_number(w, NOTE_PARTY_CREATED, p->created_us);
	if (w->full)
		return;
	n = htole16((uint16_t)(w->len - at - FIELD_HEAD));
	memcpy(w->buf + at + 1, &n, sizeof n);
}

static void
put_memo(struct writer *w, const struct memo *m)
{
	size_t at = w->len;
	ssize_t len;
	uint16_t n;

	put_head(w, NOTE_MEMO, 0);
	len = w->full ? -ENOSPC : memo_encode(m, w->buf + w->len, w->size - w->len);
	if (len < 0 || len > UINT16_MAX) {
		w->full = true;
		return;
	}
	n = htole16((uint16_t)len);
	memcpy(w->buf + at + 1, &n, sizeof n);
	w->len += (size_t)len;
}

ssize_t
dialog_note_write(const struct pair *pair, const struct memo *m, uint8_t *buf, size_t size)
{
	struct writer w = {.buf = buf, .size = size};

	put(&w, head, sizeof head);
	if (strcmp(pair->call, pair->dialog->call_id) != 0)
		put_text(&w, NOTE_CALL_ID, pair->dialog->call_id);
	put_text(&w, NOTE_CALLBACK, pair->dialog->callback);
	put_number(&w, NOTE_CREATED, pair->dialog->created_us);
	put_number(&w, NOTE_SIGNALLED, pair->signalled_us);
	if (pair->answered)
		put_number(&w, NOTE_ANSWERED, 1);
	if (pair->delete_at_us != 0)
		put_number(&w, NOTE_DELETE_AT, pair->delete_at_us);
	for (unsigned i = 0; i < 2; i++)
		put_party(&w, pair->party[i]);
	put_memo(&w, m);
	return w.full ? -ENOSPC : (ssize_t)w.len;
}

struct note *
dialog_note_make(const struct pair *pair, const struct memo *m)
{
	uint8_t buf[DIALOG_NOTE];
	ssize_t len = dialog_note_write(pair, m, buf, sizeof buf);
	struct note *note = len < 0 ? NULL : note_open(buf, (size_t)len);

	explicit_bzero(buf, len < 0 ? sizeof buf : (size_t)len); /* keys come of it */
	return note;
}

/* ---- Reading. ---- */

/* The next field of REST: its tag in *TAG, its bytes in *FIELD.  0; -EBADMSG. */
static int
next_field(struct slice *rest, uint8_t *tag, struct slice *field)
{
	uint16_t n;

	if (rest->len < FIELD_HEAD)
		return -EBADMSG;
	*tag = (uint8_t)rest->at[0];
	memcpy(&n, rest->at + 1, sizeof n);
	*field = (struct slice){rest->at + FIELD_HEAD, le16toh(n)};
	if (field->len > rest->len - FIELD_HEAD)
		return -EBADMSG;
	rest->at += FIELD_HEAD + field->len;
	rest->len -= FIELD_HEAD + field->len;
	return 0;
}

static int
get_text(struct slice field, struct slice *text)
{
	if (field.len == 0 || field.len > DIALOG_TEXT ||
		memchr(field.at, '\0', field.len) != NULL)
		return -EBADMSG;
	*text = field;
	return 0;
}

static int
get_number(struct slice field, int64_t *n)
{
	uint64_t v;

	if (field.len != sizeof v)
		return -EBADMSG;
	memcpy(&v, field.at, sizeof v);
	*n = (int64_t)le64toh(v);
	return 0;
}

static int
get_party(struct slice rest, struct dialog_note_party *p)
{
	struct slice field;
	uint8_t tag;
	int err = 0;

	*p = (struct dialog_note_party){0};
	while (err == 0 && rest.len > 0 && (err = next_field(&rest, &tag, &field)) == 0) {
		if (tag == NOTE_TAG)
			err = get_text(field, &p->tag);
		else if (tag == NOTE_LABEL)
			err = get_text(field, &p->label);
		else if (tag == NOTE_BRANCH)
			err = get_text(field, &p->branch);
		else if (tag == NOTE_PARTY_CREATED)
			err = get_number(field, &p->created_us);
		else if (tag == NOTE_FORMER && p->formers == DIALOG_FORMER)
			err = -EBADMSG;
		else if (tag == NOTE_FORMER)
			err = get_text(field, &p->former[p->formers++]);
	}
	return err;
}

/* Field TAG of a note; PARTIES: how many there were before. */
static int
get_field(struct dialog_note *n, uint8_t tag, struct slice field, unsigned *parties)
{
	int64_t answered = 0;
	int err = 0;

	switch (tag) {
	case NOTE_CALL_ID:
		return get_text(field, &n->call_id);
	case NOTE_CALLBACK:
		return get_text(field, &n->callback);
	case NOTE_CREATED:
		return get_number(field, &n->created_us);
	case NOTE_SIGNALLED:
		return get_number(field, &n->signalled_us);
	case NOTE_ANSWERED:
		err = get_number(field, &answered);
		n->answered = answered != 0;
		return err;
	case NOTE_DELETE_AT:
		err = get_number(field, &n->delete_at_us);
		return n->delete_at_us < 0 ? -EBADMSG : err;
	case NOTE_PARTY:
		return *parties == 2 ? -EBADMSG : get_party(field, &n->party[(*parties)++]);
	case NOTE_MEMO:
		n->memo = field;
		return 0;
	default:
		return 0;
	}
}

int
dialog_note_read(struct dialog_note *n, const void *bytes, size_t len, const char *id)
{
	struct slice rest = {bytes, len}, field;
	unsigned parties = 0;
	uint8_t tag;
	int err;

	*n = (struct dialog_note){.call_id = slice_of(id)};
	if (len < sizeof head || memcmp(bytes, head, sizeof head) != 0)
		return -EBADMSG;
	rest.at += sizeof head;
	rest.len -= sizeof head;
	while (rest.len > 0) {
		err = next_field(&rest, &tag, &field);
		if (err == 0)
			err = get_field(n, tag, field, &parties);
		if (err != 0)
			return err;
	}
	return n->call_id.len > 0 && n->party[0].tag.len > 0 && parties == 2 && n->memo.len > 0
		       ? 0
		       : -EBADMSG;
}

int
dialog_note_of(struct dialog_note *n, const struct call *call)
{
	const struct note *note = call->note;

	return note != NULL ? dialog_note_read(n, note->bytes, note->len, call->id) : -ENOENT;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/dialog_note.c and dialog_restore.c: any bytes are read as a note, or refused; what is
 * read becomes a pair, or does not, and that can be written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/dialog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_same(const struct dialog_note_party *a, const struct dialog_note_party *b)
{
	bool same = slice_equal(a->tag, b->tag) && slice_equal(a->label, b->label) &&
		    slice_equal(a->branch, b->branch) && a->formers == b->formers &&
		    a->created_us == b->created_us;

	for (unsigned i = 0; same && i < a->formers; i++)
		same = slice_equal(a->former[i], b->former[i]);
	return same;
}

static void
check(const struct dialog_note *n, const struct pair *pair)
{
	static uint8_t buf[2 * DIALOG_NOTE];
	struct dialog_note again;
	struct memo *m = memo_decode((const uint8_t *)n->memo.at, n->memo.len);
	ssize_t len = dialog_note_write(pair, m, buf, sizeof buf);

	memo_close(m);
	if (len < 0 || dialog_note_read(&again, buf, (size_t)len, "call") != 0)
		abort();
	if (!slice_equal(n->call_id, again.call_id) || n->created_us != again.created_us ||
		n->signalled_us != again.signalled_us ||
		n->delete_at_us != again.delete_at_us || n->answered != again.answered)
		abort();
	for (unsigned i = 0; i < 2; i++)
		if (!is_same(&n->party[i], &again.party[i]))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dialog_note n;
	struct dialogs *all;
	struct pair *pair;

	if (dialog_note_read(&n, data, size, "call") != 0)
		return 0;
	all = dialogs_open();
	pair = dialogs_restore(all, &n, "call");
	if (pair != NULL)
		check(&n, pair);
	if ((pair != NULL) != (dialogs_count(all) == 1) ||
		dialogs_restore(all, &n, "call") != NULL)
		abort();
	dialogs_close(all);
	return 0;
}

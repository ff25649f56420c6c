/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands that ask for little: whether there is somebody, and which calls there are.  See
 * ng.h. */
#include "relay/dialog.h"
#include "relay/ng.h"

enum { LIST_LIMIT = 32 }; /* when nobody says */

void
ng_ping(struct ng_work *w)
{
	struct value *answer = value_dict(w->arena);

	value_put_string(w->arena, answer, "result", "pong");
	ng_done(w, answer);
}

void
ng_list(struct ng_work *w)
{
	int64_t limit = w->request.limit != NG_NO_NUMBER ? w->request.limit : LIST_LIMIT;
	struct value *answer = value_dict(w->arena);
	struct value *ids = value_put_list(w->arena, answer, "calls");
	const struct dialog *d = NULL;

	if (limit < 0) {
		ng_fail(w, "invalid limit, must be >= 0");
		return;
	}
	while (limit-- > 0 && (d = dialogs_next(ng_dialogs(w->ng), d)) != NULL)
		value_put_string(w->arena, ids, NULL, d->call_id);
	value_put_string(w->arena, answer, "result", "ok");
	ng_done(w, answer);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Dialogs from the calls of the program before us, or of another node; see ng.h. */
#include <stdio.h>

#include "control/log.h"
#include "relay/calls.h"
#include "relay/ng_inside.h"

void
ng_recover_call(struct ng *ng, const struct call *call)
{
	struct dialog_note n;
	struct pair *pair;

	if (call->note == NULL || dialogs_pair_of(ng->dialogs, call) != NULL)
		return;
	if (dialog_note_of(&n, call) != 0 ||
		(pair = dialogs_restore(ng->dialogs, &n, call->id)) == NULL) {
		log_about(call->id, LOG_LEVEL_WARNING,
			"goes on, but NG does not know it any more: %m");
		return;
	}
	pair->changed_ms = ng_now_ms();
	ng_life_watch(ng, pair);
}

void
ng_recover(struct ng *ng)
{
	char at[REQUEST_ID] = "";
	const struct call *call;

	while ((call = calls_next(ng->conf.calls, at[0] != '\0' ? at : NULL)) != NULL) {
		snprintf(at, sizeof at, "%s", call->id);
		ng_recover_call(ng, call);
	}
	if (dialogs_count(ng->dialogs) > 0)
		log_info("NG: %zu calls are known again", dialogs_count(ng->dialogs));
}

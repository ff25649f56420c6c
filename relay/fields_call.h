/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of a call that several methods share: what is asked for, what is answered, and
 * what is seen of it. */
#pragma once

#include "control/rpc.h"

extern const char *const fields_call_suites[];    /* those of suite.c */
extern const char *const fields_call_states[];    /* "running", "exported" */
extern const char *const fields_call_fax_sides[]; /* "sound", "t38" */

extern const struct rpc_field fields_call_id[];
extern const struct rpc_field fields_call_change[]; /* to create it, or to update it */
extern const struct rpc_field fields_call_changed[];
extern const struct rpc_field fields_call_answered_leg[]; /* of one that was changed */
extern const struct rpc_field fields_call_error[];        /* of one that was refused */
extern const struct rpc_field fields_call_seen[];
extern const struct rpc_field fields_call_seen_leg[];

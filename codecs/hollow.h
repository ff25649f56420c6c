/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the large states of codecs lie.  Much of one is never used: what belongs to a second
 * channel where there is one, analysis that is not asked for, the long histories of another
 * mode.  It is zero when the codec has been opened, and stays so; here its pages take no
 * memory before something is written there.  Any thread. */
#pragma once

#include <stddef.h>

/* What is at STATE, SIZE bytes of malloc()'s, moved; they are the caller's no more, whatever
 * happens.  NULL: ENOMEM. */
void *hollow_keep(void *state, size_t size);

/* NULL is fine. */
void hollow_free(void *state);

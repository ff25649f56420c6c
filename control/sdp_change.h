/* SPDX-License-Identifier: Apache-2.0
 *
 * What `sdp-attr` asks for, which is done last of all, and so to the text of an SDP: lines of
 * whatever kind may be meant.  Pure. */
#pragma once

#include "control/ng.h"

/* TEXT, as sdp_write() makes it, changed by those of the session, of audio and of video.  An
 * attribute that is to be removed or substituted is called by its name, by that and its first
 * word ("fmtp:101"), or in full, as it stands behind "a="; one of those of which each codec or
 * key has its own is not substituted by its name alone.  Case does not count.  What is added
 * stands at the end of its level, as it is, unless it is there already; what would be no line
 * is left out.  In A, or TEXT itself; at NULL: no memory. */
struct slice sdp_change_attrs(
	struct slice text, const struct ng_sdp_attr change[NG_ATTR_SCOPES], struct arena *a);

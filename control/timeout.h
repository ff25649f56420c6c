/* SPDX-License-Identifier: Apache-2.0
 *
 * What a call can wait for in vain, by number and name.  Constants. */
#pragma once

enum timeout {
	TIMEOUT_SETUP, /* the second leg, a remote address, or the first media of a leg */
	TIMEOUT_MEDIA, /* more media of a leg that has been heard */
	TIMEOUT_HOLD,  /* any media of a call with a leg that nothing is relayed of */
	TIMEOUT_TOTAL, /* its end */
	TIMEOUTS
};

enum {
	TIMEOUT_MIN_MS = 1000, /* that a request may ask for: not its seconds */
	TIMEOUT_MAX_MS = 7 * 24 * 3600 * 1000, /* a week */
};

/* "setup", "media", "hold", "total"; NULL-ended.  In request.c. */
extern const char *const timeout_words[];

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client would rather have, by its Accept header: RFC 9110 section 12.5.1.  Pure; any
 * thread. */
#pragma once

/* How much ACCEPT (NULL: it has not said) wants media type TYPE, "text/plain": from 0, not at
 * all, to 1.  Parameters of types but for q are passed over; what cannot be read wants
 * nothing.
 */
double http_accept_quality(const char *accept, const char *type);

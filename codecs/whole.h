/* SPDX-License-Identifier: Apache-2.0
 *
 * Codecs of a constant rate: a payload is a whole number of groups, each so many samples in so
 * many bytes.  How one is measured before it is given to a library that looks at neither. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

struct whole {
	uint16_t samples, bytes; /* of a group */
	uint16_t most;           /* samples of a packet: 120 ms */
};

/* How many samples LEN bytes hold; -EBADMSG: a part of a group is left, or too many. */
static inline int
whole_samples(const struct whole *w, size_t len)
{
	size_t groups = len / w->bytes;

	return len % w->bytes == 0 && groups <= w->most / w->samples
		       ? (int)(groups * w->samples)
		       : -EBADMSG;
}

/* The same for decoding into ROOM samples: -ENOSPC. */
static inline int
whole_decoded(const struct whole *w, size_t len, size_t room)
{
	int samples = whole_samples(w, len);

	return samples > 0 && (size_t)samples > room ? -ENOSPC : samples;
}

/* How many bytes SAMPLES samples make; -EINVAL: a part of a group is left; -ENOSPC. */
static inline int
whole_encoded(const struct whole *w, size_t samples, size_t room)
{
	size_t groups = samples / w->samples;

	if (samples % w->samples != 0)
		return -EINVAL;
	return groups <= room / w->bytes ? (int)(groups * w->bytes) : -ENOSPC;
}

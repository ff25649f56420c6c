/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes what udptl.h does with datagrams that come: each in a block of its very size, one
 *after the other.  What is given on is an IFP packet of just its length, no more of them than
 *came or were brought back, and every datagram is one thing or another.
 *
 *	version (1), then datagrams: len (1), bytes */
#include <stdlib.h>
#include <string.h>

#include "dataplane/ifp.h"
#include "dataplane/udptl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct udptl_rx rx; /* large */

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
deliver(void *arg, const uint8_t *p, size_t len, unsigned missing)
{
	unsigned *given = arg;

	must(len > 0 && ifp_length(p, len, rx.version) == (int)len);
	++*given;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcode_counts counts = {0};
	unsigned given = 0;

	if (size == 0)
		return 0;
	udptl_rx_init(&rx, *data & 3);
	data++;
	size--;
	while (size > 1) {
		size_t len = *data < size - 1 ? *data : size - 1;
		uint8_t *exact = malloc(len > 0 ? len : 1);

		must(exact != NULL);
		memcpy(exact, data + 1, len);
		udptl_take(&rx, exact, len, &counts, deliver, &given);
		free(exact);
		data += 1 + len;
		size -= 1 + len;
	}
	must(given == counts.frames && given <= counts.packets_in + counts.recovered);
	must(counts.late + counts.duplicates + counts.jumps <= counts.packets_in);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See put.h. */
#include "relay/put.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

void
put_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

void
put_text(json_t *o, const char *name, const char *text)
{
	json_object_set_new(o, name, json_string(text));
}

void
put_name(json_t *o, const char *name, const char *text, size_t n)
{
	json_object_set_new(o, name, json_stringn(text, strnlen(text, n)));
}

void
put_number(json_t *o, const char *name, double v, double steps)
{
	json_object_set_new(o, name, json_real(round(v * steps) / steps));
}

void
put_ip(json_t *o, const char *name, const struct sw_addr *a)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(a->family, a->ip, text, sizeof text);
	put_text(o, name, text);
}

void
put_drops(json_t *o, const char *name, const _Atomic uint64_t counts[DROPS])
{
	json_t *drops = json_object();

	for (unsigned i = 0; i < DROPS; i++) {
		uint64_t n = atomic_load_explicit(&counts[i], memory_order_relaxed);

		if (n != 0)
			put_count(drops, drop_info((enum drop)i)->name, n);
	}
	json_object_set_new(o, name, drops);
}

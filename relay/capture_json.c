/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture_json.h. */
#include "relay/capture_json.h"

#include <string.h>
#include <time.h>

#include "relay/capture.h"

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

json_t *
capture_running_json(const struct capture_info *i)
{
	int64_t left = i->ends_ms - now_ms();
	json_t *o = json_pack("{s:I, s:s, s:s, s:I, s:I, s:I}", "capture", (json_int_t)i->id,
		"call", i->call, "file", i->path, "bytes", (json_int_t)i->bytes, "max_bytes",
		(json_int_t)i->max_bytes, "seconds",
		(json_int_t)(left > 0 ? (left + 999) / 1000 : 0));

	if (i->leg[0] != '\0')
		json_object_set_new(o, "leg", json_string(i->leg));
	return o;
}

json_t *
capture_ended_json(const struct capture_info *i)
{
	json_t *o = json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:I}", "capture",
		(json_int_t)i->id, "call", i->call, "file", i->path, "reason", i->reason,
		"packets", (json_int_t)i->packets, "bytes", (json_int_t)i->bytes, "lost",
		(json_int_t)i->lost);

	if (i->leg[0] != '\0')
		json_object_set_new(o, "leg", json_string(i->leg));
	if (i->error != 0)
		json_object_set_new(o, "error", json_string(strerror(-i->error)));
	return o;
}

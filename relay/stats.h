/* SPDX-License-Identifier: Apache-2.0
 *
 * What the switch counts, read from the shared memory while it goes on counting, as JSON. Each
 * counter is exact, a set of them is no snapshot.  Control's one thread.
 *
 * All return a new object, or NULL without memory.  Keys are in none of them. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct call;
struct calls;
struct switch_client;

/* All that is known of a call: call.get. */
json_t *stats_call(const struct call *c, const struct switch_client *client);

/* A row of call.list. */
json_t *stats_call_row(const struct call *c, const struct switch_client *client);

json_t *stats_sums(
	const struct calls *calls, const struct switch_client *client); /* stats.get */
json_t *stats_cores(const struct switch_client *client);                /* core.list */
json_t *stats_devices(const struct switch_client *client);              /* device.list */
json_t *stats_drops(const struct switch_client *client);                /* drop.list */

/* {"address", "port"}; with RTCP_PORT not 0 also "rtcp_port". */
struct sw_addr;
json_t *stats_address(const struct sw_addr *a, uint16_t rtcp_port);

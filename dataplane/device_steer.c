/* SPDX-License-Identifier: Apache-2.0
 *
 * See device_steer.h.  A core's ports are those with its number in the bits above the lowest,
 * so that one masked match takes them all; a number of cores that is no power of two has no
 * such mask. */
#include "dataplane/device_steer.h"

#include <string.h>
#include <sys/socket.h>

#include "dataplane/log.h"

static const uint16_t families[] = {AF_INET, AF_INET6};

void
steer_rule(
	struct steer_rule *r, uint16_t family, unsigned number, unsigned core, unsigned cores)
{
	*r = (struct steer_rule){
		.attr = {.ingress = 1},
		.pattern = {{.type = RTE_FLOW_ITEM_TYPE_ETH},
			{.type = family == AF_INET ? RTE_FLOW_ITEM_TYPE_IPV4
						   : RTE_FLOW_ITEM_TYPE_IPV6},
			{.type = RTE_FLOW_ITEM_TYPE_UDP, .spec = &r->spec, .mask = &r->mask},
			{.type = RTE_FLOW_ITEM_TYPE_END}},
		.spec.hdr.dst_port = rte_cpu_to_be_16((uint16_t)(core << 1)),
		.mask.hdr.dst_port = rte_cpu_to_be_16((uint16_t)((cores - 1) << 1)),
		/* Queue Q of device NUMBER is polled by core NUMBER + Q. */
		.queue.index = (uint16_t)((core + cores - number % cores) % cores),
		.action = {{.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &r->queue},
			{.type = RTE_FLOW_ACTION_TYPE_END}},
	};
}

/* All rules, to the NIC or (TRY) only as a question whether it would take them. */
static bool
tell(const struct device *d, unsigned number, unsigned cores, bool try)
{
	struct rte_flow_error error = {.message = NULL};
	struct steer_rule r;
	bool taken = true;

	for (unsigned f = 0; f < RTE_DIM(families) && taken; f++)
		for (unsigned core = 0; core < cores && taken; core++) {
			steer_rule(&r, families[f], number, core, cores);
			if (try)
				taken = rte_flow_validate(d->port_id, &r.attr, r.pattern,
						r.action, &error) == 0;
			else
				taken = rte_flow_create(d->port_id, &r.attr, r.pattern,
						r.action, &error) != NULL;
		}
	if (!taken)
		log_debug(
			"interface %s: it takes no rule by port (%s): packets cross from core "
			"to core\n",
			d->conf->name, error.message != NULL ? error.message : "unspecified");
	return taken;
}

bool
device_steer(const struct device *d, unsigned number, unsigned cores)
{
	struct rte_flow_error error;

	if (cores < 2 || d->queues != cores || (cores & (cores - 1)) != 0)
		return false;
	if (!tell(d, number, cores, true))
		return false;
	if (!tell(d, number, cores, false)) {
		rte_flow_flush(d->port_id, &error);
		return false;
	}
	log_info("interface %s: the NIC gives each core its own ports\n", d->conf->name);
	return true;
}

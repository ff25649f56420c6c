/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's log: log.h says what it is for.  Main thread. */
#include "dataplane/log.h"

#include <stdio.h>

#include <rte_common.h>

int log_type = RTE_LOGTYPE_USER1; /* until log_open() */

void
log_set_level(unsigned level)
{
	static const uint32_t rte_level[] = {
		RTE_LOG_ERR, RTE_LOG_WARNING, RTE_LOG_INFO, RTE_LOG_DEBUG};

	/* The pattern meets only types that exist already, and EAL brings its drivers' when it
	 * starts: set again after that, it quiets those too. */
	rte_log_set_global_level(RTE_LOG_DEBUG);
	rte_log_set_level_pattern("*", RTE_LOG_WARNING);
	rte_log_set_level(log_type, rte_level[RTE_MIN(level, RTE_DIM(rte_level) - 1)]);
}

void
log_open(unsigned level)
{
	int type = rte_log_register("strowger");

	if (type >= 0)
		log_type = type;
	rte_openlog_stream(stderr); /* or EAL would write to syslog as well */
	log_set_level(level);
}

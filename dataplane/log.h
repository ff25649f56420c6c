/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's log: DPDK's, under one log type.  Main thread; forwarding cores do not log.
 * Its lines look like control's (control/log.h), which goes the same way. */
#pragma once

#include <rte_log.h>

extern int log_type; /* registered by log_open() */

/* One line each, ended by a newline; no addresses, keys or call identifiers above debug. */
#define log_err(...) rte_log(RTE_LOG_ERR, log_type, __VA_ARGS__)
#define log_warn(...) rte_log(RTE_LOG_WARNING, log_type, __VA_ARGS__)
#define log_info(...) rte_log(RTE_LOG_INFO, log_type, __VA_ARGS__)
#define log_debug(...) rte_log(RTE_LOG_DEBUG, log_type, __VA_ARGS__)

/* To stderr, each line with time, process and level in front as control's have, or under
 * systemd's journal with the priority that it understands.  LEVEL as in struct sw_log_set
 * (0 error .. 3 debug); DPDK's own messages only from warnings up.  Control characters become
 * '?', so that nobody outside can forge a line; it is cut at 1,000 bytes.  Once, before
 * rte_eal_init(). */
void log_open(unsigned level);
void log_set_level(unsigned level);

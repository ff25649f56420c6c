/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of a node, for the tests of strowger-ctl top: its age and process say which node it
 * is, the rest counts. */
#pragma once

#include <check.h>
#include <stdarg.h>

#include "control/ctl_top_model.h"

/* JSON with ' for ", printf-like. */
static inline json_t *json_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline json_t *
json_of(const char *fmt, ...)
{
	char text[4096];
	json_error_t e;
	json_t *value;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	value = json_loads(text, 0, &e);
	ck_assert_msg(value != NULL, "%s: %s", e.text, text);
	return value;
}

/* A reading at AGE_S seconds of process PID, which has taken PACKETS since. */
static inline struct top_reading
reading(int pid, double age_s, int packets)
{
	struct top_reading r = {
		.answer = {
			[TOP_NODE] = json_of(
				"{'name': 'lab', 'version': '1.2', 'pid': %d, 'age_s': %f, "
				"'calls': 2, 'call_limit': 500, 'draining': false, "
				"'switch': {'up': true, 'pid': 9, 'age_s': %f}}",
				pid, age_s, age_s),
			[TOP_STATS] =
				json_of("{'created': 2, 'rx_packets': %d, 'rx_bytes': %d, "
					"'tx_packets': 0, 'tx_bytes': 0, 'dropped': 0}",
					packets, 100 * packets),
			[TOP_CORES] = json_of(
				"{'cores': [{'core': 0, 'cpu': 3, 'asleep': false, "
				"'stalled': false, 'busy': 12.5, 'rx_packets': %d, "
				"'stages': [{'name': 'rx', 'packets': %d, 'cycles': %d}]}]}",
				packets, packets, packets * 40),
			[TOP_TRANSCODERS] = json_of(
				"{'transcoders': [{'core': 0, 'cpu': 5, 'asleep': false, "
				"'load': 71.4, 'directions': 64, 'complexity': 4, "
				"'accepting': false, 'frames': %d}]}",
				packets / 2),
			[TOP_DROPS] = json_of(
				"{'drops': [{'name': 'auth', 'packets': %d, 'help': 'A'}, "
				"{'name': 'martian', 'packets': 0, 'help': 'M'}, "
				"{'name': 'replay', 'packets': 5, 'help': 'R'}]}",
				packets / 10),
			[TOP_DEVICES] = json_of(
				"{'devices': [{'name': 'eth0', 'kind': 'xdp', 'up': true, "
				"'addresses': [{'address': '192.0.2.1'}]}]}"),
			[TOP_CALLS] = json_of(
				"{'calls': ["
				"{'call': 'good', 'mos': 4.4, 'loss': 0.0, 'age_s': 12.7, "
				"'legs': ['alice', 'bob']},"
				"{'call': 'bad', 'mos': 2.1, 'loss': 9.5, 'age_s': 3.0, "
				"'legs': ['carol', 'dave']},"
				"{'call': 'new', 'age_s': 0.1, 'legs': ['erin']}]}"),
		}};

	return r;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_number.h. */
#include "control/ctl_number.h"

#include <math.h>
#include <stdio.h>

const char *
ctl_duration(double s, char *buf, size_t room)
{
	long long whole = (long long)s;

	if (s < 60)
		snprintf(buf, room, "%.3g s", s);
	else if (s < 3600)
		snprintf(buf, room, "%lldm %02llds", whole / 60, whole % 60);
	else if (s < 86400)
		snprintf(buf, room, "%lldh %02lldm", whole / 3600, whole / 60 % 60);
	else
		snprintf(buf, room, "%lldd %02lldh", whole / 86400, whole / 3600 % 24);
	return buf;
}

const char *
ctl_bytes(double n, char *buf, size_t room)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	size_t i = 0;

	for (; n >= 1000 && i < 4; i++)
		n /= 1000;
	snprintf(buf, room, i == 0 ? "%.0f %s" : "%.1f %s", n, units[i]);
	return buf;
}

const char *
ctl_short(double n, char *buf, size_t room)
{
	static const char units[] = "kMGTP";
	size_t i = 0;

	if (fabs(n) < 99.95 && n != floor(n)) {
		snprintf(buf, room, "%.1f", n);
	} else if (fabs(n) < 99999.5) {
		snprintf(buf, room, "%.0f", n);
	} else {
		/* 999.5 k would be written "1000k": it is 1.00 M already. */
		for (n /= 1000; fabs(n) >= 999.5 && i < sizeof units - 2; i++)
			n /= 1000;
		snprintf(buf, room, "%.*f%c",
			fabs(n) < 9.995   ? 2
			: fabs(n) < 99.95 ? 1
					  : 0,
			n, units[i]);
	}
	return buf;
}

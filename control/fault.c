/* SPDX-License-Identifier: Apache-2.0
 *
 * Fills what fault.h describes. */
#include "control/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int
fault_set(struct fault *f, enum fault_kind kind, const char *field, const char *got,
	const char *expected, const char *text, ...)
{
	va_list ap;

	f->kind = kind;
	snprintf(f->field, sizeof f->field, "%s", field != NULL ? field : "");
	snprintf(f->got, sizeof f->got, "%s", got != NULL ? got : "");
	snprintf(f->expected, sizeof f->expected, "%s", expected != NULL ? expected : "");
	va_start(ap, text);
	vsnprintf(f->text, sizeof f->text, text, ap);
	va_end(ap);
	return -EINVAL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which figures of a call or a core are worth a warning: one table for all that strowger-ctl
 * shows. */
#pragma once

enum ctl_grade { CTL_FINE, CTL_WARN, CTL_BAD };

/* Of VALUE of the field called NAME ("mos"); NAN, and what is not in the table, is fine. */
enum ctl_grade ctl_grade_of(const char *name, double value);

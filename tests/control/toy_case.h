/* SPDX-License-Identifier: Apache-2.0
 *
 * Test cases beside a toy.h server of their own. */
#pragma once

#include <check.h>

#include "tests/control/toy.h"

extern struct toy toy; /* it serves toy_methods */

/* A case of S in which each test has a new one; and for a test that needs another between. */
TCase *toy_case(Suite *s, const char *name);
void toy_case_start(void);
void toy_case_stop(void);

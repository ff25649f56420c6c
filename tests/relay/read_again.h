/* SPDX-License-Identifier: Apache-2.0
 *
 * Each record that a control writes in these tests must be one that its successor reads, and
 * that says the same: a call whose record is refused ends when control is killed. */
#pragma once

#include <stdbool.h>

/* To be put out where memory fails on purpose: reading takes some. */
extern bool read_again;

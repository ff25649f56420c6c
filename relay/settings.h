/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the configuration a switch that runs does not have yet: it was started with another
 * one.  Control's one thread; pure. */
#pragma once

#include <stddef.h>

struct config;
struct sw_state;

/* Write into BUF, of SIZE bytes, the settings in which C and the switch with state ST differ:
 * "[srtp] engine, [cores] poll".  How many; 0: none, and BUF is empty. */
unsigned settings_differ(
	const struct config *c, const struct sw_state *st, char *buf, size_t size);

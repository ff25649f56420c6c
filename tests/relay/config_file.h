/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as the file that would make it, of the texts of relay/config_text.h. */
#pragma once

#include <stdio.h>

struct config;

void config_file_print(const struct config *c, FILE *to);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Is this node fit for new calls?  For load balancers and whoever restarts services: /healthz.
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct node_view;

/* Write {"status": "ok", "reasons": [], ...} or, with reasons, "failing".  Which it was: true,
 * fit. */
bool health_write(const struct node_view *view, FILE *to);

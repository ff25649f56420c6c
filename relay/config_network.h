/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration key's value that is a network: "192.0.2.0/24", "2001:db8::/32", or one
 * address, "192.0.2.7".  Pure, any thread. */
#pragma once

struct config_type;
struct ng_network;

enum { CONFIG_NETWORK_TEXT = 52 };

extern const struct config_type config_type_network; /* struct config_networks */

/* N as the configuration would have it, in TEXT. */
void config_network_text(const struct ng_network *n, char text[CONFIG_NETWORK_TEXT]);

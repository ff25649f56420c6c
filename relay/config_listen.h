/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration keys' values that are addresses with ports: where to listen for TCP ("9900",
 * which is loopback, "192.0.2.1:9900", "[2001:db8::1]:9900", "0.0.0.0:9900"), and whom to tell
 * by HTTP ("http://192.0.2.1:8080/RPC2", "http://%%:8080").  Pure, any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct config_type;
struct sw_addr;

enum { CONFIG_LISTEN_TEXT = 56 };

extern const struct config_type config_type_listen; /* struct config_listens */

/* Is TEXT the address of somebody to be told? */
bool config_listen_is_url(const char *text);

/* AT as the configuration would have it, in TEXT. */
void config_listen_text(const struct sw_addr *at, char text[CONFIG_LISTEN_TEXT]);

bool config_listen_is_loopback(const struct sw_addr *at);

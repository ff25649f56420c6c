/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of those who ask over NG: between sockets and struct request_addr, as text, and
 * whether they lie in a network that may ask.  Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct ng_network;
struct request_addr;

/* AT as a socket's address in TO: how long it is; 0: of no family that we know. */
socklen_t ng_address_out(const struct request_addr *at, struct sockaddr_storage *to);

/* And back; an IPv4 address in IPv6's clothes becomes one of IPv4.  Neither IPv4 nor IPv6:
 * family 0. */
struct request_addr ng_address_in(const struct sockaddr *from);

/* "192.0.2.1:2223", "[2001:db8::1]:2223"; family 0: "-". */
enum { NG_ADDRESS_TEXT = 56 };
void ng_address_text(const struct request_addr *a, char text[NG_ADDRESS_TEXT]);

bool ng_address_is_loopback(const struct request_addr *a);
bool ng_address_is_within(const struct request_addr *a, const struct ng_network *network);

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind options.h share: options.c (the options, and the whole),
 * options_interface.c and options_mesh.c (those that have keys of their own), options_value.c
 * (values).  Nobody else's.  Main thread, at start. */
#pragma once

#include "dataplane/options.h"

#define OPTION_PROGRAM "strowger-switch"

enum {
	OPTION_TEXT = 64, /* bytes of an address or a number in text, with the NUL */
	OPTION_SAID = -1, /* an error that has had its message */
};

/* ---- Values.  Each of these: 0, or -EINVAL ---- */

/* A decimal number and nothing else. */
int option_number(const char *text, long low, long high, long *out);
int option_number_u32(const char *text, long low, long high, uint32_t *out);
/* Two numbers with BETWEEN between them. */
int option_pair(const char *text, char between, long high, long out[2]);
int option_copy(char *to, size_t room, const char *text);
/* A name goes into file names, log lines and tables. */
int option_name(char to[SW_NAME], const char *text);
int option_address(const char *text, struct sw_addr *a);
int option_mac(const char *text, uint8_t mac[6]);

/* ---- Options with keys.  There is more to say of a wrong one than what it takes: 0, or
 * OPTION_SAID ---- */

int option_interface(struct options *o, const char *value);
void option_print_interface_keys(void);

int option_mesh(struct options *o, const char *value);
/* Give the interface that has the mesh's address its port, when all are known.  0, or -EINVAL
 * after a message. */
int option_mesh_place(struct options *o);

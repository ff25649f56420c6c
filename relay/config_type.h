/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration key's value may be: how each type gets from text into its field of
 * struct config, and the words that say what it takes.  Pure, any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_key;

struct config_type {
	bool repeats; /* the key may be given several times, each adding one */
	/* For people; NULL: made from the key's words, or its min and max. */
	const char *takes;
	/* Put the value TEXT (not empty, printable ASCII) into FIELD.  0; -EINVAL: KEY does
	 * not take it; -ENOSPC: one more than the field holds; -EEXIST: said before. */
	int (*set)(const struct config_key *key, void *field, const char *text);
};

/* The field that each fills stands behind it; times are "500ms", "30s", "2m", "1h". */
extern const struct config_type config_type_number;       /* uint32_t */
extern const struct config_type config_type_time;         /* uint32_t, milliseconds */
extern const struct config_type config_type_choice;       /* uint8_t or bool */
extern const struct config_type config_type_mode;         /* uint32_t, permission bits */
extern const struct config_type config_type_name;         /* char[] */
extern const struct config_type config_type_path;         /* char[] */
extern const struct config_type config_type_url;          /* char[] */
extern const struct config_type config_type_text;         /* char[] */
extern const struct config_type config_type_device;       /* char[], KIND:ARG */
extern const struct config_type config_type_interface;    /* char[], the kernel's name */
extern const struct config_type config_type_cpu;          /* int; -1: any */
extern const struct config_type config_type_cpu_list;     /* struct config_cpus */
extern const struct config_type config_type_port_range;   /* struct config_ports */
extern const struct config_type config_type_address;      /* struct config_addresses */
extern const struct config_type config_type_address_name; /* struct config_names */
extern const struct config_type config_type_neighbour;    /* struct config_neighbours */
extern const struct config_type config_type_mac;          /* uint8_t[6] */

/* May an interface that calls ask for be called TEXT, if that is not too long? */
bool config_is_interface_name(const char *text);

/* Is DEVICE, as config_type_device takes it, on an interface of the kernel's? */
bool config_device_is_kernel(const char *device);

/* What KEY takes, in words: "a number from 1 to 65536". */
void config_type_takes(const struct config_key *key, char *buf, size_t size);

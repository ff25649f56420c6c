/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to value, one function a type; addresses are in config_address.c.  Nothing but the
 * field is written, and that only with a value that is right. */
#include "relay/config_type.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "relay/call_mesh.h"
#include "relay/config.h"
#include "relay/config_keys.h"
#include "relay/config_type_inside.h"

int
config_digits(const char *text, int base, uint64_t max, uint64_t *n)
{
	char *end;

	if (!isxdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*n = strtoull(text, &end, base);
	return errno == 0 && *end == '\0' && *n <= max ? 0 : -EINVAL;
}

static int
set_number(const struct config_key *key, void *field, const char *text)
{
	uint64_t n;

	if (config_digits(text, 10, (uint64_t)key->max, &n) != 0 || n < (uint64_t)key->min)
		return -EINVAL;
	*(uint32_t *)field = (uint32_t)n;
	return 0;
}

static int
set_time(const struct config_key *key, void *field, const char *text)
{
	static const struct unit {
		const char *name;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	size_t len = strspn(text, "0123456789");
	char number[10] = "";
	uint64_t n;

	if (len == 0 || len >= sizeof number)
		return -EINVAL;
	memcpy(number, text, len);
	n = strtoull(number, NULL, 10);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(text + len, units[i].name) != 0)
			continue;
		n *= units[i].ms;
		if (n < (uint64_t)key->min || n > (uint64_t)key->max)
			return -EINVAL;
		*(uint32_t *)field = (uint32_t)n;
		return 0;
	}
	return -EINVAL;
}

static int
set_choice(const struct config_key *key, void *field, const char *text)
{
	for (uint8_t i = 0; key->words[i] != NULL; i++) {
		if (strcmp(text, key->words[i]) == 0) {
			*(uint8_t *)field = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int
set_mode(const struct config_key *key, void *field, const char *text)
{
	uint64_t n;

	if (config_digits(text, 8, 0777, &n) != 0)
		return -EINVAL;
	*(uint32_t *)field = (uint32_t)n;
	return 0;
}

static int
set_text(const struct config_key *key, void *field, const char *text)
{
	size_t len = strlen(text);

	if (len >= key->room)
		return -ENAMETOOLONG;
	memset(field, 0, key->room);
	memcpy(field, text, len);
	return 0;
}

/* Names go into file names, socket paths and the switch's comma-separated arguments. */
static bool
is_name(const char *text)
{
	return isalnum((unsigned char)*text) &&
	       strspn(text,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       strlen(text);
}

static int
set_name(const struct config_key *key, void *field, const char *text)
{
	return is_name(text) ? set_text(key, field, text) : -EINVAL;
}

static int
set_path(const struct config_key *key, void *field, const char *text)
{
	return text[0] == '/' ? set_text(key, field, text) : -EINVAL;
}

/* A kernel interface's name, as the kernel judges it (dev_valid_name), and no comma. */
static bool
is_kernel_interface(const char *arg)
{
	return strlen(arg) < IFNAMSIZ && strcspn(arg, "/:, \t") == strlen(arg) &&
	       strcmp(arg, ".") != 0 && strcmp(arg, "..") != 0;
}

static bool
is_socket_path(const char *arg)
{
	return arg[0] == '/' && strlen(arg) < sizeof((struct sockaddr_un *)0)->sun_path &&
	       strcspn(arg, ", \t") == strlen(arg);
}

/* A PCI address, or what else DPDK calls a port: RTE_ETH_NAME_MAX_LEN is 64. */
static bool
is_port_name(const char *arg)
{
	return strlen(arg) < 64 && strcspn(arg, "/, \t") == strlen(arg);
}

static bool
is_ring_name(const char *arg)
{
	return strlen(arg) < SW_NAME && is_name(arg);
}

/* The switch's table of devices has the rest of each kind (dataplane/device.h). */
static const struct device {
	const char *kind;
	bool kernel;
	bool (*takes)(const char *arg);
} devices[] = {
	{"xdp:", true, is_kernel_interface},
	{"packet:", true, is_kernel_interface},
	{"pci:", false, is_port_name},
	{"tap:", false, is_kernel_interface},
	{"vhost:", false, is_socket_path},
	{"memif:", false, is_socket_path},
	{"ring:", false, is_ring_name},
};

/* The row of TEXT's kind; NULL: there is none. */
static const struct device *
find_device(const char *text)
{
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		if (strncmp(text, devices[i].kind, strlen(devices[i].kind)) == 0)
			return &devices[i];
	return NULL;
}

static int
set_device(const struct config_key *key, void *field, const char *text)
{
	const struct device *d = find_device(text);
	const char *arg = d != NULL ? text + strlen(d->kind) : "";

	return *arg != '\0' && d->takes(arg) ? set_text(key, field, text) : -EINVAL;
}

bool
config_device_is_kernel(const char *device)
{
	const struct device *d = find_device(device);

	return d != NULL && d->kernel;
}

static int
set_interface(const struct config_key *key, void *field, const char *text)
{
	return is_kernel_interface(text) ? set_text(key, field, text) : -EINVAL;
}

static int
set_cpu(const struct config_key *key, void *field, const char *text)
{
	uint64_t n;

	if (strcmp(text, "any") == 0)
		*(int *)field = -1;
	else if (config_digits(text, 10, (uint64_t)key->max, &n) == 0)
		*(int *)field = (int)n;
	else
		return -EINVAL;
	return 0;
}

/* One element of a CPU list, "3" or "4-7", ended by a comma or the end of the text.  Returns
 * where it ends; NULL: not one. */
static const char *
cpu_span(const char *text, long max, long *first, long *last)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	*first = *last = strtol(text, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return NULL;
		*last = strtol(end + 1, &end, 10);
	}
	return *first <= *last && *last <= max && (*end == ',' || *end == '\0') ? end : NULL;
}

static int
set_cpu_list(const struct config_key *key, void *field, const char *text)
{
	struct config_cpus list = {0};
	long first, last;

	for (;; text++) {
		if ((text = cpu_span(text, (long)key->max, &first, &last)) == NULL)
			return -EINVAL;
		for (long cpu = first; cpu <= last; cpu++) {
			if (list.n == SW_CORES)
				return -ENOSPC;
			list.cpu[list.n++] = (int)cpu;
		}
		if (*text == '\0')
			break;
	}
	*(struct config_cpus *)field = list;
	return 0;
}

static int
set_port_range(const struct config_key *key, void *field, const char *text)
{
	const char *dash = strchr(text, '-');
	char low[6] = "";
	uint64_t first, last;

	if (dash == NULL || (size_t)(dash - text) >= sizeof low)
		return -EINVAL;
	memcpy(low, text, (size_t)(dash - text));
	if (config_digits(low, 10, UINT16_MAX, &first) != 0 ||
		config_digits(dash + 1, 10, UINT16_MAX, &last) != 0)
		return -EINVAL;
	if (first < 1024 || first % 2 != 0 || last % 2 != 1 || last < first)
		return -EINVAL;
	*(struct config_ports *)field =
		(struct config_ports){.first = (uint16_t)first, .last = (uint16_t)last};
	return 0;
}

/* Nor is there any other interface of the mesh's name. */
bool
config_is_interface_name(const char *text)
{
	return is_name(text) && strcmp(text, CALL_MESH_INTERFACE) != 0;
}

const struct config_type config_type_number = {.set = set_number};
const struct config_type config_type_time = {.set = set_time};
const struct config_type config_type_choice = {.set = set_choice};
const struct config_type config_type_mode = {
	.takes = "permission bits in octal, such as 0660",
	.set = set_mode,
};
const struct config_type config_type_name = {
	.takes = "letters, digits, '.', '_' and '-', the first a letter or digit",
	.set = set_name,
};
const struct config_type config_type_path = {
	.takes = "a path that begins with '/'",
	.set = set_path,
};
const struct config_type config_type_text = {.takes = "text", .set = set_text};
const struct config_type config_type_device = {
	.takes = "xdp:INTERFACE, packet:INTERFACE, pci:ADDRESS, tap:INTERFACE, vhost:/SOCKET, "
		 "memif:/SOCKET or ring:NAME",
	.set = set_device,
};
const struct config_type config_type_interface = {
	.takes = "a kernel interface's name, at most 15 characters",
	.set = set_interface,
};
const struct config_type config_type_cpu = {
	.takes = "the number of a CPU, or any", .set = set_cpu};
const struct config_type config_type_cpu_list = {
	.takes = "CPU numbers, such as 1 or 2,4-6",
	.set = set_cpu_list,
};
const struct config_type config_type_port_range = {
	.takes = "EVEN-ODD, such as 30000-39999, from 1024 up",
	.set = set_port_range,
};

/* "a, b or c" */
static void
list_words(const char *const *words, char *buf, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; words[i] != NULL && used < size; i++) {
		const char *between = i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ";

		used += (size_t)snprintf(buf + used, size - used, "%s%s", between, words[i]);
	}
}

void
config_type_takes(const struct config_key *key, char *buf, size_t size)
{
	if (key->type->takes != NULL)
		snprintf(buf, size, "%s", key->type->takes);
	else if (key->words != NULL)
		list_words(key->words, buf, size);
	else if (key->type == &config_type_time)
		snprintf(buf, size, "a time such as 500ms, 30s or 2m, at most %llds",
			(long long)key->max / 1000);
	else
		snprintf(buf, size, "a number from %lld to %lld", (long long)key->min,
			(long long)key->max);
}

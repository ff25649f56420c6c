/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to value, one function a type.  Nothing but the field is written, and that only with a
 * value that is right. */
#include "relay/config_type.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "relay/call_mesh.h"
#include "relay/config.h"
#include "relay/config_keys.h"

/* Digits only (strtoull takes blanks and signs), at most MAX. */
static int
digits(const char *text, int base, uint64_t max, uint64_t *n)
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

	if (digits(text, 10, (uint64_t)key->max, &n) != 0 || n < (uint64_t)key->min)
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

	if (digits(text, 8, 0777, &n) != 0)
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
	else if (digits(text, 10, (uint64_t)key->max, &n) == 0)
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
	if (digits(low, 10, UINT16_MAX, &first) != 0 ||
		digits(dash + 1, 10, UINT16_MAX, &last) != 0)
		return -EINVAL;
	if (first < 1024 || first % 2 != 0 || last % 2 != 1 || last < first)
		return -EINVAL;
	*(struct config_ports *)field =
		(struct config_ports){.first = (uint16_t)first, .last = (uint16_t)last};
	return 0;
}

/* An address that one host can have: no wildcard, multicast, broadcast; none of one link alone
 * (RFC 3927, RFC 4291 2.5.6), which says nothing without an interface. */
static int
unicast(const char *text, struct sw_addr *addr)
{
	struct in6_addr ip6;
	struct in_addr ip4;

	memset(addr, 0, sizeof *addr);
	if (inet_pton(AF_INET, text, &ip4) == 1) {
		uint32_t ip = ntohl(ip4.s_addr);

		if (ip >> 24 == 0 || ip >> 24 >= 224 || ip >> 16 == 0xa9fe)
			return -EINVAL;
		addr->family = AF_INET;
		memcpy(addr->ip, &ip4, sizeof ip4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &ip6) == 1) {
		if (IN6_IS_ADDR_UNSPECIFIED(&ip6) || IN6_IS_ADDR_MULTICAST(&ip6) ||
			IN6_IS_ADDR_LINKLOCAL(&ip6) || IN6_IS_ADDR_V4MAPPED(&ip6))
			return -EINVAL;
		addr->family = AF_INET6;
		memcpy(addr->ip, &ip6, sizeof ip6);
		return 0;
	}
	return -EINVAL;
}

/* Copy the next word of *TEXT, which then stands at the one behind it.  0; -EINVAL: there is
 * none, or it does not fit. */
static int
next_word(const char **text, char *word, size_t room)
{
	size_t len = strcspn(*text, " \t");

	if (len == 0 || len >= room)
		return -EINVAL;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	*text += strspn(*text, " \t");
	return 0;
}

/* One "address": IP, maybe /BITS, maybe advertised IP of the same family. */
struct address {
	struct sw_addr addr, advertised;
	uint8_t bits;
};

/* IP or IP/BITS; cuts WORD in two. */
static int
address_and_bits(char *word, struct address *a)
{
	char *slash = strchr(word, '/');
	uint64_t bits = 0;

	if (slash != NULL)
		*slash++ = '\0';
	if (unicast(word, &a->addr) != 0)
		return -EINVAL;
	if (slash != NULL &&
		(digits(slash, 10, a->addr.family == AF_INET ? 32 : 128, &bits) != 0 ||
			bits == 0))
		return -EINVAL;
	a->bits = (uint8_t)bits;
	return 0;
}

static int
address(const char *text, struct address *a)
{
	char word[INET6_ADDRSTRLEN + sizeof "/128"];

	memset(a, 0, sizeof *a);
	if (next_word(&text, word, sizeof word) != 0 || address_and_bits(word, a) != 0)
		return -EINVAL;
	if (*text == '\0')
		return 0;
	if (next_word(&text, word, sizeof word) != 0 || strcmp(word, "advertised") != 0 ||
		next_word(&text, word, sizeof word) != 0 || *text != '\0')
		return -EINVAL;
	return unicast(word, &a->advertised) == 0 && a->advertised.family == a->addr.family
		       ? 0
		       : -EINVAL;
}

static int
set_address(const struct config_key *key, void *field, const char *text)
{
	struct config_addresses *list = field;
	struct address a;

	if (address(text, &a) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++) {
		if (memcmp(&list->addr[i], &a.addr, sizeof a.addr) == 0 ||
			(a.advertised.family != 0 &&
				memcmp(&list->advertised[i], &a.advertised,
					sizeof a.advertised) == 0))
			return -EEXIST;
	}
	if (list->n == SW_ADDRESSES)
		return -ENOSPC;
	list->addr[list->n] = a.addr;
	list->advertised[list->n] = a.advertised;
	list->bits[list->n++] = a.bits;
	return 0;
}

/* Nor is there any other interface of the mesh's name. */
bool
config_is_interface_name(const char *text)
{
	return is_name(text) && strcmp(text, CALL_MESH_INTERFACE) != 0;
}

static int
set_address_name(const struct config_key *key, void *field, const char *text)
{
	struct config_names *list = field;
	struct config_name one = {0};
	struct address a;

	if (next_word(&text, one.name, sizeof one.name) != 0 ||
		!config_is_interface_name(one.name) || address(text, &a) != 0 || a.bits != 0)
		return -EINVAL;
	one.addr = a.addr;
	one.advertised = a.advertised;
	for (unsigned i = 0; i < list->n; i++)
		if (strcmp(list->name[i].name, one.name) == 0 &&
			memcmp(&list->name[i].addr, &one.addr, sizeof one.addr) == 0)
			return -EEXIST;
	if (list->n == CONFIG_NAMES)
		return -ENOSPC;
	list->name[list->n++] = one;
	return 0;
}

/* Six pairs of hexadecimal digits; not a group's address, not all 0. */
static int
ethernet(const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (strlen(text) != 17)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		const char pair[3] = {text[i * 3], text[i * 3 + 1], '\0'};
		uint64_t byte;

		if (!isxdigit((unsigned char)pair[1]) || digits(pair, 16, 255, &byte) != 0 ||
			(i < 5 && text[i * 3 + 2] != ':'))
			return -EINVAL;
		mac[i] = (uint8_t)byte;
	}
	return (mac[0] & 1) != 0 || memcmp(mac, none, sizeof none) == 0 ? -EINVAL : 0;
}

static int
set_mac(const struct config_key *key, void *field, const char *text)
{
	uint8_t mac[6];

	if (ethernet(text, mac) != 0)
		return -EINVAL;
	memcpy(field, mac, sizeof mac);
	return 0;
}

static int
set_neighbour(const struct config_key *key, void *field, const char *text)
{
	struct config_neighbours *list = field;
	struct config_neighbour one = {0};
	char ip[INET6_ADDRSTRLEN];

	if (next_word(&text, ip, sizeof ip) != 0 || unicast(ip, &one.addr) != 0 ||
		ethernet(text, one.mac) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++) {
		if (memcmp(&list->neighbour[i].addr, &one.addr, sizeof one.addr) == 0)
			return -EEXIST;
	}
	if (list->n == CONFIG_NEIGHBOURS)
		return -ENOSPC;
	list->neighbour[list->n++] = one;
	return 0;
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
const struct config_type config_type_address = {
	.repeats = true,
	.takes =
		"an IPv4 or IPv6 address (not link-local, not multicast), or IP advertised IP; "
		"with a twin also IP/BITS",
	.set = set_address,
};
const struct config_type config_type_address_name = {
	.repeats = true,
	.takes =
		"NAME IP, or NAME IP advertised IP; the first IP is an address of the section",
	.set = set_address_name,
};
const struct config_type config_type_neighbour = {
	.repeats = true,
	.takes = "IP MAC, such as 192.0.2.9 02:00:00:00:00:09",
	.set = set_neighbour,
};
const struct config_type config_type_mac = {
	.takes = "an Ethernet address such as 02:00:00:00:00:01",
	.set = set_mac,
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

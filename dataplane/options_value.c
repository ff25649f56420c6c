/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of strowger-switch's command line, out of their text.  Main thread, at start. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/options_inside.h"

int
option_number(const char *text, long low, long high, long *out)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < low || n > high)
		return -EINVAL;
	*out = n;
	return 0;
}

int
option_number_u32(const char *text, long low, long high, uint32_t *out)
{
	long n;

	if (option_number(text, low, high, &n) != 0)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

int
option_pair(const char *text, char between, long high, long out[2])
{
	char first[OPTION_TEXT];
	const char *mid = strchr(text, between);

	if (mid == NULL || (size_t)(mid - text) >= sizeof first)
		return -EINVAL;
	memcpy(first, text, (size_t)(mid - text));
	first[mid - text] = '\0';
	return option_number(first, 0, high, &out[0]) == 0 &&
			       option_number(mid + 1, 0, high, &out[1]) == 0
		       ? 0
		       : -EINVAL;
}

int
option_copy(char *to, size_t room, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= room)
		return -EINVAL;
	memcpy(to, text, len + 1);
	return 0;
}

int
option_name(char to[SW_NAME], const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	if (text[0] == '.' || text[strspn(text, letters)] != '\0')
		return -EINVAL;
	return option_copy(to, SW_NAME, text);
}

int
option_address(const char *text, struct sw_addr *a)
{
	*a = (struct sw_addr){.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET};
	return inet_pton(a->family, text, a->ip) == 1 ? 0 : -EINVAL;
}

int
option_mac(const char *text, uint8_t mac[6])
{
	int used = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		    &mac[3], &mac[4], &mac[5], &used) != 6 ||
		text[used] != '\0' || used != 17)
		return -EINVAL;
	return mac[0] & 1 ? -EINVAL : 0; /* a group is nobody's own address */
}

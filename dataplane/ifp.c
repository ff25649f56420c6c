/* SPDX-License-Identifier: Apache-2.0
 *
 * See ifp.h. */
#include "dataplane/ifp.h"

#include <errno.h>
#include <stdbool.h>

enum {
	/* The first octet. */
	HAS_DATA = 0x80,
	IS_DATA = 0x40,  /* t30-data, not t30-indicator */
	EXTENDED = 0x20, /* an alternative that later versions have added: one octet more */
	TYPE = 0x0f,
	TYPE_SHIFT = 1,
	DATA_TYPES = 9, /* v21 .. v17-14400; of t30-indicator there are 16 */

	/* A field's. */
	FIELD_HAS_DATA = 0x80,
	FIELD_EXTENDED = 0x40,
	FIELDS_MAX = 0x7f, /* more would need a longer count */
};

/* Where reading has got to.  In version 0 fields begin at half octets. */
struct at {
	const uint8_t *p;
	size_t left;
	bool half; /* the upper one of *p has been read */
};

static bool
skip(struct at *a, size_t n)
{
	if (n > a->left)
		return false;
	a->p += n;
	a->left -= n;
	return true;
}

/* The type of a field, as of version 1; whether it HAS any data. */
static bool
field_type(struct at *a, bool *has)
{
	if (a->left == 0)
		return false;
	*has = (*a->p & FIELD_HAS_DATA) != 0;
	return skip(a, (*a->p & FIELD_EXTENDED) != 0 ? 2 : 1);
}

/* The same in version 0: data begins at a whole octet. */
static bool
field_type_0(struct at *a, bool *has)
{
	if (a->left == 0)
		return false;
	*has = (*a->p & (a->half ? FIELD_HAS_DATA >> 4 : FIELD_HAS_DATA)) != 0;
	if (!a->half && !*has) {
		a->half = true;
		return true;
	}
	a->half = false;
	return skip(a, 1);
}

static bool
field(struct at *a, unsigned version)
{
	size_t octets;
	bool has;

	if (!(version == 0 ? field_type_0 : field_type)(a, &has))
		return false;
	if (!has)
		return true;
	if (a->left < 2)
		return false;
	octets = ((size_t)a->p[0] << 8 | a->p[1]) + 1;
	return skip(a, 2) && skip(a, octets);
}

static bool
data_field(struct at *a, unsigned version)
{
	unsigned fields;

	if (a->left == 0 || *a->p > FIELDS_MAX)
		return false;
	fields = *a->p;
	skip(a, 1);
	for (unsigned i = 0; i < fields; i++)
		if (!field(a, version))
			return false;
	return !a->half || skip(a, 1);
}

int
ifp_length(const uint8_t *p, size_t len, unsigned version)
{
	struct at a = {.p = p, .left = len};

	if (len == 0 || !skip(&a, (p[0] & EXTENDED) != 0 ? 2 : 1))
		return -EBADMSG;
	if ((p[0] & (IS_DATA | EXTENDED)) == IS_DATA &&
		(p[0] >> TYPE_SHIFT & TYPE) >= DATA_TYPES)
		return -EBADMSG;
	if ((p[0] & HAS_DATA) != 0 && !data_field(&a, version))
		return -EBADMSG;
	return (int)(len - a.left);
}

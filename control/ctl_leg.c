/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_leg.h.  Only what the short form itself needs is checked: the daemon checks the
 * values. */
#include "control/ctl_leg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/nearest.h"
#include "control/wipe.h"

/* Values -> JSON; NULL: it is no such thing. */

static json_t *
number(const char *value)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(value, &end, 10);
	return errno == 0 && end != value && *end == '\0' ? json_integer(n) : NULL;
}

static json_t *
yes_no(const char *value)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0)
		return json_true();
	if (strcmp(value, "no") == 0 || strcmp(value, "false") == 0)
		return json_false();
	return NULL;
}

/* 10.0.0.2:4000, [2001:db8::2]:4000 */
static json_t *
address(const char *value)
{
	const char *colon = strrchr(value, ':');
	json_t *port = colon == NULL ? NULL : number(colon + 1);
	size_t len = colon == NULL ? 0 : (size_t)(colon - value);

	if (len >= 2 && value[0] == '[' && value[len - 1] == ']') {
		value++;
		len -= 2;
	}
	if (port == NULL || len == 0) {
		json_decref(port);
		return NULL;
	}
	return json_pack("{s:s%, s:o}", "address", value, len, "port", port);
}

/* VALUE as member NAME of O, if there is one.  False: it is no number. */
static bool
put_optional(json_t *o, const char *name, const char *value)
{
	return value == NULL || json_object_set_new(o, name, number(value)) == 0;
}

/* opus, opus:96, L16/16000/2:97: as a=rtpmap has it, and behind that the payload type. */
static json_t *
codec(char *text)
{
	char *type = text, *rest = strsep(&type, ":");
	const char *name = strsep(&rest, "/"), *clock = strsep(&rest, "/");
	json_t *o = json_pack("{s:s}", "name", name);

	if (name[0] != '\0' && put_optional(o, "clock", clock) &&
		put_optional(o, "channels", rest) && put_optional(o, "payload_type", type))
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
codecs(const char *value)
{
	char *copy = strdup(value), *rest = copy, *one;
	json_t *list = json_array();

	while ((one = strsep(&rest, "+")) != NULL)
		if (json_array_append_new(list, codec(one)) != 0)
			break;
	free(copy);
	if (one == NULL)
		return list;
	json_decref(list);
	return NULL;
}

/* What may be said of a leg. */
static const struct key {
	const char *name;
	enum { LEG, STREAM, REMOTE, SRTP } part; /* of the leg, that it is said of */
	const char *field; /* its name there; NULL: what is read is several, in an object */
	json_t *(*read)(const char *value);
	const char *takes;
} keys[] = {
	{"name", LEG, "name", json_string, "text"},
	{"type", LEG, "type", json_string, "text"},
	{"sid", LEG, "sid", json_string, "text"},
	{"did", LEG, "did", json_string, "text"},
	{"from", LEG, "from", json_string, "text"},
	{"identity", LEG, "identity", json_string, "text"},
	{"interface", LEG, "interface", json_string, "text"},
	{"family", LEG, "family", json_string, "text"},
	{"media", STREAM, "media", json_string, "text"},
	{"remote", REMOTE, NULL, address, "ADDRESS:PORT or [ADDRESS]:PORT"},
	{"rtcp_address", REMOTE, "rtcp_address", json_string, "text"},
	{"rtcp_port", REMOTE, "rtcp_port", number, "a number"},
	{"rtcp_mux", STREAM, "rtcp_mux", yes_no, "yes or no"},
	{"direction", STREAM, "direction", json_string, "text"},
	{"source", STREAM, "source", json_string, "text"},
	{"latch_ms", STREAM, "latch_ms", number, "a number"},
	{"clock", STREAM, "clock", number, "a number"},
	{"dscp", STREAM, "dscp", number, "a number"},
	{"closed", STREAM, "closed", yes_no, "yes or no"},
	{"reopen", STREAM, "reopen", yes_no, "yes or no"},
	{"codec", STREAM, "codec", json_string, "text"},
	{"codecs", STREAM, "codecs", codecs, "NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
	{"suite", SRTP, "suite", json_string, "text"},
	{"key", SRTP, "key", json_string, "text"},
	{"mki", SRTP, "mki", json_string, "text"},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static const struct key *
find(const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static int
unknown(const char *name, char *error, size_t room)
{
	const char *names[KEYS + 1] = {NULL};
	const char *near;

	for (size_t i = 0; i < KEYS; i++)
		names[i] = keys[i].name;
	near = nearest(name, names);
	snprintf(error, room, "a leg has no %.32s=%s%s%s", name,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "=?" : "");
	return -1;
}

/* The object that PART of LEG is, made if need be. */
static json_t *
part_of(json_t *leg, json_t *stream, int part)
{
	const char *name = part == REMOTE ? "remote" : "srtp";
	json_t *o;

	if (part == LEG || part == STREAM)
		return part == LEG ? leg : stream;
	o = json_object_get(stream, name);
	if (o == NULL) {
		o = json_object();
		json_object_set_new(stream, name, o);
	}
	return o;
}

/* One NAME=VALUE. */
static int
add(json_t *leg, json_t *stream, char *pair, char *error, size_t room)
{
	char *value = strchr(pair, '=');
	const struct key *k;
	json_t *read, *part;

	if (value == NULL) {
		snprintf(error, room, "a leg is NAME=VALUE,...: one part has no '='");
		return -1;
	}
	*value++ = '\0';
	k = find(pair);
	if (k == NULL)
		return unknown(pair, error, room);
	read = k->read(value);
	if (read == NULL) {
		snprintf(error, room, "%s= takes %s", k->name, k->takes);
		return -1;
	}
	part = part_of(leg, stream, k->part);
	if (k->field == NULL)
		json_object_update_new(part, read);
	else
		json_object_set_new(part, k->field, read);
	return 0;
}

/* One of the mesh, of which nothing need be said. */
static bool
has_own_stream(const json_t *leg)
{
	const char *type = json_string_value(json_object_get(leg, "type"));

	return type != NULL && strcmp(type, "vomp") == 0;
}

json_t *
ctl_leg_parse(const char *text, char *error, size_t room)
{
	json_t *stream = json_object();
	json_t *leg = json_object();
	char *copy = strdup(text), *rest = copy, *pair;
	int bad = copy == NULL ? -1 : 0;

	while (bad == 0 && (pair = strsep(&rest, ",")) != NULL)
		bad = add(leg, stream, pair, error, room);
	wipe_free(copy); /* there may be a key in it */
	if (bad == 0) {
		if (json_object_size(stream) > 0 || !has_own_stream(leg))
			json_object_set_new(leg, "streams", json_pack("[O]", stream));
		json_decref(stream);
		return leg;
	}
	json_decref(stream);
	json_decref(leg);
	return NULL;
}

const char *
ctl_leg_key(size_t n)
{
	return n < KEYS ? keys[n].name : NULL;
}

const char *
ctl_leg_keys(char *buf, size_t room)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < KEYS && len < room; i++) {
		const char *gap = i % 8 == 0 ? ",\n  " : ", ";

		len += (size_t)snprintf(
			buf + len, room - len, "%s%s=", i > 0 ? gap : "", keys[i].name);
	}
	return buf;
}

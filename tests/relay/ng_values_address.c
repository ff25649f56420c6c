/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_values.h: addresses, whom we take for a party, and what becomes of its packets. */
#include <stdlib.h>

#include "relay/coding.h"
#include "tests/relay/ng_values.h"

static bool
is_at(const uint8_t *ip, size_t len)
{
	return memcmp(talk_stream(CALLER, 0)->remote.ip, ip, len) == 0;
}

static bool
is_received4(void)
{
	static const uint8_t there[] = {203, 0, 113, 7};

	return is_at(there, sizeof there);
}

static bool
is_received6(void)
{
	static const uint8_t there[] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};

	return is_at(there, sizeof there);
}

static bool
callee_is_on_priv(void)
{
	return strcmp(pair.call->leg[CALLEE].interface, "priv") == 0;
}

static bool
caller_is_on_priv(void)
{
	return strcmp(pair.call->leg[CALLER].interface, "priv") == 0;
}

static bool
both_are_on_priv(void)
{
	return caller_is_on_priv() && callee_is_on_priv();
}

static bool
is_best(void)
{
	return talk_stream(CALLER, 0)->source == REQUEST_BEST;
}

static bool
is_latched(void)
{
	return talk_stream(CALLER, 0)->source == REQUEST_LATCH;
}

static bool
is_newest(void)
{
	return talk_stream(CALLER, 0)->source == REQUEST_NEWEST;
}

static bool
is_any(void)
{
	return talk_stream(CALLER, 0)->source == REQUEST_ANY;
}

static bool
has_dscp_46(void)
{
	return talk_stream(CALLER, 0)->dscp == 46 && talk_stream(CALLEE, 0)->dscp == 46;
}

/* What is done to what each party says: it passes, goes nowhere, or comes back. */
static bool
fate_is(bool caller_echo, bool callee_echo, bool passes)
{
	const struct coding *a = talk_stream(CALLER, 0)->coding,
			    *b = talk_stream(CALLEE, 0)->coding;

	return a->echo == caller_echo && b->echo == callee_echo &&
	       a->block == (!passes && !caller_echo) && b->block == (!passes && !callee_echo);
}

static bool
is_dropped(void)
{
	return fate_is(false, false, false);
}

static bool
passes(void)
{
	return fate_is(false, false, true);
}

static bool
callee_hears_itself(void)
{
	return fate_is(false, true, false);
}

static bool
caller_hears_itself(void)
{
	return fate_is(true, false, false);
}

static bool
both_hear_themselves(void)
{
	return fate_is(true, true, false);
}

#define RECEIVED_FROM "family and address, or an address"
#define RECEIVED ",\"flags\":[\"SIP-source-address\"]"
#define FROM_V6 "c=IN IP6 2001:db8::10\n"

const struct value_row ng_values_address[] = {
	{"received-from", RECEIVED_FROM, .json = "[\"IP4\",\"203.0.113.7\"]",
		ONE(RECEIVED, AUDIO), .is = is_received4},
	{"received-from", RECEIVED_FROM, .json = "\"IP4 203.0.113.7\"", ONE(RECEIVED, AUDIO),
		.is = is_received4},
	{"received-from", RECEIVED_FROM, .json = "[\"IP6\",\"2001:db8::7\"]",
		ONE(RECEIVED, AUDIO), .is = is_received6},
	{"received-from", RECEIVED_FROM, .json = "\"203.0.113.7\"", ONE(RECEIVED, AUDIO),
		.is = is_received4},
	{"received-from", RECEIVED_FROM, .json = "[\"203.0.113.7\"]", ONE(RECEIVED, AUDIO),
		.is = is_received4},
	{"received-from", RECEIVED_FROM, .json = "\"[2001:db8::7]\"", ONE(RECEIVED, AUDIO),
		.is = is_received6},

	{"direction", "two interfaces", .json = "[\"pub\",\"priv\"]", ONE("", AUDIO),
		.has = {"c=IN IP4 10.99.2.1\r\n"}, .is = callee_is_on_priv},
	{"direction", "two interfaces", .json = "\"priv,pub\"", ONE("", AUDIO),
		.has = {"c=IN IP4 10.99.1.1\r\n"}, .is = caller_is_on_priv},
	{"from-interface", "interface", "priv", TWO("", AUDIO, "", PCMU_BACK),
		.has = {"c=IN IP4 10.99.2.1\r\n"}, .is = caller_is_on_priv},
	{"to-interface", "interface", "priv", ONE("", AUDIO),
		.has = {"c=IN IP4 10.99.2.1\r\n"}, .is = callee_is_on_priv},
	{"interface", "interface", .json = "\"priv\"", ONE("", AUDIO), .is = both_are_on_priv},

	{"address-family", "IP6", NULL, ONE("", AUDIO), .has = {"c=IN IP6 fd00:99:1::1\r\n"}},
	{"address-family", "IP4", NULL, ONE("", FROM_V6 AUDIO),
		.has = {"c=IN IP4 10.99.1.1\r\n"}},
	{"media-address", "address", "203.0.113.9", ONE("", AUDIO),
		.has = {"c=IN IP4 203.0.113.9\r\n"}, .hides = {"10.99.1.1\r"}},
	{"media-address", "address", "203.0.113.9",
		ONE(",\"flags\":[\"full-rtcp-attribute\"]", AUDIO),
		.has = {"a=rtcp:30003 IN IP4 203.0.113.9\r\n"}},
	{"media-address", "address", "2001:db8::9", ONE("", AUDIO),
		.has = {"c=IN IP6 2001:db8::9\r\n"}},
	{"media-address", "address", "203.0.113.9", .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.has = {"c=IN IP4 203.0.113.9\r\n"}},

	{"endpoint-learning", "heuristic", NULL, ONE("", AUDIO), .is = is_best,
		.is_usual = true},
	{"endpoint-learning", "immediate", NULL, ONE("", AUDIO), .is = is_latched},
	{"endpoint-learning", "delayed", NULL, ONE("", AUDIO), .is = is_newest},
	{"endpoint-learning", "off", NULL, ONE("", AUDIO), .is = is_any},

	{"TOS", "0 to 255", "184", ONE("", AUDIO), .is = has_dscp_46},
	{"TOS", "0 to 255", "184", .at = 1, TWO("", AUDIO, "", PCMU_BACK), .is = has_dscp_46},
	/* It holds until another is said; what is none changes nothing. */
	{"TOS", "0 to 255", "184", TWO("", AUDIO, "", PCMU_BACK), .is = has_dscp_46},
	{"TOS", "0 to 255", "256", TWO(",\"TOS\":185", AUDIO, "", PCMU_BACK), .at = 1,
		.is = has_dscp_46, .is_usual = true},
	{"TOS", "0 to 255", "-1", TWO(",\"TOS\":185", AUDIO, "", PCMU_BACK), .at = 1,
		.is = has_dscp_46, .is_usual = true},

	{"drop-traffic", "start", NULL, ONE("", AUDIO), .is = is_dropped},
	{"drop-traffic", "start", NULL, .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.is = is_dropped},
	{"drop-traffic", "stop", NULL, .at = 1,
		TWO(",\"drop-traffic\":\"start\"", AUDIO, "", PCMU_BACK), .is = passes},
	{"drop-traffic", "stop", NULL, .at = 1,
		TWO(",\"media-echo\":\"both\"", AUDIO, "", PCMU_BACK), .is = passes},
	{"media-echo", "blackhole", NULL, ONE("", AUDIO), .is = is_dropped},
	{"media-echo", "sinkhole", NULL, ONE("", AUDIO), .is = is_dropped},
	{"media-echo", "forward", NULL, ONE("", AUDIO), .is = callee_hears_itself},
	{"media-echo", "backwards", NULL, ONE("", AUDIO), .is = caller_hears_itself},
	{"media-echo", "forward", NULL, .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.is = caller_hears_itself},
	{"media-echo", "backwards", NULL, .at = 1, TWO("", AUDIO, "", PCMU_BACK),
		.is = callee_hears_itself},
	{"media-echo", "both", NULL, ONE("", AUDIO), .is = both_hear_themselves},
	{NULL},
};

/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate.c: what offers and answers mean for a call, beyond what is recorded of
 * rtpengine (test_negotiate_vectors.c): addresses, ports, lines, the session, and what is
 * refused. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "relay/bridge.h"
#include "relay/coding.h"
#include "relay/config.h"
#include "tests/relay/ng_talk.h"

/* ---- Addresses and ports. ---- */

START_TEST(both_parties_have_ports_from_the_offer_on)
{
	OFFER("", AUDIO);
	ck_assert_uint_eq(pair.call->legs, 2);
	ck_assert_uint_ne(talk_stream(CALLER, 0)->port, 0);
	ck_assert_uint_ne(talk_stream(CALLEE, 0)->port, 0);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 4000);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.family, 0);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.port, 5000);
}
END_TEST

START_TEST(a_hold_keeps_the_address_and_stops_what_is_sent_there)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	OFFER("", "c=IN IP4 0.0.0.0\n" AUDIO);
	/* The second c= of the session counts. */
	TELLS("c=IN IP4 0.0.0.0");
	TELLS("a=sendonly");
	ANSWER("", "m=audio 5000 RTP/AVP 0\na=recvonly\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDONLY);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 4000);
	OFFER("", AUDIO);
	TELLS("a=sendrecv");
	HIDES("0.0.0.0");
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDRECV);
}
END_TEST

START_TEST(a_zero_address_is_hidden_on_demand)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	OFFER(",\"replace\":[\"zero-address\"]", "c=IN IP4 0.0.0.0\n" AUDIO);
	HIDES("c=IN IP4 0.0.0.0");
	TELLS("a=sendonly");
	OFFER(",\"flags\":[\"original-sendrecv\"]", "c=IN IP4 0.0.0.0\n" AUDIO);
	TELLS("c=IN IP4 0.0.0.0");
	TELLS("a=sendrecv");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->direction, REQUEST_SENDONLY);
}
END_TEST

/* But not of who is talked with (test_negotiate_running.c). */
START_TEST(who_moves_gets_the_other_one_a_new_port)
{
	uint16_t before;

	OFFER("", AUDIO);
	before = talk_stream(CALLEE, 0)->port;
	OFFER("", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, before);
	OFFER("", "m=audio 4100 RTP/AVP 0\n");
	ck_assert_uint_ne(talk_stream(CALLEE, 0)->port, before);
	before = talk_stream(CALLEE, 0)->port;
	OFFER(",\"flags\":[\"port-latching\"]", "m=audio 4200 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, before);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	/* Another answer of another phone: the caller's media moves with it. */
	before = talk_stream(CALLER, 0)->port;
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->port, before);
	ANSWER("", "m=audio 5100 RTP/AVP 0\n");
	ck_assert_uint_ne(talk_stream(CALLER, 0)->port, before);
}
END_TEST

#define NO_LATCHING ",\"flags\":[\"no-port-latching\"]"

/* Each re-INVITE of a hold says the same, as session timers have it, and so does its end, but
 * for the address. */
START_TEST(who_is_held_at_another_port_moves_once)
{
	uint16_t before;

	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	before = talk_stream(CALLEE, 0)->port;
	OFFER(NO_LATCHING, "c=IN IP4 0.0.0.0\nm=audio 4100 RTP/AVP 0\n");
	ck_assert_uint_ne(talk_stream(CALLEE, 0)->port, before);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 4100);
	before = talk_stream(CALLEE, 0)->port;
	OFFER(NO_LATCHING, "c=IN IP4 0.0.0.0\nm=audio 4100 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, before);
	OFFER(NO_LATCHING, "m=audio 4100 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, before);
	OFFER(NO_LATCHING, AUDIO);
	ck_assert_uint_ne(talk_stream(CALLEE, 0)->port, before);
}
END_TEST

/* NATs give any port to anybody. */
START_TEST(the_last_port_is_one)
{
	OFFER("", "m=audio 65535 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 65535);
	ck_assert_uint_eq(call_remote_rtcp(talk_stream(CALLER, 0)).port, 65535);
	ANSWER("", "m=audio 65535 RTP/AVP 0\na=rtcp-mux\n");
	ck_assert_uint_eq(call_remote_rtcp(talk_stream(CALLEE, 0)).port, 65535);
	OFFER("", "m=audio 65535 RTP/AVP 0\na=rtcp:65534\n");
	ck_assert_uint_eq(call_remote_rtcp(talk_stream(CALLER, 0)).port, 65534);
	OFFER("", "m=image 65535 udptl t38\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 65535);
}
END_TEST

#define PCMU_BACK "m=audio 5000 RTP/AVP 0\n"
#define IP6 "c=IN IP6 fd00:99:1::10\n"

START_TEST(who_comes_by_another_family_is_met_there)
{
	uint16_t caller, callee;

	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	caller = talk_stream(CALLER, 0)->port;
	callee = talk_stream(CALLEE, 0)->port;
	OFFER("", IP6 AUDIO);
	TELLS("c=IN IP4 10.99.1.1");
	ck_assert_uint_ne(talk_stream(CALLEE, 0)->port, callee);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	TELLS("c=IN IP6 fd00:99:1::1");
	ck_assert_uint_eq(pair.call->leg[CALLER].local.family, AF_INET6);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.family, AF_INET6);
	ck_assert_uint_ne(talk_stream(CALLER, 0)->port, caller);
	/* And stays, also on hold. */
	caller = talk_stream(CALLER, 0)->port;
	OFFER("", "c=IN IP4 0.0.0.0\n" AUDIO);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->port, caller);
	/* The other one, when the client says so. */
	OFFER(",\"address-family\":\"IP6\"", IP6 AUDIO);
	TELLS("c=IN IP6 fd00:99:1::1");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.family, 0);
}
END_TEST

/* The first one that sends, however late. */
static void
must_be_learned_late(unsigned leg, unsigned n)
{
	ck_assert_uint_eq(talk_stream(leg, n)->source, REQUEST_LATCH);
	ck_assert_uint_ge(talk_stream(leg, n)->latch_ms, 60000);
}

START_TEST(who_answers_by_another_family_is_heard_where_it_was_told)
{
	uint16_t port;

	OFFER("", AUDIO);
	port = talk_stream(CALLEE, 0)->port;
	ANSWER("", IP6 "m=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, port);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.family, 0);
	must_be_learned_late(CALLEE, 0);
	/* And so it stays: it might reject the offer. */
	OFFER("", AUDIO);
	TELLS("c=IN IP4 10.99.1.1");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, port);
}
END_TEST

/* As rtpengine, which takes what the interface has. */
START_TEST(where_there_is_one_family_alone_everybody_gets_that)
{
	static struct sw_state node = {.addresses = 1,
		.address = {{.addr = {.family = AF_INET}, .interface = "pub"}}};
	uint16_t port;

	pair.node = &node;
	OFFER(",\"address-family\":\"IP6\"", IP6 AUDIO);
	TELLS("c=IN IP4 10.99.1.1");
	ck_assert_uint_eq(pair.call->leg[CALLER].local.family, AF_INET);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.family, 0);
	must_be_learned_late(CALLER, 0);
	port = talk_stream(CALLEE, 0)->port;
	ANSWER("", IP6 "m=audio 5000 RTP/AVP 0\n");
	TELLS("c=IN IP4 10.99.1.1");
	must_be_learned_late(CALLEE, 0);
	OFFER(",\"address-family\":\"IP6\"", IP6 AUDIO);
	TELLS("c=IN IP4 10.99.1.1");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->port, port);
	OFFER("", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.family, AF_INET);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->source, REQUEST_BEST);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->latch_ms, 3000);
}
END_TEST

/* Also where the last one would be learned; but not where nobody would. */
START_TEST(of_who_is_out_of_reach_the_first_one_is_learned)
{
	OFFER("", AUDIO);
	ANSWER(",\"endpoint-learning\":\"delayed\"", IP6 "m=audio 5000 RTP/AVP 0\n");
	must_be_learned_late(CALLEE, 0);
	ANSWER(",\"endpoint-learning\":\"off\"", IP6 "m=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->source, REQUEST_ANY);
	ANSWER("", "c=IN IP4 0.0.0.0\nm=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->latch_ms, 3000);
}
END_TEST

/* One leg has one address. */
START_TEST(a_line_of_another_family_than_the_first_is_learned)
{
	OFFER("", AUDIO "m=video 4002 RTP/AVP 96\n" IP6 "a=rtpmap:96 VP8/90000\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.family, AF_INET);
	ck_assert_uint_eq(talk_stream(CALLER, 1)->remote.family, 0);
	must_be_learned_late(CALLER, 1);
}
END_TEST

/* Whose c= are none of the call's: one that is left out, also when it comes again, and one
 * that goes from party to party. */
START_TEST(a_line_that_is_not_relayed_has_no_say_in_the_family)
{
	static const char lines[] =
		"m=video 4002 RTP/AVP 96\n" IP6 "a=rtpmap:96 VP8/90000\n"
		"m=message 4004 RTP/AVP 97\n" IP6 "a=rtpmap:97 t140/1000\n" AUDIO;

	for (unsigned i = 0; i < 2; i++) {
		OFFER(",\"sdp-media-remove\":[\"video\"]", lines);
		ck_assert_uint_eq(pair.call->leg[CALLER].local.family, AF_INET);
		ck_assert_uint_eq(pair.call->leg[CALLEE].local.family, AF_INET);
		ck_assert_uint_eq(talk_stream(CALLER, 2)->remote.family, AF_INET);
	}
}
END_TEST

START_TEST(learning_says_whom_we_take_for_a_party)
{
	static const struct {
		const char *keys;
		enum request_source source;
	} rows[] = {
		{"", REQUEST_BEST},
		{",\"endpoint-learning\":\"heuristic\"", REQUEST_BEST},
		{",\"endpoint-learning\":\"immediate\"", REQUEST_LATCH},
		{",\"endpoint-learning\":\"delayed\"", REQUEST_NEWEST},
		{",\"endpoint-learning\":\"off\"", REQUEST_ANY},
		{",\"flags\":[\"asymmetric\"]", REQUEST_ANY},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t relatch = pair.call != NULL ? talk_stream(CALLER, 0)->relatch : 0;

		OFFER(rows[i].keys, AUDIO);
		ck_assert_int_eq(talk_stream(CALLER, 0)->source, rows[i].source);
		ck_assert_uint_ne(talk_stream(CALLER, 0)->relatch, relatch);
	}
}
END_TEST

START_TEST(who_has_offered_may_begin_with_the_answer)
{
	uint32_t relatch;
	struct stream *caller;

	OFFER("", AUDIO);
	relatch = talk_stream(CALLER, 0)->relatch;
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->relatch, relatch + 1);
	/* But whose early media has come goes on with that. */
	OFFER("", AUDIO);
	caller = &pair.call->leg[CALLER].stream[0];
	relatch = caller->relatch;
	call_see(caller)->latched_at = relatch + 1;
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_uint_eq(talk_stream(CALLER, 0)->relatch, relatch);
}
END_TEST

START_TEST(who_only_receives_is_not_waited_for)
{
	static const struct {
		const char *direction;
		uint8_t wait;
	} rows[] = {{"recvonly", 0}, {"sendonly", 1}, {"inactive", 0}, {"sendrecv", 1}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char sdp[128];

		snprintf(sdp, sizeof sdp, AUDIO "a=%s\n", rows[i].direction);
		OFFER(",\"flags\":[\"NAT-wait\"]", sdp);
		ck_assert_uint_eq(talk_stream(CALLER, 0)->wait, rows[i].wait);
	}
}
END_TEST

START_TEST(who_has_made_the_sdp_may_be_told_where_we_are)
{
	struct sw_transport t;

	OFFER(",\"flags\":[\"pierce-NAT\"]", AUDIO);
	bridge_transport(&pair.call->leg[CALLER], talk_stream(CALLER, 0), &t);
	ck_assert_uint_eq(t.pierce, 1);
	bridge_transport(&pair.call->leg[CALLEE], talk_stream(CALLEE, 0), &t);
	ck_assert_uint_eq(t.pierce, 0);
	ANSWER(",\"flags\":[\"pierce-NAT\"]", AUDIO);
	bridge_transport(&pair.call->leg[CALLEE], talk_stream(CALLEE, 0), &t);
	ck_assert_uint_eq(t.pierce, 1);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->pierce, 1);
	OFFER("", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->pierce, 0);
}
END_TEST

START_TEST(who_is_behind_nat_may_be_waited_for)
{
	struct sw_transport t;

	OFFER(",\"flags\":[\"NAT-wait\"]", AUDIO);
	bridge_transport(&pair.call->leg[CALLER], talk_stream(CALLER, 0), &t);
	ck_assert_uint_eq(t.waits, 1);
	bridge_transport(&pair.call->leg[CALLEE], talk_stream(CALLEE, 0), &t);
	ck_assert_uint_eq(t.waits, 0);
	ANSWER(",\"flags\":[\"NAT-wait\",\"asymmetric\"]", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->wait, 1);
	bridge_transport(&pair.call->leg[CALLEE], talk_stream(CALLEE, 0), &t);
	ck_assert_uint_eq(t.waits, 0); /* for ever: its address is not learned */
	OFFER("", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->wait, 0);
}
END_TEST

START_TEST(an_interface_that_there_is_not_is_the_default)
{
	static struct sw_state node = {.addresses = 2,
		.address = {{.addr = {.family = AF_INET}, .interface = "pub"},
			{.addr = {.family = AF_INET6}, .interface = "priv"}}};

	pair.node = &node;
	OFFER(",\"direction\":[\"external\",\"priv\"]", AUDIO);
	ck_assert_str_eq(pair.call->leg[CALLER].interface, "");
	ck_assert_str_eq(pair.call->leg[CALLEE].interface, "priv");
	/* Which has no address of the caller's family. */
	ck_assert_uint_eq(pair.families[CALLER], AF_INET);
	ck_assert_uint_eq(pair.families[CALLEE], 0);
}
END_TEST

START_TEST(an_interface_may_be_another_name_of_an_address)
{
	static struct sw_state node = {.addresses = 2,
		.address = {{.addr = {.family = AF_INET, .ip = {10, 0, 0, 1}},
				    .interface = "eth0"},
			{.addr = {.family = AF_INET, .ip = {10, 1, 0, 1}},
				.interface = "eth1"}}};
	static struct config conf = {.interfaces = 1,
		.interface = {{.name = "eth0",
			.names = {.n = 1,
				.name = {{.name = "ext",
					.addr = {.family = AF_INET, .ip = {10, 0, 0, 1}}}}}}}};

	pair.node = &node;
	pair.conf = &conf;
	OFFER(",\"direction\":[\"eth0\",\"ext\"]", AUDIO);
	ck_assert_str_eq(pair.call->leg[CALLER].interface, ""); /* it is called ext alone */
	ck_assert_str_eq(pair.call->leg[CALLEE].interface, "ext");
	ck_assert_uint_eq(pair.families[CALLER], AF_INET);
	ck_assert_uint_eq(pair.families[CALLEE], AF_INET);
}
END_TEST

START_TEST(a_call_may_be_cut_or_hear_itself)
{
	enum { DROPPED = 1, ECHOED = 2 };
	/* In their order; of what the caller and the callee say. */
	static const struct {
		const char *keys;
		unsigned caller, callee;
	} rows[] = {
		{"", 0, 0},
		{",\"media-echo\":\"blackhole\"", DROPPED, DROPPED},
		{"", DROPPED, DROPPED},
		{",\"media-echo\":\"forward\"", DROPPED, ECHOED},
		{",\"media-echo\":\"backwards\"", ECHOED, DROPPED},
		{",\"media-echo\":\"both\"", ECHOED, ECHOED},
		{"", ECHOED, ECHOED},
		{",\"drop-traffic\":\"stop\"", 0, 0},
		{",\"drop-traffic\":\"start\"", DROPPED, DROPPED},
		{",\"media-echo\":\"sinkhole\"", DROPPED, DROPPED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned said[] = {rows[i].caller, rows[i].callee};

		OFFER(rows[i].keys, AUDIO);
		for (unsigned leg = CALLER; leg <= CALLEE; leg++) {
			const struct coding *c = talk_stream(leg, 0)->coding;

			ck_assert_msg(c->block == (said[leg] == DROPPED) &&
					      c->echo == (said[leg] == ECHOED),
				"row %zu, leg %u: block %u, echo %u", i, leg, c->block,
				c->echo);
		}
	}
	/* An answer's `forward` is the caller. */
	ANSWER(",\"media-echo\":\"forward\"", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->echo, 1);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->coding->block, 1);
}
END_TEST

/* Flags and keys that change the SDP alone. */
START_TEST(what_is_asked_of_the_sdp_is_done)
{
	static const char extmap[] = AUDIO "a=extmap:1 urn:x\n";
	static const struct {
		const char *keys, *lines, *has, *hides;
	} rows[] = {
		{"", AUDIO, "a=rtcp:30003\r\n", "a=rtcp:30003 IN"},
		{",\"flags\":[\"full-rtcp-attribute\"]", AUDIO,
			"a=rtcp:30003 IN IP4 10.99.1.1\r\n", NULL},
		{",\"flags\":[\"no-rtcp-attribute\"]", AUDIO, "m=audio 30002", "a=rtcp:"},
		{",\"media-address\":\"[2001:db8::7]\"", AUDIO, "c=IN IP6 2001:db8::7\r\n",
			"["},
		{",\"media-address\":\"203.0.113.9\"", AUDIO, "c=IN IP4 203.0.113.9\r\n",
			"c=IN IP4 10.99.1.1"},
		{"", extmap, "a=extmap:1 urn:x\r\n", NULL},
		{",\"flags\":[\"strip-extmap\"]", extmap, "m=audio 30002", "a=extmap"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		OFFER(rows[i].keys, rows[i].lines);
		ck_assert_msg(strstr(told, rows[i].has) != NULL, "%zu: %s", i, told);
		if (rows[i].hides != NULL)
			HIDES(rows[i].hides);
		talk_teardown();
		talk_setup();
	}
}
END_TEST

START_TEST(who_has_sent_the_sip_message_may_count)
{
	static const char keys[] = ",\"received-from\":[\"IP4\",\"203.0.113.7\"],"
				   "\"flags\":[\"SIP-source-address\"]";
	static const uint8_t said[] = {203, 0, 113, 7};

	OFFER(keys, AUDIO);
	ck_assert_mem_eq(talk_stream(CALLER, 0)->remote.ip, said, sizeof said);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->remote.port, 4000);
	OFFER(",\"received-from\":\"203.0.113.7\"", AUDIO); /* which alone says nothing */
	ck_assert_mem_ne(talk_stream(CALLER, 0)->remote.ip, said, sizeof said);
}
END_TEST

/* RFC 3605.  What is no address that RTCP could go to from the same port says nothing. */
START_TEST(rtcp_goes_where_the_sdp_says)
{
	static const char received[] = ",\"received-from\":[\"IP4\",\"203.0.113.7\"],"
				       "\"flags\":[\"SIP-source-address\"]";
	static const uint8_t there[4] = {198, 51, 100, 9};
	static const struct {
		const char *keys, *lines;
		uint16_t port;
		bool there;
	} rows[] = {
		{"", "a=rtcp:5001 IN IP4 198.51.100.9\n", 5001, true},
		{"", "a=rtcp:5001 IN IP4 198.51.100.9\na=rtcp-mux\n", 4001, false},
		{"", "a=rtcp:5001\n", 5001, false},
		{"", "", 4001, false},
		{"", "a=rtcp:5001 IN IP4 0.0.0.0\n", 5001, false},
		{"", "a=rtcp:5001 IN IP4 224.0.0.1\n", 5001, false},
		{"", "a=rtcp:5001 IN IP6 2001:db8::9\n", 5001, false},
		{"", "a=rtcp:5001 IN IP4 phone.example\n", 5001, false},
		{received, "a=rtcp:5001 IN IP4 198.51.100.9\n", 5001, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char lines[256];
		struct sw_addr rtcp;
		const struct stream *s;

		snprintf(lines, sizeof lines, "%s%s", AUDIO, rows[i].lines);
		OFFER(rows[i].keys, lines);
		s = talk_stream(CALLER, 0);
		rtcp = call_remote_rtcp(s);
		ck_assert_msg(rtcp.port == rows[i].port, "%zu: port %u", i, rtcp.port);
		ck_assert_msg((memcmp(rtcp.ip, there, sizeof there) == 0) == rows[i].there,
			"%zu: address", i);
		ck_assert_int_eq(s->rtcp != NULL, rows[i].there);
		ck_assert_uint_eq(s->remote.port, 4000);
	}
}
END_TEST

START_TEST(tos_becomes_dscp)
{
	OFFER(",\"TOS\":184", AUDIO);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->dscp, 46);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->dscp, 46);
}
END_TEST

/* ---- Lines. ---- */

START_TEST(a_line_that_is_closed_has_no_port_and_may_come_again)
{
	OFFER("", AUDIO "m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n");
	ANSWER("", "m=audio 5000 RTP/AVP 0\nm=video 0 RTP/AVP 96\n");
	TELLS("m=video 0 RTP/AVP 96");
	ck_assert_int_eq(talk_stream(CALLER, 1)->closed, 1);
	ck_assert_int_eq(talk_stream(CALLEE, 1)->closed, 1);
	OFFER("", AUDIO "m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n");
	ck_assert_int_eq(talk_stream(CALLEE, 1)->closed, 0);
	ck_assert_uint_ne(talk_stream(CALLEE, 1)->port, 0);
}
END_TEST

START_TEST(what_an_answer_leaves_out_comes_back_refused)
{
	OFFER("", AUDIO "m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\na=mid:v\n");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	TELLS("m=video 0 RTP/AVP 96");
	TELLS("a=mid:v");
	ck_assert_int_eq(talk_stream(CALLER, 1)->closed, 1);
}
END_TEST

START_TEST(media_that_is_left_out_comes_back_in_its_place)
{
	OFFER(",\"sdp-media-remove\":[\"video\"]",
		"m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n" AUDIO);
	HIDES("m=video");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_ptr_nonnull(strstr(told, "m=video 0 RTP/AVP 96\r\n"));
	ck_assert(strstr(told, "m=video") < strstr(told, "m=audio"));
	ck_assert_uint_eq(talk_stream(CALLEE, 1)->remote.port, 5000);
	/* Also when the callee offers, who has never seen it. */
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 0\n"));
	TELLS("m=video 0 RTP/AVP 96");
	ck_assert_uint_eq(talk_stream(CALLEE, 1)->remote.port, 5000);
}
END_TEST

START_TEST(a_fax_takes_the_place_of_speech)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n");
	OFFER("", "m=image 4000 udptl t38\na=T38FaxVersion:0\n");
	TELLS("a=T38FaxVersion:0");
	HIDES("a=rtcp");
	ANSWER("", "m=image 5000 udptl t38\na=T38FaxVersion:0\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->media, REQUEST_IMAGE);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->media, REQUEST_IMAGE);
	ck_assert_uint_eq(talk_stream(CALLER, 0)->coding->formats, 0);
}
END_TEST

START_TEST(more_media_than_a_call_has_streams_are_refused_to_both)
{
	char lines[1024] = "";

	for (int i = 0; i < 9; i++)
		sprintf(lines + strlen(lines), "m=audio %d RTP/AVP %d\n", 4000 + 2 * i,
			i == 8 ? 8 : 0);
	OFFER("", lines);
	TELLS("m=audio 30030 RTP/AVP 0");
	TELLS("m=audio 0 RTP/AVP 8");
	ANSWER("", lines);
	TELLS("m=audio 30014 RTP/AVP 0");
	TELLS("m=audio 0 RTP/AVP 8");
	ck_assert_uint_eq(pair.call->leg[CALLER].streams, 8);
	OFFER("", lines);
	TELLS("m=audio 0 RTP/AVP 8");
	/* What is not relayed needs none. */
	sprintf(strrchr(lines, 'm'), "m=message 9 TCP/MSRP *\na=path:x\n");
	ck_assert_ptr_null(talk_ask(false, CALLER, "", lines));
	TELLS("m=message 9 TCP/MSRP *");
	TELLS("c=IN IP4 10.99.1.10");
}
END_TEST

/* ---- The session. ---- */

START_TEST(a_version_of_our_own_rises_with_changes_only)
{
	const char *replace = ",\"replace\":[\"SDP-version\"]";

	OFFER(replace, AUDIO);
	TELLS("o=alice 1 1 IN IP4 10.99.1.10");
	OFFER(replace, AUDIO);
	TELLS("o=alice 1 1 IN IP4 10.99.1.10");
	OFFER(replace, AUDIO "a=sendonly\n");
	TELLS("o=alice 1 2 IN IP4 10.99.1.10");
	OFFER(",\"replace\":[\"force-increment-sdp-ver\"]", AUDIO "a=sendonly\n");
	TELLS("o=alice 1 3 IN IP4 10.99.1.10");
	OFFER("", AUDIO);
	TELLS("o=alice 1 1 IN IP4 10.99.1.10");
}
END_TEST

START_TEST(a_party_keeps_seeing_the_user_that_it_saw_first)
{
	OFFER("", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	TELLS("o=bob 1 1 IN IP4 10.99.2.10");
	ck_assert_ptr_null(talk_ask(false, CALLEE, ",\"replace\":[\"username\",\"origin\"]",
		"m=audio 5000 RTP/AVP 0\n"));
	TELLS("o=bob 1 1 IN IP4 10.99.1.1");
}
END_TEST

START_TEST(an_sdp_of_our_own_is_handed_back)
{
	OFFER("", "a=rtpengine:0123456789abcdef\n" AUDIO);
	ck_assert_ptr_nonnull(strstr(told, "m=audio 4000 RTP/AVP 0 8 101\n"));
	ck_assert_ptr_null(pair.call);
}
END_TEST

START_TEST(mids_are_made_and_bundles_are_not)
{
	OFFER(",\"flags\":[\"generate-mid\"]",
		"a=group:BUNDLE 1\na=group:LS 1\n" AUDIO "a=mid:1\n"
		"m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n");
	HIDES("BUNDLE");
	TELLS("a=group:LS 1");
	TELLS("a=mid:1");
	TELLS("a=mid:2");
}
END_TEST

START_TEST(a_bundle_is_of_one_medium)
{
	const char *both = "a=group:BUNDLE a v\n" AUDIO "a=mid:a\na=rtcp-mux\n"
			   "m=video 4002 RTP/AVP 34\na=mid:v\na=rtcp-mux\n";
	const char *answer = "m=audio 5000 RTP/AVP 0\na=rtcp-mux\n"
			     "m=video 5002 RTP/AVP 34\na=rtcp-mux\n";

	OFFER("", both);
	ANSWER("", answer);
	HIDES("BUNDLE");
	OFFER(",\"bundle\":[\"accept\"]", both);
	HIDES("BUNDLE");
	ANSWER("", answer);
	TELLS("a=group:BUNDLE a");
	/* Which stays so: an answer may not take it back, RFC 8843 section 7.3.2. */
	OFFER("", both);
	ANSWER("", answer);
	TELLS("a=group:BUNDLE a");
	OFFER(",\"bundle\":[\"accept\",\"reject\"]", both);
	ANSWER("", answer);
	HIDES("BUNDLE");
	OFFER("", both);
	ANSWER("", answer);
	HIDES("BUNDLE");
}
END_TEST

/* What one offer let it have, and the answer did not give it, the next offer does not let. */
START_TEST(a_bundle_that_was_not_told_does_not_stay)
{
	const char *offer = "a=group:BUNDLE a\n" AUDIO "a=mid:a\na=rtcp-mux\n";

	OFFER(",\"bundle\":[\"accept\"]", offer);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	HIDES("BUNDLE");
	OFFER("", offer);
	ANSWER("", "m=audio 5000 RTP/AVP 0\na=rtcp-mux\n");
	TELLS("a=rtcp-mux");
	HIDES("BUNDLE");
}
END_TEST

START_TEST(a_bundle_of_one_is_offered)
{
	const char *keys = ",\"bundle\":[\"offer\"],\"rtcp-mux\":[\"offer\"],"
			   "\"flags\":[\"generate-mid\"]";

	OFFER(keys, AUDIO);
	TELLS("a=group:BUNDLE 1");
	ANSWER("", "m=audio 5000 RTP/AVP 0\na=mid:1\na=rtcp-mux\n");
	HIDES("BUNDLE");
	OFFER(",\"bundle\":[\"offer\"]", AUDIO "a=mid:1\n");
	HIDES("BUNDLE"); /* for want of rtcp-mux */
}
END_TEST

#define BOTH "a=group:BUNDLE a v\n"
#define BUNDLED_AUDIO "m=audio 4000 RTP/AVP 0\na=mid:a\na=rtcp-mux\n"
#define BUNDLED_VIDEO(port) "m=video " port " RTP/AVP 34\na=mid:v\na=rtcp-mux\n"
#define VIDEO_ONLY "m=video 0 RTP/AVP 34\na=bundle-only\na=mid:v\na=rtcp-mux\n"
#define MUX_BACK "m=audio 5000 RTP/AVP 0\na=rtcp-mux\n"
#define MUX_BACK_VIDEO "m=video 5002 RTP/AVP 34\na=rtcp-mux\n"

/* RFC 8843: whoever bundles has calls all the same, of lines with ports of their own. */
START_TEST(a_party_that_bundles_is_served_line_by_line)
{
	static const struct {
		const char *keys, *offer, *answer, *offered[2], *answered[3];
		const char *never;     /* told to nobody */
		unsigned audio, video; /* the caller's ports; 0: the line is closed */
	} rows[] = {
		/* Who does not bundle rejects bundle-only, section 6: it has no port. */
		{"", BOTH BUNDLED_AUDIO VIDEO_ONLY, MUX_BACK "m=video 0 RTP/AVP 34\n",
			{"m=audio 30002", "m=video 0 RTP/AVP 34"},
			{"m=audio 30000", "m=video 0 RTP/AVP 34"}, "bundle", 4000, 0},
		{",\"bundle\":[\"accept\"]", BOTH BUNDLED_AUDIO VIDEO_ONLY,
			MUX_BACK "m=video 0 RTP/AVP 34\n",
			{"m=audio 30002", "m=video 0 RTP/AVP 34"},
			{"a=group:BUNDLE a\r\n", "m=video 0 RTP/AVP 34", "a=mid:v"},
			"bundle-only", 4000, 0},
		/* One port for both lines: each is heard by a port of ours, and sent to that
		   one. */
		{"", BOTH BUNDLED_AUDIO BUNDLED_VIDEO("4000"), MUX_BACK MUX_BACK_VIDEO,
			{"m=audio 30004", "m=video 30006"}, {"m=audio 30000", "m=video 30002"},
			"BUNDLE", 4000, 4000},
		{",\"bundle\":[\"strict\"]", BOTH BUNDLED_AUDIO BUNDLED_VIDEO("4000"),
			MUX_BACK MUX_BACK_VIDEO, {"m=audio 30004", "m=video 30006"},
			{"a=group:BUNDLE a\r\n", "m=video 30002"}, "BUNDLE a v", 4000, 4000},
		/* The first that is accepted is what the answer's bundle is of, section 7.3.1.
		 */
		{",\"bundle\":[\"accept\"]", BOTH BUNDLED_AUDIO BUNDLED_VIDEO("4002"),
			"m=audio 0 RTP/AVP 0\n" MUX_BACK_VIDEO,
			{"m=audio 30004", "m=video 30006"},
			{"a=group:BUNDLE v\r\n", "m=audio 0 "}, "BUNDLE a", 0, 4002},
		/* But the one that the group names first is it, wherever its line is. */
		{",\"bundle\":[\"accept\"]",
			"a=group:BUNDLE v a\n" BUNDLED_AUDIO BUNDLED_VIDEO("4002"),
			MUX_BACK MUX_BACK_VIDEO, {"m=audio 30004", "m=video 30006"},
			{"a=group:BUNDLE v\r\n", "m=audio 30000"}, "BUNDLE a", 4000, 4002},
		/* When that is refused it is the next of the group, wherever its line is; or
		   of the next group. */
		{",\"bundle\":[\"accept\"]",
			"a=group:BUNDLE v a\n" BUNDLED_AUDIO BUNDLED_VIDEO("4002"),
			MUX_BACK "m=video 0 RTP/AVP 34\n", {"m=audio 30004", "m=video 30006"},
			{"a=group:BUNDLE a\r\n", "m=video 0 "}, "BUNDLE v", 4000, 0},
		{",\"bundle\":[\"accept\"]",
			"a=group:BUNDLE v\na=group:BUNDLE a\n" BUNDLED_AUDIO BUNDLED_VIDEO(
				"4002"),
			MUX_BACK "m=video 0 RTP/AVP 34\n", {"m=audio 30004", "m=video 30006"},
			{"a=group:BUNDLE a\r\n", "m=video 0 "}, "BUNDLE v", 4000, 0},
		/* There is none without rtcp-mux, section 9.3, nor of two lines. */
		{",\"bundle\":[\"require\"]", BOTH BUNDLED_AUDIO BUNDLED_VIDEO("4002"),
			PCMU_BACK "m=video 5002 RTP/AVP 34\n",
			{"m=audio 30004", "m=video 30006"}, {"m=audio 30000", "m=video 30002"},
			"BUNDLE", 4000, 4002},
		/* Whom a group names that there is not is nobody. */
		{",\"bundle\":[\"accept\"]", "a=group:BUNDLE x a\n" BUNDLED_AUDIO, MUX_BACK,
			{"m=audio 30002"}, {"a=group:BUNDLE a\r\n"}, "BUNDLE x", 4000, 0},
		/* An answer's own group says nothing to who has offered none. */
		{",\"bundle\":[\"offer\"]", BUNDLED_AUDIO,
			"a=group:BUNDLE a\n" MUX_BACK "a=mid:a\n", {"a=group:BUNDLE a\r\n"},
			{"m=audio 30000"}, "BUNDLE v", 4000, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct leg *caller;

		OFFER(rows[i].keys, rows[i].offer);
		for (unsigned j = 0; j < 2 && rows[i].offered[j] != NULL; j++)
			ck_assert_msg(strstr(told, rows[i].offered[j]) != NULL,
				"%zu: no %s in %s", i, rows[i].offered[j], told);
		HIDES("bundle-only");
		HIDES(" v\r\n");
		ANSWER("", rows[i].answer);
		for (unsigned j = 0; j < 3 && rows[i].answered[j] != NULL; j++)
			ck_assert_msg(strstr(told, rows[i].answered[j]) != NULL,
				"%zu: no %s in %s", i, rows[i].answered[j], told);
		HIDES(rows[i].never);
		caller = &pair.call->leg[CALLER];
		ck_assert_uint_eq(caller->stream[0].closed, rows[i].audio == 0);
		if (rows[i].audio != 0)
			ck_assert_uint_eq(caller->stream[0].remote.port, rows[i].audio);
		ck_assert_uint_eq(
			caller->streams < 2 || caller->stream[1].closed, rows[i].video == 0);
		if (rows[i].video != 0)
			ck_assert_uint_eq(caller->stream[1].remote.port, rows[i].video);
		talk_teardown();
		talk_setup();
	}
}
END_TEST

START_TEST(a_protocol_is_known_in_any_case_and_no_other_is_relayed)
{
	static const struct {
		const char *lines, *told; /* the m= line */
		bool srtp;
	} rows[] = {
		{"m=audio 4000 rtp/avp 0\n", "m=audio 30002 RTP/AVP 0", false},
		{"m=audio 4000 Rtp/sAvPf 0\n" CRYPTO_A, "m=audio 30002 RTP/SAVPF 0", true},
		{"m=audio 4000 udp/tls/rtp/savp 0\n" CRYPTO_A, "m=audio 30002 RTP/SAVP 0",
			true},
		{"m=image 4000 UDPTL t38\n", "m=image 30002 udptl t38", false},
		{"m=audio 4000 RTP/SAVPX 0\n", "m=audio 4000 RTP/SAVPX 0", false},
		{"m=audio 4000 RTP/AV 0\n", "m=audio 4000 RTP/AV 0", false},
		{"m=MESSAGE 4000 RTP/AVP 0\n", "m=MESSAGE 4000 RTP/AVP 0", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		OFFER("", rows[i].lines);
		ck_assert_msg(strstr(told, rows[i].told) != NULL, "no %s in\n%s", rows[i].told,
			told);
		ck_assert_int_eq(talk_stream(CALLEE, 0)->closed,
			strstr(rows[i].told, " 4000 ") != NULL);
		ck_assert_int_eq(call_unseal(talk_stream(CALLER, 0))->suite != SW_SUITE_PLAIN,
			rows[i].srtp);
		talk_teardown();
		talk_setup();
	}
}
END_TEST

/* ---- What is refused. ---- */

START_TEST(what_can_not_be_had_is_said_so)
{
	static const struct {
		const char *keys, *lines, *reason;
	} rows[] = {
		{"", "m=audio 4000 UDP/TLS/RTP/SAVPF 0\n", "Not supported yet: DTLS"},
		{"", SAVP "a=fingerprint:sha-256 AB:CD\n", "Not supported yet: DTLS"},
		{"", SAVP, "No a=crypto that can be used"},
		{"", SAVP "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY_A "\n",
			"No a=crypto that can be used"},
		{",\"transport-protocol\":\"UDP/TLS/RTP/SAVP\"", AUDIO,
			"Not supported yet: DTLS"},
		{",\"transport-protocol\":\"RTP/SAVP\",\"SDES\":[\"off\"]", AUDIO,
			"Not supported yet: DTLS"},
		{",\"ICE\":\"force\"", AUDIO, "Not supported yet: ICE"},
		{",\"ICE\":\"optional\"", AUDIO, "Not supported yet: ICE"},
		{",\"ICE\":\"force-relay\"", AUDIO, "Not supported yet: ICE"},
		{",\"flags\":[\"fragment\"]", AUDIO, "Not supported yet: ICE"},
		{",\"flags\":[\"WebRTC\"]", AUDIO, "Not supported yet: DTLS"},
		{"", "m=nonsense\n", "Failed to parse SDP"},
		{"", "", "Error rewriting SDP"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *reason = talk_ask(false, CALLER, rows[i].keys, rows[i].lines);

		ck_assert_msg(reason != NULL && strcmp(reason, rows[i].reason) == 0, "%zu: %s",
			i, reason);
		ck_assert_ptr_null(pair.call);
	}
	/* A closed line demands nothing. */
	OFFER("", AUDIO "m=video 0 UDP/TLS/RTP/SAVPF 96\n");
	/* By SDES it is none of our business that it could be by DTLS. */
	OFFER("", "m=audio 4000 UDP/TLS/RTP/SAVPF 0\n" CRYPTO_A);
	TELLS("m=audio 30002 RTP/SAVPF 0");
}
END_TEST

static void
add_media(Suite *s)
{
	TCase *t = tcase_create("media");

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_test(t, both_parties_have_ports_from_the_offer_on);
	tcase_add_test(t, a_protocol_is_known_in_any_case_and_no_other_is_relayed);
	tcase_add_test(t, a_hold_keeps_the_address_and_stops_what_is_sent_there);
	tcase_add_test(t, a_zero_address_is_hidden_on_demand);
	tcase_add_test(t, who_moves_gets_the_other_one_a_new_port);
	tcase_add_test(t, who_is_held_at_another_port_moves_once);
	tcase_add_test(t, the_last_port_is_one);
	tcase_add_test(t, who_comes_by_another_family_is_met_there);
	tcase_add_test(t, who_answers_by_another_family_is_heard_where_it_was_told);
	tcase_add_test(t, where_there_is_one_family_alone_everybody_gets_that);
	tcase_add_test(t, of_who_is_out_of_reach_the_first_one_is_learned);
	tcase_add_test(t, a_line_of_another_family_than_the_first_is_learned);
	tcase_add_test(t, a_line_that_is_not_relayed_has_no_say_in_the_family);
	tcase_add_test(t, learning_says_whom_we_take_for_a_party);
	tcase_add_test(t, who_has_offered_may_begin_with_the_answer);
	tcase_add_test(t, who_only_receives_is_not_waited_for);
	tcase_add_test(t, who_has_made_the_sdp_may_be_told_where_we_are);
	tcase_add_test(t, who_is_behind_nat_may_be_waited_for);
	tcase_add_test(t, an_interface_that_there_is_not_is_the_default);
	tcase_add_test(t, an_interface_may_be_another_name_of_an_address);
	tcase_add_test(t, a_call_may_be_cut_or_hear_itself);
	tcase_add_test(t, what_is_asked_of_the_sdp_is_done);
	tcase_add_test(t, who_has_sent_the_sip_message_may_count);
	tcase_add_test(t, rtcp_goes_where_the_sdp_says);
	tcase_add_test(t, tos_becomes_dscp);
	tcase_add_test(t, a_line_that_is_closed_has_no_port_and_may_come_again);
	tcase_add_test(t, what_an_answer_leaves_out_comes_back_refused);
	tcase_add_test(t, media_that_is_left_out_comes_back_in_its_place);
	tcase_add_test(t, a_fax_takes_the_place_of_speech);
	tcase_add_test(t, more_media_than_a_call_has_streams_are_refused_to_both);
	suite_add_tcase(s, t);
}

static void
add_session(Suite *s)
{
	TCase *t = tcase_create("session");

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_test(t, a_version_of_our_own_rises_with_changes_only);
	tcase_add_test(t, a_party_keeps_seeing_the_user_that_it_saw_first);
	tcase_add_test(t, an_sdp_of_our_own_is_handed_back);
	tcase_add_test(t, mids_are_made_and_bundles_are_not);
	tcase_add_test(t, a_bundle_is_of_one_medium);
	tcase_add_test(t, a_bundle_that_was_not_told_does_not_stay);
	tcase_add_test(t, a_bundle_of_one_is_offered);
	tcase_add_test(t, a_party_that_bundles_is_served_line_by_line);
	tcase_add_test(t, what_can_not_be_had_is_said_so);
	suite_add_tcase(s, t);
}

int
main(void)
{
	Suite *s = suite_create("negotiate");
	SRunner *r = srunner_create(s);
	int failed;

	add_media(s);
	add_session(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}

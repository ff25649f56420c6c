/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng.c and the tables behind it.  What keys and flags mean: rtpengine's NG protocol,
 * as its documentation has it and as 26.3 was seen to read it (tests/vectors/ng); what clients
 * send: Kamailio's rtpengine module. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/bencode.h"
#include "control/ng.h"
#include "control/value_json.h"

static struct arena *a;
static struct ng_request r;

static void
open_arena(void)
{
	a = arena_open(8 << 20);
}

static void
close_arena(void)
{
	arena_close(a);
}

/* The request of a JSON object, written with ' for ". */
static void
ask(const char *text)
{
	struct slice copy = arena_copy(a, slice_of(text));
	char *quotes = arena_take(a, copy.len + 1);
	const struct value *d;

	for (size_t i = 0; i < copy.len; i++)
		quotes[i] = text[i] == '\'' ? '"' : text[i];
	d = value_from_json(a, quotes, copy.len);
	ck_assert_msg(d != NULL, "no JSON: %s", text);
	ck_assert_int_eq(ng_request_read(&r, d, a), 0);
}

static void
must_list(const struct ng_list *l, const char *joined)
{
	char text[512] = "";

	for (size_t i = 0; i < l->n; i++) {
		strcat(text, i > 0 ? "|" : "");
		strncat(text, l->at[i].at, l->at[i].len);
	}
	ck_assert_str_eq(text, joined);
}

START_TEST(an_empty_request_asks_nothing)
{
	ask("{}");
	ck_assert_int_eq(r.command, NG_NONE);
	ck_assert_uint_eq(r.flags, 0);
	ck_assert_ptr_null(r.sdp.at);
	ck_assert_int_eq(r.delete_delay, NG_NO_NUMBER);
	ck_assert_int_eq(r.ptime, NG_NO_NUMBER);
	ck_assert_int_eq(r.sip_code, NG_NO_NUMBER);
	ck_assert_uint_eq(r.unknowns, 0);
}
END_TEST

START_TEST(every_command_has_its_word)
{
	ask("{'command': 'ping'}");
	ck_assert_int_eq(r.command, NG_PING);
	ask("{'command': 'block media'}");
	ck_assert_int_eq(r.command, NG_BLOCK_MEDIA);
	ask("{'command': 'unblock DTMF'}");
	ck_assert_int_eq(r.command, NG_UNBLOCK_DTMF);
	ask("{'command': 'bogu'}");
	ck_assert_int_eq(r.command, NG_UNKNOWN);
	ck_assert(slice_is(r.command_text, "bogu"));
	for (int c = NG_PING; c < NG_COMMANDS; c++)
		ck_assert_ptr_nonnull(ng_command_words[c]);
}
END_TEST

/* The first offer of Kamailio 5.6 in the recordings. */
START_TEST(an_offer_of_kamailio_is_understood)
{
	ask("{'supports': ['load limit'], 'sdp': 'v=0\\r\\n', 'ICE': 'remove',"
	    " 'flags': ['trust-address', 'symmetric'], 'replace': ['origin', 'session-connection'],"
	    " 'transport-protocol': 'RTP/AVP', 'call-id': 'c1', 'via-branch': 'z9hG4bK1',"
	    " 'received-from': ['IP4', '198.18.77.11'], 'from-tag': 'ft', 'command': 'offer'}");
	ck_assert_int_eq(r.command, NG_OFFER);
	ck_assert(slice_is(r.sdp, "v=0\r\n") && slice_is(r.call_id, "c1"));
	ck_assert(slice_is(r.from_tag, "ft") && slice_is(r.via_branch, "z9hG4bK1"));
	ck_assert(slice_is(r.received_from, "198.18.77.11"));
	ck_assert(slice_is(r.transport_protocol, "RTP/AVP"));
	ck_assert_int_eq(r.ice, NG_ICE_REMOVE);
	ck_assert(ng_has(&r, NG_TRUST_ADDRESS) && ng_has(&r, NG_SUPPORTS_LOAD_LIMIT));
	ck_assert(ng_replaces(&r, NG_REPLACE_ORIGIN));
	ck_assert(!ng_replaces(&r, NG_REPLACE_USERNAME));
	ck_assert_uint_eq(r.unknowns, 0);
}
END_TEST

START_TEST(spaces_hyphens_and_underscores_are_one)
{
	ask("{'call id': 'c', 'transport protocol': 'RTP/SAVP', 'delete_delay': 5,"
	    " 'flags': ['SIP source address', 'generate RTCP', 'full_rtcp_attribute'],"
	    " 'replace': ['session name', 'SDP version'], 'media address': '192.0.2.1'}");
	ck_assert(slice_is(r.call_id, "c") && slice_is(r.transport_protocol, "RTP/SAVP"));
	ck_assert_int_eq(r.delete_delay, 5);
	ck_assert(ng_has(&r, NG_SIP_SOURCE_ADDRESS) && ng_has(&r, NG_FULL_RTCP_ATTRIBUTE));
	ck_assert_int_eq(r.generate_rtcp, NG_ON);
	ck_assert(ng_replaces(&r, NG_REPLACE_SESSION_NAME));
	ck_assert(ng_replaces(&r, NG_REPLACE_SDP_VERSION));
	ck_assert(slice_is(r.media_address, "192.0.2.1"));
	ck_assert_uint_eq(r.unknowns, 0);
}
END_TEST

START_TEST(numbers_come_as_strings_and_lists_as_one_string)
{
	ask("{'delete-delay': '0', 'ptime': 40, 'TOS': '184', 'flags': 'asymmetric, reset,',"
	    " 'replace': 'origin,username', 'rtcp-mux': 'offer', 'received-from': '192.0.2.7',"
	    " 'codec': {'mask': 'PCMA,opus'}, 'limit': 'many'}");
	ck_assert_int_eq(r.delete_delay, 0);
	ck_assert_int_eq(r.ptime, 40);
	ck_assert_int_eq(r.tos, 184);
	ck_assert(ng_has(&r, NG_ASYMMETRIC) && ng_has(&r, NG_RESET));
	ck_assert_uint_eq(r.replace, 1u << NG_REPLACE_ORIGIN | 1u << NG_REPLACE_USERNAME);
	ck_assert_int_eq(r.rtcp_mux, NG_MUX_OFFER);
	ck_assert(slice_is(r.received_from, "192.0.2.7"));
	must_list(&r.codec[NG_CODEC_MASK], "PCMA|opus");
	ck_assert_int_eq(r.limit, NG_NO_NUMBER);
	must_list(&r.unknown, "limit");
}
END_TEST

/* What only whole dialogs show is read in every form, too (test_ng_values.c has the others).
 */
START_TEST(keys_of_dialogs_come_in_every_form)
{
	static const char *const support[] = {"{'supports': ['load limit']}",
		"{'supports': 'load limit'}", "{'supports': 'x, load-limit'}",
		"{'rtpp-flags': 'supports=load-limit'}"};
	static const char *const tags[] = {"{'from-tags': ['x', 'y']}", "{'from-tags': 'x,y'}",
		"{'flags': ['from-tags-x', 'from-tags-y']}",
		"{'rtpp-flags': 'from-tags=[x y]'}",
		"{'rtpp-flags': 'from-tags-x from-tags-y'}"};
	static const char *const delays[] = {"{'delete-delay': 0}", "{'delete-delay': '0'}",
		"{'delete delay': 0}", "{'delete-delay': [0]}",
		"{'rtpp-flags': 'delete-delay=0'}"};
	static const char *const labels[] = {
		"{'label': 'x'}", "{'from-label': 'x'}", "{'rtpp-flags': 'from-label=x'}"};

	for (size_t i = 0; i < sizeof support / sizeof *support; i++) {
		ask(support[i]);
		ck_assert_msg(ng_has(&r, NG_SUPPORTS_LOAD_LIMIT), "%s", support[i]);
	}
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		ask(tags[i]);
		must_list(&r.from_tags, "x|y");
	}
	for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
		ask(delays[i]);
		ck_assert_int_eq(r.delete_delay, 0);
	}
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		ask(labels[i]);
		ck_assert(slice_is(r.label, "x"));
	}
}
END_TEST

START_TEST(a_key_may_stand_among_the_flags)
{
	ask("{'flags': ['SDES-off', 'rtcp-mux-demux', 'replace-origin', 'codec-mask-PCMA',"
	    " 'codec-strip-opus/48000/2', 'transcode-G722', 'endpoint-learning-immediate',"
	    " 'from-tags-x', 'from-tags-y', 'OSRTP-accept', 'BUNDLE-accept', 'T.38-decode',"
	    " 'SDES-no-AES_CM_128_HMAC_SHA1_32', 'ICE-lite-forward', 'DTMF-security-trigger-off',"
	    " 'sdp-media-remove-video']}");
	ck_assert_uint_eq(r.unknowns, 0);
	ck_assert_uint_eq(r.sdes, NG_SDES_OFF);
	must_list(&r.sdes_no, "AES_CM_128_HMAC_SHA1_32");
	ck_assert_int_eq(r.rtcp_mux, NG_MUX_DEMUX);
	ck_assert(ng_replaces(&r, NG_REPLACE_ORIGIN));
	must_list(&r.codec[NG_CODEC_MASK], "PCMA");
	must_list(&r.codec[NG_CODEC_STRIP], "opus/48000/2");
	must_list(&r.codec[NG_CODEC_TRANSCODE], "G722");
	ck_assert_int_eq(r.learning, NG_LEARN_IMMEDIATE);
	must_list(&r.from_tags, "x|y");
	ck_assert_uint_eq(r.osrtp, NG_OSRTP_ACCEPT_RFC | NG_OSRTP_ACCEPT_LEGACY);
	ck_assert_uint_eq(r.bundle, NG_BUNDLE_ACCEPT);
	ck_assert_uint_eq(r.t38, NG_T38_DECODE);
	ck_assert_int_eq(r.ice, NG_ICE_DEFAULT);
	must_list(&r.media_remove, "video");
}
END_TEST

/* Kamailio before 5.2 sent "codec-transcode" as often as there were codecs. */
START_TEST(a_flag_may_stand_among_the_keys)
{
	size_t used;
	static const char text[] =
		"d15:codec-transcode4:opus15:codec-transcode4:G72210:codec-maskl4:PCMAee";

	ck_assert_int_eq(
		ng_request_read(&r, bencode_read(a, text, sizeof text - 1, &used), a), 0);
	must_list(&r.codec[NG_CODEC_TRANSCODE], "opus|G722");
	must_list(&r.codec[NG_CODEC_MASK], "PCMA");
	ck_assert_uint_eq(r.unknowns, 0);
}
END_TEST

START_TEST(the_later_of_repeated_keys_counts_and_lists_grow)
{
	size_t used;
	static const char text[] = "d3:ICE5:force3:ICE6:remove5:flagsl5:reset"
				   "e5:flagsl10:asymmetrice8:from-tag1:a8:from-tag1:be";

	ck_assert_int_eq(
		ng_request_read(&r, bencode_read(a, text, sizeof text - 1, &used), a), 0);
	ck_assert_int_eq(r.ice, NG_ICE_REMOVE);
	ck_assert(ng_has(&r, NG_RESET) && ng_has(&r, NG_ASYMMETRIC));
	ck_assert(slice_is(r.from_tag, "b"));
}
END_TEST

START_TEST(suites_are_listed_ordered_and_refused)
{
	ask("{'SDES': ['only-AES_CM_128_HMAC_SHA1_80', 'pad', 'lifetime', 'nonew',"
	    " 'order:AEAD_AES_128_GCM;AES_CM_128_HMAC_SHA1_80;', 'offerer_pref:A;B',"
	    " 'UNENCRYPTED_SRTCP', 'authenticated_srtp', 'bogus']}");
	must_list(&r.sdes_only, "AES_CM_128_HMAC_SHA1_80");
	must_list(&r.sdes_order, "AEAD_AES_128_GCM|AES_CM_128_HMAC_SHA1_80");
	must_list(&r.sdes_offerer_pref, "A|B");
	must_list(&r.sdes_no, "");
	ck_assert_uint_eq(r.sdes, NG_SDES_PAD | NG_SDES_LIFETIME | NG_SDES_NONEW |
					  NG_SDES_UNENCRYPTED_SRTCP |
					  NG_SDES_AUTHENTICATED_SRTP);
	must_list(&r.unknown, "SDES=bogus");
}
END_TEST

START_TEST(codecs_are_unescaped_and_keep_their_order)
{
	ask("{'codec': {'transcode': ['iLBC/8000/1///mode--30', 'opus', 'a..b--c-d.e'],"
	    " 'strip': 'all', 'offer': ['PCMA'], 'ignore': ['x'], 'bogus': ['y']}}");
	must_list(&r.codec[NG_CODEC_TRANSCODE], "iLBC/8000/1///mode=30|opus|a b=c-d.e");
	must_list(&r.codec[NG_CODEC_STRIP], "all");
	must_list(&r.codec[NG_CODEC_OFFER], "PCMA");
	must_list(&r.codec[NG_CODEC_IGNORE], "x");
	must_list(&r.unknown, "codec=bogus");
}
END_TEST

static void
must_substitute(const struct ng_sdp_attr *attr, size_t i, const char *from, const char *to)
{
	ck_assert_uint_gt(attr->substitutes, i);
	ck_assert(slice_is(attr->substitute[i].from, from));
	ck_assert(slice_is(attr->substitute[i].to, to));
}

START_TEST(attributes_are_added_removed_and_substituted)
{
	const struct ng_sdp_attr *audio = &r.sdp_attr[NG_ATTR_AUDIO],
				 *video = &r.sdp_attr[NG_ATTR_VIDEO],
				 *session = &r.sdp_attr[NG_ATTR_SESSION];

	ask("{'sdp-attr': {'audio': {'add': ['X-a:1,2', 'b'], 'remove': ['ptime:20'],"
	    "   'substitute': [['sendrecv', 'sendonly'], ['x', 'y']]},"
	    "  'none': {'add': 'X-sess:1,2'}, 'video': {'substitute': ['from', 'to']},"
	    "  'text': {'add': ['z']}},"
	    " 'flags': ['sdp-attr-add-audio-fmtp:101..0-15', 'sdp-attr-substitute-none-a>b..c',"
	    "  'sdp-attr-remove-video-ssrc:']}");
	must_list(&audio->add, "X-a:1,2|b|fmtp:101 0-15");
	must_list(&audio->remove, "ptime:20");
	must_substitute(audio, 0, "sendrecv", "sendonly");
	must_substitute(audio, 1, "x", "y");
	must_list(&session->add, "X-sess:1,2");
	must_substitute(session, 0, "a", "b c");
	must_substitute(video, 0, "from", "to");
	must_list(&video->remove, "ssrc:");
	must_list(&r.unknown, "sdp-attr=text");
	ask("{'sdp-attr': 'add-video-x:1,2'}");
	must_list(&video->add, "x:1,2");
}
END_TEST

START_TEST(interfaces_come_as_a_list_as_two_keys_or_as_one)
{
	size_t used;
	static const char twice[] = "d9:direction3:pub9:direction4:prive";

	ask("{'direction': ['pub', 'priv']}");
	ck_assert(slice_is(r.from_interface, "pub") && slice_is(r.to_interface, "priv"));
	ask("{'to-interface': 'a', 'from-interface': 'b'}");
	ck_assert(slice_is(r.from_interface, "b") && slice_is(r.to_interface, "a"));
	ask("{'interface': 'x'}");
	ck_assert(slice_is(r.from_interface, "x") && slice_is(r.to_interface, "x"));
	ck_assert_int_eq(
		ng_request_read(&r, bencode_read(a, twice, sizeof twice - 1, &used), a), 0);
	ck_assert(slice_is(r.from_interface, "pub") && slice_is(r.to_interface, "priv"));
	ask("{'rtpp-flags': 'internal external'}");
	ck_assert(slice_is(r.from_interface, "internal"));
	ck_assert(slice_is(r.to_interface, "external"));
}
END_TEST

START_TEST(a_protocol_comes_whole_or_in_parts)
{
	ask("{'rtpp-flags': 'SRTP AVPF'}");
	ck_assert(slice_is(r.transport_protocol, "RTP/SAVPF"));
	ask("{'transport-protocol': 'RTP/SAVPF', 'flags': ['RTP']}");
	ck_assert(slice_is(r.transport_protocol, "RTP/AVPF"));
	ask("{'flags': ['RTP/SAVPF', 'AVP']}");
	ck_assert(slice_is(r.transport_protocol, "RTP/SAVP"));
	ask("{'rtpp-flags': 'RTP'}");
	ck_assert(slice_is(r.transport_protocol, "RTP/AVP"));
	ask("{'transport protocol': 'UDP/TLS/RTP/SAVPF'}");
	ck_assert(slice_is(r.transport_protocol, "UDP/TLS/RTP/SAVPF"));
}
END_TEST

START_TEST(who_is_named_in_the_string_is_the_one_party_meant)
{
	ask("{'from-tag': 'a', 'rtpp-flags': 'reset'}");
	ck_assert(!ng_has(&r, NG_DIRECTIONAL));
	ask("{'from-tag': 'a', 'rtpp-flags': 'from-tag=b'}");
	ck_assert(ng_has(&r, NG_DIRECTIONAL));
	ck_assert(slice_is(r.from_tag, "b"));
}
END_TEST

START_TEST(one_string_says_all)
{
	ask("{'rtpp_flags': 'replace-origin  trust-address ICE=remove RTP/SAVP rtcp-mux-offer "
	    "direction=pub direction=priv label=callee OSRTP=[accept] delete-delay=3 "
	    "codec=[transcode=[PCMA PCMU] accept=[AMR-WB [ignored] AMR] strip=[ EVS ] ] "
	    "sdp-attr=[audio=[add=[a b] substitute=[[c d] [e f]]]] SDES-pad codec-mask=[opus]'}");
	ck_assert(ng_replaces(&r, NG_REPLACE_ORIGIN) && ng_has(&r, NG_TRUST_ADDRESS));
	ck_assert_int_eq(r.ice, NG_ICE_REMOVE);
	ck_assert(slice_is(r.transport_protocol, "RTP/SAVP"));
	ck_assert_int_eq(r.rtcp_mux, NG_MUX_OFFER);
	ck_assert(slice_is(r.from_interface, "pub") && slice_is(r.to_interface, "priv"));
	ck_assert(slice_is(r.label, "callee"));
	ck_assert_uint_eq(r.osrtp, NG_OSRTP_ACCEPT_RFC | NG_OSRTP_ACCEPT_LEGACY);
	ck_assert_int_eq(r.delete_delay, 3);
	must_list(&r.codec[NG_CODEC_TRANSCODE], "PCMA|PCMU");
	must_list(&r.codec[NG_CODEC_STRIP], "EVS");
	must_list(&r.codec[NG_CODEC_MASK], "opus");
	must_list(&r.sdp_attr[NG_ATTR_AUDIO].add, "a|b");
	must_substitute(&r.sdp_attr[NG_ATTR_AUDIO], 1, "e", "f");
	ck_assert_uint_eq(r.sdes, NG_SDES_PAD);
	must_list(&r.codec[NG_CODEC_ACCEPT], "AMR-WB|AMR");
	must_list(&r.unknown, "codec"); /* a list where there is none */
}
END_TEST

START_TEST(a_string_without_its_end_is_read_as_far_as_it_goes)
{
	static const char text[] = "codec=[mask=[PCMA opus] set=[[[x] reset ICE=";

	for (size_t n = 0; n <= sizeof text - 1; n++)
		ask(arena_print(a, "{'rtpp-flags': '%.*s'}", (int)n, text).at);
	must_list(&r.codec[NG_CODEC_MASK], "PCMA|opus");
	ask("{'rtpp-flags': ']] reset rtpp-flags=asymmetric = =x [y]'}");
	ck_assert(ng_has(&r, NG_RESET) && !ng_has(&r, NG_ASYMMETRIC));
}
END_TEST

START_TEST(what_is_unknown_is_kept_and_counted)
{
	ask("{'no such key': 'x', 'flags': ['no such flag', 'reset'], 'ICE': 'bogus',"
	    " 'replace': ['nothing'], 'sdp': {}, 'codec': 5, 'call-id': ['c']}");
	ck_assert(ng_has(&r, NG_RESET));
	ck_assert(slice_is(r.call_id, "c"));
	must_list(&r.unknown,
		"no such key|flags=no such flag|ICE=bogus|replace=nothing|sdp|codec=5");
	ck_assert_uint_eq(r.unknowns, 6);
	ask("{'flags': ['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17',"
	    " '18']}");
	ck_assert_uint_eq(r.unknown.n, 16);
	ck_assert_uint_eq(r.unknowns, 18);
}
END_TEST

START_TEST(wishes_whose_deed_is_missing_are_told_of)
{
	ask("{'flags': ['record-call', 'detect-DTMF', 'reset',"
	    " 'codec-set-opus', 'DTMF-security-drop'], 'record-call': 'on',"
	    " 'xmlrpc-callback': '192.0.2.1'}");
	must_list(&r.missing, "record-call|detect-DTMF|DTMF-security");
	ck_assert(slice_is(r.xmlrpc_callback, "192.0.2.1"));
	ask("{'record-call': 'off', 'T.38': ['stop', 'no-ECM', 'no-IAF', 'FEC'], 'T.38-version': 2,"
	    " 'flags': ['trust-address']}");
	ck_assert_uint_eq(r.missing.n, 0);
	ck_assert_uint_eq(r.t38, NG_T38_STOP | NG_T38_FEC |
					 REQUEST_FAX_NO_ECM << NG_T38_LIMITS |
					 REQUEST_FAX_NO_IAF << NG_T38_LIMITS);
	ck_assert_int_eq(r.t38_version, 2);
	ask("{'rtpp-flags': 'record-call=on media-echo=both'}");
	must_list(&r.missing, "record-call");
	ck_assert_uint_eq(r.echo, NG_ECHO_BOTH);
	ask("{'media-echo': 'blackhole'}");
	ck_assert_uint_eq(r.missing.n, 0);
	ck_assert_uint_eq(r.echo, NG_ECHO_BLACKHOLE);
}
END_TEST

START_TEST(a_lack_of_memory_is_the_only_error)
{
	struct slice text;
	const struct value *d;
	int last = -ENOMEM;

	text = SLICE(
		"{\"rtpp-flags\": \"codec=[mask=[a b--c]] x sdp-attr-add-audio-a..b TOS=1\"}");
	d = value_from_json(a, text.at, text.len);
	ck_assert_ptr_nonnull(d);
	for (size_t room = 0; last != 0; room += 8) {
		struct arena *small = arena_open(room);

		ck_assert_uint_lt(room, 10000);
		last = ng_request_read(&r, d, small);
		ck_assert(last == 0 || last == -ENOMEM);
		arena_close(small);
	}
}
END_TEST

/* ---- Recorded. ---- */

static bool
read_recorded(const char *line)
{
	json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
	const json_t *sent = json_object_get(row, "sent");
	struct slice text = {json_string_value(sent), json_string_length(sent)};
	const struct value *d = NULL;
	size_t used;

	slice_cut(&text, ' ');
	if (text.len > 0)
		d = text.at[0] == '{' ? value_from_json(a, text.at, text.len)
				      : bencode_read(a, text.at, text.len, &used);
	if (d != NULL && d->type == VALUE_DICT) {
		const char *name = json_string_value(json_object_get(row, "case"));

		ck_assert_int_eq(ng_request_read(&r, d, a), 0);
		if (strcmp(name, "unknown-flags-ignored") != 0 &&
			strcmp(name, "malformed") != 0)
			ck_assert_msg(r.unknowns == 0, "%s: %.*s", name,
				(int)r.unknown.at[0].len, r.unknown.at[0].at);
	} else {
		d = NULL;
	}
	json_decref(row);
	return d != NULL;
}

START_TEST(nothing_that_was_recorded_is_unknown)
{
	static const char *const names[] = {
		"protocol", "plain", "dialog", "srtp", "transcode", "incall"};
	static char line[1 << 17];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[512];
		FILE *f;

		snprintf(path, sizeof path, "%s/rtpengine-26.3-%s.jsonl", getenv("VECTORS"),
			names[i]);
		f = fopen(path, "r");
		ck_assert_msg(f != NULL, "no %s", path);
		while (fgets(line, sizeof line, f) != NULL) {
			close_arena();
			open_arena();
			n += read_recorded(line);
		}
		fclose(f);
	}
	ck_assert_uint_ge(n, 280);
}
END_TEST

START_TEST(the_page_names_every_key_and_flag)
{
	static const char *const words[] = {
		"`call-id`", "`rtpp-flags`", "`strict-source`", "`T.38`", "`block media`"};
	char *page = ng_markdown();

	ck_assert_ptr_nonnull(page);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		ck_assert_msg(strstr(page, words[i]) != NULL, "no %s", words[i]);
	ck_assert_ptr_null(strstr(page, "(null)"));
	free(page);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng");
	TCase *t = tcase_create("requests");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, open_arena, close_arena);
	tcase_add_test(t, an_empty_request_asks_nothing);
	tcase_add_test(t, every_command_has_its_word);
	tcase_add_test(t, an_offer_of_kamailio_is_understood);
	tcase_add_test(t, spaces_hyphens_and_underscores_are_one);
	tcase_add_test(t, numbers_come_as_strings_and_lists_as_one_string);
	tcase_add_test(t, keys_of_dialogs_come_in_every_form);
	tcase_add_test(t, a_key_may_stand_among_the_flags);
	tcase_add_test(t, a_flag_may_stand_among_the_keys);
	tcase_add_test(t, the_later_of_repeated_keys_counts_and_lists_grow);
	tcase_add_test(t, suites_are_listed_ordered_and_refused);
	tcase_add_test(t, codecs_are_unescaped_and_keep_their_order);
	tcase_add_test(t, attributes_are_added_removed_and_substituted);
	tcase_add_test(t, interfaces_come_as_a_list_as_two_keys_or_as_one);
	tcase_add_test(t, a_protocol_comes_whole_or_in_parts);
	tcase_add_test(t, who_is_named_in_the_string_is_the_one_party_meant);
	tcase_add_test(t, one_string_says_all);
	tcase_add_test(t, a_string_without_its_end_is_read_as_far_as_it_goes);
	tcase_add_test(t, what_is_unknown_is_kept_and_counted);
	tcase_add_test(t, wishes_whose_deed_is_missing_are_told_of);
	tcase_add_test(t, a_lack_of_memory_is_the_only_error);
	tcase_add_test(t, nothing_that_was_recorded_is_unknown);
	tcase_add_test(t, the_page_names_every_key_and_flag);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate.c against rtpengine 26.3: every offer and answer of its recorded exchanges
 * (tests/vectors/ng/) is asked of us, and the SDP has to be the same line by line.  What has
 * to differ, since it is made anew each time, is put into one form first: ports, keys, ids.
 * What we do otherwise, and why, is in the table below; nothing else may differ.
 *
 * And against rtpengine 10.5 as Kamailio 5.6's module asked it, where 26.3 does some things
 * otherwise: there lines may stand in any order. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/bencode.h"
#include "control/value_json.h"
#include "tests/relay/ng_pair.h"

enum { TEXT = 16384, ARENA = 1 << 22, LINES = 8 };

/* ---- What we do otherwise. ---- */

/* Lines of rtpengine's that we never write. */
static const struct {
	const char *line;
	const char *why;
} never[] = {
	{"a=setup:", "no DTLS yet"},
	{"a=fingerprint:", "no DTLS yet"},
	{"a=tls-id:", "no DTLS yet"},
	{"a=ice-", "no ICE yet: offered as with ICE=remove"},
	{"a=candidate:", "no ICE yet"},
	{"a=crypto:9 F8_", "old, and nobody's first choice"},
	{"a=crypto:10 F8_", "likewise"},
	{"a=crypto:7 F8_", "likewise"},
	{"a=crypto:8 F8_", "likewise"},
	{"a=crypto:3 F8_", "likewise"},
	{"a=crypto:4 F8_", "likewise"},
	{"a=crypto:5 NULL_", "no encryption is no SRTP"},
	{"a=crypto:6 NULL_", "likewise"},
	{"a=crypto:9 NULL_", "likewise"},
	{"a=crypto:10 NULL_", "likewise"},
	{"a=crypto:11 NULL_", "likewise"},
	{"a=crypto:12 NULL_", "likewise"},
};

/* Lines that we write as 26.3 does, and 10.5 does not. */
static const struct {
	const char *line;
	const char *why;
} newer[] = {
	{"a=fmtp:96 useinbandfec=1", "of Opus that is added to an offer"},
	{"c=", "in each medium, instead of the session"},
};

/* Requests that are refused; then there is nothing to answer. */
static const struct {
	const char *name;
	int step;
	const char *reason;
} refused[] = {
	{"rtpp-flags-string", 1, "Not supported yet: ICE"},
	{"webrtc-to-rtp", 1, "Not supported yet: DTLS"},
	{"rtp-to-webrtc", 1, "Not supported yet: ICE"},
	{"rtp-to-dtls", 1, "Not supported yet: DTLS"},
	{"dtls-passive", 1, "Not supported yet: ICE"},
	{"ice-lite", 1, "Not supported yet: ICE"},
	{"ice-force-relay", 1, "Not supported yet: ICE"},
};

static const char *
refusal(const char *name, int step)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strcmp(refused[i].name, name) == 0 && refused[i].step == step)
			return refused[i].reason;
	return NULL;
}

/* ---- One form. ---- */

static bool
is_newer(const char *line)
{
	for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
		if (strncmp(line, newer[i].line, strlen(newer[i].line)) == 0)
			return true;
	return false;
}

static bool
is_never(const char *line)
{
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (strncmp(line, never[i].line, strlen(never[i].line)) == 0)
			return true;
	return false;
}

/* Ports as "P", RTCP's by its distance from it; keys by their length; the id of loop-protect
 * as "ID". */
static void
one_form(char *out, char *line, unsigned *port)
{
	char type[16], rest[256];
	unsigned n, rtcp;
	int at;

	if (sscanf(line, "m=%15s %u %255[^\n]", type, &n, rest) == 3) {
		*port = n;
		sprintf(out, "m=%s %s %s", type, n == 0 ? "0" : n == 9 ? "9" : "P", rest);
	} else if (sscanf(line, "a=rtcp:%u%n", &rtcp, &at) == 1) {
		sprintf(out, "a=rtcp:P+%u%s", rtcp - *port, line + at);
	} else if (strncmp(line, "a=crypto:", 9) == 0) {
		char *key = strstr(line, "inline:") + 7;
		size_t len = strcspn(key, "| ");

		sprintf(out, "%.*s%zu%s", (int)(key - line), line, len, key + len);
	} else if (strncmp(line, "a=rtpengine:", 12) == 0) {
		strcpy(out, "a=rtpengine:ID");
	} else {
		strcpy(out, line);
	}
}

static void
normalise(char *out, const char *sdp)
{
	char copy[TEXT], *save = NULL;
	unsigned port = 0;

	snprintf(copy, sizeof copy, "%s", sdp);
	*out = '\0';
	for (char *l = strtok_r(copy, "\r\n", &save); l; l = strtok_r(NULL, "\r\n", &save)) {
		if (is_never(l))
			continue;
		one_form(out, l, &port);
		out += strlen(out);
		strcpy(out++, "\n");
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines of SDP, which is normal, without those above, sorted; and the relay, whose address is
 * in o=, as "US". */
static void
any_order(char *sdp)
{
	static const char *const us[] = {" 127.0.0.1", " 10.99.1.1"};
	char copy[TEXT], *line[256], *save = NULL;
	unsigned n = 0;

	snprintf(copy, sizeof copy, "%s", sdp);
	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (n < 256 && !is_newer(l))
			line[n++] = l;
	qsort(line, n, sizeof *line, by_text);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < 2 && line[i][0] == 'o'; j++)
			if (strstr(line[i], us[j]) != NULL)
				strcpy(strstr(line[i], us[j]), " US");
		sdp += sprintf(sdp, "%s\n", line[i]);
	}
	*sdp = '\0';
}

/* ---- Cases. ---- */

/* Pairs of a case: one a branch. */
struct dialog {
	char name[64];
	char caller[64]; /* tag */
	bool older;      /* rtpengine 10.5 answered */
	unsigned pairs;
	struct {
		char branch[32];
		struct ng_pair pair;
	} of[LINES];
};

static void
dialog_reset(struct dialog *d, const char *name)
{
	for (unsigned i = 0; i < d->pairs; i++)
		ng_pair_close(&d->of[i].pair);
	memset(d, 0, sizeof *d);
	snprintf(d->name, sizeof d->name, "%s", name);
}

static struct ng_pair *
dialog_pair(struct dialog *d, struct slice branch)
{
	for (unsigned i = 0; i < d->pairs; i++)
		if (slice_is(branch, d->of[i].branch) || d->of[i].branch[0] == '\0')
			return &d->of[i].pair;
	slice_copy(branch, d->of[d->pairs].branch, sizeof d->of[0].branch);
	ng_pair_open(&d->of[d->pairs].pair);
	return &d->of[d->pairs++].pair;
}

/* The request that was sent, behind its cookie. */
static bool
read_request(const char *sent, struct ng_request *r, struct arena *a)
{
	const char *body = strchr(sent, ' ');
	struct value *v;
	size_t used;

	if (body == NULL)
		return false;
	body++;
	v = *body == 'd'   ? bencode_read(a, body, strlen(body), &used)
	    : *body == '{' ? value_from_json(a, body, strlen(body))
			   : NULL;
	return v != NULL && v->type == VALUE_DICT && ng_request_read(r, v, a) == 0 &&
	       (r->command == NG_OFFER || r->command == NG_ANSWER) && r->sdp.at != NULL;
}

static void
check_step(struct dialog *d, const json_t *j, const struct ng_request *r, struct arena *a)
{
	const json_t *got = json_object_get(j, "got");
	const char *theirs = json_string_value(json_object_get(got, "sdp"));
	int step = (int)json_integer_value(json_object_get(j, "step"));
	const char *expected = refusal(d->name, step);
	char ours[TEXT], one[TEXT], other[TEXT];
	bool answer = r->command == NG_ANSWER;
	const char *reason = "";
	struct ng_pair *pair = dialog_pair(d, r->via_branch);
	struct slice sdp;
	unsigned from;

	if (answer && pair->call == NULL)
		return;
	if (d->caller[0] == '\0')
		slice_copy(r->from_tag, d->caller, sizeof d->caller);
	from = slice_is(r->from_tag, d->caller) ? answer : !answer;
	sdp = ng_pair_ask(pair, r, answer, from, a, &reason);
	if (expected == NULL)
		expected = json_string_value(json_object_get(got, "error-reason"));
	if (expected != NULL) {
		ck_assert_msg(sdp.at == NULL && strcmp(reason, expected) == 0,
			"%s %d: \"%s\" instead of \"%s\"", d->name, step, reason, expected);
		return;
	}
	ck_assert_msg(sdp.at != NULL, "%s %d: %s", d->name, step, reason);
	ck_assert_int_eq(slice_copy(sdp, ours, sizeof ours), 0);
	normalise(one, ours);
	normalise(other, theirs);
	if (d->older) {
		any_order(one);
		any_order(other);
	}
	ck_assert_msg(strcmp(one, other) == 0, "%s %d: we say\n%s\nrtpengine says\n%s",
		d->name, step, one, other);
}

/* What the dialog layer finds before a negotiation begins, and commands of later days. */
static bool
is_elsewhere(const char *name, const struct ng_request *r)
{
	return r->call_id.at == NULL || r->from_tag.at == NULL ||
	       (r->command == NG_ANSWER && r->to_tag.at == NULL) ||
	       (strcmp(name, "errors") == 0 && r->command == NG_ANSWER);
}

static void
check_file(const char *file, bool older, unsigned at_least)
{
	char path[512], line[65536];
	static struct dialog d;
	unsigned checked = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.jsonl", VECTORS, file);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL) {
		json_t *j = json_loads(line, 0, NULL);
		const char *name = json_string_value(json_object_get(j, "case"));
		const char *sent = json_string_value(json_object_get(j, "sent"));
		struct arena *a = arena_open(ARENA);
		struct ng_request r;

		ck_assert_ptr_nonnull(name);
		if (strcmp(d.name, name) != 0)
			dialog_reset(&d, name);
		d.older = older;
		if (sent != NULL && read_request(sent, &r, a) && !is_elsewhere(name, &r)) {
			check_step(&d, j, &r, a);
			checked++;
		}
		arena_close(a);
		json_decref(j);
	}
	dialog_reset(&d, "");
	fclose(f);
	ck_assert_msg(checked >= at_least, "only %u of %s", checked, file);
}

START_TEST(plain_calls_get_the_sdp_of_rtpengine)
{
	check_file("rtpengine-26.3-plain", false, 42);
}
END_TEST

START_TEST(dialogs_get_the_sdp_of_rtpengine)
{
	check_file("rtpengine-26.3-dialog", false, 32);
}
END_TEST

START_TEST(srtp_gets_the_sdp_of_rtpengine)
{
	check_file("rtpengine-26.3-srtp", false, 20);
}
END_TEST

START_TEST(transcoding_gets_the_sdp_of_rtpengine)
{
	check_file("rtpengine-26.3-transcode", false, 22);
}
END_TEST

START_TEST(requests_in_all_forms_get_the_sdp_of_rtpengine)
{
	check_file("rtpengine-26.3-protocol", false, 9);
}
END_TEST

START_TEST(kamailio_gets_the_sdp_of_rtpengine)
{
	check_file("kamailio-5.6-rtpengine-10.5", true, 22);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("negotiate_vectors");
	TCase *t = tcase_create("rtpengine");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, plain_calls_get_the_sdp_of_rtpengine);
	tcase_add_test(t, dialogs_get_the_sdp_of_rtpengine);
	tcase_add_test(t, srtp_gets_the_sdp_of_rtpengine);
	tcase_add_test(t, transcoding_gets_the_sdp_of_rtpengine);
	tcase_add_test(t, requests_in_all_forms_get_the_sdp_of_rtpengine);
	tcase_add_test(t, kamailio_gets_the_sdp_of_rtpengine);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}

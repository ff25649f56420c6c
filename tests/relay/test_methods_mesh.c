/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_mesh.c and methods_mesh_identity.c, with the node behind them: who it is, whom
 * it meets, what it asks.  The secret is that of RFC 8032, section 7.1, test 1. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay/mesh.h"
#include "relay/metrics.h"
#include "relay/node_view.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"
#include "tests/scratch.h"

#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static char directory[SCRATCH];

static void
open_mesh(void)
{
	mesh = mesh_open(&conf, sw, base, NULL);
	ck_assert_ptr_nonnull(mesh);
	mesh_welcome(mesh, SW_FRESH);
	mesh_settle(mesh);
	fake_answer_all(sw);
}

static void
mesh_setup(void)
{
	setup();
	ck_assert_ptr_nonnull(mkdtemp(scratch(directory, "methods_mesh")));
	snprintf(conf.mesh_identities, sizeof conf.mesh_identities, "%s/node.mesh", directory);
	strcpy(conf.mesh_interface, "outside");
	conf.interfaces = 1;
	strcpy(conf.interface[0].name, "outside");
	conf.interface[0].addresses.n = 1;
	conf.interface[0].addresses.addr[0] =
		(struct sw_addr){.family = AF_INET, .ip = {10, 77, 0, 1}};
	conf.mesh_port = 4110;
	conf.mesh_broadcast = true;
	open_mesh();
}

static void
mesh_teardown(void)
{
	mesh_close(mesh);
	mesh = NULL;
	unlink(conf.mesh_identities);
	rmdir(directory);
	teardown();
}

static void
fails(const char *name, const char *text, const char *reason, const char *field)
{
	struct rpc_request req = request(name, text);

	ck_assert_ptr_null(req.result);
	ck_assert_str_eq(req.reason, reason);
	ck_assert_str_eq(req.field, field);
}

/* METHOD with {'sid': SID REST}. */
static const char *
with_sid(const char *sid, const char *rest)
{
	static char text[256];

	snprintf(text, sizeof text, "{'sid': '%s'%s}", sid, rest);
	return text;
}

/* ---- Without one ---- */

START_TEST(without_a_mesh_each_says_so)
{
	static const char *const names[] = {"mesh.peers", "mesh.routes", "mesh.lookup",
		"mesh.ping", "mesh.identity.list", "mesh.identity.create",
		"mesh.identity.import", "mesh.identity.export", "mesh.identity.set"};
	struct mesh *was = mesh;

	mesh = NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		fails(names[i], method(names[i])->example, "no_mesh", "");
	mesh = was;
}
END_TEST

/* ---- Identities ---- */

START_TEST(a_first_identity_is_there_and_stays)
{
	json_t *first = result("mesh.identity.list", "{}"), *again;
	struct stat st;

	ck_assert_uint_eq(json_array_size(json_object_get(first, "identities")), 1);
	ck_assert(json_is_true(at(first, "identities.0.primary")));
	ck_assert_int_eq(stat(conf.mesh_identities, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	mesh_close(mesh);
	open_mesh();
	again = result("mesh.identity.list", "{}");
	ck_assert(json_equal(first, again));
	json_decref(first);
	json_decref(again);
}
END_TEST

START_TEST(a_further_one_is_made_changed_and_kept)
{
	json_t *made = result("mesh.identity.create", "{'did': '5550101', 'name': 'Watson'}"),
	       *o;

	ck_assert_str_eq(text_at(made, "did"), "5550101");
	ck_assert(json_is_false(at(made, "primary")));
	json_decref(result("mesh.identity.set",
		with_sid(text_at(made, "sid"), ", 'did': '5550102', 'name': ''")));
	mesh_close(mesh);
	open_mesh();
	o = result("mesh.identity.list", "{}");
	ck_assert_str_eq(text_at(o, "identities.1.sid"), text_at(made, "sid"));
	ck_assert_str_eq(text_at(o, "identities.1.did"), "5550102");
	ck_assert_ptr_null(at(o, "identities.1.name"));
	json_decref(made);
	json_decref(o);
}
END_TEST

START_TEST(one_of_elsewhere_is_taken_as_a_seed_or_as_servald_has_it)
{
	json_t *o = result(
		"mesh.identity.import", "{'secret': '" SEED PUBLIC "', 'did': '5550101'}");
	json_t *out = result("mesh.identity.export", with_sid(text_at(o, "sid"), ""));

	ck_assert_str_eq(text_at(out, "secret"), SEED);
	json_decref(o);
	json_decref(out);
	fails("mesh.identity.import", "{'secret': '" SEED "'}", "identity_exists", "secret");
	fails("mesh.identity.import", "{'secret': '" SEED SEED "'}", "bad_value", "secret");
	fails("mesh.identity.import", "{'secret': '" SEED "00'}", "bad_value", "secret");
}
END_TEST

START_TEST(there_are_so_many_identities)
{
	for (unsigned i = 1; i < MESH_NODE_IDENTITIES; i++)
		json_decref(result("mesh.identity.create", "{}"));
	fails("mesh.identity.create", "{}", "too_many", "");
}
END_TEST

START_TEST(what_the_configuration_says_of_the_first_is_its_own)
{
	json_t *o;

	strcpy(conf.mesh_did, "5550199");
	mesh_close(mesh);
	open_mesh();
	o = result("mesh.identity.list", "{}");
	ck_assert_str_eq(text_at(o, "identities.0.did"), "5550199");
	fails("mesh.identity.set",
		with_sid(text_at(o, "identities.0.sid"), ", 'did': '5550101'"), "bad_value",
		"");
	json_decref(result("mesh.identity.set",
		with_sid(text_at(o, "identities.0.sid"), ", 'name': 'Almon'")));
	json_decref(o);
}
END_TEST

START_TEST(where_nothing_can_be_written_nothing_has_changed)
{
	json_t *o;

	strcpy(conf.mesh_identities, "/nowhere/node.mesh");
	fails("mesh.identity.create", "{}", "internal", "");
	snprintf(conf.mesh_identities, sizeof conf.mesh_identities, "%s/node.mesh", directory);
	o = result("mesh.identity.list", "{}");
	ck_assert_uint_eq(json_array_size(json_object_get(o, "identities")), 1);
	json_decref(o);
}
END_TEST

START_TEST(words_are_checked)
{
	static const char sid[] =
		"AB2B000000000000000000000000000000000000000000000000000000000000";

	fails("mesh.identity.create", "{'did': '123'}", "bad_value", "did");
	fails("mesh.identity.create", "{'name': 'a|b'}", "bad_value", "name");
	fails("mesh.identity.export", with_sid(sid, ""), "unknown_identity", "sid");
	fails("mesh.lookup", "{'did': '12a45'}", "bad_value", "did");
	fails("mesh.ping",
		"{'sid': "
		"'x000000000000000000000000000000000000000000000000000000000000000'}",
		"bad_value", "sid");
}
END_TEST

/* ---- Others ---- */

static void
hear_tick(const struct sid *sid)
{
	struct sw_mesh_heard h = {
		.from = {.family = AF_INET, .port = 4110, .ip = {10, 77, 0, 9}}};
	struct mesh_writer w = {.p = h.bytes, .max = sizeof h.bytes};

	mesh_put_envelope_0(&w, sid, 0);
	h.len = (uint16_t)w.len;
	mesh_heard(mesh, &h);
}

START_TEST(who_has_spoken_up_is_seen)
{
	struct mesh_identity other = {.seed = {7}};
	char text[SID_TEXT];
	json_t *o;

	mesh_identity_derive(&other);
	hear_tick(&other.sid);
	sid_print(&other.sid, text);
	o = result("mesh.peers", "{}");
	ck_assert_str_eq(text_at(o, "peers.0.sid"), text);
	ck_assert_str_eq(text_at(o, "peers.0.address"), "10.77.0.9");
	ck_assert_int_eq(number_at(o, "peers.0.port"), 4110);
	ck_assert_str_eq(text_at(o, "peers.0.state"), "half_open");
	ck_assert(json_is_false(at(o, "peers.0.reachable")));
	json_decref(o);
	o = result("mesh.routes", "{}");
	ck_assert_uint_eq(json_array_size(json_object_get(o, "routes")), 0);
	json_decref(o);
	o = result("stats.get", "{}");
	ck_assert_int_eq(number_at(o, "mesh.strangers"), 1);
	ck_assert_int_eq(number_at(o, "mesh.punted"), 1);
	json_decref(o);
}
END_TEST

/* Until it is answered, by the clock. */
static struct rpc_request
wait_for(const char *name, const char *text)
{
	struct rpc_request req;

	begin(&req, name, parsed(text));
	while (req.answers == 0) {
		fake_answer_all(sw);
		event_base_loop(base, EVLOOP_ONCE);
	}
	return req;
}

START_TEST(nobody_has_a_number_and_nobody_answers)
{
	struct rpc_request req =
		wait_for("mesh.lookup", "{'did': '5550999', 'timeout_ms': 100}");

	ck_assert_ptr_nonnull(req.result);
	ck_assert_uint_eq(json_array_size(json_object_get(req.result, "found")), 0);
	json_decref(req.result);
	req = wait_for("mesh.ping",
		"{'sid': '1A2B000000000000000000000000000000000000000000000000000000000000',"
		" 'count': 1, 'timeout_ms': 50}");
	ck_assert_ptr_null(req.result);
	ck_assert_str_eq(req.reason, "unreachable");
}
END_TEST

START_TEST(who_waits_is_answered_at_the_end)
{
	struct rpc_request lookup, ping;

	begin(&lookup, "mesh.lookup", parsed("{'did': '5550999'}"));
	begin(&ping, "mesh.ping",
		parsed("{'sid': "
		       "'1A2B000000000000000000000000000000000000000000000000000000000000'}"));
	mesh_close(mesh);
	mesh = NULL;
	ck_assert_uint_eq(lookup.answers, 1);
	ck_assert_uint_eq(ping.answers, 1);
	json_decref(lookup.result);
}
END_TEST

START_TEST(metrics_count_what_happens)
{
	struct mesh_identity other = {.seed = {7}};
	const struct node_view view = {.mesh = mesh, .client = sw, .calls = calls};
	char *page = NULL;
	size_t size = 0;
	struct openmetrics m = {.to = open_memstream(&page, &size)};

	mesh_identity_derive(&other);
	hear_tick(&other.sid);
	for (size_t i = 0; i < metrics_n; i++) {
		if (strncmp(metrics[i].family.name, "strowger_mesh_", 14) != 0)
			continue;
		openmetrics_begin(&m, &metrics[i].family);
		metrics[i].put(&m, &view, &metrics[i]);
	}
	fclose(m.to);
	ck_assert_ptr_nonnull(
		strstr(page, "strowger_mesh_neighbours{state=\"half_open\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(page, "strowger_mesh_neighbours{state=\"up\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(page, "strowger_mesh_punted_datagrams_total 1\n"));
	ck_assert_ptr_nonnull(strstr(page, "strowger_mesh_strangers_total 1\n"));
	ck_assert_ptr_nonnull(strstr(page, "strowger_mesh_datagrams_total{way=\"sent\"} 0\n"));
	ck_assert_ptr_nonnull(
		strstr(page, "strowger_mesh_lookups_total{outcome=\"asked\"} 0\n"));
	free(page);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("methods_mesh");
	TCase *t = tcase_create("mesh");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, mesh_setup, mesh_teardown);
	tcase_add_test(t, without_a_mesh_each_says_so);
	tcase_add_test(t, a_first_identity_is_there_and_stays);
	tcase_add_test(t, a_further_one_is_made_changed_and_kept);
	tcase_add_test(t, one_of_elsewhere_is_taken_as_a_seed_or_as_servald_has_it);
	tcase_add_test(t, there_are_so_many_identities);
	tcase_add_test(t, what_the_configuration_says_of_the_first_is_its_own);
	tcase_add_test(t, where_nothing_can_be_written_nothing_has_changed);
	tcase_add_test(t, words_are_checked);
	tcase_add_test(t, who_has_spoken_up_is_seen);
	tcase_add_test(t, nobody_has_a_number_and_nobody_answers);
	tcase_add_test(t, who_waits_is_answered_at_the_end);
	tcase_add_test(t, metrics_count_what_happens);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

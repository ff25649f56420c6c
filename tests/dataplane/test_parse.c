/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames as networks make them, by hand, through dataplane/parse.c, and what path.c puts in
 * front of what leaves: VLAN tags, padding, checksums, sources that nobody can have,
 * fragments. */
#include <check.h>
#include <rte_ether.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/mesh.h"
#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344, TAG = 4 };

static struct inproc rig;
static struct sw_addr alice, alice6, alice_port, alice6_port;
static uint8_t frame[RIG_FRAME], payload[256];
static uint16_t len, payload_len;
static uint16_t seq;

/* Alice on slot 0, by IPv6 on slot 2, both heard by Bob on slot 1.  VLAN: the device's. */
static void
open_rig(uint16_t vlan)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000),
			    b = rig_transport(1, "192.0.2.20", 5000),
			    c = rig_transport(2, "2001:db8::10", 4000);

	rig_open(&rig);
	rig.interface.vlan = vlan;
	a.source = c.source = SW_SOURCE_LATCH; /* who may speak is not the question here */
	alice = rig_addr("192.0.2.10", 4000);
	alice6 = rig_addr("2001:db8::10", 4000);
	alice_port = rig_addr("192.0.2.1", 30000);
	alice6_port = rig_addr("2001:db8::1", 30004);
	rig_set(&rig, &a);
	rig_set(&rig, &b);
	rig_set(&rig, &c);
	rig_join(&rig, 0, 1);
	rig_join(&rig, 2, 1);
}

static void
setup(void)
{
	open_rig(0);
}

static void
setup_vlan(void)
{
	open_rig(5);
}

static void
teardown(void)
{
	rig_close(&rig);
}

/* The next RTP packet of FROM's, in `frame`. */
static void
make(const struct sw_addr *from, const struct sw_addr *to)
{
	payload_len = rig_rtp(payload, ++seq, SSRC, 20);
	len = rig_make(frame, from, to, payload, payload_len);
}

/* Put a tag of TYPE and TCI in front of what is there. */
static void
tag(uint16_t type, uint16_t tci)
{
	memmove(frame + 12 + TAG, frame + 12, len - 12u);
	rtp_put16(frame + 12, type);
	rtp_put16(frame + 14, tci);
	len += TAG;
}

/* Put `frame` in as a device hands it over that says FLAGS and TCI of it. */
static void
arrive(uint64_t flags, uint16_t tci)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig.pool);

	ck_assert_ptr_nonnull(m);
	/* What was behind a shorter frame is still in the buffer. */
	memcpy(rte_pktmbuf_mtod(m, void *), frame, sizeof frame);
	m->data_len = len;
	m->pkt_len = len;
	m->ol_flags |= flags;
	m->vlan_tci = tci;
	ck_assert_int_eq(rte_ring_enqueue(rig.in[0], m), 0);
	rig_turn(&rig);
}

/* What leaves next, in `frame`; false: nothing does. */
static bool
leaves(void)
{
	struct rte_mbuf *m;

	if (rte_ring_dequeue(rig.out[0], (void **)&m) != 0)
		return false;
	len = rte_pktmbuf_data_len(m);
	memcpy(frame, rte_pktmbuf_mtod(m, void *), len);
	rte_pktmbuf_free(m);
	return true;
}

/* Does what was made and arrives as it is leave again, with the same payload? */
static bool
passes(void)
{
	arrive(0, 0);
	if (!leaves())
		return false;
	ck_assert_uint_ge(len, payload_len);
	ck_assert_mem_eq(frame + len - payload_len, payload, payload_len);
	return true;
}

/* It does not, and is counted for WHY and nothing else. */
static void
is_dropped(enum drop why)
{
	uint64_t all = 0, before = rig_drops(&rig, why);

	for (unsigned i = 0; i < DROPS; i++)
		all += rig_drops(&rig, i);
	arrive(0, 0);
	ck_assert(!leaves());
	ck_assert_uint_eq(rig_drops(&rig, why), before + 1);
	for (unsigned i = 0; i < DROPS; i++)
		all -= rig_drops(&rig, i);
	ck_assert_uint_eq(all + 1, 0);
}

/* ---- VLANs ---- */

START_TEST(an_untagged_interface_takes_untagged_frames_and_mere_priorities)
{
	make(&alice, &alice_port);
	ck_assert(passes());
	ck_assert_uint_eq(rtp_get16(frame + 12), RTE_ETHER_TYPE_IPV4);
	make(&alice, &alice_port);
	tag(RTE_ETHER_TYPE_VLAN, 5 << 13); /* VLAN 0, priority 5 */
	ck_assert(passes());
	make(&alice6, &alice6_port);
	tag(RTE_ETHER_TYPE_VLAN, 0);
	ck_assert(passes());
	make(&alice, &alice_port);
	tag(RTE_ETHER_TYPE_VLAN, 5);
	is_dropped(DROP_NOT_MEDIA);
}
END_TEST

START_TEST(a_tagged_interface_takes_its_tag_alone)
{
	static const uint16_t others[] = {0, 4, 6, 5 | 1 << 11, 4095};

	make(&alice, &alice_port);
	is_dropped(DROP_NOT_MEDIA);
	for (unsigned i = 0; i < RTE_DIM(others); i++) {
		make(&alice, &alice_port);
		tag(RTE_ETHER_TYPE_VLAN, others[i]);
		is_dropped(DROP_NOT_MEDIA);
	}
	make(&alice, &alice_port);
	tag(RTE_ETHER_TYPE_VLAN, 5 | 3 << 13 | 1 << 12); /* priority and drop eligible */
	ck_assert(passes());
	make(&alice6, &alice6_port);
	tag(RTE_ETHER_TYPE_VLAN, 5);
	ck_assert(passes());
}
END_TEST

START_TEST(what_leaves_a_tagged_interface_has_the_tag)
{
	static const uint8_t ethernet[] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0x00, 0x00, 0x05, 0x08, 0x00};

	make(&alice, &alice_port);
	tag(RTE_ETHER_TYPE_VLAN, 5);
	ck_assert(passes());
	ck_assert_mem_eq(frame, ethernet, sizeof ethernet);
	ck_assert_uint_eq(len, sizeof ethernet + 20 + 8 + payload_len);
	ck_assert_uint_eq(frame[18] >> 4, 4);
	ck_assert_uint_eq(rtp_get16(frame + 18 + 2), 20 + 8 + payload_len);
}
END_TEST

START_TEST(a_tag_that_the_device_has_taken_off_counts)
{
	static const struct {
		uint16_t tci;
		bool taken;
	} row[] = {{5, true}, {5 | 7 << 13, true}, {0, false}, {6, false}};

	for (unsigned i = 0; i < RTE_DIM(row); i++) {
		make(&alice, &alice_port);
		arrive(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, row[i].tci);
		ck_assert(leaves() == row[i].taken);
	}
}
END_TEST

START_TEST(on_an_untagged_interface_a_tag_taken_off_is_somebody_elses)
{
	make(&alice, &alice_port);
	arrive(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, 5);
	ck_assert(!leaves());
	arrive(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, 6 << 13);
	ck_assert(leaves());
}
END_TEST

START_TEST(two_tags_are_somebody_elses)
{
	static const uint16_t outer[] = {RTE_ETHER_TYPE_VLAN, RTE_ETHER_TYPE_QINQ};

	for (unsigned i = 0; i < RTE_DIM(outer); i++) {
		make(&alice, &alice_port);
		tag(RTE_ETHER_TYPE_VLAN, 5);
		tag(outer[i], 5);
		is_dropped(DROP_NOT_MEDIA);
	}
	make(&alice, &alice_port);
	tag(RTE_ETHER_TYPE_VLAN, 5);
	arrive(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, 5);
	ck_assert(!leaves());
}
END_TEST

START_TEST(a_tagged_frame_is_cut_at_any_length_without_harm)
{
	uint16_t whole;

	make(&alice, &alice_port);
	tag(RTE_ETHER_TYPE_VLAN, 5);
	whole = len;
	for (len = 1; len < whole; len++) {
		arrive(0, 0);
		ck_assert(!leaves());
	}
	len = whole;
	ck_assert(passes());
}
END_TEST

/* ---- Checksums, padding ---- */

START_TEST(no_udp_checksum_is_fine_over_ipv4_and_not_over_ipv6)
{
	make(&alice, &alice_port);
	rtp_put16(frame + 14 + 20 + 6, 0);
	ck_assert(passes());
	make(&alice6, &alice6_port);
	ck_assert(passes());
	make(&alice6, &alice6_port);
	rtp_put16(frame + 14 + 40 + 6, 0);
	is_dropped(DROP_CHECKSUM);
}
END_TEST

START_TEST(checksums_are_wrong_when_the_device_says_so)
{
	static const uint64_t wrong[] = {
		RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_BAD};

	for (unsigned i = 0; i < RTE_DIM(wrong); i++) {
		make(&alice, &alice_port);
		arrive(wrong[i], 0);
		ck_assert(!leaves());
	}
	ck_assert_uint_eq(rig_drops(&rig, DROP_CHECKSUM), 2);
	/* What the kernel sends over veth has only a part of it in the field. */
	make(&alice, &alice_port);
	rtp_put16(frame + 14 + 20 + 6, 0x1234);
	ck_assert(passes());
}
END_TEST

START_TEST(what_fills_a_frame_up_is_not_relayed)
{
	for (uint16_t fill = 1; fill < 40; fill++) {
		make(&alice, &alice_port);
		memset(frame + len, 0xee, fill);
		len += fill;
		ck_assert(passes());
		ck_assert_uint_eq(len, 14 + 20 + 8 + payload_len);
		make(&alice6, &alice6_port);
		memset(frame + len, 0xee, fill);
		len += fill;
		ck_assert(passes());
		ck_assert_uint_eq(len, 14 + 20 + 8 + payload_len);
	}
}
END_TEST

/* ---- Whence, whither ---- */

START_TEST(a_source_that_is_no_other_host_is_refused)
{
	static const char *const v4[] = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1",
		"239.1.2.3", "240.0.0.1", "255.255.255.255", "192.0.2.1"};
	static const char *const v6[] = {
		"::", "::1", "::ffff:192.0.2.10", "ff02::1", "fe80::1", "2001:db8::1"};
	struct sw_addr from;

	for (unsigned i = 0; i < RTE_DIM(v4); i++) {
		from = rig_addr(v4[i], 4000);
		make(&from, &alice_port);
		is_dropped(DROP_MARTIAN);
	}
	for (unsigned i = 0; i < RTE_DIM(v6); i++) {
		from = rig_addr(v6[i], 4000);
		make(&from, &alice6_port);
		is_dropped(DROP_MARTIAN);
	}
	from = rig_addr("192.0.2.10", 0); /* nor can port 0 be answered */
	make(&from, &alice_port);
	is_dropped(DROP_MARTIAN);
	/* Nothing has latched onto any of them. */
	make(&alice, &alice_port);
	ck_assert(passes());
	make(&alice6, &alice6_port);
	ck_assert(passes());
}
END_TEST

START_TEST(what_goes_to_many_or_to_another_is_not_ours)
{
	static const char *const to[] = {"224.0.0.1", "255.255.255.255", "192.0.2.255",
		"192.0.2.2", "ff02::1", "fe80::1", "2001:db8::2"};

	for (unsigned i = 0; i < RTE_DIM(to); i++) {
		struct sw_addr a = rig_addr(to[i], 30000);

		make(a.family == AF_INET6 ? &alice6 : &alice, &a);
		is_dropped(DROP_NOT_MEDIA);
	}
}
END_TEST

START_TEST(fragments_are_counted_first_middle_and_last)
{
	static const uint16_t word[] = {0x2000, 0x2001, 0x0001};

	for (unsigned i = 0; i < RTE_DIM(word); i++) {
		make(&alice, &alice_port);
		rtp_put16(frame + 14 + 6, word[i]);
		is_dropped(DROP_FRAGMENT);
	}
	make(&alice, &alice_port);
	rtp_put16(frame + 14 + 6, 0x4000); /* do not fragment */
	ck_assert(passes());
	make(&alice6, &alice6_port);
	frame[14 + 6] = 44;
	is_dropped(DROP_FRAGMENT);
}
END_TEST

START_TEST(ipv4_options_are_stepped_over)
{
	make(&alice, &alice_port);
	memmove(frame + 14 + 24, frame + 14 + 20, 8u + payload_len);
	memset(frame + 14 + 20, 1, 4); /* no operation, four times */
	frame[14] = 0x46;
	rtp_put16(frame + 14 + 2, (uint16_t)(24 + 8 + payload_len));
	len += 4;
	ck_assert(passes());
}
END_TEST

START_TEST(a_packet_in_several_buffers_is_too_long)
{
	struct rte_mbuf *m, *tail;

	make(&alice, &alice_port);
	m = rte_pktmbuf_alloc(rig.pool);
	tail = rte_pktmbuf_alloc(rig.pool);
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	ck_assert_ptr_nonnull(rte_pktmbuf_append(tail, 100));
	ck_assert_int_eq(rte_pktmbuf_chain(m, tail), 0);
	ck_assert_int_eq(rte_ring_enqueue(rig.in[0], m), 0);
	rig_turn(&rig);
	ck_assert(!leaves());
	ck_assert_uint_eq(rig_drops(&rig, DROP_TOO_LONG), 1);
}
END_TEST

/* ---- The mesh's port ---- */

static const struct sw_addr node_port = {AF_INET, 4110, {192, 0, 2, 1}};

static void
setup_mesh(void)
{
	rig_open_mesh(&rig, 1);
	rig.interface.prefix[0] = 24;
	tables_mesh_settle(rig.tables);
	alice = rig_addr("192.0.2.10", 4110);
}

/* What parse_stage() makes of the datagram to TO; false: it drops it, for *WHY. */
static bool
is_parsed(const struct sw_addr *to, struct meta *me, enum drop *why)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig.pool);
	bool kept;

	payload_len = 5;
	memcpy(payload, "frame", payload_len);
	len = rig_make(frame, &alice, to, payload, payload_len);
	memset(meta(m), 0xff, sizeof *meta(m));
	meta(m)->device = 0;
	memcpy(rte_pktmbuf_append(m, len), frame, len);
	for (*why = 0; *why < DROPS; ++*why)
		atomic_store(&rig.state.core[0].drops[*why], 0);
	kept = parse_stage(&rig.lcore[0], &m, 1) == 1;
	for (*why = 0; *why < DROPS && rig_drops(&rig, *why) == 0; ++*why)
		;
	if (!kept)
		return false;
	*me = *meta(m);
	ck_assert_uint_eq(rte_pktmbuf_data_len(m), payload_len);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, void *), payload, payload_len);
	rte_pktmbuf_free(m);
	return true;
}

START_TEST(a_datagram_to_the_meshs_port_is_the_meshs)
{
	struct sw_addr media = node_port;
	struct meta me;
	enum drop why;

	ck_assert(is_parsed(&node_port, &me, &why));
	ck_assert(me.mesh && !me.broadcast);
	ck_assert_uint_eq(me.in.local, 0);
	ck_assert_mem_eq(&me.in.src, &alice, sizeof alice);
	media.port = 30000;
	ck_assert(is_parsed(&media, &me, &why));
	ck_assert(!me.mesh && !me.broadcast);
}
END_TEST

START_TEST(so_is_what_is_sent_to_everybody_on_its_link)
{
	static const char *const to[] = {"255.255.255.255", "192.0.2.255"};
	struct meta me;
	enum drop why;

	for (unsigned i = 0; i < RTE_DIM(to); i++) {
		struct sw_addr a = rig_addr(to[i], 4110);

		ck_assert(is_parsed(&a, &me, &why));
		ck_assert(me.mesh && me.broadcast);
		ck_assert_uint_eq(me.in.local, 0);
	}
}
END_TEST

START_TEST(other_ports_addresses_and_links_are_not_the_meshs)
{
	const struct sw_addr to[] = {rig_addr("255.255.255.255", 4111),
		rig_addr("192.0.2.255", 30000), rig_addr("192.0.2.127", 4110),
		rig_addr("192.0.2.2", 4110), rig_addr("224.0.0.1", 4110),
		rig_addr("192.0.2.1", 4109), rig_addr("2001:db8::1", 4110)};
	struct sw_addr everybody = rig_addr("255.255.255.255", 4110);
	struct meta me;
	enum drop why;

	alice6 = rig_addr("2001:db8::10", 4110);
	for (unsigned i = 0; i < RTE_DIM(to); i++) {
		if (to[i].family == AF_INET6)
			alice = alice6;
		ck_assert(!is_parsed(&to[i], &me, &why));
		ck_assert_int_eq(why, DROP_NOT_MEDIA);
	}
	alice = rig_addr("192.0.2.10", 4110);
	tables_shared(rig.tables)->mesh->device = 1; /* it came by another one */
	ck_assert(!is_parsed(&everybody, &me, &why));
}
END_TEST

START_TEST(without_a_mesh_its_port_is_like_any_other)
{
	const struct sw_addr to[] = {node_port, rig_addr("255.255.255.255", 4110)};

	for (unsigned i = 0; i < RTE_DIM(to); i++) {
		make(&alice, &to[i]);
		is_dropped(DROP_NOT_MEDIA);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parse");
	TCase *untagged = tcase_create("untagged"), *tagged = tcase_create("tagged"),
	      *mesh = tcase_create("mesh");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(untagged, setup, teardown);
	tcase_add_test(
		untagged, an_untagged_interface_takes_untagged_frames_and_mere_priorities);
	tcase_add_test(untagged, on_an_untagged_interface_a_tag_taken_off_is_somebody_elses);
	tcase_add_test(untagged, no_udp_checksum_is_fine_over_ipv4_and_not_over_ipv6);
	tcase_add_test(untagged, checksums_are_wrong_when_the_device_says_so);
	tcase_add_test(untagged, what_fills_a_frame_up_is_not_relayed);
	tcase_add_test(untagged, a_source_that_is_no_other_host_is_refused);
	tcase_add_test(untagged, what_goes_to_many_or_to_another_is_not_ours);
	tcase_add_test(untagged, fragments_are_counted_first_middle_and_last);
	tcase_add_test(untagged, ipv4_options_are_stepped_over);
	tcase_add_test(untagged, a_packet_in_several_buffers_is_too_long);
	tcase_add_test(untagged, without_a_mesh_its_port_is_like_any_other);
	suite_add_tcase(s, untagged);
	tcase_add_checked_fixture(tagged, setup_vlan, teardown);
	tcase_add_test(tagged, a_tagged_interface_takes_its_tag_alone);
	tcase_add_test(tagged, what_leaves_a_tagged_interface_has_the_tag);
	tcase_add_test(tagged, a_tag_that_the_device_has_taken_off_counts);
	tcase_add_test(tagged, two_tags_are_somebody_elses);
	tcase_add_test(tagged, a_tagged_frame_is_cut_at_any_length_without_harm);
	suite_add_tcase(s, tagged);
	tcase_add_checked_fixture(mesh, setup_mesh, teardown);
	tcase_add_test(mesh, a_datagram_to_the_meshs_port_is_the_meshs);
	tcase_add_test(mesh, so_is_what_is_sent_to_everybody_on_its_link);
	tcase_add_test(mesh, other_ports_addresses_and_links_are_not_the_meshs);
	suite_add_tcase(s, mesh);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

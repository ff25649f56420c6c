/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mesh/capture.h"

#include <check.h>
#include <pcap/pcap.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

const char *const captures[CAPTURES] = {
	"call-servald.pcap", "call-independent.pcap", "relay-3node.pcap"};

struct node nodes[NODES] = {{.name = "A"}, {.name = "B"}, {.name = "C"}, {.name = "N"}};

static void
path_of(char *path, size_t room, const char *name)
{
	snprintf(path, room, "%s/%s", getenv("VECTORS"), name);
}

/* ---- Captures: IPv4 without options, whole, on Ethernet or on nothing ---- */

enum { ETHERNET = 14, IP = 20, UDP = 8 };

unsigned
capture_each(const char *name, capture_datagram *each, void *arg)
{
	char path[512], error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const u_char *frame;
	unsigned count = 0, in_front;
	pcap_t *capture;

	path_of(path, sizeof path, name);
	capture = pcap_open_offline(path, error);
	ck_assert_msg(capture != NULL, "%s", error);
	in_front = pcap_datalink(capture) == DLT_EN10MB ? ETHERNET : 0;
	while (pcap_next_ex(capture, &head, &frame) == 1) {
		const u_char *ip = frame + in_front;
		unsigned len;
		uint8_t *p;

		ck_assert_uint_ge(head->caplen, in_front + IP + UDP);
		ck_assert(ip[0] == 0x45 && ip[9] == 17);
		len = (unsigned)(ip[IP + 4] << 8 | ip[IP + 5]) - UDP;
		ck_assert_uint_le(in_front + IP + UDP + len, head->caplen);
		p = malloc(len);
		ck_assert_ptr_nonnull(p);
		memcpy(p, ip + IP + UDP, len);
		each(arg, ++count, p, len);
		free(p);
	}
	pcap_close(capture);
	return count;
}

/* ---- Whose ---- */

json_t *
capture_json(const char *name)
{
	char path[512];
	json_t *root;

	path_of(path, sizeof path, name);
	root = json_load_file(path, JSON_ALLOW_NUL, NULL) /* of a number asked for */;
	ck_assert_msg(root != NULL, "%s", path);
	return root;
}

static void
read_key(uint8_t key[MESH_KEY], const json_t *of, const char *name)
{
	const char *hex = json_string_value(json_object_get(of, name));

	ck_assert_ptr_nonnull(hex);
	ck_assert_int_eq(sodium_hex2bin(key, MESH_KEY, hex, strlen(hex), NULL, NULL, NULL), 0);
}

static void
read_text(char *text, size_t room, const json_t *of, const char *name)
{
	const char *value = json_string_value(json_object_get(of, name));

	snprintf(text, room, "%s", value != NULL ? value : "");
}

void
nodes_read(void)
{
	json_t *root = capture_json("keys.json");
	const json_t *all = json_object_get(root, "identities");

	for (unsigned i = 0; i < NODES; i++) {
		const json_t *of = json_object_get(all, nodes[i].name);
		struct mesh_identity *id = &nodes[i].id;

		read_key(id->seed, of, "sign_seed");
		read_text(id->did, sizeof id->did, of, "did");
		read_text(id->name, sizeof id->name, of, "name");
		mesh_identity_derive(id);
	}
	json_decref(root);
}

const struct node *
node_of_sid(const uint8_t sid[SID_LEN])
{
	for (unsigned i = 0; i < NODES; i++)
		if (memcmp(nodes[i].id.sid.b, sid, SID_LEN) == 0)
			return &nodes[i];
	return NULL;
}

/* The only one that begins so. */
static const struct node *
node_of_prefix(const uint8_t *prefix, unsigned len)
{
	const struct node *found = NULL;

	for (unsigned i = 0; i < NODES; i++)
		if (memcmp(nodes[i].id.sid.b, prefix, len) == 0) {
			ck_assert_ptr_null(found);
			found = &nodes[i];
		}
	return found;
}

const struct node *
whom(struct whom *w, const struct mesh_address *a)
{
	const struct node *found = NULL;
	struct sid sid;

	switch (a->kind) {
	case MESH_ADDRESS_PREFIX:
		found = node_of_prefix(a->at, a->len);
		break;
	case MESH_ADDRESS_SID:
		found = node_of_sid(a->at);
		break;
	case MESH_ADDRESS_SIGN:
		ck_assert_int_eq(mesh_sid_of_sign(&sid, a->at), 0);
		found = node_of_sid(sid.b);
		break;
	case MESH_ADDRESS_SAME:
		found = w->previous;
		break;
	case MESH_ADDRESS_SENDER:
		found = w->sender;
		break;
	}
	ck_assert_ptr_nonnull(found);
	w->previous = found;
	return found;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel below a device, kept from answering "port unreachable" to media that it sees: an
 * nftables table of ours drops them.  It is owned by a socket of ours and vanishes with it,
 * after a kill -9 too.  Of device_kinds.h.  Main thread.  nft(8). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"

/* "ip daddr { 10.0.0.1, 10.0.0.2 } udp dport 30000-39999 drop"; nothing without addresses. */
static void
print_rule(FILE *f, const struct opt_interface *conf, uint16_t family, const char *proto)
{
	char text[INET6_ADDRSTRLEN];
	const char *before = "{ ";

	for (unsigned i = 0; i < conf->addresses; i++) {
		if (conf->address[i].family != family)
			continue;
		if (before[0] == '{')
			fprintf(f, "%s daddr ", proto);
		inet_ntop(family, conf->address[i].ip, text, sizeof text);
		fprintf(f, "%s%s", before, text);
		before = ", ";
	}
	if (before[0] != '{')
		fprintf(f, " } udp dport %u-%u drop\n", conf->port_first, conf->port_last);
}

/* "ip daddr 10.0.0.1 udp dport 4110 drop", and what is sent to everybody there. */
static void
print_mesh_rule(FILE *f, const struct opt_interface *conf)
{
	const struct sw_addr *at = &conf->address[conf->mesh_address];
	char text[INET6_ADDRSTRLEN];

	if (conf->mesh_port == 0)
		return;
	inet_ntop(at->family, at->ip, text, sizeof text);
	fprintf(f, "%s daddr %s udp dport %u drop\n", at->family == AF_INET ? "ip" : "ip6",
		text, conf->mesh_port);
	fprintf(f, "meta pkttype broadcast udp dport %u drop\n", conf->mesh_port);
}

/* With br_netfilter a packet meets the prerouting hook while it is in the bridge, before our
 * socket has seen it, and not again when it has left it. */
static bool
is_bridge(const struct device *d)
{
	struct mnl_socket *s = netlink_open();
	struct netlink_link l = {.bridge = false};

	if (s == NULL)
		return false;
	netlink_get_link(s, d->conf->arg, &l);
	mnl_socket_close(s);
	return l.bridge;
}

/* The table as a script; heap. */
static char *
table_script(const struct device *d)
{
	char *script = NULL;
	size_t size;
	FILE *f = open_memstream(&script, &size);

	if (f == NULL)
		return NULL;
	/* By number: a name could be changed, or hold what nft's grammar does not like. */
	fprintf(f,
		"table inet strowger_%d_%d {\n"
		"flags owner\n"
		"chain media {\n"
		"type filter hook %s priority raw; policy accept;\n"
		"meta iif != %d accept\n",
		getpid(), d->ifindex, is_bridge(d) ? "input" : "prerouting", d->ifindex);
	print_rule(f, d->conf, AF_INET, "ip");
	print_rule(f, d->conf, AF_INET6, "ip6");
	print_mesh_rule(f, d->conf);
	fprintf(f, "}\n}\n");
	fclose(f);
	return script;
}

struct nft_ctx *
device_silence_kernel(const struct device *d)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *script = table_script(d);
	int rc = -1;

	if (script == NULL || nft == NULL) {
		device_fail(d, -ENOMEM, "cannot add the nftables table");
	} else {
		nft_ctx_buffer_output(nft);
		nft_ctx_buffer_error(nft);
		rc = nft_run_cmd_from_buffer(nft, script);
		if (rc != 0)
			log_warn(
				"interface %s: cannot add the nftables table that keeps the "
				"kernel from answering media on %s (CAP_NET_ADMIN? nf_tables in "
				"the kernel?): %s\n",
				d->conf->name, d->conf->arg, nft_ctx_get_error_buffer(nft));
	}
	free(script);
	if (rc == 0)
		return nft;
	device_let_kernel_speak(nft);
	return NULL;
}

void
device_let_kernel_speak(struct nft_ctx *nft)
{
	if (nft != NULL)
		nft_ctx_free(nft); /* and the table is gone */
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel below a device, kept from answering "port unreachable" to media that it sees: an
 * nftables table of ours drops them.  It is owned by a socket of ours and vanishes with it,
 * after a kill -9 too.  Where nobody else drops media while a killed switch is replaced,
 * control has that socket open as well: the table lasts until the next switch has its own, and
 * no longer than both processes.  Of device_kinds.h.  Main thread.  nft(8). */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <nftables/libnftables.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"

/* Owns the tables that may outlast this process. */
static struct {
	struct nft_ctx *nft;
	int fd; /* its socket */
	unsigned devices;
} lasting = {.fd = -1};

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
	uint64_t id;
	size_t size;
	FILE *f;

	/* A predecessor's may still be there, and process ids repeat in containers. */
	if (getrandom(&id, sizeof id, 0) != sizeof id ||
		(f = open_memstream(&script, &size)) == NULL)
		return NULL;
	/* By number: a name could be changed, or hold what nft's grammar does not like. */
	fprintf(f,
		"table inet strowger_%016" PRIx64 "_%d {\n"
		"flags owner\n"
		"chain media {\n"
		"type filter hook %s priority raw; policy accept;\n"
		"meta iif != %d accept\n",
		id, d->ifindex, is_bridge(d) ? "input" : "prerouting", d->ifindex);
	print_rule(f, d->conf, AF_INET, "ip");
	print_rule(f, d->conf, AF_INET6, "ip6");
	print_mesh_rule(f, d->conf);
	fprintf(f, "}\n}\n");
	fclose(f);
	return script;
}

/* Errors are kept for add_table(). */
static struct nft_ctx *
open_nft(void)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (nft != NULL) {
		nft_ctx_buffer_output(nft);
		nft_ctx_buffer_error(nft);
	}
	return nft;
}

/* The table of D, owned by the socket of NFT.  0 or -errno after a log line. */
static int
add_table(struct nft_ctx *nft, const struct device *d)
{
	char *script = table_script(d);
	int rc = -1;

	if (script == NULL || nft == NULL) {
		free(script);
		return device_fail(d, -ENOMEM, "cannot add the nftables table");
	}
	if ((rc = nft_run_cmd_from_buffer(nft, script)) != 0)
		log_warn("interface %s: cannot add the nftables table that keeps the "
			 "kernel from answering media on %s (CAP_NET_ADMIN? nf_tables in "
			 "the kernel?): %s\n",
			d->conf->name, d->conf->arg, nft_ctx_get_error_buffer(nft));
	free(script);
	return rc == 0 ? 0 : -EPERM;
}

int
device_silence_lasting(const struct device *d)
{
	struct device_fds fds;
	int rc;

	if (lasting.nft == NULL) {
		device_list_fds(&fds, AF_NETLINK); /* libnftables does not name its own */
		lasting.nft = open_nft();
		lasting.fd = device_new_fd(&fds);
	}
	lasting.devices++;
	if ((rc = add_table(lasting.nft, d)) != 0)
		device_forget_silence();
	return rc;
}

void
device_forget_silence(void)
{
	if (--lasting.devices > 0)
		return;
	if (lasting.nft != NULL)
		nft_ctx_free(lasting.nft); /* and its tables are gone */
	lasting.nft = NULL;
	lasting.fd = -1;
}

int
device_silence_fd(void)
{
	return lasting.fd;
}

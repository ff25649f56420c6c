/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything is written into one growing text, each argument ended by its NUL; the vector in
 * front of it is filled in last. */
#include "relay/switch_args.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "relay/config_mesh.h"

enum { MAC_TEXT = 18 };

/* The text of all arguments. */
struct args {
	FILE *to;
	unsigned n;
};

static void add(struct args *a, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
end(struct args *a)
{
	fputc('\0', a->to);
	a->n++;
}

/* The argument NAME; what it takes, if anything, follows, up to end(). */
static void
begin(struct args *a, const char *name)
{
	fputs(name, a->to);
	end(a);
}

/* NAME and what FMT makes. */
static void
add(struct args *a, const char *name, const char *fmt, ...)
{
	va_list ap;

	begin(a, name);
	va_start(ap, fmt);
	vfprintf(a->to, fmt, ap);
	va_end(ap);
	end(a);
}

static const char *
ip_text(const struct sw_addr *addr, char buf[INET6_ADDRSTRLEN])
{
	return inet_ntop(addr->family, addr->ip, buf, INET6_ADDRSTRLEN);
}

static const char *
mac_text(const uint8_t mac[6], char buf[MAC_TEXT])
{
	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	return buf;
}

/* name=N,device=KIND:ARG,address=A[/BITS]...,ports=L-H[,mac=M][,mtu=B][,queues=N][,vlan=ID][,twin=NAME]
 * [,neighbour=IP/MAC]...  What is advertised is control's own affair. */
static void
add_interface(struct args *a, const struct config_interface *it)
{
	static const uint8_t none[6];
	char ip[INET6_ADDRSTRLEN], mac[MAC_TEXT];

	begin(a, "--interface");
	fprintf(a->to, "name=%s,device=%s", it->name, it->device);
	for (unsigned i = 0; i < it->addresses.n; i++) {
		fprintf(a->to, ",address=%s", ip_text(&it->addresses.addr[i], ip));
		if (it->addresses.bits[i] != 0)
			fprintf(a->to, "/%u", it->addresses.bits[i]);
	}
	fprintf(a->to, ",ports=%u-%u", it->ports.first, it->ports.last);
	if (memcmp(it->mac, none, sizeof none) != 0)
		fprintf(a->to, ",mac=%s", mac_text(it->mac, mac));
	if (it->mtu != 0)
		fprintf(a->to, ",mtu=%u", it->mtu);
	if (it->queues != 0)
		fprintf(a->to, ",queues=%u", it->queues);
	if (it->vlan != 0)
		fprintf(a->to, ",vlan=%u", it->vlan);
	if (it->twin[0] != '\0')
		fprintf(a->to, ",twin=%s", it->twin);
	for (unsigned i = 0; i < it->neighbours.n; i++) {
		const struct config_neighbour *hop = &it->neighbours.neighbour[i];

		fprintf(a->to, ",neighbour=%s/%s", ip_text(&hop->addr, ip),
			mac_text(hop->mac, mac));
	}
	end(a);
}

static void
add_mesh(struct args *a, const struct config *c)
{
	char ip[INET6_ADDRSTRLEN];

	if (c->mesh_interface[0] != '\0')
		add(a, "--mesh", "address=%s,port=%u", ip_text(config_mesh_address(c), ip),
			c->mesh_port);
}

static void
add_cpus(struct args *a, const char *name, const struct config_cpus *cpus)
{
	begin(a, name);
	for (unsigned i = 0; i < cpus->n; i++)
		fprintf(a->to, "%s%d", i == 0 ? "" : ",", cpus->cpu[i]);
	end(a);
}

/* What has no value in C is left out: the switch has its own default. */
static void
add_all(struct args *a, const struct config *c, const char *program, struct switch_start start)
{
	fputs(program, a->to);
	end(a);
	add(a, "--name", "%s", c->name);
	add(a, "--run-dir", "%s", c->run_dir);
	for (unsigned i = 0; i < c->interfaces; i++)
		add_interface(a, &c->interface[i]);
	add_mesh(a, c);
	add_cpus(a, "--cpus", &c->forwarding);
	if (c->transcode.n > 0)
		add_cpus(a, "--transcode-cpus", &c->transcode);
	if (c->main_cpu >= 0)
		add(a, "--main-cpu", "%d", c->main_cpu);
	add(a, "--poll", "%s", c->busy ? "busy" : "adaptive");
	add(a, "--transports", "%u", config_transports(c));
	add(a, "--record-blocks", "%u", config_record_blocks(c));
	if (c->mbufs != 0)
		add(a, "--mbufs", "%u", c->mbufs);
	add(a, "--engine", "%s", config_engines[c->engine]);
	add(a, "--log-level", "%s", log_levels[c->log_level]);
	if (start.uid >= 0)
		add(a, "--socket-owner", "%d:%d", start.uid, start.gid);
	if (start.no_sandbox)
		begin(a, "--no-sandbox");
	if (c->eal_args[0] != '\0')
		add(a, "--eal-args", "%s", c->eal_args);
}

char **
switch_args(const struct config *c, const char *program, struct switch_start start)
{
	struct args a = {0};
	char *text = NULL, **argv;
	size_t size = 0, head;

	if ((a.to = open_memstream(&text, &size)) == NULL)
		return NULL;
	add_all(&a, c, program, start);
	if (fclose(a.to) != 0)
		goto no_text;
	head = (a.n + 1) * sizeof *argv;
	if ((argv = malloc(head + size)) == NULL)
		goto no_text;
	memcpy((char *)argv + head, text, size);
	free(text);
	text = (char *)argv + head;
	for (unsigned i = 0; i < a.n; i++) {
		argv[i] = text;
		text += strlen(text) + 1;
	}
	argv[a.n] = NULL;
	return argv;

no_text:
	free(text);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A port on shared memory: DPDK's memif driver, as the client of the relay (or of testpmd)
 * that listens at a socket.  No kernel below it: addresses and the MAC address to send to are
 * told.  EAL is started with the first such port, on the CPUs that the process may use, unless
 * it runs.  The generator's one thread. */
#include <errno.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/port.h"
#include "bench/wire.h"
#include "dataplane/seal.h"

enum {
	RING = 1024,  /* descriptors each way */
	MBUFS = 2048, /* more of them wander through more memory, to no use */
	CONNECT_MS = 5000,
	PAUSE_MS = 10,
};
static_assert(
	RTE_MBUF_DEFAULT_DATAROOM >= WIRE_FRAME_MAX + SEAL_TAILROOM, "a frame fits an mbuf");

struct memif {
	uint16_t id; /* DPDK's */
	struct rte_mempool *pool;
	struct rte_mbuf *out[PORT_BURST]; /* ready to be filled */
	unsigned outs;
	struct rte_mbuf *in[PORT_BURST]; /* held by the caller */
	unsigned ins;
	bool started;
};

/* "0@(1,3)": lcore 0 on all CPUs that we may use, else EAL would pin us to the first CPU. */
static void
lcores(char *text, size_t room)
{
	cpu_set_t cpus;
	size_t at = (size_t)snprintf(text, room, "0@(");

	sched_getaffinity(0, sizeof cpus, &cpus);
	for (int i = 0; i < CPU_SETSIZE && at < room; i++)
		if (CPU_ISSET(i, &cpus))
			at += (size_t)snprintf(text + at, room - at, "%d,", i);
	text[strlen(text) - 1] = ')';
}

/* EAL leaves its directory behind. */
static void
stop_eal(void)
{
	char dir[128];

	snprintf(dir, sizeof dir, "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(dir);
}

static int
start_eal(void)
{
	static char words[][16] = {"strowger-bench", "--no-huge", "--no-shconf", "--no-pci",
		"--no-telemetry", "-m", "64", "--file-prefix",
		"--lcores"}; /* EAL wants them writable */
	char cpus[256], prefix[32];
	char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5], words[6],
		words[7], prefix, words[8], cpus, NULL};

	if (rte_lcore_count() > 0) /* it runs */
		return 0;
	lcores(cpus, sizeof cpus);
	snprintf(prefix, sizeof prefix, "bench-%d", (int)getpid());
	rte_log_set_global_level(RTE_LOG_ERR);
	if (rte_eal_init((int)(sizeof argv / sizeof argv[0]) - 1, argv) < 0)
		return -rte_errno;
	atexit(stop_eal);
	return 0;
}

/* Wait until the far end has taken us. */
static int
wait_for_link(uint16_t id)
{
	struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	struct rte_eth_link link;

	for (unsigned i = 0; i < CONNECT_MS / PAUSE_MS; i++) {
		if (rte_eth_link_get_nowait(id, &link) == 0 &&
			link.link_status == RTE_ETH_LINK_UP)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

static int
start_device(struct port *p, struct memif *k)
{
	static unsigned devices;
	static const uint8_t none[6];
	struct rte_eth_conf conf = {0};
	struct rte_ether_addr mac;
	char name[32], args[256];
	int error;

	snprintf(name, sizeof name, "net_memif%u", devices++);
	snprintf(args, sizeof args, "role=client,socket=%s,rsize=10,socket-abstract=no",
		p->arg);
	k->pool = rte_pktmbuf_pool_create(
		name, MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (k->pool == NULL)
		return -rte_errno;
	error = rte_eal_hotplug_add("vdev", name, args);
	if (error != 0)
		return error;
	error = rte_eth_dev_get_port_by_name(name, &k->id);
	if (error == 0)
		error = rte_eth_dev_configure(k->id, 1, 1, &conf);
	if (error == 0)
		error = rte_eth_rx_queue_setup(k->id, 0, RING, SOCKET_ID_ANY, NULL, k->pool);
	if (error == 0)
		error = rte_eth_tx_queue_setup(k->id, 0, RING, SOCKET_ID_ANY, NULL);
	if (error == 0)
		error = rte_eth_dev_start(k->id);
	if (error != 0)
		return error;
	k->started = true;
	if (memcmp(p->mac, none, 6) == 0 && rte_eth_macaddr_get(k->id, &mac) == 0)
		memcpy(p->mac, mac.addr_bytes, 6);
	return wait_for_link(k->id);
}

static void
memif_close(struct port *p)
{
	struct memif *k = p->priv;

	rte_pktmbuf_free_bulk(k->in, k->ins);
	rte_pktmbuf_free_bulk(k->out, k->outs);
	if (k->started) {
		rte_eth_dev_stop(k->id);
		rte_eth_dev_close(k->id);
	}
	rte_mempool_free(k->pool);
	free(k);
}

static int
memif_open(struct port *p)
{
	struct memif *k;
	int error;

	if (p->addr.family == 0) {
		fprintf(stderr, "strowger-bench: a memif has no address of its own: say "
				"--address-a/-b\n");
		return -EINVAL;
	}
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return -ENOMEM;
	p->priv = k;
	error = start_eal();
	if (error == 0)
		error = start_device(p, k);
	if (error != 0) {
		fprintf(stderr, "strowger-bench: memif %s: %s%s\n", p->arg, strerror(-error),
			error == -ETIMEDOUT ? " (nobody listens there as memif server)" : "");
		memif_close(p);
	}
	return error;
}

static unsigned
memif_room(struct port *p, uint8_t **frame, unsigned n)
{
	struct memif *k = p->priv;

	if (k->outs < n && rte_pktmbuf_alloc_bulk(k->pool, k->out + k->outs, n - k->outs) == 0)
		k->outs = n;
	if (n > k->outs)
		n = k->outs;
	for (unsigned i = 0; i < n; i++)
		frame[i] = rte_pktmbuf_mtod(k->out[i], uint8_t *);
	return n;
}

static unsigned
memif_send(struct port *p, const uint16_t *len, unsigned n)
{
	struct memif *k = p->priv;
	unsigned sent;

	for (unsigned i = 0; i < n; i++)
		k->out[i]->data_len = (uint16_t)(k->out[i]->pkt_len = len[i]);
	sent = rte_eth_tx_burst(k->id, 0, k->out, (uint16_t)n);
	k->outs -= sent;
	memmove(k->out, k->out + sent, k->outs * sizeof k->out[0]);
	return sent;
}

static unsigned
memif_take(struct port *p, struct port_frame *frame, unsigned n)
{
	struct memif *k = p->priv;

	rte_pktmbuf_free_bulk(k->in, k->ins);
	k->ins = rte_eth_rx_burst(k->id, 0, k->in, (uint16_t)n);
	for (unsigned i = 0; i < k->ins; i++) {
		frame[i].data = rte_pktmbuf_mtod(k->in[i], uint8_t *);
		frame[i].len = k->in[i]->data_len;
		frame[i].partial = false;
	}
	return k->ins;
}

static int
memif_find(struct port *p, const struct sw_addr *addr, uint8_t mac[6])
{
	return -ENOTSUP;
}

/* A full ring makes the far end drop, and count. */
static uint64_t
memif_missed(struct port *p)
{
	return 0;
}

const struct port_kind port_memif = {
	.name = "memif",
	.help = "shared memory with a memif server: memif:/path/of/its/socket",
	.open = memif_open,
	.room = memif_room,
	.send = memif_send,
	.take = memif_take,
	.find = memif_find,
	.missed = memif_missed,
	.close = memif_close,
};

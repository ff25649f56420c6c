/* SPDX-License-Identifier: Apache-2.0
 *
 * The node's RPC sockets; see node_inside.h. */
#include <errno.h>
#include <sys/stat.h>

#include "control/log.h"
#include "relay/config.h"
#include "relay/event_kinds.h"
#include "relay/methods.h"
#include "relay/node_inside.h"
#include "relay/notify.h"

static void
rpc_modes(const struct config *c, unsigned mode[RPC_ROLES])
{
	mode[RPC_ADMIN] = c->rpc_mode;
	mode[RPC_SESSION] = c->session_mode;
	mode[RPC_VIEW] = c->view_mode;
}

/* The node is of use only now: nobody is let in before. */
int
node_rpc_open(struct node *n)
{
	unsigned mode[RPC_ROLES];

	rpc_modes(n->config, mode);
	n->rpc_conf = (struct rpc_server_conf){
		.instance = n->config->name,
		.version = STROWGER_VERSION,
		.methods = relay_methods(),
		.n_methods = RELAY_METHODS,
		.events = event_kinds,
		.tally = n->rpc_tally,
		.arg = n,
	};
	for (unsigned i = 0; i < RPC_ROLES; i++) {
		n->rpc_conf.socket[i] = (struct rpc_socket){.path = n->rpc_path[i],
			.mode = mode[i],
			.group = n->conf.socket_gid[i],
			.listening = n->listening[i]};
		n->listening[i] = 0;
	}
	if ((n->rpc = rpc_server_open(n->base, &n->rpc_conf)) == NULL)
		return -errno;
	log_info("ready; RPC at %s", n->rpc_path[RPC_ADMIN]);
	notify_ready();
	return 0;
}

void
node_rpc_take(struct node *n, const struct handed *h)
{
	const int fd[RPC_ROLES] = {
		[RPC_ADMIN] = h->rpc, [RPC_SESSION] = h->session, [RPC_VIEW] = h->view};

	for (unsigned i = 0; i < RPC_ROLES; i++)
		n->listening[i] = fd[i] > 0 ? fd[i] : 0;
}

void
node_rpc_give(struct node *n, struct handed *h)
{
	int fd[RPC_ROLES];

	rpc_server_hand_over(n->rpc, fd);
	n->rpc = NULL;
	h->rpc = fd[RPC_ADMIN];
	h->session = fd[RPC_SESSION];
	h->view = fd[RPC_VIEW];
}

void
node_set_rpc_mode(struct node *n)
{
	unsigned mode[RPC_ROLES];

	rpc_modes(n->config, mode);
	for (unsigned i = 0; n->rpc != NULL && i < RPC_ROLES; i++)
		if (chmod(n->rpc_path[i], mode[i]) != 0)
			log_warn("cannot change the mode of %s: %m", n->rpc_path[i]);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the launcher says of the switch that it has started, and what is to be done when it is
 * gone itself.  Of keeper.h.  Control's one thread. */
#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/wait.h>

#include "control/log.h"
#include "relay/keeper_inside.h"
#include "relay/launcher.h"

static void
log_end(const struct launcher_report *r)
{
	if (WIFSIGNALED(r->status))
		log_warn("strowger-switch (process %d) was ended by signal %d (%s)", r->pid,
			WTERMSIG(r->status), strsignal(WTERMSIG(r->status)));
	else
		log_info("strowger-switch (process %d) ended with status %d", r->pid,
			WEXITSTATUS(r->status));
}

/* What was started has not come up. */
static void
not_started(struct keeper *k)
{
	if (k->state == STOPPING || k->state == FINISHED)
		return;
	if (k->seen)
		keeper_search_again(k);
	else
		keeper_finish(k, k->conf.failed);
}

static void
take_report(struct keeper *k, const struct launcher_report *r)
{
	k->asked = false;
	switch (r->what) {
	case LAUNCHER_STARTED:
		log_info("started strowger-switch, process %d", r->pid);
		k->child = r->pid;
		break;
	case LAUNCHER_FAILED:
		log_err("cannot run strowger-switch: %s; [node] switch says where it is",
			strerror(r->status));
		not_started(k);
		break;
	case LAUNCHER_ENDED:
		log_end(r);
		k->child = 0;
		if (k->state == STARTING) {
			log_err("strowger-switch did not start; what it said itself stands "
				"above");
			not_started(k);
		} else if (k->state == SEARCHING &&
			   keeper_now_ms() - k->since_ms >= k->delay_ms) {
			keeper_wait_ms(k, 0); /* what it was waited for */
		}
		break;
	}
}

/* What runs goes on, also for who has become a newer program meanwhile; only somebody else can
 * start the next switch. */
static void
lose_launcher(struct keeper *k)
{
	log_err("the helper that starts strowger-switch is gone: restart strowger when it "
		"suits");
	event_del(k->reports);
	k->conf.launcher = NULL;
	k->asked = false;
	k->child = 0;
	if (!k->seen && !keeper_is_alive(k) && k->state != STOPPING && k->state != FINISHED)
		keeper_finish(k, k->conf.failed);
}

void
keeper_reported(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *k = arg;
	struct launcher_report r;
	int err;

	while ((err = launcher_read(k->conf.launcher, &r)) == 0)
		take_report(k, &r);
	if (err == -EPIPE)
		lose_launcher(k);
}

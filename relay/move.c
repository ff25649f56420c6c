/* SPDX-License-Identifier: Apache-2.0
 *
 * See move.h. */
#include "relay/move.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "dataplane/history_order.h"
#include "dataplane/secret.h"
#include "relay/call_mesh.h"
#include "relay/calls_inside.h"
#include "relay/commands.h"
#include "relay/record.h"

/* It could not be done, or not all of it: the switch is told again what is so. */
static void
give_up(struct job *j, int err)
{
	struct fault fault;

	if (err == -ENOSPC)
		job_no_room(&fault);
	else
		job_command_failed(&fault, err);
	log_about(j->id, LOG_LEVEL_WARNING, "%s", fault.text);
	if (err != -EPIPE && err != -ENOTCONN)
		job_doubt(j->calls, j->call, err);
	job_fail(j, &fault);
}

/* Write down that J's call is EXPORTED, or is no more.  0; -ENOSPC. */
static int
write_down(struct job *j, uint8_t exported)
{
	struct calls *c = j->calls;
	struct call *call = j->call;
	uint8_t was = call->exported;
	uint32_t record;

	if (was == exported)
		return 0;
	call->exported = exported;
	if (calls_write_record(c, call, &record) != 0) {
		call->exported = was;
		return -ENOSPC;
	}
	store_commit(c->store, record, call->record);
	call->record = record;
	calls_changed(c, exported ? CHANGE_EXPORTED : CHANGE_RESUMED, call);
	timeouts_watch(c->timeouts, call);
	return 0;
}

/* Begin with stopping CALL, which may be stopped already: what the switch knows of it comes
 * into *H before STOPPED is called. */
static void
stop(struct job *j, struct call *call, struct call_history **h, commands_done *stopped)
{
	struct fault fault;
	int err;

	if ((*h = secret_alloc(sizeof **h)) == NULL) {
		job_no_memory(&fault);
		job_refuse(j, &fault);
		return;
	}
	j->call = call;
	call->busy = true;
	err = commands_stop(j->calls->client, call, *h, stopped, j);
	if (err < 0) {
		give_up(j, err);
		return;
	}
	job_add_running(j);
	if (err == 0)
		stopped(j, 0);
}

/* ---- Export. ---- */

/* Did the switch say what it knew of each of CALL's transports? */
static bool
is_known(const struct call *call, const struct call_history *h)
{
	for (unsigned i = 0; i < call->legs; i++)
		for (unsigned j = 0; j < call->leg[i].streams; j++)
			if (h->of[i][j].id != call->leg[i].stream[j].id)
				return false;
	return true;
}

/* Nobody else may have the record before it is written down.  0 or -errno. */
static int
hand_out(struct job *j)
{
	uint8_t *buf = secret_alloc(RECORD_LONG_MAX);
	int err = buf == NULL ? -ENOMEM : write_down(j, 1);

	if (err == 0) /* which has room enough */
		j->on_record(j->arg, buf,
			(size_t)record_encode(j->call, j->history, buf, RECORD_LONG_MAX));
	secret_free(buf, RECORD_LONG_MAX);
	return err;
}

static void
stopped(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	if (err == 0 && !is_known(j->call, j->history))
		err = -EPROTO;
	if (err == 0)
		err = hand_out(j);
	if (err != 0) {
		give_up(j, err);
		return;
	}
	log_about(j->id, LOG_LEVEL_INFO, "exported: its media stops here");
	j->calls->sums.exported++;
	job_answer(j, j->call, NULL);
	job_finish(j);
}

/* The address that its party speaks with is this node's own. */
static void
of_the_mesh(struct fault *fault, const char *field)
{
	fault_set(fault, FAULT_BAD_REQUEST, field, NULL, "a call without legs of type vomp",
		"a leg of the call is in the mesh, where another node is somebody else: it "
		"cannot move");
}

static void
start_export(struct job *j, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (call != NULL && !call_is_mesh(call)) {
		stop(j, call, &j->history, stopped);
		return;
	}
	if (call != NULL)
		of_the_mesh(&fault, "call");
	else
		job_unknown_call(&fault);
	job_refuse(j, &fault);
}

const struct job_kind move_export = {start_export, .needs_switch = true};

/* ---- Import: reading. ---- */

static int
refuse_record(struct job *j, const char *expected, const char *text)
{
	struct fault fault;

	fault_set(&fault, FAULT_BAD_REQUEST, "record", NULL, expected, "%s", text);
	job_refuse(j, &fault);
	return -EINVAL;
}

int
move_read(struct job *j, const uint8_t *record, size_t len)
{
	struct fault fault;

	j->history = secret_alloc(sizeof *j->history);
	if (j->history != NULL)
		j->draft = record_decode(record, len, j->history);
	if (j->history == NULL || (j->draft == NULL && errno == ENOMEM)) {
		job_no_memory(&fault);
		job_refuse(j, &fault);
		return -EINVAL;
	}
	if (j->draft == NULL && errno == EPROTO)
		return refuse_record(j, "a record of this version",
			"the record is of another version than this strowger reads");
	if (j->draft == NULL)
		return refuse_record(j, "what call.export has answered",
			"the record is damaged, or is none");
	if (!is_known(j->draft, j->history))
		return refuse_record(j, "what call.export has answered",
			"the record does not say how far its packets were numbered");
	if (call_is_mesh(j->draft)) {
		of_the_mesh(&fault, "record");
		job_refuse(j, &fault);
		return -EINVAL;
	}
	snprintf(j->id, sizeof j->id, "%s", j->draft->id);
	return 0;
}

/* ---- Import of a call that is new here. ---- */

static void
flowing(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	/* It is ours already: what the switch has not taken is said again. */
	if (err != 0 && err != -EPIPE)
		job_doubt(j->calls, j->call, err);
	job_answer(j, j->call, NULL);
	job_finish(j);
}

static void
resumed(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	if (err != 0) {
		job_roll_back(j, err);
		return;
	}
	job_commit(j);
	j->calls->sums.imported++;
	log_about(j->id, LOG_LEVEL_INFO, "imported: it goes on here");
	err = commands_flows(j->calls->client, j->call, flowing, j);
	if (err <= 0)
		flowing(j, err);
}

/* Other addresses and ports for C, which keeps the ids of its transports. */
static int
relocate(struct places *p, struct call *c, struct fault *fault)
{
	uint64_t id[CALL_LEGS][CALL_STREAMS];
	int err;

	for (unsigned i = 0; i < c->legs; i++) {
		c->leg[i].local.family = 0;
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			id[i][j] = c->leg[i].stream[j].id;
			c->leg[i].stream[j].slot = CALL_NO_SLOT;
		}
	}
	err = places_give(p, c, calls_now_ms(), fault);
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			c->leg[i].stream[j].id = id[i][j];
	return err;
}

static void
take_over(struct job *j)
{
	struct fault fault;
	int err;

	/* This node need not have all codecs that the other one has. */
	if (call_check_codecs(j->draft, &fault) != 0) {
		job_refuse(j, &fault);
		return;
	}
	if (job_begin_call(j) != 0)
		return;
	j->call->created_us = j->draft->created_us;
	j->draft->exported = 0;
	if (job_settle(j, j->relocate ? relocate : places_take_over, &fault) != 0) {
		job_fail(j, &fault);
		return;
	}
	err = commands_resume(j->calls->client, j->draft, j->history, resumed, j);
	if (err == 0)
		resumed(j, 0);
	else
		job_sent(j, err);
}

/* ---- Import of a call that was exported here. ---- */

/* All is acknowledged that the switch was told of the call.  Nothing leaves before it is
 * written down that it runs. */
static int
begin_again(struct job *j)
{
	int err = write_down(j, 0);

	if (err != 0)
		return err;
	log_about(j->id, LOG_LEVEL_INFO, "back: it goes on here");
	j->calls->sums.imported++;
	return 0;
}

static void
set_again(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	if (err == 0)
		err = begin_again(j);
	if (err != 0) {
		give_up(j, err);
		return;
	}
	job_answer(j, j->call, NULL);
	job_finish(j);
}

static void
at_home(void *arg, int err)
{
	struct job *j = arg;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	if (err == 0)
		err = begin_again(j);
	if (err == 0 && (err = commands_flows(j->calls->client, j->call, flowing, j)) > 0)
		return;
	if (j->call->exported)
		give_up(j, err);
	else
		flowing(j, err);
}

/* The draft takes the places that its call has kept here; unless they are others than it had
 * where it comes from, for the phones must be told then.  0; -EINVAL. */
static int
take_places(struct job *j, struct fault *fault)
{
	for (unsigned i = 0; i < j->draft->legs; i++) {
		const struct leg *was = &j->call->leg[i];
		struct leg *l = &j->draft->leg[i];
		bool same = l->local.family == was->local.family &&
			    memcmp(l->local.ip, was->local.ip, sizeof l->local.ip) == 0;

		for (unsigned k = 0; k < l->streams; k++)
			same = same && l->stream[k].port == was->stream[k].port;
		if (!same && !j->relocate)
			return fault_set(fault, FAULT_NO_PLACE, "record", NULL,
				"the places that the call has kept here",
				"the call has kept other places here than it comes from; "
				"`relocate` gives it those");
		memcpy(l->interface, was->interface, sizeof l->interface);
		l->family = was->family;
		l->place = was->place;
		l->local = was->local;
		l->advertised = was->advertised;
		for (unsigned k = 0; k < l->streams; k++) {
			l->stream[k].slot = was->stream[k].slot;
			l->stream[k].port = was->stream[k].port;
		}
	}
	return 0;
}

/* The call is what the record says, still stopped, and written down as that: whoever sets it
 * again, be it our successor, will use no keys from before.  0; -EINVAL. */
static int
adopt_draft(struct job *j, struct fault *fault)
{
	if (call_copy_listeners(j->draft, j->call) != 0)
		return job_no_memory(fault);
	if (take_places(j, fault) != 0 || job_count_srtp(j, fault) != 0)
		return -EINVAL;
	if (transcoders_give(j->calls->transcoders, j->draft, j->call, fault) != 0)
		goto no_transcoders;
	j->draft->exported = 1;
	if (calls_write_record(j->calls, j->draft, &j->record) != 0)
		goto no_record;
	job_commit(j);
	return 0;

no_record:
	job_no_room(fault);
	transcoders_return(j->calls->transcoders, j->draft);
no_transcoders:
	j->calls->srtp_calls -= (unsigned)j->srtp;
	return -EINVAL;
}

/* What the record says of J's call, compared with what is kept of it here, transport by
 * transport. */
static unsigned
compare(const struct job *j, bool *split)
{
	unsigned all = HISTORY_SAME, one;

	*split = false;
	for (unsigned i = 0; i < j->call->legs; i++)
		for (unsigned k = 0; k < j->call->leg[i].streams; k++) {
			if (j->call->leg[i].stream[k].closed)
				continue;
			one = history_order(&j->kept->of[i][k], &j->history->of[i][k]);
			*split = *split || one == HISTORY_SPLIT;
			all |= one;
		}
	return all;
}

/* The switch has said what is kept.  An old record says nothing new; one from where the call
 * went on meanwhile says all. */
static void
kept(void *arg, int err)
{
	struct job *j = arg;
	struct fault fault;
	unsigned order;
	bool split;

	if (j->calls == NULL) {
		job_free(j);
		return;
	}
	if (err == 0 && !is_known(j->call, j->kept))
		err = -EPROTO;
	if (err != 0) {
		give_up(j, err);
		return;
	}
	order = compare(j, &split);
	if (split) {
		fault_set(&fault, FAULT_CALL_EXISTS, "record", NULL,
			"the record of where the call ran last",
			"the call has gone on in two places: here, and where the record is from");
		job_fail(j, &fault);
		return;
	}
	if (order == HISTORY_OLDER) {
		err = commands_restate(j->calls->client, j->call, set_again, j);
	} else if (adopt_draft(j, &fault) != 0) {
		job_fail(j, &fault);
		return;
	} else {
		err = commands_resume(j->calls->client, j->call, j->history, at_home, j);
	}
	if (err < 0)
		give_up(j, err);
	else if (err == 0)
		(order == HISTORY_OLDER ? set_again : at_home)(j, 0);
}

/* Have two calls the same transports? */
static bool
is_same(const struct call *a, const struct call *b)
{
	if (a->legs != b->legs)
		return false;
	for (unsigned i = 0; i < a->legs; i++) {
		if (a->leg[i].streams != b->leg[i].streams)
			return false;
		for (unsigned j = 0; j < a->leg[i].streams; j++)
			if (a->leg[i].stream[j].id != b->leg[i].stream[j].id)
				return false;
	}
	return true;
}

static void
start_import(struct job *j, struct call *call, const struct call_request *asked)
{
	struct fault fault;

	if (call == NULL) {
		take_over(j);
	} else if (!is_same(call, j->draft)) {
		fault_set(&fault, FAULT_CALL_EXISTS, "record", NULL, NULL,
			"there is another call of this id here");
		job_refuse(j, &fault);
	} else if (call->exported) {
		stop(j, call, &j->kept, kept);
	} else { /* said again */
		job_answer(j, call, NULL);
		job_free(j);
	}
}

/* Of an import the switch has had no flows when it is refused: no packet was relayed, and who
 * tries again asks for the same ports. */
const struct job_kind move_import = {start_import, .needs_switch = true};

/* SPDX-License-Identifier: Apache-2.0
 *
 * See capture.h.  A capture lives from the switch's acknowledgement of it until the switch
 * says that it has ended, or is lost. */
#include "relay/capture.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/capture_file.h"

enum reason { ASKED, TIME, SIZE, CALL_ENDED, DISK, SWITCH_LOST };
const char *const capture_reasons[] = {
	"asked", "time", "size", "call_ended", "disk", "switch_lost", NULL};

struct one {
	struct capture *of;
	struct capture_info info; /* id 0: none */
	struct sw_capture_set said;
	char file[CAPTURE_FILE];
	int fd; /* ours: how large is it? */
	enum reason reason;
	struct event *timer;
	capture_done *done; /* who waits, for the beginning or the end; NULL: nobody */
	void *arg;
	bool begun;
};

struct capture {
	struct capture_conf conf;
	uint64_t last_id;
	struct one one[SW_CAPTURES];
};

static_assert(SW_CAPTURE_TRANSPORTS >= CALL_LEGS * CALL_STREAMS, "a call fits");

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static struct one *
find(struct capture *c, uint64_t id)
{
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->one[i].info.id == id)
			return &c->one[i];
	return NULL;
}

bool
capture_is_name(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len < CAPTURE_FILE && name[0] != '.' && strspn(name, good) == len;
}

/* ---- Life ---- */

struct capture *
captures_open(const struct capture_conf *conf)
{
	struct capture *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->conf = *conf;
	return c;
}

static void
measure(struct one *o)
{
	struct stat st;

	if (fstat(o->fd, &st) == 0)
		o->info.bytes = (uint64_t)st.st_size;
}

static void
tell(struct one *o, const struct fault *fault)
{
	capture_done *done = o->done;

	o->done = NULL;
	if (done != NULL)
		done(o->arg, &o->info, fault);
}

static void
drop(struct one *o)
{
	if (o->timer != NULL)
		event_free(o->timer);
	if (o->fd >= 0)
		close(o->fd);
	*o = (struct one){.fd = -1};
}

/* O has ended for REASON: say so. */
static void
ended(struct one *o, enum reason reason)
{
	const struct capture_conf *conf = &o->of->conf;
	struct fault fault;

	o->info.reason = capture_reasons[reason];
	log_about(o->info.call, LOG_LEVEL_INFO,
		"capture %s has ended (%s): packets %llu, lost %llu", o->file, o->info.reason,
		(unsigned long long)o->info.packets, (unsigned long long)o->info.lost);
	if (!o->begun) { /* whoever waits waits for the beginning */
		fault_set(&fault, FAULT_SWITCH_DOWN, NULL, NULL, NULL,
			"the switch is not there; it is started again at once");
		tell(o, &fault);
	} else {
		tell(o, NULL);
		if (conf->ended != NULL)
			conf->ended(conf->arg, &o->info);
	}
	drop(o);
}

void
captures_close(struct capture *c)
{
	if (c == NULL)
		return;
	capture_switch_lost(c);
	free(c);
}

/* ---- Beginning ---- */

/* Whose packets: those of CALL, or of its leg LEG alone.  A leg of the mesh has none of its
 * own: its datagrams are its neighbour's, whosever calls are in them. */
static void
list_transports(struct sw_capture_set *m, const struct call *call, const char *leg)
{
	m->transports = 0;
	memset(m->transport, 0, sizeof m->transport);
	for (unsigned i = 0; i < call->legs; i++)
		for (unsigned j = 0; j < call->leg[i].streams; j++) {
			const struct stream *s = &call->leg[i].stream[j];

			if ((leg[0] != '\0' && strcmp(call->leg[i].name, leg) != 0) ||
				s->slot == CALL_NO_SLOT || s->mesh)
				continue;
			m->transport[m->transports].id = s->id;
			m->transport[m->transports++].slot = s->slot;
		}
}

/* The switch says SW_CAPTURED when it has.  0 or -errno. */
static int
end(struct one *o, enum reason reason)
{
	o->reason = reason;
	return switch_client_capture_end(o->of->conf.client, o->info.id, NULL, NULL);
}

/* Likewise; when it cannot be told, again in a while. */
static void
end_surely(struct one *o, enum reason reason)
{
	static const struct timeval a_while = {1, 0};

	if (end(o, reason) != 0)
		evtimer_add(o->timer, &a_while);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct one *o = arg;

	end_surely(o, o->reason == CALL_ENDED ? CALL_ENDED : TIME);
}

/* The answer to the first SW_CAPTURE_SET. */
static void
on_begun(void *arg, int error)
{
	struct one *o = arg;
	struct capture *c = o->of;
	const struct timeval until = {(o->info.ends_ms - o->info.began_ms) / 1000, 0};
	struct fault fault;

	if (error == -EPIPE)
		return; /* capture_switch_lost() says the rest */
	if (error != 0) {
		fault_set(&fault, FAULT_REFUSED, NULL, NULL, NULL, "the switch refused: %s",
			strerror(-error));
		capture_file_remove(c->conf.directory, o->file);
		tell(o, &fault);
		drop(o);
		return;
	}
	o->begun = true;
	measure(o);
	if (o->reason != CALL_ENDED) /* already */
		evtimer_add(o->timer, &until);
	log_about(o->info.call, LOG_LEVEL_INFO, "is captured into %s", o->file);
	tell(o, NULL);
}

static int
refuse(struct fault *f, const char *field, const char *got, const char *expected,
	const char *why)
{
	return fault_set(f, FAULT_BAD_REQUEST, field, got, expected, "%s", why);
}

static int
check_request(const struct capture *c, const struct capture_request *r,
	const struct call *call, struct fault *f)
{
	bool has_leg = r->leg == NULL;

	if (call == NULL)
		return fault_set(f, FAULT_UNKNOWN_CALL, "call", NULL, NULL,
			"there is no call of this id; call.list lists those that are");
	for (unsigned i = 0; i < call->legs && !has_leg; i++)
		has_leg = strcmp(call->leg[i].name, r->leg) == 0;
	if (!has_leg)
		return refuse(f, "leg", r->leg, "the name of one of its legs",
			"the call has no leg of this name");
	if (r->file != NULL && !capture_is_name(r->file))
		return refuse(f, "file", r->file,
			"letters, digits, dots, dashes and underscores",
			"a file's name, without a directory");
	return 0;
}

/* What a file is called when nobody says: by the call's name in the log, and the time. */
static void
name_file(struct one *o, const char *asked)
{
	char hash[LOG_HASH], when[32];
	time_t now = time(NULL);
	struct tm tm;

	log_hash(o->info.call, hash);
	strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	if (asked != NULL)
		snprintf(o->file, sizeof o->file, "%s", asked);
	else
		snprintf(o->file, sizeof o->file, "%s-%s-%llu.pcapng", hash, when,
			(unsigned long long)o->info.id);
}

static int
make_file(struct one *o, struct fault *f)
{
	const struct capture_conf *conf = &o->of->conf;
	char hash[LOG_HASH], comment[LOG_HASH + REQUEST_NAME + 16];
	int n;

	log_hash(o->info.call, hash);
	snprintf(comment, sizeof comment, "%s%s%s", hash,
		o->info.leg[0] != '\0' ? ", leg " : "", o->info.leg);
	n = snprintf(o->info.path, sizeof o->info.path, "%s/%s", conf->directory, o->file);
	if (n < 0 || (size_t)n >= sizeof o->info.path)
		return refuse(f, "file", o->file, "a shorter name", "the path is too long");
	o->fd = capture_file_open(conf->directory, o->file, switch_client_state(conf->client),
		o->said.snaplen, comment);
	if (o->fd >= 0)
		return 0;
	return fault_set(f, FAULT_BAD_REQUEST, "file", o->file, NULL,
		"cannot make %s: %s ([capture] directory says where captures go)",
		o->info.path, strerror(-o->fd));
}

static void
fill(struct one *o, struct capture *c, const struct capture_request *r,
	const struct call *call)
{
	unsigned seconds = r->seconds != 0 ? r->seconds : CAPTURE_SECONDS;

	*o = (struct one){.of = c, .fd = -1};
	o->info.id = ++c->last_id;
	snprintf(o->info.call, sizeof o->info.call, "%s", call->id);
	snprintf(o->info.leg, sizeof o->info.leg, "%s", r->leg != NULL ? r->leg : "");
	o->info.began_ms = now_ms();
	o->info.ends_ms = o->info.began_ms + seconds * INT64_C(1000);
	o->info.max_bytes = r->max_bytes != 0 ? r->max_bytes : CAPTURE_BYTES;
	o->said.id = o->info.id;
	o->said.max_bytes = o->info.max_bytes;
	o->said.snaplen = r->snaplen != 0 ? r->snaplen : CAPTURE_SNAPLEN;
	list_transports(&o->said, call, o->info.leg);
	name_file(o, r->file);
}

/* 0 and it is said to the switch; -EINVAL. */
static int
begin(struct one *o, struct fault *f)
{
	struct capture *c = o->of;
	int err, fd;

	if ((o->timer = evtimer_new(c->conf.base, on_time, o)) == NULL)
		return fault_set(f, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (make_file(o, f) != 0)
		return -EINVAL;
	fd = fcntl(o->fd, F_DUPFD_CLOEXEC, 0);
	err = fd < 0 ? -errno
		     : switch_client_capture_set(c->conf.client, &o->said, fd, on_begun, o);
	if (err == 0)
		return 0;
	capture_file_remove(c->conf.directory, o->file);
	return fault_set(f, FAULT_SWITCH_DOWN, NULL, NULL, NULL, "the switch is not told: %s",
		strerror(-err));
}

void
capture_begin(
	struct capture *c, const struct capture_request *r, capture_done *done, void *arg)
{
	const struct call *call = calls_find(c->conf.calls, r->call);
	struct one *o = find(c, 0);
	struct fault fault;

	if (check_request(c, r, call, &fault) != 0) {
		done(arg, NULL, &fault);
		return;
	}
	if (o == NULL) {
		fault_set(&fault, FAULT_TOO_MANY, NULL, NULL, NULL,
			"%d captures are under way already; call.capture_stop ends one",
			SW_CAPTURES);
		done(arg, NULL, &fault);
		return;
	}
	fill(o, c, r, call);
	o->done = done;
	o->arg = arg;
	if (begin(o, &fault) != 0) {
		tell(o, &fault);
		drop(o);
	}
}

/* ---- Ending ---- */

void
capture_stop(struct capture *c, uint64_t id, capture_done *done, void *arg)
{
	struct one *o = id != 0 ? find(c, id) : NULL;
	struct fault fault;
	int err;

	if (o == NULL || o->done != NULL) {
		fault_set(&fault, FAULT_UNKNOWN_CAPTURE, "capture", NULL,
			"the number of one that is under way", "there is no such capture");
		done(arg, NULL, &fault);
	} else if ((err = end(o, ASKED)) != 0) {
		fault_set(&fault, FAULT_SWITCH_DOWN, NULL, NULL, NULL,
			"the switch is not told: %s", strerror(-err));
		done(arg, NULL, &fault);
	} else {
		o->done = done;
		o->arg = arg;
	}
}

void
capture_captured(struct capture *c, const struct sw_captured *m)
{
	struct one *o = find(c, m->id);
	enum reason reason;

	if (o == NULL || m->id == 0)
		return;
	reason = m->error == 0 ? o->reason : m->error == -EFBIG ? SIZE : DISK;
	o->info.packets = m->packets;
	o->info.bytes = m->bytes;
	o->info.lost = m->lost;
	o->info.error = m->error == -EFBIG ? 0 : m->error;
	ended(o, reason);
}

void
capture_switch_lost(struct capture *c)
{
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		if (c->one[i].info.id != 0) {
			measure(&c->one[i]);
			ended(&c->one[i], SWITCH_LOST);
		}
}

void
capture_call_changed(struct capture *c, const struct call *call, bool over)
{
	for (unsigned i = 0; i < SW_CAPTURES; i++) {
		struct one *o = &c->one[i];
		struct sw_capture_set next;

		if (o->info.id == 0 || strcmp(o->info.call, call->id) != 0)
			continue;
		if (over) {
			end_surely(o, CALL_ENDED);
			continue;
		}
		next = o->said;
		list_transports(&next, call, o->info.leg);
		if (memcmp(&next, &o->said, sizeof next) == 0)
			continue;
		if (switch_client_capture_set(c->conf.client, &next, -1, NULL, NULL) == 0)
			o->said = next;
	}
}

/* ---- Looking ---- */

bool
capture_next(struct capture *c, uint64_t after, struct capture_info *info)
{
	struct one *next = NULL;

	for (unsigned i = 0; i < SW_CAPTURES; i++) {
		struct one *o = &c->one[i];

		if (o->begun && o->info.id > after &&
			(next == NULL || o->info.id < next->info.id))
			next = o;
	}
	if (next == NULL)
		return false;
	measure(next);
	*info = next->info;
	return true;
}

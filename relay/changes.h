/* SPDX-License-Identifier: Apache-2.0
 *
 * What has happened to calls, in its order: a bounded journal, and those who wait for it to go
 * on.  A place in it is a cursor.  Who takes one, lists the calls and then reads on from the
 * cursor has an exact list for ever after; whose cursor has become too old lists them again.
 *
 * A cursor says whose journal it belongs to: the process after us begins another one.
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CHANGES_GONE UINT64_MAX

struct changes;
struct event_base;

enum change_kind {
	CHANGE_CREATED, /* by call.create or call.import */
	CHANGE_UPDATED,
	CHANGE_EXPORTED,
	CHANGE_RESUMED, /* that was exported goes on here */
	CHANGE_LEARNED, /* a party's address */
	CHANGE_REKEYED, /* a party's new key is in use */
	CHANGE_ENDED,
	CHANGE_KINDS
};

/* Their names, NULL-ended. */
extern const char *const change_words[];

enum {
	CHANGES_MAX = 1 << 15, /* that are kept; fewer, when ids are longer than 30 bytes */
	CHANGES_CURSOR = 38,   /* bytes of a cursor's text with its NUL */
	CHANGES_WAITING = 256, /* at once; one more, and one of them is told */
};

struct changes *changes_open(struct event_base *base); /* NULL: errno */
void changes_close(struct changes *c);                 /* tells all who wait; NULL is fine */

/* It has happened to call ID. */
void changes_add(struct changes *c, enum change_kind kind, const char *id);

/* The place behind the newest change. */
uint64_t changes_end(const struct changes *c);

/* Are all changes from AT on still there?  Not from CHANGES_GONE on. */
bool changes_has(const struct changes *c, uint64_t at);

/* The change at AT, which is there.  ID: until the next one is added. */
enum change_kind changes_at(const struct changes *c, uint64_t at, const char **id);

void changes_write_cursor(const struct changes *c, uint64_t at, char text[CHANGES_CURSOR]);

/* 0, and *AT is CHANGES_GONE if the cursor is of another journal; -EINVAL: it is none. */
int changes_read_cursor(const struct changes *c, const char *text, uint64_t *at);

/* Who waits, and for whom: any pointer that tells clients apart; NULL: it has gone. */
struct changes_waiter {
	void (*done)(void *arg);
	const void *(*client)(const void *arg);
	void *arg;
};

/* Call W.done, once: soon after the next change, after MS milliseconds, when the journal is
 * closed, or for one more when too many wait: then it is the longest waiting of those who have
 * gone or, without them, of the client that has most.  Not from within.  -ENOMEM: nobody will
 * be told. */
int changes_wait(struct changes *c, unsigned ms, struct changes_waiter w);

/* Tell all who wait now. */
void changes_wake(struct changes *c);

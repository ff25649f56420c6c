/* SPDX-License-Identifier: Apache-2.0
 *
 * An NG server in the test's own process, and clients of it that are plain sockets.  Its
 * handler answers with what it was asked, and how many requests there have been: at once, or
 * when the test says so. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "control/ng_server.h"

extern struct event_base *ng_echo_base;
extern struct ng_server *ng_echo;
extern unsigned ng_echo_asked;    /* requests that the handler has had */
extern bool ng_echo_holds;        /* it keeps them */
extern char ng_echo_source[80];   /* of the last */
extern char ng_echo_got[1 << 17]; /* what a client was told last, NUL-ended */

void ng_echo_open(void);
ng_handler ng_echo_handle;
void ng_echo_close(void);
void ng_echo_release(void); /* answer all that are kept */

/* Turns of the event loop, with a millisecond between them. */
void ng_echo_turns(int n);

/* A socket of TYPE, connected to PORT of 127.0.0.1, or of ::1; not blocking. */
int ng_echo_dial(int type, int port);
int ng_echo_dial6(int type, int port);

void ng_echo_say(int fd, const char *bytes, size_t len);
void ng_echo_say_text(int fd, const char *text);

/* What FD is told within a second, into ng_echo_got: how much; 0: it was hung up on; -1:
 * nothing. */
ssize_t ng_echo_hear(int fd);

/* Say TEXT, and it must be answered with ANSWER; NULL: with nothing. */
void ng_echo_ask(int fd, const char *text, const char *answer);

/* A port of 127.0.0.1 that is listened at. */
int ng_echo_udp(void);
int ng_echo_tcp(void);

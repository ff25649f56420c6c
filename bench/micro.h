/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `strowger-bench micro`: measurements of one piece of strowger in a process of
 * its own, beside the bare library that it is made of. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `strowger-bench micro seal`: nanoseconds a packet of the SRTP engines.  argv[0] is "seal";
 * the exit status.  Before any other use of seal.h; it ends what it began. */
int micro_seal(int argc, char **argv);

/* `strowger-bench micro forward`: packets a second and cycles a packet of one forwarding core
 * and of several, with no network. */
int micro_forward(int argc, char **argv);

/* `strowger-bench micro turn`: cycles of one turn of a forwarding core, with one packet and
 * with more. */
int micro_turn(int argc, char **argv);

/* `strowger-bench micro capacity`: cycles a packet of a forwarding core with many calls, over
 * a memif; where strowger is built with libipsec-mb. */
int micro_capacity(int argc, char **argv);

/* `strowger-bench micro mesh`: cycles a packet from one node of a mesh to another, and of its
 * box alone. */
int micro_mesh(int argc, char **argv);

/* `strowger-bench micro codecs`: nanoseconds for 20 ms of sound, of every codec. */
int micro_codecs(int argc, char **argv);

/* `strowger-bench micro transcode`: nanoseconds a packet through transcode.h, and of the
 * libraries alone. */
int micro_transcode(int argc, char **argv);

struct option;

/* Give each option of ARGV that OPTIONS has to TAKE (false: not understood) with CONF; 'h' is
 * --help.  0; 1: HELP has printed; -EINVAL after a message. */
int micro_options(int argc, char **argv, const struct option *options,
	bool (*take)(void *conf, int option), void *conf, void (*help)(void));

/* "A/B", the suites of a call's two phones, neither of them plain.  False: not understood. */
bool micro_phones(const char *text, uint8_t suite[2]);

/* "1,2" into at most ROOM numbers; how many, 0: not understood. */
unsigned micro_list(const char *text, int *to, unsigned room);

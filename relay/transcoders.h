/* SPDX-License-Identifier: Apache-2.0
 *
 * Which transcode core does what: gives each stream that is to be transcoded one, by how much
 * work its core has been promised already, and refuses when none takes more.  A stream keeps
 * its core: what it needs later, after a re-offer, is never refused.
 *
 * Both directions of a pair are given to one core.  Control's one thread. */
#pragma once

#include <stdint.h>

#include "control/fault.h"

struct call;
struct config;
struct switch_client;
struct transcoders;

/* CLIENT must outlive it.  NULL: no memory. */
struct transcoders *transcoders_open(
	const struct switch_client *client, const struct config *conf);
void transcoders_close(struct transcoders *t); /* NULL is fine */

/* Give cores to DRAFT, which is what CALL (nothing yet: a call without legs) is to become;
 * what CALL has it keeps.  Counts DRAFT's work as promised.  0; -EINVAL and FAULT says why,
 * nothing is counted then. */
int transcoders_give(struct transcoders *t, struct call *draft, const struct call *call,
	struct fault *fault);

/* C's work is no longer promised. */
void transcoders_return(struct transcoders *t, const struct call *c);

/* Another switch: nothing is promised to its cores.  Then, for each call that goes on there: C
 * keeps its cores, unless the switch has fewer of them now. */
void transcoders_welcome(struct transcoders *t);
void transcoders_claim(struct transcoders *t, struct call *c);

/* Nanoseconds a second, by what codecs are known to take, that core N has been promised. */
uint64_t transcoders_promised(const struct transcoders *t, unsigned n);

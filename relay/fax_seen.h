/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to be told of a fax gateway (fax.h), for the front ends.  Control's one thread. */
#pragma once

#include "relay/call.h"

struct switch_client;

struct fax_seen {
	bool t38;                /* the stream is the T.38 side; else that with the sound */
	struct request_fax conf; /* of the T.38 side */
	uint32_t pages;          /* that have crossed, either way; 0: perhaps none yet */
	uint32_t bit_rate;       /* bits a second of the last image; 0: none yet */
	bool ecm;                /* the machines correct errors themselves */
};

/* Of stream I of leg LEG of C, as of now.  False: it has no gateway. */
bool fax_see(const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client, struct fax_seen *f);

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two fax machines with a gateway between them, in virtual time: one speaks by G.711, the
 * other by T.38 in UDPTL, and the network loses what it is told to. */
#pragma once

#include "dataplane/fax.h"
#include "dataplane/udptl.h"
#include "tests/fax/machine.h"

enum { FAX_PATH = 256 };

struct fax_line_conf {
	bool sound_calls; /* the machine with sound does; it has the document */
	bool no_ecm;      /* neither machine wants it */
	uint8_t codec;    /* CODEC_PCMU, CODEC_PCMA */
	uint8_t ptime_ms;
	uint8_t far_correction; /* of what the machine with T.38 sends */
	struct sw_fax fax;
	unsigned pages;
	unsigned lose_datagrams; /* per cent, each way */
	unsigned lose_rtp;       /* of 1,000, from the machine with sound */
	bool swap_rtp;           /* every tenth comes behind the next one */
};

struct fax_line {
	struct fax_line_conf conf;
	struct fax *fax;
	struct fax_voice *voice;
	struct machine *sound, *t38;
	struct udptl_tx far_tx;
	struct udptl_rx far_rx;
	struct transcode_counts far_counts;
	uint64_t now_us;
	uint32_t random;
	int64_t index;
	uint32_t timestamp;
	unsigned datagrams, lost, lost_rtp; /* sent, and of them lost */
	unsigned swapped;                   /* packets of RTP */
	size_t longest;                     /* bytes of a datagram of the gateway's */
	uint8_t held[480];                  /* RTP that waits for the next one */
	struct transcode_in waits;
	char document[FAX_PATH], into[FAX_PATH];
};

/* The folder of all lines' documents: an unchecked fixture, for a test that fails does not
 * return from where it does. */
void fax_line_setup(void);
void fax_line_teardown(void);

/* Opens all of it, with a document of its own. */
struct fax_line *fax_line_open(const struct fax_line_conf *conf);
void fax_line_close(struct fax_line *l);

/* Let 20 ms pass. */
void fax_line_step(struct fax_line *l);

/* Until both machines are done, or ten minutes have passed.  Did the document arrive, and was
 * the result on both sides what T.30 calls success? */
bool fax_line_run(struct fax_line *l);

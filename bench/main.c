/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-bench: load generator and measurements of strowger.  A row a subcommand. */
#include <stdio.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/flood.h"
#include "bench/load.h"
#include "bench/micro.h"
#include "bench/ng_load.h"
#include "bench/replay.h"
#include "bench/rpc_load.h"
#include "bench/talk.h"

struct subcommand {
	const char *name;
	const char *help;
	int (*main)(int argc, char **argv); /* argv[0] is the subcommand; the exit status */
};

static int micro_main(int argc, char **argv);

static const struct subcommand subcommands[] = {
	{"load", "be both phones of many calls; loss, delay, CPU per packet, limit",
		load_main},
	{"talk", "phones that say what is in a file, whatever relay is between them",
		talk_main},
	{"flood", "send a relay what it did not ask for", flood_main},
	{"micro", "measure one piece in this process, beside the bare library", micro_main},
	{"rpc", "one request again and again; answers a second, and how soon they come",
		rpc_load_main},
	{"ng", "calls offered, answered and deleted over rtpengine's NG protocol",
		ng_load_main},
	{"replay", "a capture through the packet stages, in virtual time", replay_main},
	{"compare", "set the figures of several load runs side by side", compare_main},
	{NULL, NULL, NULL},
};

static const struct subcommand micros[] = {
#if HAVE_BURST
	{"capacity", "a forwarding core with many calls over a memif, beside macswap",
		micro_capacity},
#endif
	{"codecs", "every codec, encoding, decoding and concealing", micro_codecs},
	{"forward", "the packet stages, on one core and on several", micro_forward},
	{"mesh", "sound between two nodes of a mesh, beside its box alone", micro_mesh},
	{"seal", "the SRTP engines, beside libipsec-mb and libsrtp2", micro_seal},
	{"transcode", "a direction of a transcoded call, beside its codecs alone",
		micro_transcode},
	{"turn", "one turn of a forwarding core, with one packet and with more", micro_turn},
	{NULL, NULL, NULL},
};

static void
help(const char *name, const struct subcommand *rows, FILE *out)
{
	fprintf(out, "usage: %s SUBCOMMAND [options]\n", name);
	for (; rows->name != NULL; rows++)
		fprintf(out, "  %-8s %s\n", rows->name, rows->help);
	fprintf(out, "%s SUBCOMMAND --help says more.\n", name);
}

/* Run the row of ROWS that argv[1] names; NAME is what was said before it. */
static int
dispatch(const char *name, const struct subcommand *rows, int argc, char **argv)
{
	if (argc < 2) {
		help(name, rows, stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(name, rows, stdout);
		return 0;
	}
	for (const struct subcommand *row = rows; row->name != NULL; row++)
		if (strcmp(argv[1], row->name) == 0)
			return row->main(argc - 1, argv + 1);
	fprintf(stderr, "%s: no subcommand \"%s\"\n", name, argv[1]);
	help(name, rows, stderr);
	return 2;
}

static int
micro_main(int argc, char **argv)
{
	return dispatch("strowger-bench micro", micros, argc, argv);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("strowger-bench %s\n", STROWGER_VERSION);
		return 0;
	}
	return dispatch("strowger-bench", subcommands, argc, argv);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that tell of codecs, and of the cores that transcode. */
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/stats.h"

static void
method_codec_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_codecs());
}

static void
method_transcoder_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_transcoders(node_client(node), node_calls(node)));
}

/* ---- What they take and answer. ---- */

/* clang-format off */
static const struct rpc_field codec_row[] = {
	TEXT("name", 0, 0, "as in a=rtpmap"),
	WORD("kind", stats_codec_kinds, "noise and events are not decoded: they pass, or are made anew"),
	COUNT("payload_type", NULL, "of its own (RFC 3551); absent: it has to be agreed on"),
	COUNT("clock", "Hz", "of RTP timestamps, with its first rate"),
	{.name = "rates", .type = RPC_ARRAY, .element = RPC_INT, .unit = "samples/s",
		.help = "that it can be coded with; the first is the default"},
	COUNT("channels", NULL, "at most"),
	COUNT("ptime", "ms", "of sound in a packet, by default"),
	COUNT("bitrate", "bit/s", "by default"),
	WORD("cost", stats_codec_costs, "of encoding 20 ms: table, less than 1 us; light, some; medium, tens; heavy, a"
		" hundred and more"),
	COUNT("complexity", NULL, "of encoding by default, 0 to 10; absent: it has none"),
	TEXT("help", 0, 0, "what it is, and where it is from"),
	NO_MORE,
};

static const struct rpc_field codec_result[] = {
	ARRAY("codecs", codec_row, "all that are built in"),
	NO_MORE,
};

static const struct rpc_field transcoder_row[] = {
	COUNT("core", NULL, "its number"),
	COUNT("cpu", NULL, "that it runs on"),
	BOOL("accepting", "it has room for another call"),
	NUMBER("load", "%", "of its time lately"),
	NUMBER("promised", "%", "of its time, that its calls would take if all their parties spoke at once, by the cost"
		" table; more than 100 is no harm as long as `load` is not"),
	COUNT("directions", NULL, "of calls, that it has had packets of lately"),
	COUNT("complexity", NULL, "that encoding is held down to for want of time; 10: it is not"),
	BOOL("asleep", "nothing to do, and waiting for packets"),
	COUNT("frames", "packets", "encoded"),
	COUNT("crowded", "packets", "that came out of order when as many as the switch has places for were waiting, so that"
		" nothing was waited for"),
	COUNT("taken_in", "packets", "from forwarding cores"),
	COUNT("handed_over", "packets", "back to them"),
	COUNT("turns", NULL, "of its loop"),
	COUNT("empty_turns", NULL, "without packets"),
	COUNT("sleeps", NULL, "times that it fell asleep"),
	COUNT("busy_cycles", "cycles", "in turns with packets"),
	OBJECT("drops", NULL, "packets by reason; only those that are not 0"),
	NO_MORE,
};

static const struct rpc_field transcoder_result[] = {
	ARRAY("transcoders", transcoder_row, "transcode cores"),
	NO_MORE,
};

const struct rpc_method methods_codecs[] = {
	{
		.name = "codec.list",
		.role = RPC_VIEW,
		.summary = "The codecs that sound can be transcoded from and to.",
		.result = codec_result,
		.example = "{}",
		.answer = "{\"codecs\": [{\"name\": \"PCMU\", \"kind\": \"speech\", \"payload_type\": 0, \"clock\": 8000,"
			" \"rates\": [8000], \"channels\": 1, \"ptime\": 20, \"bitrate\": 64000, \"cost\": \"table\","
			" \"help\": \"G.711, mu-law\"}]}",
		.handler = method_codec_list,
	},
	{
		.name = "transcoder.list",
		.role = RPC_VIEW,
		.summary = "The transcode cores, and how much they have to do.",
		.result = transcoder_result,
		.example = "{}",
		.answer = "{\"transcoders\": [{\"core\": 0, \"cpu\": 1, \"accepting\": true, \"load\": 1.2,"
			" \"promised\": 2.4, \"directions\": 2, \"complexity\": 10, \"asleep\": false, \"frames\": 1200,"
			" \"taken_in\": 1202, \"handed_over\": 1202, \"turns\": 90210, \"empty_turns\": 89008,"
			" \"sleeps\": 610, \"busy_cycles\": 91277400, \"drops\": {}}]}",
		.handler = method_transcoder_list,
	},
	{.name = NULL},
};
/* clang-format on */

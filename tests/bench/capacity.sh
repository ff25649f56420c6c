#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger-bench micro capacity as a whole: every packet that the phones send comes back from each contestant, as it
# should be; otherwise its figures mean nothing.  Of the figures themselves only what no machine changes.
#
# usage: capacity.sh STROWGER-BENCH
set -eu
bench=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

laps=2
"$bench" micro capacity --calls 1,700 --laps $laps --json "$work/out.json" >"$work/table" 2>"$work/err" ||
	fail "status $?: $(cat "$work/err")"
[ -s "$work/err" ] && fail "something was said: $(cat "$work/err")"
python3 - "$work/out.json" $laps <<'PYTHON' || fail "see above: $(cat "$work/table")"
import json, sys
figures = json.load(open(sys.argv[1]))["figures"]
laps = int(sys.argv[2])
ROUND, TIMED = 960, 8
for calls, once in ("1", 1), ("700", 2):
    value = {name[len(calls) + 1:]: f["values"] for name, f in figures.items() if name.startswith(calls + " ")}
    for name in "refused", "lost", "dropped", "corrupt", "buffers lost":
        assert value[name] == [0], f"{calls} calls: {name} {value[name]}"
    # Each of three contestants: a lap that warms up and those that count, with one round looked into.
    in_all = 3 * (laps + 1)
    assert value["verified"] == [in_all * ROUND], (calls, value["verified"], in_all * ROUND)
    assert value["sent"][0] % ROUND == 0 and value["sent"][0] >= in_all * (once + TIMED + 1) * ROUND, value["sent"]
    for name in "macswap", "RTP", "SRTP", "bare libipsec-mb":
        assert len(value[name]) == laps and min(value[name]) > 10, (calls, name, value[name])
    for lap in range(laps):
        more = value["SRTP"][lap] - value["macswap"][lap]
        assert abs(more - value["SRTP - macswap"][lap]) < 0.01, (calls, lap, more)
        may = 200 + 1.25 * value["bare libipsec-mb"][lap]
        assert abs(may - value["may be"][lap]) < 0.01 and abs(more - may - value["SRTP over"][lap]) < 0.01, (calls, lap)
        more = value["RTP"][lap] - value["macswap"][lap]
        assert abs(more - 200 - value["RTP over"][lap]) < 0.01, (calls, lap)
    assert 0 <= value["quiet laps"][0] <= laps and ("quiet RTP" in value) == (value["quiet laps"][0] > 0), value
PYTHON

# The table goes elsewhere when the figures are wanted on stdout.
"$bench" micro capacity --calls 1 --laps 1 --json - 2>"$work/table" | python3 -c 'import json, sys; json.load(sys.stdin)' ||
	fail "stdout is not JSON alone"
grep -q '^ *1 macswap ' "$work/table" || fail "no table: $(cat "$work/table")"

# What cannot be is refused.
for wrong in "--calls 0" "--calls 10001" "--laps 0" "--suites NONE/NONE" "--cpu -1"; do
	# shellcheck disable=SC2086 # words
	"$bench" micro capacity $wrong >"$work/table" 2>"$work/err" && fail "$wrong is taken"
	grep -q 'micro capacity --help' "$work/err" || fail "$wrong: no hint: $(cat "$work/err")"
done
echo "all true"

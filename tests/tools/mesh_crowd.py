#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Calls of two legs, each a party of tests/crowd/crowd: as many as are asked for, spread over all parties.
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rpc  # noqa: E402

AT_ONCE = 100


def legs(sids, n):
    return [{"name": name, "type": "vomp", "sid": sids[(2 * n + i) % len(sids)]} for i, name in enumerate("ab")]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("socket")
    p.add_argument("sids", help="a file of them")
    p.add_argument("--calls", type=int, default=100)
    p.add_argument("--a-second", type=int, default=500)
    p.add_argument("--end", action="store_true", help="end them")
    args = p.parse_args()
    relay = rpc.Client(args.socket)
    with open(args.sids) as file:
        sids = file.read().split()
    began = time.monotonic()
    for first in range(0, args.calls, AT_ONCE):
        ids = range(first, min(first + AT_ONCE, args.calls))
        if args.end:
            for n in ids:
                relay.call("call.delete", call=f"crowd-{n}")
        else:
            made = relay.call("call.create_many", calls=[{"call": f"crowd-{n}", "legs": legs(sids, n)} for n in ids])
            if made["refused"] > 0:
                sys.exit(str(next(r["error"] for r in made["results"] if "error" in r)))
        time.sleep(max(0.0, began + ids[-1] / args.a_second - time.monotonic()))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Many calls, up to a thousand in a request: made and left there, or made and ended again and again.  Ends with an error
# when one of them is refused.
import argparse
import base64
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rpc  # noqa: E402

AT_ONCE = 1000


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("socket")
    p.add_argument("--calls", type=int, default=AT_ONCE, help="that there are at a time")
    p.add_argument("--rounds", type=int, default=0, help="calls that come and go, in all; otherwise they stay")
    p.add_argument("--suites", nargs=2, default=["none", "none"], help="of the two legs")
    p.add_argument("--codecs", nargs=2, default=["", ""], help="of the two legs; otherwise nothing is said of them")
    p.add_argument("--family", default="ipv4")
    p.add_argument("--to", default="10.77.0.2", help="address of both parties")
    return p.parse_args()


def leg(name, suite, codec, n, args):
    bytes_of = {"AES_CM_128_HMAC_SHA1_80": 30, "AEAD_AES_128_GCM": 28, "AEAD_AES_256_GCM": 44}
    stream = {"remote": {"address": args.to, "port": 10000 + 2 * (n % 20000)}}
    if suite != "none":
        stream["srtp"] = {"suite": suite, "key": base64.b64encode(os.urandom(bytes_of[suite])).decode()}
    if codec:
        stream["codecs"] = [{"name": codec, "payload_type": 96}]
    return {"name": name, "family": args.family, "streams": [stream]}


def create(relay, ids, args):
    calls = [{"call": f"many-{i}", "legs": [leg(name, suite, codec, i, args)
                                            for name, suite, codec in zip("ab", args.suites, args.codecs)]}
             for i in ids]
    began = time.monotonic()
    made = relay.call("call.create_many", calls=calls)
    if made["refused"] > 0:
        sys.exit(str(next(r["error"] for r in made["results"] if "error" in r)))
    return time.monotonic() - began


def main():
    args = arguments()
    relay = rpc.Client(args.socket)
    parts = [range(i, min(i + AT_ONCE, args.calls)) for i in range(0, args.calls, AT_ONCE)]
    took, done = 0, 0
    while True:
        for ids in parts:
            took += create(relay, ids, args)
            done += len(ids)
        if args.rounds == 0:
            break
        for ids in parts:
            gone = relay.call("call.delete_many", ids=[f"many-{i}" for i in ids])
            if gone["refused"] > 0:
                sys.exit(f"{gone['refused']} calls were not there to be ended")
        if done >= args.rounds:
            break
    print(f"{done} calls, {done / took:.0f} a second set up")


main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an ear at ADDRESS heard of G.711, out of a capture: for phones that do not write it down.

  wire_sound.py CAPTURE.pcap ADDRESS HEARD.wav [--keys NG.pcap] [--since TIME] [--seconds S]

Captures are Ethernet's and IPv4's, as pcap-savefile(5) has it.  SRTP is opened with whatever key stands in an SDP of
NG.pcap, what was said between proxy and relay; what none of them opens counts as refused.  HEARD.wav has the payloads
one behind the other, as they came.  Prints one line of JSON: packets by the relay's port, refused, SSRCs."""
import argparse
import collections
import json
import os
import re
import struct
import sys
import wave

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import g711_phone
import srtp
import wire

CRYPTO = re.compile(rb"a=crypto:\d+ (\S+) inline:([A-Za-z0-9+/=]+)")


def frames(path):
    """(seconds, frame), in the order of the capture."""
    data = open(path, "rb").read()
    assert data[:4] == bytes.fromhex("d4c3b2a1"), "a capture in this machine's order, with microseconds"
    at = 24
    while at + 16 <= len(data):
        seconds, micro, length = struct.unpack_from("<III", data, at)
        yield seconds + micro / 1e6, data[at + 16:at + 16 + length]
        at += 16 + length


class Opener:
    """Every key that was spoken of in a capture."""

    def __init__(self, path):
        found = CRYPTO.findall(open(path, "rb").read()) if path else ()
        keys = {(suite.decode(), key.decode().rstrip("=")) for suite, key in found}
        self.sessions = [srtp.session(f"{suite}:{key}{'=' * (-len(key) % 4)}", srtp.INBOUND)
                         for suite, key in sorted(keys) if suite in srtp.SUITES]

    def open(self, packet):
        """The packet, plain; None: refused."""
        if len(packet) == 12 + g711_phone.SAMPLES:
            return packet
        for session in self.sessions:
            try:
                plain = session.unseal(packet)
            except srtp.Refused:
                continue
            self.sessions.remove(session)
            self.sessions.insert(0, session)  # the next one will be like it
            return plain
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture")
    parser.add_argument("address")
    parser.add_argument("heard")
    parser.add_argument("--keys", metavar="NG.pcap")
    parser.add_argument("--since", type=float, default=0, metavar="TIME", help="in seconds since 1970")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="so long from then on")
    args = parser.parse_args()
    laws, opener = g711_phone.tables(), Opener(args.keys)
    ports, ssrcs, refused, sound = collections.Counter(), set(), 0, []
    for when, frame in frames(args.capture):
        found = wire.datagram(frame)
        if found is None or found[1][0] != args.address:
            continue
        payload = found[2]
        if len(payload) < 12 or payload[0] >> 6 != 2 or srtp.is_rtcp(payload) or payload[1] & 0x7F not in laws:
            continue
        plain = opener.open(payload)  # all of them: replay windows and roll-over go on
        if not args.since <= when < args.since + args.seconds:
            continue
        ports[found[0][1]] += 1
        ssrcs.add(payload[8:12].hex())
        if plain is None:
            refused += 1
        else:
            sound.append(laws[plain[1] & 0x7F][numpy.frombuffer(plain[12:], dtype=numpy.uint8)])
    with wave.open(args.heard, "wb") as wav:
        wav.setparams((1, 2, g711_phone.RATE, 0, "NONE", ""))
        wav.writeframes(numpy.concatenate(sound or [numpy.zeros(0)]).astype("<i2").tobytes())
    print(json.dumps({"ports": ports, "packets": ports.total(), "refused": refused, "ssrcs": sorted(ssrcs)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

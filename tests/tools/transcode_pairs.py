#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every codec with every other through one strowger: a call a pair, the same speech both ways, SRTP on one side.
Both phones of each call are here, on ports of one address; they play what tests/codecs/codec_pairs has encoded, and
it decodes what they hear.  That is compared, by sound.py, with what the same libraries make of the same speech where
there is no relay.  Status 1 when a single direction is not as that is."""
import argparse
import collections
import itertools
import os
import select
import socket
import struct
import subprocess
import sys
import time

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rpc
import sound
import srtp

SUITE = "AES_CM_128_HMAC_SHA1_80"
DYNAMIC = 96
AT_ONCE = 16  # packets sent before strowger's are looked for
RATE = 6000  # packets/s: a veth holds 256, and where every CPU is busy the kernel empties it late
UNDER_WAY_MS = 60  # of each direction, at most: a packet of either party that is not full
QUIET_MS = 500  # without a packet: what was sent is lost
# What was heard may be so far from what would be without a relay: segmental SNR and log-spectral distance, dB.
EQUAL = (34.5, 0.1)
# Where that is another every time (Codec2's noise is random), so much farther than it is from itself, made again.
RANDOM = (6.0, 1.5)
LOUDER_DB = 0.5

Codec = collections.namedtuple("Codec", "name clock channels ptime rate")


def packets_of(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        length = struct.unpack_from("!H", data, at)[0]
        yield data[at + 2:at + 2 + length]
        at += 2 + length


class Party:
    def __init__(self, codec, peer, said, address, port, ssrc, sealed):
        self.codec, self.peer, self.said, self.ssrc = codec, peer, said, ssrc
        self.ticks = codec.clock * codec.ptime // 1000
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((address, port))
        self.sealing = self.unsealing = None
        self.stream = {"remote": {"address": address, "port": port}, "codecs": [
            {"name": codec.name, "payload_type": DYNAMIC, "clock": codec.clock, "channels": codec.channels,
             "ptime": codec.ptime}]}
        if sealed:
            key = srtp.new_key(SUITE)
            self.stream["srtp"] = {"suite": SUITE, "key": key}
            self.sealing = srtp.session(f"{SUITE}:{key}", srtp.OUTBOUND)
        self.sent, self.heard, self.stamps, self.wrong = 0, [], [], []

    def answered(self, stream):
        """What call.create says of our stream: where to send, and under which key we are sent to."""
        self.to = (stream["local"]["address"], stream["local"]["port"])
        if self.sealing:
            self.unsealing = srtp.session(f"{stream['srtp']['suite']}:{stream['srtp']['key']}", srtp.INBOUND)

    def due_ms(self):
        """When it says its next packet, in the time of what is said."""
        return (self.sent + 1) * self.codec.ptime if self.sent < len(self.said) else None

    def send(self):
        packet = srtp.rtp(self.sent, self.sent * self.ticks, self.ssrc, self.said[self.sent], payload_type=DYNAMIC)
        self.socket.sendto(self.sealing.seal(packet) if self.sealing else packet, self.to)
        self.sent += 1

    def hear(self):
        packet = self.socket.recv(2048)
        try:
            packet = self.unsealing.unseal(packet) if self.unsealing else packet
        except srtp.Refused as refused:
            self.wrong.append(str(refused))
            return
        if packet[0] != 0x80 or packet[1] & 0x7f != DYNAMIC:
            self.wrong.append("not its codec's")
        self.stamps.append(struct.unpack_from("!HI", packet, 2))
        self.heard.append(packet[12:])

    def irregular(self):
        """What of numbers and timestamps is not as it is to be: one packet after the other."""
        return sum((after[0] - before[0] & 0xffff, after[1] - before[1] & 0xffffffff) != (1, self.ticks)
                   for before, after in itertools.pairwise(self.stamps))

    def file(self, ending):
        return f"{self.peer.name}-{self.codec.name}.{ending}"

    def sound_of(self, ending):
        return numpy.fromfile(self.file(ending) + ".s16", dtype="<i2").astype(float)

    def judge(self):
        """The figures, and whether they are good enough."""
        heard, offline = self.sound_of("heard"), self.sound_of("offline")
        figures = sound.distance(offline, heard, self.codec.rate)
        again = sound.distance(offline, self.sound_of("again"), self.codec.rate)
        snr, lsd = EQUAL if again["lsd_db"] == 0 else (again["segsnr_db"] - RANDOM[0], again["lsd_db"] + RANDOM[1])
        figures["equal"] = again["lsd_db"] == 0
        figures["well"] = (figures["segsnr_db"] >= snr and figures["lsd_db"] <= lsd
                           and abs(figures["louder_db"]) <= LOUDER_DB and not self.wrong and not self.irregular()
                           and abs(figures["longer_s"]) * 1000 <= self.codec.ptime + self.peer.ptime)
        return figures


def call_all(strowger, codecs, address):
    calls = []
    for i, pair in enumerate(itertools.combinations(codecs, 2)):
        parties = [Party(codec, other, list(packets_of(codec.name + ".said")), address, 10000 + 4 * i + 2 * side,
                         2 * i + side + 1, side == i % 2)
                   for side, (codec, other) in enumerate((pair, pair[::-1]))]
        answer = strowger.call("call.create", call=f"{pair[0].name}/{pair[1].name}", legs=[
            {"name": name, "streams": [party.stream]} for name, party in zip("ab", parties)])
        for party, leg in zip(parties, answer["legs"]):
            party.answered(leg["streams"][0])
        calls.append(parties)
    return calls


def talk(parties):
    """Everybody says everything, all in step, and faster than in life: no more is under way than strowger can hold."""
    whose = {party.socket.fileno(): party for party in parties}
    poll = select.poll()
    for descriptor in whose:
        poll.register(descriptor, select.POLLIN)
    heard_ms = said_ms = 0
    due_s = time.monotonic()

    def listen(wait_ms):
        nonlocal heard_ms
        ready = poll.poll(wait_ms)
        for descriptor, _ in ready:
            whose[descriptor].hear()
            heard_ms += whose[descriptor].codec.ptime
        return bool(ready)

    while due := sorted((at, i) for i, party in enumerate(parties) if (at := party.due_ms()) is not None):
        now = [i for at, i in due if at == due[0][0]]
        for first in range(0, len(now), AT_ONCE):
            for i in now[first:first + AT_ONCE]:
                parties[i].send()
                said_ms += parties[i].codec.ptime
            due_s = max(due_s + AT_ONCE / RATE, time.monotonic() - 0.01)
            while listen(max(0, (due_s - time.monotonic()) * 1000)) or time.monotonic() < due_s:
                pass
            while said_ms - heard_ms > UNDER_WAY_MS * len(parties):
                if not listen(QUIET_MS):
                    heard_ms = said_ms
    while listen(QUIET_MS):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True, help="strowger's admin socket")
    parser.add_argument("--address", required=True, help="own address, for all phones")
    parser.add_argument("--pairs", required=True, metavar="PROGRAM", help="tests/codecs/codec_pairs")
    parser.add_argument("--speech", required=True, metavar="FILE", help="s16le, 48 kHz, mono")
    args = parser.parse_args()

    told = subprocess.run([args.pairs, "said", args.speech], check=True, capture_output=True, text=True).stdout
    codecs = [Codec(line.split()[0], *map(int, line.split()[1:])) for line in told.splitlines()]
    offline = subprocess.Popen([args.pairs, "pairs"])
    calls = call_all(rpc.Client(args.socket), codecs, args.address)
    parties = [party for call in calls for party in call]
    began = time.monotonic()
    talk(parties)
    seconds = time.monotonic() - began

    for party in parties:
        with open(party.file("heard"), "wb") as file:
            file.write(b"".join(struct.pack("!H", len(payload)) + payload for payload in party.heard))
    if offline.wait() != 0:
        return 1
    files = [party.file(ending) for party in parties for ending in ("heard", "offline", "again")]
    subprocess.run([args.pairs, "heard", *files], check=True)

    failed, equal = 0, []
    for party in parties:
        figures = party.judge()
        if figures["equal"]:
            equal.append((figures["segsnr_db"], -figures["lsd_db"]))
        if not figures["well"]:
            failed += 1
            print(f"{party.peer.name} -> {party.codec.name}: {figures}, {party.irregular()} irregular, "
                  f"{len(party.wrong)} wrong {party.wrong[:1]}")
    print(f"  {len(calls)} calls, {len(parties) - failed} of {len(parties)} directions well; {len(equal)} of them are to be "
          f"what the libraries make of it, and are within {min(equal)[0]} dB segmental SNR and {-min(equal)[1]} dB of "
          f"spectrum; {sum(len(party.heard) for party in parties)} packets in {seconds:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

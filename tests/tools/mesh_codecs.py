#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each codec of VoMP against one of a SIP telephone's, through one strowger: speech both ways at once, a call a pair.
The telephones are here, on ports of --address; the mesh's is one mesh_phone.py, told by its orders' socket.  What is
heard at either end is compared, by sound.py, with what the same libraries make of the same speech where there is no
mesh and no relay.  Status 1 when a single direction is not as that is."""
import argparse
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mesh_wire
import opus
import rpc
import transcode_pairs as pairs

PAIRS = (("L16", "PCMA"), ("PCMU", "G722"), ("PCMA", "PCMU"), ("GSM", "PCMU"), ("CODEC2-1200", "PCMU"),
         ("CODEC2-3200", "PCMA"), ("opus", "PCMU"))
LAWS = {"PCMU", "PCMA"}
RATE = 8000  # at which VoMP has Opus
WAIT_S, TAIL_S = 25, 0.7


class Endpoint:
    def __init__(self, path):
        self.path = path

    def tell(self, order):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(self.path)
            sock.sendall(order.encode() + b"\n")
            report = json.loads(sock.makefile().readline())
        if "error" in report:
            raise SystemExit(f"the endpoint: {report['error']}")
        return report


def write_packets(path, packets):
    with open(path, "wb") as file:
        file.write(b"".join(struct.pack("!H", len(packet)) + packet for packet in packets))


def swapped(packets):
    """L16 of the mesh is little-endian, that of RTP is not."""
    return [numpy.frombuffer(packet, dtype="<i2").byteswap().tobytes() for packet in packets]


def run(args, *words):
    subprocess.run([args.pairs, *words], check=True, stdout=subprocess.DEVNULL)


def by_samples(args, one, other):
    """codec_pairs has a table from one law to the other; a transcode core goes by the samples."""
    os.replace(f"{one}-L16.offline", "L16.said")
    run(args, "pair", "L16", other)
    for ending in ("offline", "again"):
        shutil.copy(f"L16-{other}.offline", f"{one}-{other}.{ending}")


def prepare(args):
    """NAME.said of each codec, that of Opus as the mesh has it; the shapes of them by name."""
    told = subprocess.run([args.pairs, "said", args.speech], check=True, capture_output=True, text=True).stdout
    codecs = {line.split()[0]: pairs.Codec(line.split()[0], *map(int, line.split()[1:])) for line in told.splitlines()}
    sound = subprocess.run(["sox", "-D", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", "48000", args.speech,
                            "-r", str(RATE), "-t", "raw", "-"], check=True, capture_output=True).stdout
    pcm, encoder = numpy.frombuffer(sound, dtype="<i2"), opus.Encoder(RATE)
    write_packets("opus.said", [encoder.encode(frame) for frame in pcm[:len(pcm) // 160 * 160].reshape(-1, 160)])
    write_packets("L16.mesh.said", swapped(pairs.packets_of("L16.said")))
    return codecs


class Call:
    """SIP's Party, and the mesh's end beside it."""

    def __init__(self, args, number, names, codecs, strowger, endpoint):
        self.number, self.endpoint, self.name = number, endpoint, names[0]
        self.mesh = codecs[names[0]]
        self.sip = pairs.Party(codecs[names[1]], self.mesh, list(pairs.packets_of(names[1] + ".said")), args.address,
                               10000 + 2 * number, number + 1, number % 2)
        endpoint.tell(f"codecs {self.name}")
        answer = strowger.call("call.create", call=self.name, legs=[
            {"name": "sip", "streams": [self.sip.stream]}, {"name": "mesh", "type": "vomp", "sid": args.sid}])
        self.sip.answered(answer["legs"][0]["streams"][0])
        end = time.monotonic() + WAIT_S
        while (call := endpoint.tell("report")["call"]) is None or call["state"] != "incall" or len(
                endpoint.tell("report")["calls"]) != number + 1:
            if time.monotonic() > end:
                raise SystemExit(f"{self.name}: the endpoint does not answer: {call}")
            time.sleep(0.02)
        while next(each["state"] for each in strowger.call("mesh.calls")["calls"] if each["call"] == self.name) != "talking":
            if time.monotonic() > end:
                raise SystemExit(f"{self.name}: strowger does not hear that it is answered")
            time.sleep(0.02)

    def play(self):
        self.endpoint.tell(f"use {self.number}")
        self.endpoint.tell(f"play {self.name} {os.path.abspath(self.name + ('.mesh' if self.name == 'L16' else ''))}.said")

    def gather(self, args):
        """Files of what was heard at either end, and of what it is to be."""
        sip, mesh = self.sip.codec.name, self.name
        self.endpoint.tell(f"use {self.number}")
        self.sound = self.endpoint.tell(f"record {os.path.abspath(f'{sip}-{mesh}')}")["call"]["sound"]
        heard = list(pairs.packets_of(f"{sip}-{mesh}.packets"))
        write_packets(f"{sip}-{mesh}.heard", swapped(heard) if mesh == "L16" else heard)
        write_packets(f"{mesh}-{sip}.heard", self.sip.heard)
        for one, other in ((sip, mesh), (mesh, sip)):
            if {one, other} == LAWS:
                by_samples(args, one, other)
            run(args, "heard", *(f"{one}-{other}.{ending}" for ending in ("heard", "offline", "again")))

    def judge(self):
        """Both directions; how many are not well."""
        listener = pairs.Party.__new__(pairs.Party)  # the mesh's end, as far as judging goes
        listener.codec, listener.peer, listener.wrong, listener.stamps = self.mesh, self.sip.codec, [], []
        if self.sound["missing"] or self.sound["overlapping"] or self.sound["codecs"] != [self.name]:
            listener.wrong.append(str(self.sound))
        failed = 0
        for party in (self.sip, listener):
            figures = party.judge()
            again = "" if figures["equal"] else ", which is another every time"
            print(f"  {party.peer.name + ' -> ' + party.codec.name:22} {figures['segsnr_db']:5.1f} dB, "
                  f"{figures['lsd_db']:.2f} dB of spectrum from what the libraries make of it{again}")
            if not figures["well"]:
                print(f"  not well: {figures}, {party.irregular()} irregular, wrong {party.wrong[:2]}")
            failed += not figures["well"]
        return failed


def talk(calls):
    """All of them, both ways, as fast as it is spoken."""
    for call in calls:
        call.play()
    began = time.monotonic()
    parties = [call.sip for call in calls]
    while waiting := [party for party in parties if party.due_ms() is not None]:
        due = min(party.due_ms() for party in waiting)
        while (left := began + due / 1000 - time.monotonic()) > 0:
            hear(parties, left)
        for party in waiting:
            if party.due_ms() == due:
                party.send()
    end = time.monotonic() + TAIL_S
    while (left := end - time.monotonic()) > 0:
        hear(parties, left)


def hear(parties, seconds):
    ready = pairs.select.select([party.socket for party in parties], [], [], seconds)[0]
    for party in parties:
        if party.socket in ready:
            party.hear()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True, help="strowger's admin socket")
    parser.add_argument("--orders", required=True, metavar="SOCKET", help="the endpoint's")
    parser.add_argument("--sid", required=True, help="the endpoint's")
    parser.add_argument("--address", required=True, help="own address, for all phones")
    parser.add_argument("--pairs", required=True, metavar="PROGRAM", help="tests/codecs/codec_pairs")
    parser.add_argument("--speech", required=True, metavar="FILE", help="s16le, 48 kHz, mono")
    args = parser.parse_args()
    codecs, strowger, endpoint = prepare(args), rpc.Client(args.socket), Endpoint(args.orders)
    calls = [Call(args, number, names, codecs, strowger, endpoint) for number, names in enumerate(PAIRS)]
    assert {call.name for call in calls} == set(mesh_wire.CODECS), "every codec of VoMP is tried"
    offline = subprocess.Popen([args.pairs, "pairs"])
    talk(calls)
    if offline.wait() != 0:
        return 1
    failed = 0
    for call in calls:
        call.gather(args)
        failed += call.judge()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

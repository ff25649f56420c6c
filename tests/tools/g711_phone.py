#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A phone that speaks G.711, plain RTP: says one WAV file (8 kHz) again and again for --seconds, in 20 ms packets, and
writes what it hears into another, each packet where its timestamp has it.  SIGUSR1: from now on it speaks the other
law, and with that the other payload type.  Ends with one line of JSON: what it heard.  ITU-T G.711, RFC 3551."""
import argparse
import json
import select
import signal
import socket
import struct
import sys
import time
import wave

import numpy

RATE, SAMPLES = 8000, 160
PERIOD = SAMPLES / RATE
LAWS = {"u": 0, "a": 8}  # and their payload types


def tables():
    """Payload type -> what its 256 bytes mean."""
    byte = numpy.arange(256)
    u = ~byte & 0xff
    mu = (((u & 15) << 3) + 0x84 << (u >> 4 & 7)) - 0x84
    a = byte ^ 0x55
    exponent = a >> 4 & 7
    al = (((a & 15) << 4) + 8 + 0x100 * (exponent > 0)) << numpy.maximum(exponent - 1, 0)
    return {0: numpy.where(u & 0x80, -mu, mu), 8: numpy.where(a & 0x80, al, -al)}


def encoder(table):
    """The table the other way round: for each of 65,536 samples the nearest byte."""
    order = numpy.argsort(table, kind="stable")
    middles = (table[order][1:] + table[order][:-1]) / 2
    return order[numpy.searchsorted(middles, numpy.arange(-32768, 32768))].astype(numpy.uint8)


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


class Phone:
    def __init__(self, args):
        with wave.open(args.say, "rb") as wav:
            said = numpy.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").astype(int)
        self.said = said[:len(said) // SAMPLES * SAMPLES].reshape(-1, SAMPLES)
        self.law, self.to, self.ssrc = args.law, args.to, args.ssrc
        self.decode = tables()
        self.encode = {pt: encoder(table) for pt, table in self.decode.items()}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(args.bind)
        self.sent = self.wrong = 0
        self.heard = []  # (when, payload type, number, timestamp, samples)
        signal.signal(signal.SIGUSR1, self.change_law)

    def change_law(self, *_):
        self.law = "a" if self.law == "u" else "u"

    def speak(self):
        pt = LAWS[self.law]
        payload = self.encode[pt][self.said[self.sent % len(self.said)] + 32768].tobytes()
        head = struct.pack("!BBHII", 0x80, pt, self.sent & 0xffff, self.sent * SAMPLES, self.ssrc)
        self.socket.sendto(head + payload, self.to)
        self.sent += 1

    def listen(self):
        packet = self.socket.recv(2048)
        first, pt, number, stamp, _ = struct.unpack_from("!BBHII", packet)
        pt &= 0x7f
        if first != 0x80 or pt not in self.decode:
            self.wrong += 1
            return
        samples = self.decode[pt][numpy.frombuffer(packet[12:], dtype=numpy.uint8)]
        self.heard.append((time.monotonic(), pt, number, stamp, samples))

    def run(self, lead, seconds, tail):
        began, end = time.monotonic(), lead + seconds + tail
        while (now := time.monotonic() - began) < end:
            due = lead + self.sent * PERIOD if now < lead + seconds else end
            if now >= due:
                self.speak()
            elif select.select([self.socket], [], [], min(due, end) - now)[0]:
                self.listen()

    def record(self, path):
        out = numpy.zeros(0, dtype="<i2")
        for _, _, _, stamp, samples in self.heard:
            at = stamp - self.heard[0][3] & 0xffffffff
            if at >= 60 * RATE:
                continue  # far away: another beginning
            if at + len(samples) > len(out):
                out = numpy.concatenate((out, numpy.zeros(at + len(samples) - len(out), dtype="<i2")))
            out[at:at + len(samples)] = samples
        with wave.open(path, "wb") as wav:
            wav.setparams((1, 2, RATE, 0, "NONE", ""))
            wav.writeframes(out.tobytes())

    def report(self):
        pairs = list(zip(self.heard, self.heard[1:]))
        return {
            "sent": self.sent, "heard": len(self.heard), "wrong": self.wrong,
            "types": sorted({pt for _, pt, _, _, _ in self.heard}),
            # What is not one packet after the other.
            "missing": sum(max((b[2] - a[2] - 1) & 0xffff, 0) for a, b in pairs if a[2] != b[2]),
            "irregular": sum((b[3] - a[3] & 0xffffffff) != len(a[4]) for a, b in pairs),
            "gap_ms": round(1000 * max((b[0] - a[0] for a, b in pairs), default=0)),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bind", type=address, required=True, metavar="ADDR:PORT")
    parser.add_argument("--to", type=address, required=True, metavar="ADDR:PORT")
    parser.add_argument("--say", required=True, metavar="WAV")
    parser.add_argument("--heard", required=True, metavar="WAV")
    parser.add_argument("--law", choices=LAWS, default="u")
    parser.add_argument("--seconds", type=float, required=True, help="how long it speaks")
    parser.add_argument("--lead", type=float, default=0.7, help="how long it listens before")
    parser.add_argument("--tail", type=float, default=0.5, help="and behind")
    parser.add_argument("--ssrc", type=lambda text: int(text, 0), default=0x711)
    args = parser.parse_args()
    phone = Phone(args)
    phone.run(args.lead, args.seconds, args.tail)
    phone.record(args.heard)
    print(json.dumps(phone.report()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speech over a mesh of strowgers: SDES telephones at both outer ends, G.711 all the way, both ways at once, and beside
each other one call a far node.  A telephone of PREFIX-alice's is called with each far node's, of PREFIX-carol's; what
lies between the nodes loses --networks' percentages of all datagrams, and nothing is to be heard of that.

Figures are sound.py's: what is heard against what was said.  They are to be nearly what they are without loss, and
far better than a good receiver (transcode_lossy.py's) makes it where as much is lost and not sent again.  E-model:
ITU-T G.107 with its default values, for the losses and delays that were measured from end to end.

Status 1 if anything is not as it must be."""
import argparse
import os
import random
import select
import struct
import sys
import time

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import g711_phone
import likeness
import rpc
import sound
import srtp
import transcode_lossy as lossy

SUITE = "AES_CM_128_HMAC_SHA1_80"
PACKET_S, RATE, SAMPLES = 0.02, 8000, 160
TAIL_S, WAIT_S = 0.8, 8
PACKETISED_MS = 20  # of sound are in a packet before it leaves
SHARE = 0.34  # of the distance that losses would make, if nothing were sent again
EQUAL_DB, HARM_DB = 0.1, 0.35  # of spectrum: that of the codec's own; and whatever the share says
MOS_LEAST = 3.5
FIRST_S = 0.5  # in which the window of reordering is learnt


def rating(loss, delay_ms):
    """R: G.107 with default values, G.711 with concealment (G.113 appendix I: Ie 0, Bpl 25.1)."""
    late = delay_ms - 177.3
    return 93.2 - 0.024 * delay_ms - 0.11 * max(late, 0) - 95 * loss / (loss + 25.1)


def mos(r):
    return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6 if r > 0 else 1


class Phone:
    """In SDES, at NAMESPACE's address HOST."""

    def __init__(self, namespace, host, port, pcm):
        with lossy.within(namespace):
            self.socket = lossy.socket.socket(lossy.socket.AF_INET, lossy.socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.pcm = pcm
        self.said = lossy.FromPcmu.say(pcm)
        self.key = srtp.new_key(SUITE)
        self.seal = srtp.session(f"{SUITE}:{self.key}", srtp.OUTBOUND)
        self.stream = {"remote": {"address": host, "port": port}, "srtp": {"suite": SUITE, "key": self.key},
                       "codecs": [{"name": "PCMU", "payload_type": 0, "clock": RATE, "ptime": 20}]}
        self.sent, self.heard, self.refused = [], [], 0
        self.ssrc = random.getrandbits(32)

    def answered(self, leg):
        stream = leg["streams"][0]
        self.to = stream["local"]["address"], stream["local"]["port"]
        self.unseal = srtp.session(f"{stream['srtp']['suite']}:{stream['srtp']['key']}", srtp.INBOUND)

    def speak(self):
        n = len(self.sent)
        self.socket.sendto(self.seal.seal(srtp.rtp(n, n * SAMPLES, self.ssrc, self.said[n])), self.to)
        self.sent.append(time.monotonic())

    def hear(self):
        packet = self.socket.recv(2048)
        if srtp.is_rtcp(packet):
            return
        try:
            packet = self.unseal.unseal(packet)
        except srtp.Refused:
            self.refused += 1
            return
        number, stamp = struct.unpack_from("!HI", packet, 2)
        self.heard.append((time.monotonic(), number, stamp, packet[12:]))


class Direction:
    """From one phone to another."""

    def __init__(self, network, speaker, listener):
        self.network, self.speaker, self.listener = network, speaker, listener

    def match(self):
        """Which of what was heard is what was said, bit by bit: place in what was said -> delay in ms; by the payloads
        that are there once."""
        said, heard = self.speaker.said, self.listener.heard
        once = {payload: n for n, payload in enumerate(said) if said.count(payload) == 1}
        places = [once[payload] - (stamp - heard[0][2] & 0xffffffff) // SAMPLES
                  for _, _, stamp, payload in heard if payload in once]
        self.shift = max(set(places), key=places.count)
        delays = {}
        for when, _, stamp, payload in heard:
            n = (stamp - heard[0][2] & 0xffffffff) // SAMPLES + self.shift
            if 0 <= n < len(said) and payload == said[n]:
                delays[n] = 1000 * (when - self.speaker.sent[n])
        return delays

    def judge(self, loss_percent):
        heard, said = self.listener.heard, self.speaker.said
        if len(heard) < len(said) // 2:
            print(f"  {self.network}: {len(heard)} of {len(said)} packets are heard")
            return False
        delays = self.match()
        first = min(delays)
        missing = [n for n in range(first, len(said)) if n not in delays]
        learnt = [n for n in missing if n >= FIRST_S / PACKET_S]
        late = sorted(delays.values())
        p50, p99 = late[len(late) // 2], late[int(0.99 * (len(late) - 1))]
        loss = 100 * len(missing) / (len(said) - first)
        grade = mos(rating(loss, PACKETISED_MS + p99))
        laws = g711_phone.tables()[0]
        # What passes as it is, passes with its gaps.
        at = [(stamp - heard[0][2] & 0xffffffff) // SAMPLES for _, _, stamp, _ in heard]
        played = [None] * (max(at) + 1)
        for place, (_, _, _, payload) in zip(at, heard):
            played[place] = payload
        pcm = lossy.FromPcmu.play(played, True)
        spoken = numpy.concatenate([laws[list(payload)] for payload in said]).astype(float)
        far = sound.distance(spoken[first * SAMPLES:], pcm, RATE)
        rng = random.Random(7)
        unsent = [None if rng.random() * 100 < loss_percent else payload for payload in said]
        worse = sound.distance(spoken, lossy.FromPcmu.play(unsent, True), RATE)
        bound = max(SHARE * worse["lsd_db"], EQUAL_DB if loss_percent == 0 else HARM_DB)
        irregular = sum((b[2] - a[2] & 0xffffffff) != SAMPLES * (b[1] - a[1] & 0xffff) for a, b in zip(heard, heard[1:]))
        print(f"  {self.network:12} {loss_percent:4g} % lost: {len(missing)} of {len(said)} frames made up ({len(learnt)} after "
              f"{FIRST_S} s), delay {p50:.0f} ms, p99 {p99:.0f}, max {late[-1]:.0f}; {far['segsnr_db']} dB segmental SNR, "
              f"{far['lsd_db']} dB of spectrum (unsent again {worse['lsd_db']}), MOS {grade:.2f}")
        errors = []
        if far["lsd_db"] > bound:
            errors.append(f"{far['lsd_db']} dB of spectrum, at most {bound:.2f} are good")
        if loss_percent == 0 and missing:
            errors.append(f"frames {missing[:20]} are missing")
        if loss_percent <= 10 and grade < MOS_LEAST:
            errors.append(f"MOS {grade:.2f}")
        if irregular or self.listener.refused:
            errors.append(f"{irregular} irregular, {self.listener.refused} refused")
        for error in errors:
            print(f"  {self.network}: {error}")
        return not errors


def call(near, far, sid, name, alice, carol):
    """Between the two nodes; returns when it is answered."""
    leg = near.call("call.create", call=name, legs=[{"name": "alice", "streams": [alice.stream]},
                                                    {"name": "mesh", "type": "vomp", "sid": sid}])["legs"][0]
    alice.answered(leg)
    end = time.monotonic() + WAIT_S
    offered = []
    while not offered:
        if time.monotonic() > end:
            raise SystemExit(f"{name}: nothing is offered to the far node")
        time.sleep(0.02)
        offered = [each["call"] for each in far.call("mesh.calls")["calls"] if each["state"] == "offered"]
    answer = far.call("call.update", call=offered[0], legs=[
        {"name": "carol", "interface": "home", "streams": [carol.stream]}])
    carol.answered(next(leg for leg in answer["legs"] if leg["name"] == "carol"))
    far.call("call.ring", call=offered[0])
    far.call("call.answer", call=offered[0])


def talk(phones):
    began = time.monotonic()
    by_socket = {phone.socket: phone for phone in phones}

    def listen(until):
        while (left := until - time.monotonic()) > 0:
            for ready in select.select(list(by_socket), [], [], left)[0]:
                by_socket[ready].hear()
    for tick in range(min(len(phone.said) for phone in phones)):
        listen(began + tick * PACKET_S)
        for phone in phones:
            phone.speak()
    listen(time.monotonic() + TAIL_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--near", required=True, metavar="SOCKET", help="admin socket of the near node")
    parser.add_argument("--prefix", required=True, help="of the names of the namespaces")
    parser.add_argument("--said", required=True, metavar="WAV", help="8 kHz")
    parser.add_argument("far", nargs="+", metavar="NAME=PERCENT=SID=SOCKET", help="far nodes, and what is lost on the way")
    args = parser.parse_args()

    pcm, rate = likeness.read(args.said)
    assert rate == RATE
    near, talks, phones = rpc.Client(args.near), [], []
    for number, text in enumerate(args.far):
        name, percent, sid, path = text.split("=")
        far = rpc.Client(path)
        alice = Phone(f"{args.prefix}-alice", "10.77.0.2", 4000 + 2 * number, pcm)
        carol = Phone(f"{args.prefix}-carol", "10.78.0.5", 4000 + 2 * number, numpy.roll(pcm, RATE))
        call(near, far, sid, name, alice, carol)
        phones += [alice, carol]
        talks += [(float(percent), Direction(name, alice, carol)), (float(percent), Direction(name, carol, alice))]
    time.sleep(0.5)  # answers are under way
    talk(phones)
    return 0 if all([direction.judge(percent) for percent, direction in talks]) else 1


if __name__ == "__main__":
    sys.exit(main())

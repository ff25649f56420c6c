#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speech from bad networks, transcoded.  In each of the namespaces PREFIX-NETWORK two phones speak at once, one PCMU to
a phone that has Opus, one Opus with redundancy to one that has L16, both at PREFIX-bob's; what reaches strowger and what
it sends is watched on the wire, at PREFIX-lan's interface `relay'.

What leaves must be one packet after the other in number and time, as much as was said, no later at the end than at the
beginning, and sound as an ideal receiver makes it of the packets that were there in time: libopus for Opus, and a
pitch period repeated for PCMU.  What call.get counts must be what was seen.  Two receivers that are worse (silence in
the place of what is missing; no use made of redundancy) are tried beside it and must fail where much is lost.

Writes what became of each network's packets to --json.  Status 1 if anything is not as it must be."""
import argparse
import contextlib
import ctypes
import json
import os
import socket
import struct
import sys
import time

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import g711_phone
import likeness
import opus
import rpc
import sound
import srtp
import wire

PACKET_S = 0.02
FIRST, BEGIN = 65480, (1 << 32) - 16000  # number and timestamp: both roll over on the way
AFTER_S = 0.5  # what is under way arrives
WAIT_S = 0.08  # longest that a packet may be kept: the window and a little more
GROWN_S = 0.01  # ... and how much longer at the end than at the beginning
USUAL_S = 0.01  # median of what packets are kept for which there is nothing to wait
LSD_DB = 0.1  # so little is nothing
MUCH = 0.04  # share of lost packets at which worse receivers must be heard

# ---- What is said, and what a good receiver and bad ones make of it. ----


def pieces(pcm, rate):
    size = int(rate * PACKET_S)
    return pcm[:len(pcm) // size * size].reshape(-1, size).astype(numpy.int16)


def period(heard, rate):
    """The last pitch period of HEARD: what it is most like itself after."""
    last = heard[-rate // 50:]

    def alike(lag):
        before = heard[-lag - len(last):-lag]
        return last @ before / numpy.sqrt(before @ before + 1)
    return heard[-max(range(rate // 200, rate * 3 // 200), key=alike):]


class FromPcmu:
    """An ideal receiver of PCMU follows appendix I of G.711: the last period again and again, after 10 ms fading to
    nothing at 60 ms.  It is not ours to the last sample, and from there on Opus makes other noise: what is heard is
    compared with what was said, and may be so much farther from that than the ideal is."""
    NAME = "PCMU-opus"
    RATE, TYPE, TICKS, OUT_TICKS = 8000, 0, 160, 960
    SAYS, HEARS = {"name": "PCMU"}, {"name": "opus", "payload_type": 98}
    FARTHER = 0.5  # of what silence is farther
    TO_IDEAL = False

    @staticmethod
    def say(pcm):
        encode = g711_phone.encoder(g711_phone.tables()[0])
        return [encode[piece.astype(int) + 32768].tobytes() for piece in pieces(pcm, FromPcmu.RATE)]

    @staticmethod
    def hear(payloads):
        decoder = opus.Decoder(FromPcmu.RATE)
        return numpy.concatenate([decoder.decode(payload, 160) for payload in payloads]).astype(float)

    @staticmethod
    def play(payloads, conceal):
        table, made = g711_phone.tables()[0], 0
        heard = numpy.zeros(400)  # enough to look for a period in
        for payload in payloads:
            if payload is not None:
                piece, made = table[numpy.frombuffer(payload, dtype=numpy.uint8)], 0
            elif not conceal:
                piece = numpy.zeros(160)
            else:
                if made == 0:
                    cycle = period(heard, FromPcmu.RATE)
                at = made + numpy.arange(160)
                piece, made = cycle[at % len(cycle)] * numpy.clip((480 - at) / 400, 0, 1), made + 160
            heard = numpy.concatenate((heard, piece))
        return heard[400:]

    @staticmethod
    def receive(payloads, conceal):
        # The codec is no loss.
        encoder = opus.Encoder(FromPcmu.RATE, bitrate=16000, complexity=5)
        heard = FromPcmu.play(payloads, conceal)
        return FromPcmu.hear([encoder.encode(piece) for piece in pieces(heard, FromPcmu.RATE)])

    @staticmethod
    def models(payloads):
        return {"ideal": FromPcmu.receive(payloads, True), "silence": FromPcmu.receive(payloads, False)}


class FromOpus:
    """An ideal receiver of Opus decodes what is missing from what the next packet repeats of it; libopus makes it up
    where there is nothing.  What is heard is to be just that."""
    NAME = "opus-L16"
    RATE, TYPE, TICKS, OUT_TICKS = 16000, 98, 960, 320
    SAYS = {"name": "opus", "payload_type": 98, "fmtp": "useinbandfec=1"}
    HEARS = {"name": "L16", "payload_type": 97, "clock": 16000, "channels": 1}
    FARTHER = 0.1
    TO_IDEAL = True

    @staticmethod
    def say(pcm):
        encoder = opus.Encoder(FromOpus.RATE, bitrate=28000, complexity=5, inband_fec=1, packet_loss_perc=20)
        return [encoder.encode(piece) for piece in pieces(pcm, FromOpus.RATE)]

    @staticmethod
    def hear(payloads):
        return numpy.frombuffer(b"".join(payloads), dtype=">i2").astype(float)

    @staticmethod
    def receive(payloads, redundancy):
        decoder, heard = opus.Decoder(FromOpus.RATE), []
        for payload, following in zip(payloads, payloads[1:] + [None]):
            if payload is None and following is not None and redundancy:
                heard.append(decoder.decode(following, 320, of_lost=True))
            else:
                heard.append(decoder.decode(payload, 320))
        return numpy.concatenate(heard).astype(float)

    @staticmethod
    def models(payloads):
        ideal = FromOpus.receive(payloads, True)
        silence = ideal.reshape(-1, 320) * numpy.array([payload is not None for payload in payloads])[:, None]
        return {"ideal": ideal, "no redundancy": FromOpus.receive(payloads, False), "silence": silence.ravel()}


# ---- Networks. ----

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def enter(descriptor):
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def within(namespace):
    """Sockets that are made here belong to NAMESPACE for good."""
    with open("/proc/self/ns/net") as ours, open(f"/run/netns/{namespace}") as theirs:
        enter(theirs.fileno())
        try:
            yield
        finally:
            enter(ours.fileno())


class Wire:
    """Every datagram that passes an interface, kept by the kernel until it is asked for, with its time."""
    SO_TIMESTAMPNS, SO_RCVBUFFORCE, ROOM = 35, 33, 64 << 20

    def __init__(self, namespace, interface):
        with within(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, self.SO_RCVBUFFORCE, self.ROOM)
        self._socket.setsockopt(socket.SOL_SOCKET, self.SO_TIMESTAMPNS, 1)
        self._socket.bind((interface, wire.ETH_P_ALL))

    def datagrams(self):
        """(when, source, destination, payload) of each."""
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(4096, 64, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            if (datagram := wire.datagram(frame)) is not None:
                yield seconds + nanoseconds / 1e9, *datagram


# ---- One direction of a call. ----


class Talk:
    def __init__(self, way, network, pcm, prefix, number):
        self.way, self.network, self.pcm, self.number = way, network, pcm, number
        self.said = way.say(pcm)
        self.name = f"{network}-{way.NAME}"
        self.caller, self.caller_at = self.open(f"{prefix}-{network}")
        self.callee, self.callee_at = self.open(f"{prefix}-bob")
        self.came, self.left = [], []

    def open(self, namespace):
        """A socket in it, at its own address."""
        with within(namespace):
            phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            phone.connect(("10.77.0.1", 9))
            host = phone.getsockname()[0]
            phone.close()
            phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        address = host, 4000 + 2 * self.number
        phone.bind(address)
        return phone, address

    def leg(self, name, at, codec):
        return {"name": name, "streams": [{"remote": {"address": at[0], "port": at[1]}, "codecs": [codec]}]}

    def call(self, strowger):
        answer = strowger.call("call.create", call=self.name, legs=[
            self.leg("caller", self.caller_at, self.way.SAYS), self.leg("callee", self.callee_at, self.way.HEARS)])
        local = [leg["streams"][0]["local"] for leg in answer["legs"]]
        self.ours = [(at["address"], at["port"]) for at in local]

    def send(self, tick):
        self.caller.sendto(srtp.rtp(FIRST + tick, BEGIN + tick * self.way.TICKS, self.number, self.said[tick],
                                    self.way.TYPE), self.ours[0])

    def saw(self, when, source, destination, payload):
        """Is the datagram ours?"""
        number, stamp = struct.unpack_from("!HI", payload, 2)
        if (source, destination) == (self.caller_at, self.ours[0]):
            self.came.append((when, number - FIRST & 0xffff))
        elif (source, destination) == (self.ours[1], self.callee_at):
            self.left.append((when, number, stamp, payload[12:]))

    # ---- What became of it. ----

    def sort(self):
        """Which packets were there, when their place was not past."""
        self.first = self.came[0][1]
        self.end = max(number for _, number in self.came) + 1
        self.there, self.late, self.overtaken, self.missed_by, last = {}, 0, [], [], -1
        for when, number in self.came:
            at = number - self.first
            if number in self.there:
                continue
            if number < last:
                self.overtaken.append(number)
            last = max(number, last)
            if at < 0 or at < len(self.left) and when > self.left[at][0]:
                self.late += 1
                self.missed_by.append(when - self.left[max(at, 0)][0])
            else:
                self.there[number] = when

    def give_up(self, late, stalled):
        """Strowger says that so many were LATE.  What came in the moment in which its place passed was on the wire before
        that; by no more than a packet was kept for which there was nothing to wait."""
        spare = sorted((self.left[number - self.first][0] - self.there[number], number)
                       for number in self.overtaken if number in self.there and number < self.first + len(self.left))
        for spare_s, number in spare[:max(late - self.late, 0)]:
            if spare_s <= stalled:
                del self.there[number]
                self.late += 1

    def irregular(self):
        return sum((after[1] - before[1] & 0xffff, after[2] - before[2] & 0xffffffff) != (1, self.way.OUT_TICKS)
                   for before, after in zip(self.left, self.left[1:]))

    def waits(self):
        """How long each packet was in strowger."""
        return [left[0] - self.there[self.first + i] for i, left in enumerate(self.left) if self.first + i in self.there]

    def count_errors(self, stream, stalled):
        counted, distinct = stream["transcode"], len({number for _, number in self.came})
        missing = self.end - self.first - len(self.there)
        wanted = {"frames": len(self.there), "packets_out": len(self.left), "lost": missing,
                  "late": self.late, "malformed": 0, "unknown": 0, "jumps": 0, "filled": 0}
        found = {name: counted[name] for name in wanted}
        wanted["made up"], found["made up"] = missing, counted["recovered"] + counted["concealed"]
        wanted["twice"] = len(self.came) - distinct
        found["twice"] = counted["duplicates"] + stream.get("drops", {}).get("replay", 0)
        self.recovered = counted["recovered"]
        errors = [f"{name} {found[name]} where it was {wanted[name]}" for name in wanted if found[name] != wanted[name]]
        # The first ones teach it; and what the machine's own stalls have made late nobody could know of.
        late = sum(missed_by > stalled for missed_by in self.missed_by)
        if late > max(len(self.overtaken) / 2, 2):
            errors.append(f"{late} of {len(self.overtaken)} that were overtaken were not waited for")
        return errors

    def sound_errors(self):
        payloads = [self.said[number] if number in self.there else None for number in range(self.first, self.end)]
        models = self.way.models(payloads)
        size = int(self.way.RATE * PACKET_S)
        wanted = models["ideal"] if self.way.TO_IDEAL else self.pcm[self.first * size:self.end * size]

        def far(heard):
            return sound.distance(wanted, heard, self.way.RATE)["lsd_db"]
        self.far = far(self.way.hear([left[3] for left in self.left]))
        self.others = {name: far(model) for name, model in models.items()}
        ideal, silence = self.others["ideal"], self.others["silence"]
        bound = ideal + self.way.FARTHER * (silence - ideal) + LSD_DB
        errors = [f"{self.far} dB of spectrum, where at most {bound:.2f} are good"] if self.far > bound else []
        if 1 - len(self.there) / len(payloads) >= MUCH:
            errors += [f"{name} would not be heard: {lsd} dB" for name, lsd in self.others.items()
                       if name != "ideal" and lsd <= bound]
        return errors

    def judge(self, strowger, stalled):
        """STALLED: so long has the machine kept packets for which there was nothing to wait."""
        stream = strowger.call("call.get", call=self.name)["legs"][0]["streams"][0]
        self.give_up(stream["transcode"]["late"], stalled)
        waits = self.waits()
        grown = min(waits[-20:]) - min(waits[:20])
        errors = self.count_errors(stream, stalled) + self.sound_errors()
        if self.irregular() or len(self.left) != self.end - self.first:
            errors.append(f"{self.irregular()} irregular, {len(self.left)} packets for {self.end - self.first}")
        if grown > GROWN_S or max(waits) > WAIT_S + stalled:
            errors.append(f"{1000 * grown:.1f} ms later at the end, {1000 * max(waits):.0f} ms in strowger at most")
        lost = self.end - self.first - len(self.there)
        print(f"  {self.name:19} {lost:3} of {len(self.said)} missing, {self.recovered:2} recovered; {len(self.overtaken)} overtaken, "
              f"{self.late} late; longest wait {1000 * max(waits):3.0f} ms; {self.far} dB (" +
              ", ".join(f"{name} {lsd}" for name, lsd in self.others.items()) + ")")
        for error in errors:
            print(f"  {self.name}: {error}")
        return not errors


def talk(talks):
    began = time.monotonic()
    for tick in range(min(len(talk.said) for talk in talks)):
        time.sleep(max(0, began + tick * PACKET_S - time.monotonic()))
        for each in talks:
            each.send(tick)
    time.sleep(AFTER_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True, help="strowger's admin socket")
    parser.add_argument("--prefix", required=True, help="of the names of the namespaces")
    parser.add_argument("--said", required=True, metavar="STEM", help="STEM-8000.wav and STEM-16000.wav: the same speech")
    parser.add_argument("--json", required=True, metavar="FILE")
    parser.add_argument("networks", nargs="+", help="the first of them is a good one")
    args = parser.parse_args()

    strowger = rpc.Client(args.socket)
    said = {way: likeness.read(f"{args.said}-{way.RATE}.wav")[0] for way in (FromPcmu, FromOpus)}
    pairs = [(way, network) for network in args.networks for way in said]
    talks = [Talk(way, network, said[way], args.prefix, number + 1) for number, (way, network) in enumerate(pairs)]
    for each in talks:
        each.call(strowger)
    watched = Wire(f"{args.prefix}-lan", "relay")
    talk(talks)
    mine = {port: each for each in talks for port in (each.ours[0], each.ours[1])}
    for when, source, destination, payload in watched.datagrams():
        each = mine.get(destination, mine.get(source))
        if each is not None:
            each.saw(when, source, destination, payload)
    for each in talks:
        if not each.left:
            raise SystemExit(f"{each.name}: nothing leaves")
        each.sort()
    unhindered = [wait for each in talks if each.network == args.networks[0] for wait in each.waits()]
    stalled, usual = max(unhindered), numpy.median(unhindered)
    good = [each.judge(strowger, stalled) for each in talks]
    good.append(usual <= USUAL_S)
    print(f"  {args.networks[0]}: {1000 * usual:.1f} ms in strowger as a rule, at most {1000 * USUAL_S:.0f} are good")
    became = {network: {"sent": sum(len(each.said) for each in talks if each.network == network),
                        "came": sum(len(each.came) for each in talks if each.network == network)}
              for network in args.networks}
    with open(args.json, "w") as file:
        json.dump(became, file)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

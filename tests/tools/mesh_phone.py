#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A node of a mesh with a telephone, for the stories: MDP and VoMP, written from the wire specification alone and
sharing nothing with strowger's (mesh_wire.py: bytes; mesh_node.py: neighbours and services; here: calls).

Says what happens as JSON lines on its standard output.  It is told what to do, line by line, on a Unix socket, and
answers every line with its report as JSON:
  report               nothing but the answer
  call SID [DID]       dial; the calls that follow are meant by the latest one, or by `use N`
  use N                the Nth call from now on, from 0
  codecs A,B           what we offer from now on
  ring, answer         what our user does about a call that was offered; reject and hangup end one
  hangup_all           end all
  play CODEC FILE [MS] say what FILE has, in frames of MS (20), under way as fast as it is spoken.  FILE is raw, or a
                       file of packets, each with two bytes of length in front (NAME.said, NAME.heard, NAME.packets)
  quiet                stop that
  echo on|off          send back what is heard, in the slot in which it came, or behind digits of ours
  dtmf DIGITS, text WORDS, each in a slot of its own
  plain on|off         send sound unboxed, as nobody may
  record STEM          what was heard, in the order of its slots: STEM.packets, and STEM.wav of G.711 and L16
  ping SID, keymap SID, lookup DID   answered by an event: pong, keymap, found
  lose in|out|both PERCENT [SECONDS]   of the datagrams, at our own socket; so long, then none again
  bind ADDR:PORT       from now on from there
  forget               all neighbours and ways, as after a restart; forget_calls: these
  mark                 forget delays and what was heard so far
  stop                 answer, and end"""
import argparse
import json
import os
import selectors
import socket
import struct
import sys
import time
import wave

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import g711_phone
import mesh_node
import mesh_wire as mesh

DIAL_S, RING_S, NETWORK_S, STATUS_S = 15, 30, 30, 1.0
PLAYED = (".said", ".heard", ".packets")


def address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def packets_of(path, codec, ms):
    with open(path, "rb") as file:
        data = file.read()
    size = codec.bytes * ms // codec.ms
    if not path.endswith(PLAYED):
        return [data[at:at + size] for at in range(0, len(data) // size * size, size)]
    packets, at = [], 0
    while at < len(data):
        length = struct.unpack_from("!H", data, at)[0]
        packets.append(data[at + 2:at + 2 + length])
        at += 2 + length
    joined = ms // codec.ms
    return [b"".join(packets[i:i + joined]) for i in range(0, len(packets) // joined * joined, joined)]


class Heard:
    """The sound of a call, as it comes."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.frames, self.last = {}, None  # slot -> (when, codec, data)
        self.repeats = self.late = 0

    def widen(self, slot):
        """16 bits, nearest to what was there."""
        near = 0 if self.last is None else self.last
        return near + (slot - near + 0x8000) % 0x10000 - 0x8000

    def take(self, slot, codec, data):
        """Is it new?"""
        slot = self.widen(slot)
        if slot in self.frames:
            self.repeats += 1
            return False
        self.late += self.last is not None and slot < self.last
        self.last = slot if self.last is None else max(self.last, slot)
        self.frames[slot] = (time.monotonic(), codec, data)
        return True

    def sound(self):
        """(slot, slots, codec, data, when) of the sound, in order."""
        for slot, (when, codec, data) in sorted(self.frames.items()):
            if codec in mesh.NAMES:
                yield slot, mesh.slots_of(codec, data), codec, data, when

    def report(self):
        frames = list(self.sound())
        ends = [slot + slots for slot, slots, *_ in frames]
        said = [slot for slot, (_, codec, _) in self.frames.items() if codec not in mesh.NAMES]
        late = sorted(1000 * when - mesh.SLOT_MS * slot for slot, _, _, _, when in frames)
        late = [ms - late[0] for ms in late]
        gaps = sorted(when for *_, when in frames)
        return {
            "heard": len(frames), "repeats": self.repeats, "late": self.late,
            "first": frames[0][0] if frames else None, "last": self.last,
            # Slots in which nothing was said, and such in which two things were.
            "missing": sum(max(0, after[0] - end - sum(end <= slot < after[0] for slot in said))
                           for end, after in zip(ends, frames[1:])),
            "overlapping": sum(after[0] < end for end, after in zip(ends, frames[1:])),
            "codecs": sorted({mesh.NAMES[codec] for _, _, codec, _, _ in frames}),
            "sizes": sorted({len(data) for _, _, _, data, _ in frames}),
            "delay_ms": {name: round(late[int(share * (len(late) - 1))], 1) if late else None
                         for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))},
            "gap_ms": round(1000 * max((b - a for a, b in zip(gaps, gaps[1:])), default=0), 1),
        }


class Call:
    def __init__(self, phone, peer, session, dids, far=0):
        self.phone, self.peer, self.session, self.far, self.dids = phone, peer, session, far, dids
        self.caller = far == 0
        self.local, self.remote = (mesh.CALLPREP, mesh.NOCALL) if self.caller else (mesh.NOCALL, mesh.CALLPREP)
        self.theirs, self.said, self.end = set(), None, None
        self.shown = self.rang = self.playing = False
        self.slot = self.seq = self.sent = 0
        self.said_at = []  # what digits and texts were sent behind, in the slots of what is heard
        self.dtmf, self.texts, self.heard = "", [], Heard()
        self.began = self.heard_s = time.monotonic()
        self.number = len(phone.calls)
        phone.calls.append(self)
        self.status()
        self.repeat()

    def tell(self, event, **fields):
        self.phone.tell(event, call=self.number, peer=self.peer.hex(), **fields)

    # ---- Out. ----

    def status(self):
        body = b""
        if self.local < mesh.RINGINGOUT and self.remote < mesh.RINGINGOUT:
            body = mesh.vomp_offer(self.phone.codecs, self.dids if self.caller else ())
        self.said = self.local, self.remote
        self.phone.data(self.peer, mesh.VOMP, mesh.VOMP,
                        mesh.vomp(self.session, self.far, self.local, self.remote, body), acked=True)

    def repeat(self):
        """Once a second, for as long as it lives."""
        now = time.monotonic()
        if self.remote < mesh.RINGINGOUT and now - self.began > DIAL_S:
            self.over("dial timeout", both=True)
        elif self.local < mesh.INCALL and now - self.began > RING_S:
            self.over("ring timeout", both=True)
        elif now - self.heard_s > NETWORK_S:
            self.over("network timeout", both=True)
        if self in self.phone.calls and (self.local, self.remote) != (mesh.CALLENDED,) * 2:
            self.status()
            self.phone.after(STATUS_S, self.repeat)

    def over(self, why, both=False):
        if both:
            self.remote = mesh.CALLENDED
        if self.local == mesh.CALLENDED:
            return
        self.local, self.end, self.playing = mesh.CALLENDED, why, False
        self.tell("ended", why=why)
        self.status()

    def sound(self, codec, slot, data):
        body = mesh.vomp_sound(codec, slot, self.seq, data)
        self.seq += 1
        self.sent += 1
        self.phone.data(self.peer, mesh.VOMP, mesh.VOMP, mesh.vomp(self.session, self.far, self.local, self.remote, body),
                        boxed=not self.phone.plain, acked=True)

    def say(self, codec, data, slots=1):
        self.sound(codec, self.slot, data)
        self.slot += slots

    def say_beside(self, codec, data):
        """A digit or a text takes a slot; what is echoed of later ones moves by it."""
        self.say(codec, data)
        self.said_at.append(self.heard.last or 0)

    def echo(self, codec, slot, data):
        at = self.heard.widen(slot) + sum(before < self.heard.widen(slot) for before in self.said_at)
        self.sound(codec, at, data)
        self.slot = max(self.slot, at + mesh.slots_of(codec, data))

    def play(self, codec, packets, ms):
        self.playing, began = packets, time.monotonic()

        def next_one(n):
            if self.playing is not packets or n == len(packets):
                self.playing = False
                self.tell("played", frames=n)
                return
            self.say(codec.id, packets[n], ms // mesh.SLOT_MS)
            self.phone.after(began + (n + 1) * ms / 1000 - time.monotonic(), lambda: next_one(n + 1))
        next_one(0)

    # ---- In. ----

    def take(self, far, state, body):
        self.far, self.heard_s = self.far or far, time.monotonic()
        early = self.local < mesh.RINGINGOUT and state < mesh.RINGINGOUT
        self.remote = state = max(state, self.remote)
        if early and body:
            self.theirs, dids = mesh.read_vomp_offer(body)
            self.dids = self.dids or tuple(dids)
        if state == mesh.CALLENDED:
            self.over("far end")
        elif early and self.theirs and not self.theirs & self.phone.sounds:
            self.over("no codec")
        else:
            self.advance(state)
            if body and self.local == state == mesh.INCALL:
                self.take_sound(body)
        if self.said != (self.local, self.remote):
            self.status()

    def advance(self, state):
        if self.local == mesh.NOCALL and state == mesh.RINGINGOUT and not self.shown:
            self.shown = True
            self.tell("offered", dids=self.dids, codecs=sorted(self.theirs))
            self.phone.offered(self)
        elif self.local == mesh.CALLPREP and state in (mesh.NOCALL, mesh.CALLPREP):
            self.local = mesh.RINGINGOUT
        elif self.local == mesh.RINGINGOUT and state == mesh.RINGINGIN and not self.rang:
            self.rang = True
            self.tell("ringing")
        elif self.local == mesh.RINGINGOUT and state in (mesh.RINGINGOUT, mesh.INCALL):
            self.local = mesh.INCALL
            self.tell("answered", codecs=sorted(self.theirs))

    def take_sound(self, body):
        codec, slot, _ = struct.unpack("!BHH", mesh.Reader(body).take(5))
        data = body[5:]
        if not self.heard.take(slot, codec, data):
            return
        if codec == mesh.DTMF:
            self.dtmf += "".join(mesh.DIGITS[byte >> 4] for byte in data)
            self.tell("dtmf", digits=self.dtmf)
        elif codec == mesh.TEXT:
            self.texts.append(data.decode("utf-8", "replace"))
            self.tell("text", text=self.texts[-1])
        elif self.phone.echo:
            self.echo(codec, slot, data)

    # ---- Our user. ----

    def ring(self):
        if self.local < mesh.RINGINGIN and self.remote == mesh.RINGINGOUT:
            self.local = mesh.RINGINGIN
            self.status()

    def answer(self):
        if self.local <= mesh.RINGINGIN and self.remote == mesh.RINGINGOUT:
            self.local = mesh.INCALL
            self.status()

    def report(self):
        return {"session": self.session, "far": self.far, "peer": self.peer.hex(), "caller": self.caller,
                "state": mesh.STATES[self.local], "far_state": mesh.STATES[self.remote], "end": self.end,
                "codecs": sorted(mesh.NAMES.get(id, str(id)) for id in self.theirs), "dids": list(self.dids),
                "sent": self.sent, "playing": bool(self.playing), "dtmf": self.dtmf, "texts": self.texts,
                "sound": self.heard.report()}


class Phone(mesh_node.Node):
    def __init__(self, options):
        self.calls, self.current = [], None
        self.echo, self.plain = options.echo, False
        self.offer(options, options.codecs)
        super().__init__(options)

    def offer(self, options, names):
        self.sounds = {mesh.CODECS[name].id for name in names.split(",")}
        self.codecs = self.sounds | ({mesh.DTMF, mesh.TEXT} if options.extras else set())

    def take_vomp(self, source, source_port, data, crypto, neighbour):
        if crypto != mesh.BOXED or source_port != mesh.VOMP:
            self.count["vomp_refused"] += 1
            return
        theirs, ours, state, view, body = mesh.read_vomp(data)
        for call in self.calls:
            if (call.peer == source and call.far in (0, theirs) and
                    (ours == call.session if ours else theirs == call.far and not call.caller)):
                call.take(theirs, state, body)
                return
        if state == mesh.CALLPREP and view == mesh.NOCALL and ours == 0:
            codecs, dids = mesh.read_vomp_offer(body)
            call = Call(self, source, self.session(), tuple(dids), theirs)
            call.take(theirs, state, body)
        else:
            self.count["strays"] += 1

    def session(self):
        taken = {call.session for call in self.calls}
        return next(n for n in iter(lambda: self.rng.randrange(1, 0x10000), None) if n not in taken)

    def offered(self, call):
        self.current = call
        does = self.options.on_offer
        if does == "reject":
            self.after(0.02, lambda: call.over("rejected"))
        if does in ("ring", "answer"):
            self.after(0.02, call.ring)
        if does == "answer":
            self.after(0.02 + self.options.ring_s, call.answer)

    # ---- Orders. ----

    def dial(self, sid, did=""):
        self.current = Call(self, bytes.fromhex(sid), self.session(), (self.options.did, did))

    def use(self, number):
        self.current = self.calls[int(number)]

    def play(self, name, path, ms=0):
        codec = mesh.CODECS[name]
        ms = int(ms) or codec.ms
        self.current.play(codec, packets_of(path, codec, ms), ms)

    def quiet(self):
        self.current.playing = False

    def dtmf(self, digits):
        for digit in digits:
            self.current.say_beside(mesh.DTMF, bytes([mesh.DIGITS.index(digit) << 4]))

    def text(self, *words):
        self.current.say_beside(mesh.TEXT, " ".join(words).encode())

    def switch(self, name, to):
        setattr(self, name, {"on": True, "off": False}[to])

    def hang_up_all(self):
        for call in self.calls:
            call.over("hung up")

    def record(self, stem):
        frames = list(self.current.heard.sound())
        with open(stem + ".packets", "wb") as file:
            for _, _, _, data, _ in frames:
                file.write(struct.pack("!H", len(data)) + data)
        laws = g711_phone.tables()
        hears = {1: lambda data: numpy.frombuffer(data, dtype="<i2"), 2: lambda data: laws[0][list(data)],
                 3: lambda data: laws[8][list(data)]}
        frames = [frame for frame in frames if frame[2] in hears]
        if not frames:
            return
        rate, first = g711_phone.RATE, frames[0][0]
        sound = numpy.zeros((frames[-1][0] + frames[-1][1] - first) * rate * mesh.SLOT_MS // 1000, dtype="<i2")
        for slot, _, codec, data, _ in frames:
            at, samples = (slot - first) * rate * mesh.SLOT_MS // 1000, hears[codec](data)
            sound[at:at + len(samples)] = samples[:len(sound) - at]
        with wave.open(stem + ".wav", "wb") as wav:
            wav.setparams((1, 2, rate, 0, "NONE", ""))
            wav.writeframes(sound.tobytes())

    def end(self):
        self.options.ended = True

    def take_order(self, listener):
        connection, _ = listener.accept()
        orders = {
            "report": lambda: None, "stop": self.end, "call": self.dial, "use": self.use,
            "codecs": lambda names: self.offer(self.options, names),
            "ring": lambda: self.current.ring(), "answer": lambda: self.current.answer(),
            "reject": lambda: self.current.over("rejected"), "hangup": lambda: self.current.over("hung up"),
            "hangup_all": self.hang_up_all, "play": self.play, "quiet": self.quiet, "dtmf": self.dtmf, "text": self.text,
            "echo": lambda to: self.switch("echo", to), "plain": lambda to: self.switch("plain", to),
            "record": self.record, "ping": self.ping, "keymap": self.keymap, "lookup": self.lookup,
            "lose": self.lose_share, "bind": lambda to: self.bind(address(to)), "forget": self.forget,
            "forget_calls": self.calls.clear, "mark": lambda: self.current.heard.reset(),
        }
        with connection, connection.makefile("rw") as stream:
            word, *rest = stream.readline().split() or ["report"]
            try:
                orders[word](*rest)
                answer = self.report()
            except Exception as error:  # a mistake in the story: it must be seen there
                answer = {"error": f"{word}: {error!r}"}
            stream.write(json.dumps(answer) + "\n")

    def report(self):
        current = self.current.report() if self.current else None
        return {**super().report(), "call": current,
                "calls": [{"state": mesh.STATES[call.local], "peer": call.peer.hex(), "end": call.end}
                          for call in self.calls]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", required=True, help="words that the identity is made from")
    parser.add_argument("--print-sid", action="store_true", help="nothing but that")
    parser.add_argument("--orders", metavar="SOCKET", help="where it is told what to do")
    parser.add_argument("--bind", type=address, default=("0.0.0.0", mesh.PORT), metavar="ADDR:PORT")
    parser.add_argument("--neighbour", type=address, action="append", default=[], metavar="ADDR:PORT", help="by unicast")
    parser.add_argument("--broadcast", type=address, metavar="ADDR:PORT", help="ticks go there, too")
    parser.add_argument("--did", default="", help="own number")
    parser.add_argument("--callee-name", default="", help="own name")
    parser.add_argument("--codecs", default="PCMU", help="of " + ",".join(mesh.CODECS))
    parser.add_argument("--extras", action="store_true", help="takes DTMF and text, too")
    parser.add_argument("--on-offer", choices=("nothing", "ring", "answer", "reject"), default="nothing")
    parser.add_argument("--ring-s", type=float, default=0.1, help="so long it rings before it answers")
    parser.add_argument("--echo", action="store_true")
    parser.add_argument("--ack-ms", type=float, default=10, help="frames that ask for it are acknowledged so soon (10)")
    parser.add_argument("--resend-ms", type=float, default=60, help="and are sent again after so long; 0: never (60)")
    parser.add_argument("--lose-in", type=float, default=0, metavar="PERCENT")
    parser.add_argument("--lose-out", type=float, default=0, metavar="PERCENT")
    parser.add_argument("--fate", type=int, default=1, help="which ones are lost")
    parser.add_argument("--short", action="store_true", help="addresses as short as servald's")
    parser.add_argument("--version-0", action="store_true", help="no frame sequences")
    parser.add_argument("--encapsulation", type=int, choices=(1, 2), default=1)
    options = parser.parse_args()
    options.ended = False
    if options.print_sid:
        print(mesh.Identity(mesh_node.hashlib.sha256(options.seed.encode()).digest()).sid.hex())
        return
    phone = Phone(options)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(options.orders + ".new")
    listener.listen()
    os.rename(options.orders + ".new", options.orders)  # who sees it can connect
    phone.selector.register(listener, selectors.EVENT_READ, phone.take_order)
    phone.run()


if __name__ == "__main__":
    main()

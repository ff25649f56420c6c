# SPDX-License-Identifier: Apache-2.0
#
# A small node of a mesh, for test tools: neighbours, link state with acknowledgements and resends, explanations, key
# map, echo, DNA.  Written from the wire specification alone; behaves as servald does where that matters, and worse where
# it is told to.  One thread: everything happens in run().
import collections
import hashlib
import heapq
import itertools
import json
import os
import random
import selectors
import socket
import time

import mesh_wire as mesh

TICK_S, EXPIRE_S, GIVE_UP_S, EXPLAIN_S = 0.5, 2.5, 1.0, 0.5
CLIENT_PORT = 0x4d45
BROADCASTS = 1024  # broadcast ids that are remembered


class Window:
    """Numbers modulo 256 that came: is one new?"""

    def __init__(self, size):
        self.size, self.last, self.seen = size, None, set()

    def is_new(self, number):
        if self.last is None or abs(ahead := (number - self.last + 128) % 256 - 128) >= self.size:
            self.last, self.seen = number, {number}
            return True
        if number in self.seen:
            return False
        self.seen.add(number)
        if ahead > 0:
            self.last = number
            self.seen = {old for old in self.seen if (number - old) % 256 <= self.size}
        return True

    def ack(self):
        """The last one, and the 32 before it."""
        return self.last, sum(1 << i for i in range(32) if (self.last - 1 - i) % 256 in self.seen)


class Neighbour:
    def __init__(self, sid, address, rng):
        self.sid, self.address = sid, address
        self.heard = {True: Window(33), False: Window(33)}  # by "it was unicast"
        self.frames = Window(64)
        self.interface, self.version, self.last_s, self.unicast_s = 0, 0, 0.0, None
        self.seq, self.frame_seq = rng.randrange(256), rng.randrange(256)
        self.queue = []    # frames that go with the next datagram
        self.waiting = []  # ... and those that were not acknowledged
        self.ack_due_s = None
        self.hears_us = False


class Sent:
    """A frame on its way to a neighbour."""

    def __init__(self, head, payload, seq, acked):
        self.head, self.payload, self.seq, self.acked = head, payload, seq, acked
        self.datagram = self.first_s = self.last_s = None


class Node:
    """OPTIONS: as mesh_phone.py's."""

    def __init__(self, options):
        self.options = options
        self.identity = mesh.Identity(hashlib.sha256(options.seed.encode()).digest(), options.did, options.callee_name)
        self.sid = self.identity.sid
        self.rng, self.fate = random.Random(), random.Random(options.fate)
        self.known, self.sign_keys = {self.sid}, {self.sid: self.identity.sign_public}
        self.neighbours, self.routes = {}, {}  # by SID; SID -> SID of a neighbour
        self.asked, self.broadcasts = {}, collections.deque(maxlen=BROADCASTS)
        self.lose = {"in": options.lose_in, "out": options.lose_out}
        self.count = collections.Counter()
        self.timers, self.order = [], itertools.count()
        self.selector = selectors.DefaultSelector()
        self.waiting_for = {}  # (what, whom) -> when it was asked
        self.socket = None
        self.bind(options.bind)
        self.tick()

    # ---- Time, events, the socket. ----

    def after(self, seconds, function):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.order), function))

    @staticmethod
    def tell(event, **fields):
        print(json.dumps({"event": event, **fields}), flush=True)

    def bind(self, address):
        if self.socket is not None:
            self.selector.unregister(self.socket)
            self.socket.close()
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setblocking(False)
        self.socket.bind(address)
        self.selector.register(self.socket, selectors.EVENT_READ, self.hear)

    def run(self):
        while not self.options.ended:
            now = time.monotonic()
            wait = max(0.0, self.timers[0][0] - now) if self.timers else None
            for key, _ in self.selector.select(wait):
                if key.fileobj.fileno() >= 0:  # not closed by an order just taken
                    key.data(key.fileobj)
            while self.timers and self.timers[0][0] <= time.monotonic():
                heapq.heappop(self.timers)[2]()
            for neighbour in list(self.neighbours.values()):
                self.flush(neighbour)

    # ---- Out. ----

    def own_address(self, short=2):
        return mesh.address(self.sid, short if self.options.short else 32)

    def send(self, datagram, address):
        if self.fate.random() * 100 < self.lose["out"]:
            self.count["out_lost"] += 1
            return
        try:
            self.socket.sendto(datagram, address)
            self.count["out"] += 1
        except OSError:
            self.count["out_failed"] += 1

    def flush(self, neighbour):
        """What waits for a neighbour leaves, as many frames in a datagram as fit."""
        now = time.monotonic()
        if neighbour.ack_due_s is not None and now >= neighbour.ack_due_s:
            self.link_state(neighbour)
        alone, version = self.options.encapsulation == 2, 0 if self.options.version_0 else 1
        while neighbour.queue:
            neighbour.seq = (neighbour.seq + 1) % 256
            datagram = mesh.envelope(self.own_address(), mesh.UNICAST, neighbour.seq, version, alone)
            for number, sent in enumerate(list(neighbour.queue)):
                frame = mesh.frame(sent.head, sent.seq, sent.payload, version, alone)
                if number and (alone or len(datagram) + len(frame) > mesh.DATAGRAM_MAX):
                    break
                datagram += frame
                neighbour.queue.remove(sent)
                sent.datagram, sent.last_s, sent.first_s = neighbour.seq, now, sent.first_s or now
            self.send(datagram, neighbour.address)

    def post(self, neighbour, head, payload, acked=False):
        """A frame for it; ACKED: again and again until it is acknowledged."""
        acked = acked and self.options.resend_ms > 0 and not self.options.version_0
        neighbour.frame_seq = (neighbour.frame_seq + 1) % 256
        if acked:
            head = bytes([head[0] | mesh.ACK_SOON]) + head[1:]
        sent = Sent(head, payload, neighbour.frame_seq, acked)
        neighbour.queue.append(sent)
        if acked:
            neighbour.waiting.append(sent)
            self.after(self.options.resend_ms / 1000, lambda: self.resend(neighbour, sent))

    def resend(self, neighbour, sent):
        now = time.monotonic()
        if sent not in neighbour.waiting:
            return
        if now - (sent.first_s or now) > GIVE_UP_S or (neighbour.frame_seq - sent.seq) % 256 >= 64:
            neighbour.waiting.remove(sent)
            self.count["given_up"] += 1
            return
        if sent not in neighbour.queue:
            neighbour.queue.append(sent)
            self.count["resent"] += 1
        self.after(self.options.resend_ms / 1000, lambda: self.resend(neighbour, sent))

    def way(self, sid):
        """The neighbour by which it is reached; None."""
        return self.neighbours.get(sid) or self.neighbours.get(self.routes.get(sid))

    def data(self, sid, source_port, port, data, boxed=True, acked=False):
        """An MDP message.  False: there is no way."""
        neighbour = self.way(sid)
        if neighbour is None:
            return False
        to, plain = mesh.address(sid, 1 if self.options.short else 32), mesh.ports(source_port, port) + data
        flags = mesh.BOXED if boxed else 0
        if neighbour.sid == sid:
            head = mesh.frame_head(flags | mesh.ONE_HOP, to)
        else:
            head = mesh.frame_head(flags, to, mesh.address(neighbour.sid))
        self.post(neighbour, head, self.identity.seal(sid, plain) if boxed else plain, acked)
        return True

    def flood(self, source_port, port, data):
        """To everybody, signed."""
        head = mesh.frame_head(mesh.BROADCAST | mesh.SIGNED, broadcast_id=os.urandom(8))
        payload = self.identity.sign(mesh.ports(source_port, port) + data)
        for neighbour in self.neighbours.values():
            self.post(neighbour, head, payload)

    def link_state(self, neighbour):
        """Who hears whom: we hear it, with what came; and it is reached by us."""
        unicast = neighbour.unicast_s is not None and time.monotonic() - neighbour.unicast_s < EXPIRE_S
        flags = mesh.RECORD_INTERFACE | (mesh.RECORD_UNICAST if unicast else mesh.RECORD_BROADCAST)
        window, ack = neighbour.heard[unicast], None
        if window.last is not None:
            flags, ack = flags | mesh.RECORD_ACK, window.ack()
        # servald says its own SID in two bytes there, and others' in one.
        short = self.options.short
        us, it = mesh.address(self.sid, 2) if short else b"\xff", mesh.address(neighbour.sid, 1 if short else 32)
        body = mesh.ports(mesh.LINK_STATE, mesh.LINK_STATE) + mesh.record(flags, us, 1, it, neighbour.interface, ack)
        body += mesh.record(mesh.RECORD_DROP, mesh.address(neighbour.sid), 2, b"\xff", drop=0)
        self.post(neighbour, mesh.frame_head(mesh.ONE_HOP, mesh.address(neighbour.sid)), body)
        neighbour.ack_due_s = None
        self.count["acks"] += ack is not None

    def tick(self):
        now = time.monotonic()
        for neighbour in list(self.neighbours.values()):
            if now - neighbour.last_s > EXPIRE_S:
                self.tell("neighbour_lost", sid=neighbour.sid.hex())
                del self.neighbours[neighbour.sid]
            else:
                self.link_state(neighbour)
        version = 0 if self.options.version_0 else 1
        reached = {neighbour.address for neighbour in self.neighbours.values()}
        for address in self.options.neighbour:
            if address not in reached:
                self.send(mesh.envelope(self.own_address(), mesh.UNICAST, version=version), address)
        if self.options.broadcast:  # servald's ticks are of version 0
            self.send(mesh.envelope(self.own_address(), 0, version=0), self.options.broadcast)
        self.after(TICK_S, self.tick)

    # ---- Explanations. ----

    def ask(self, prefix, address):
        """Whoever sends datagrams in a name that we do not know."""
        now = time.monotonic()
        if now - self.asked.get(prefix, 0) < EXPLAIN_S / 4:
            return
        self.asked[prefix] = now
        head = mesh.frame_head(mesh.BROADCAST | mesh.ONE_HOP, kind=mesh.EXPLAIN)
        payload = mesh.address(prefix, len(prefix))
        self.count["explanations_asked"] += 1
        self.send(mesh.envelope(mesh.address(self.sid), mesh.UNICAST, version=0) + mesh.frame(head, 0, payload, 0), address)

    def explain(self, address):
        """We are who we are: in the envelope, and as an item."""
        head = mesh.frame_head(mesh.BROADCAST | mesh.ONE_HOP, kind=mesh.EXPLAIN)
        self.count["explanations_given"] += 1
        self.send(mesh.envelope(mesh.address(self.sid), mesh.UNICAST, version=0) +
                  mesh.frame(head, 0, mesh.address(self.sid), 0), address)

    def take_explanations(self, frame, address):
        for kind, data, key in mesh.read_explanations(frame.payload):
            if kind == "sid":
                self.known.add(data)
                if key is not None:
                    self.sign_keys[data] = key
            elif kind == "you" or self.sid.startswith(data):
                self.explain(address)

    # ---- In. ----

    def hear(self, sock):
        for _ in range(64):
            try:
                datagram, address = sock.recvfrom(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if self.fate.random() * 100 < self.lose["in"]:
                self.count["in_lost"] += 1
                continue
            try:
                self.take(datagram, address[:2])
            except mesh.Malformed as error:
                self.count["malformed"] += 1
                self.tell("malformed", why=str(error), datagram=datagram.hex())

    def take(self, datagram, address):
        self.count["in"] += 1
        self.count["in_bytes_most"] = max(self.count["in_bytes_most"], len(datagram))
        envelope, frames = mesh.read_datagram(datagram)
        context = mesh.Context(self.known)
        context.sender = sender = context.resolve(envelope.sender)
        if sender == self.sid:
            return
        if sender is None:
            self.ask(envelope.sender.bytes, address)
            return
        self.known.add(sender)
        neighbour = self.heard_from(sender, envelope, address)
        for frame in frames:
            source, destination, next_hop = context.resolve_frame(frame)
            if frame.seq is not None and not neighbour.frames.is_new(frame.seq):
                self.count["duplicates"] += 1
                self.ack_soon(neighbour, frame)
                continue
            self.ack_soon(neighbour, frame)
            self.take_frame(frame, neighbour, source, destination, address)

    def heard_from(self, sender, envelope, address):
        neighbour = self.neighbours.get(sender)
        if neighbour is None:
            neighbour = self.neighbours[sender] = Neighbour(sender, address, self.rng)
            self.tell("neighbour", sid=sender.hex(), address=f"{address[0]}:{address[1]}")
            self.link_state(neighbour)
        unicast = bool(envelope.flags & mesh.UNICAST)
        neighbour.address, neighbour.interface = address, envelope.interface
        neighbour.version, neighbour.last_s = max(neighbour.version, envelope.version), time.monotonic()
        if unicast:
            neighbour.unicast_s = neighbour.last_s
        if envelope.seq is not None:
            window = neighbour.heard[unicast]
            gap = window.last is not None and (envelope.seq - window.last) % 256 in range(2, 33)
            window.is_new(envelope.seq)
            if gap:
                self.ack_within(neighbour, min(5, self.options.ack_ms))
        return neighbour

    def ack_soon(self, neighbour, frame):
        if frame.flags & mesh.ACK_SOON:
            self.ack_within(neighbour, self.options.ack_ms)

    def ack_within(self, neighbour, ms):
        due = time.monotonic() + ms / 1000
        if neighbour.ack_due_s is None or due < neighbour.ack_due_s:
            neighbour.ack_due_s = due
            self.after(ms / 1000, lambda: None)  # the loop looks after it

    def take_frame(self, frame, neighbour, source, destination, address):
        if source is None:
            if frame.source.kind == "prefix":
                self.ask(frame.source.bytes, address)
            return
        if source == self.sid:
            return
        if frame.broadcast_id is not None:
            if frame.broadcast_id in self.broadcasts:
                return
            self.broadcasts.append(frame.broadcast_id)
        elif not frame.flags & mesh.BROADCAST and destination != self.sid:
            return  # nothing is forwarded
        self.known.add(source)
        if frame.type == mesh.EXPLAIN:
            self.take_explanations(frame, address)
        elif frame.type == mesh.DATA:
            self.take_data(frame, neighbour, source)

    def take_data(self, frame, neighbour, source):
        crypto = frame.flags & mesh.BOXED
        if crypto == mesh.BOXED:
            try:
                plain = self.identity.open(source, frame.payload)
            except mesh.Malformed:
                self.count["unopened"] += 1
                return
            if source not in self.neighbours:
                self.routes[source] = neighbour.sid
        elif crypto == mesh.SIGNED:
            if source not in self.sign_keys:
                self.data(source, mesh.KEYMAP, mesh.KEYMAP, b"\x02")
                return
            if (plain := mesh.verified(frame.payload, self.sign_keys[source])) is None:
                self.count["badly_signed"] += 1
                return
            if source not in self.neighbours:
                self.routes.setdefault(source, neighbour.sid)
        elif crypto == 0:
            plain = frame.payload
        else:
            return
        source_port, port, data = mesh.read_ports(plain)
        services = {mesh.KEYMAP: self.take_keymap, mesh.LINK_STATE: self.take_link_state, mesh.ECHO: self.take_echo,
                    mesh.DNA: self.take_dna, CLIENT_PORT: self.take_answer, mesh.VOMP: self.take_vomp}
        if port in services:
            services[port](source, source_port, data, crypto, neighbour)

    # ---- Services. ----

    def take_link_state(self, source, source_port, data, crypto, neighbour):
        if crypto != 0 or source != neighbour.sid:
            return
        context = mesh.Context(self.known, source)
        for record in mesh.read_records(data):
            receiver = context.resolve(record.receiver)
            transmitter = context.resolve(record.transmitter) if record.transmitter else None
            if receiver == source and transmitter == self.sid and record.flags & mesh.RECORD_INTERFACE:
                if not neighbour.hears_us:
                    neighbour.hears_us = True
                    self.tell("reachable", sid=source.hex())
                if record.ack is not None:
                    got = {record.ack} | {(record.ack - 1 - i) % 256 for i in range(32) if record.mask >> i & 1}
                    neighbour.waiting = [sent for sent in neighbour.waiting if sent.datagram not in got]
                    neighbour.queue = [sent for sent in neighbour.queue if not sent.acked or sent in neighbour.waiting]
                    self.count["acked"] += 1
            elif receiver is not None and receiver != self.sid and receiver not in self.neighbours:
                if record.flags & mesh.RECORD_NO_PATH:
                    self.routes.pop(receiver, None)
                elif receiver != source:
                    self.known.add(receiver)
                    self.routes[receiver] = source

    def take_keymap(self, source, source_port, data, crypto, neighbour):
        if crypto != mesh.BOXED or not data:
            return
        if data == b"\x02":
            self.count["keymap_asked"] += 1
            self.data(source, mesh.KEYMAP, source_port,
                      b"\x02" + self.identity.sign_public + self.identity.sign_raw(self.sid), acked=True)
        elif data[0] == 2 and len(data) == 97 and mesh.is_signed_raw(source, data[33:], data[1:33]):
            self.sign_keys[source] = data[1:33]
            self.tell("keymap", sid=source.hex(), key=data[1:33].hex(), derived=mesh.sid_of(data[1:33]) == source)

    def take_echo(self, source, source_port, data, crypto, neighbour):
        if source_port != mesh.ECHO:
            self.count["pinged"] += 1
            self.data(source, mesh.ECHO, source_port, data, boxed=crypto != 0, acked=True)

    def take_dna(self, source, source_port, data, crypto, neighbour):
        asked = data.split(b"\0")[0].decode("ascii", "replace").lower()
        identity = self.identity
        if identity.did and asked in ("", "*", identity.did.lower()):
            self.count["looked_up"] += 1
            sid = self.sid.hex().upper()
            answer = f"{sid}|sid://{sid}/local/{identity.did}|{identity.did}|{identity.name}|"
            self.data(source, mesh.DNA, source_port, answer.encode(), acked=True)

    def take_answer(self, source, source_port, data, crypto, neighbour):
        """To what we have asked ourselves."""
        if source_port == mesh.ECHO and (asked := self.waiting_for.pop(("ping", data), None)):
            self.tell("pong", sid=source.hex(), ms=round(1000 * (time.monotonic() - asked), 2))
        elif source_port == mesh.DNA and crypto == mesh.BOXED:
            answered_by, uri, did, name = data.decode("utf-8", "replace").split("|")[:4]
            self.tell("found", sid=uri.split("/")[2].lower() if uri.startswith("sid://") else answered_by.lower(),
                      uri=uri, did=did, name=name)

    def take_vomp(self, source, source_port, data, crypto, neighbour):
        raise NotImplementedError

    # ---- What it can be told. ----

    def ping(self, sid):
        data = os.urandom(8)
        self.waiting_for["ping", data] = time.monotonic()
        if not self.data(bytes.fromhex(sid), CLIENT_PORT, mesh.ECHO, data, acked=True):
            raise LookupError("no way to it")

    def keymap(self, sid):
        if not self.data(bytes.fromhex(sid), mesh.KEYMAP, mesh.KEYMAP, b"\x02", acked=True):
            raise LookupError("no way to it")

    def lookup(self, did, again=6):
        self.flood(CLIENT_PORT, mesh.DNA, did.encode() + b"\0")
        if again > 0:
            self.after(0.125 * 1.5 ** (6 - again), lambda: self.lookup(did, again - 1))

    def lose_share(self, ways, percent, seconds=None):
        for way in ("in", "out") if ways == "both" else (ways,):
            self.lose[way] = float(percent)
        if seconds is not None:
            self.after(float(seconds), lambda: self.lose_share(ways, 0))

    def forget(self):
        """All neighbours, as after a restart: numbers begin anew."""
        self.neighbours.clear()
        self.routes.clear()
        self.known = {self.sid}

    def report(self):
        return {"sid": self.sid.hex(), **self.count, "known": len(self.known),
                "neighbours": [{"sid": n.sid.hex(), "address": "%s:%u" % n.address[:2], "version": n.version,
                                "hears_us": n.hears_us, "waiting": len(n.waiting)} for n in self.neighbours.values()],
                "routes": {sid.hex(): via.hex() for sid, via in self.routes.items()}}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Everything that the NG protocol can say, at random, to a strowger that is killed in between: several requests in flight
# for one call and for many, repeated, cut off, in both forms, about SDPs that nobody would send.  What must be true
# whatever is asked:
# - a request gets one answer, and when it is repeated the same bytes;
# - strowger ends only when it is killed;
# - an answered SDP has the m= lines of the one that was given, and leads to strowger; no address and no key of a party
#   is in it;
# - what runs at the same time has ports of its own;
# - when everything is deleted nothing is left, and all ports can be had again.
# The same seed asks the same, but for what depends on the order of the answers.
import argparse
import collections
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import ng
import rpc
from ng_storm_sdp import PARTIES, Secrets, agreeing_sdp, m_kinds, m_lines, random_kinds, random_sdp, spoilt

OURS = {"10.77.0.1", "fd77::1"}
MEDIA_ADDRESS = "192.0.2.77"
PORTS = range(30000, 38000)
REST = 5.5  # ports rest when they have been used
PATIENCE = 5.0
FLIGHT = 24
RELAYED = {"rtp/avp", "rtp/savp", "rtp/avpf", "rtp/savpf", "udp/tls/rtp/savp", "udp/tls/rtp/savpf", "udptl"}

NAMES = ["PCMU", "PCMA", "G722", "opus", "GSM", "telephone-event", "AMR", "iLBC", "all", "full", "G729", "Nonesuch",
         "opus/48000/2", "PCMA/8000", "opus/48000/2/32000"]

# What is said of calls, beside what the table of keys has: key -> a value.
KEYS = {
    "direction": lambda r: [r.choice(["lan", "lan", "internal", "nowhere"]) for _ in range(2)],
    "address-family": lambda r: r.choice(["IP4", "IP6", "IP4", "IP6", "IP5"]),
    "media-address": lambda r: MEDIA_ADDRESS,
    "replace": lambda r: r.sample(["origin", "session-connection", "username", "session-name", "SDP-version", "origin-full",
                                   "force-increment-sdp-ver", "zero-address"], r.randint(1, 4)),
    "rtcp-mux": lambda r: r.sample(["offer", "require", "demux", "accept", "reject"], r.randint(1, 2)),
    "transport-protocol": lambda r: r.choice(["RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "accept"]),
    "SDES": lambda r: r.sample(["off", "no-AES_CM_128_HMAC_SHA1_80", "only-AEAD_AES_256_GCM", "nonew", "pad", "lifetime",
                                "order:AEAD_AES_128_GCM;AES_CM_128_HMAC_SHA1_32", "unencrypted_srtp", "static"],
                               r.randint(1, 3)),
    "OSRTP": lambda r: [r.choice(["offer", "accept", "offer-RFC", "offer-legacy", "accept-RFC", "accept-legacy"])],
    "codec": lambda r: {r.choice(["strip", "offer", "transcode", "mask", "except", "accept", "consume", "ignore", "set"]):
                        r.sample(NAMES, r.randint(1, 3)) for _ in range(r.randint(1, 3))},
    "ptime": lambda r: r.choice([10, 20, 30, 60, 0, 7, 99999]),
    "ptime-reverse": lambda r: r.choice([10, 20, 40]),
    "endpoint-learning": lambda r: r.choice(["heuristic", "immediate", "delayed", "off"]),
    "TOS": lambda r: r.choice([0, 184, 255, 256, -1]),
    "drop-traffic": lambda r: r.choice(["start", "stop"]),
    "received-from": lambda r: ["IP4", PARTIES + "9.9"],
    "label": lambda r: r.choice(["x", "y"]),
    "sdp-attr": lambda r: {r.choice(["audio", "video", "none"]): {"add": ["x-storm:1"], "remove": ["ptime"],
                                                                  "substitute": [["sendrecv", "sendonly"]]}},
    "supports": lambda r: ["load limit"],
    "ICE": lambda r: r.choice(["remove", "default", "remove", "force"]),
}


APART = {"sdp-media-remove", "rtpp-flags", "sdp", "call-id", "from-tag", "to-tag"}  # said, or not, below


def fail(text):
    raise SystemExit(f"ng_storm: {text}")


# ---- What strowger says of itself: which flags and keys there are. ----

def words_of(strowger):
    """All flags, and keys with the words that each takes, of the tables that it prints."""
    flags, keys, table = [], {}, None
    for line in subprocess.run([strowger, "--print-ng"], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("## "):
            table = line[3:]
        row = re.match(r"\| `([^`]+)`(?: \+)? \| (\d) \| (.*)", line)
        if row and table == "Flags":
            flags.append(row[1])
        elif row and table == "Keys":
            keys[row[1]] = re.findall("`([^` ]+)`", row[3].split(" | ")[0]) or ["1", "20", "lan"]
    return flags, keys


# ---- What is asked. ----

class Asked:
    def __init__(self, cookie, request, data, form):
        self.cookie, self.request, self.data, self.form = cookie, request, data, form
        self.sent, self.since, self.tries, self.answer, self.answers = 0.0, 0.0, 0, None, 0
        self.whole = True  # not cut off, and the SDP not spoilt


class Script:
    """What to ask next; learns what was answered."""

    def __init__(self, rnd, strowger, calls):
        self.rnd = rnd
        self.secrets = Secrets(rnd)
        self.flags, self.keys = words_of(strowger)
        self.ids = [f"storm-{i}" for i in range(calls - 2)] + ["s p\x7fce", "long-" + "x" * 200]
        self.offered = {}  # call-id -> (from tag, the SDP that its other party got)
        self.again = []  # offers to who has been told of more than they say
        self.kinds = collections.defaultdict(lambda: random_kinds(rnd))

    def _some_keys(self, request, odds):
        r = self.rnd
        for key, value in KEYS.items():
            if r.random() < odds:
                request[key] = value(r)
        if r.random() < 0.5:
            request["flags"] = r.sample(self.flags, r.randint(1, 5)) + r.choice([[], ["of-nobody"], ["codec-mask-opus"]])
            unwanted = {"WebRTC", "fragment", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"}
            if r.random() < 0.9:
                request["flags"] = [f for f in request["flags"] if f not in unwanted]
        if r.random() < 0.2:
            key = r.choice(sorted(self.keys))
            if key not in KEYS.keys() | request.keys() | APART:
                request[key] = r.choice(self.keys[key])
        if r.random() < 0.1:
            request["rtpp-flags"] = " ".join(r.sample(self.flags, 3)) + " transcode-PCMA codec=[mask=[opus G722]] x=[ y"
        if r.random() < 0.1:
            request["never-heard-of"] = r.choice([1, "x", ["x", {"y": ["z"]}]])

    def _sdp(self, call, request):
        r = self.rnd
        if r.random() < 0.15:
            self.kinds[call] = random_kinds(r)
        sdp = random_sdp(r, self.secrets, self.kinds[call])
        offered = self.offered.get(call)
        if request["command"] == "answer" and offered is not None and r.random() < 0.8:
            sdp = agreeing_sdp(r, self.secrets, offered[1])
            request["from-tag"] = offered[0]
        return sdp

    def _signal(self, command):
        r = self.rnd
        call = r.choice(self.ids)
        request = {"command": command, "call-id": call, "from-tag": r.choice("aaabc")}
        if command == "answer" or r.random() < 0.3:
            request["to-tag"] = r.choice("bbcda")
        if r.random() < 0.2:
            request["via-branch"] = r.choice(["b1", "b2", "b3"])
        self._some_keys(request, 0.05)
        if r.random() < 0.01:
            request["sdp-media-remove"] = [r.choice(["video", "image", "audio"])]
            self.secrets.shortened.add(call)
        if "legacy" in str(request.get("OSRTP")):  # two m= lines for one, or one for two
            self.secrets.shortened.add(call)
        request["sdp"] = self._sdp(call, request)
        whole = r.random() < 0.9
        if not whole:
            request["sdp"] = spoilt(r, request["sdp"])
        if command == "offer":
            self.secrets.lengths[call].add(len(m_lines(request["sdp"].split("\r\n\r\n")[0])))
        return request, whole

    def _about(self, command):
        r = self.rnd
        request = {"command": command, "call-id": r.choice(self.ids)}
        for key, odds in ("from-tag", 0.6), ("to-tag", 0.3), ("via-branch", 0.1), ("label", 0.1), ("to-label", 0.05):
            if r.random() < odds:
                request[key] = r.choice("abc") if "tag" in key else r.choice(["b1", "x"])
        if r.random() < 0.5:
            request["flags"] = r.sample(["fatal", "fast", "to-tag", "directional", "all"], r.randint(1, 2))
        if command == "delete":
            request["delete-delay"] = r.choice([0, 0, 1, "0", -1])
        return request, True

    def next(self):
        r = self.rnd
        if self.again and r.random() < 0.5:
            return self.again.pop(), True
        kind = r.choices(["offer", "answer", "delete", "party", "query", "other"], [32, 30, 12, 8, 8, 5])[0]
        if kind in ("offer", "answer"):
            return self._signal(kind)
        if kind == "other":
            return {"command": r.choice(["ping", "list", "statistics", "play media", "nonsense", "", "start recording"]),
                    "limit": r.choice([0, 1, 1000, -1])}, True
        if kind == "party":
            kind = r.choice(["block media", "unblock media", "silence media", "unsilence media"])
        return self._about(kind)

    def learn(self, request, answer):
        if request.get("command") == "offer" and answer.get("sdp"):
            # In JSON what is no UTF-8 has become U+FFFD, which has no place in a bencode string of single bytes.
            sdp = answer["sdp"].encode("latin-1", "replace").decode("latin-1")
            self.offered[request["call-id"]] = (request["from-tag"], sdp)
            if "to-tag" in request and len(m_lines(sdp)) > len(m_lines(request["sdp"])):
                self.again = [{k: request[k] for k in ("command", "call-id", "from-tag", "to-tag", "sdp")}]


# ---- What must be true of an answer. ----

def is_looped(asked, answer):
    words = str(asked.request.get("flags", "")) + asked.request.get("rtpp-flags", "")
    return answer["sdp"] == asked.request["sdp"] and "loop" in words


def check_length(asked, sdp, secrets):
    """Whoever has been told of so many m= lines is never told of fewer, unless the other party says fewer."""
    request = asked.request
    if request["command"] != "offer" or "to-tag" not in request or {"via-branch", "sdp-media-remove"} & request.keys():
        return
    if asked.since < secrets.told_from[request["call-id"]]:
        return
    given, got = m_kinds(request["sdp"]), m_kinds(sdp)
    told = secrets.told[request["call-id"]]
    party = request["from-tag"], request["to-tag"]
    given_before, got_before = told.get(party, ([], []))
    if len(given) >= len(given_before) and len(got) < len(got_before):
        fail(f"{len(got_before)} m= lines for {len(given_before)} became {len(got)} for {len(given)}:\n{request}")
    told[party] = given, got


def believe(asked, secrets):
    """Who offers has what he says, and so has who answers something else than he was told of."""
    request = asked.request
    maker = request["to-tag" if request["command"] == "answer" else "from-tag"]
    said = m_kinds(request["sdp"]) if asked.whole else None
    told = secrets.told[request["call-id"]]
    for party, (_, got) in list(told.items()):
        if party[0] != maker and (request["command"] == "offer" or said != got):
            del told[party]


def check_sdp(asked, answer, secrets):
    request, sdp = asked.request, answer["sdp"]
    if is_looped(asked, answer):
        return
    if asked.whole and request["call-id"] not in secrets.shortened:
        given, got = len(m_lines(request["sdp"])), len(m_lines(sdp))
        # An answer that does not fit is made to fit what was offered.
        if got != given and (request["command"] == "offer" or got not in secrets.lengths[request["call-id"]]):
            fail(f"{given} m= lines became {got}:\n{request}\n{answer}")
    believe(asked, secrets)
    if asked.whole:
        check_length(asked, sdp, secrets)
    ours = OURS | ({MEDIA_ADDRESS} if "media-address" in request else set())
    session, *media = re.split(r"^(?=m=)", sdp, flags=re.M)
    for text in media:
        line = re.match(r"m=([^ ]*) (\d+)[^ ]* ([^ ]+)", text)
        if not line:
            fail(f"no m= line: {text}:\n{request}\n{answer}")
        kind, port, proto = line.groups()
        if kind == "message" or proto.lower() not in RELAYED:
            continue  # it goes from party to party as it is
        for key in re.findall(r"^a=crypto:.*inline:([A-Za-z0-9+/]+)", text, re.M):
            if key in secrets.said:
                fail(f"a party's key in an answer:\n{request}\n{answer}")
        if port == "0":
            continue
        where = re.findall(r"^c=IN IP. (\S+)", text, re.M) or re.findall(r"^c=IN IP. (\S+)", session, re.M)
        if not where or not set(where) <= ours | {"0.0.0.0", "::"} or int(port) not in PORTS:
            fail(f"leads to {where} port {port}:\n{request}\n{answer}")
        if re.search(r"^(c=|a=rtcp:|a=candidate:|a=remote-candidates:).*" + re.escape(PARTIES), text, re.M):
            fail(f"a party's address in an answer:\n{request}\n{answer}")


def check_answer(asked, data, secrets):
    """The answer that DATA, without its cookie, is."""
    try:
        answer = json.loads(data) if asked.form == "json" else ng.decode(data)
    except (ValueError, IndexError) as e:
        fail(f"no {asked.form} ({e}): {data!r}\nto {asked.data!r}")
    if answer.get("result") not in ("ok", "pong", "error", "load limit"):
        fail(f"result of {asked.request}: {answer}")
    if asked.request and "sdp" in answer:
        check_sdp(asked, answer, secrets)
    return answer


# ---- The wire. ----

class Wire:
    """Requests out and answers in, by cookie."""

    def __init__(self, rnd, script):
        self._rnd, self._script = rnd, script
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.connect(("127.0.0.1", 2223))
        self.flight, self.done = {}, collections.OrderedDict()
        self._number = 0
        self._history = collections.defaultdict(lambda: collections.deque(maxlen=20))
        self.results, self.repeats = collections.Counter(), 0
        self.patience_from = 0.0  # when strowger was back

    def _send(self, asked):
        try:
            self._socket.send(asked.data)
        except ConnectionRefusedError:
            pass  # it has been killed
        asked.sent = time.monotonic()

    def ask(self, request, whole=True, form=None):
        form = form or self._rnd.choice(["json", "bencode"])
        self._number += 1
        cookie = b"%d_%d" % (os.getpid(), self._number)
        body = json.dumps(request).encode() if form == "json" else ng.encode(request)
        cut = whole is not True and self._rnd.random() < 0.3
        if cut:
            body = body[:self._rnd.randint(1, len(body) - 1)]
            form = "json" if body[:1] in b"{[" else "bencode"
        asked = Asked(cookie, {} if cut else request, cookie + b" " + body, form)
        asked.whole, asked.since = whole, time.monotonic()
        self.flight[cookie] = asked
        self._send(asked)
        if self._rnd.random() < 0.1:
            self._send(asked)
        return asked

    def _take(self, data):
        cookie, _, body = data.partition(b" ")
        asked = self.flight.pop(cookie, None)
        if asked is None:
            asked = self.done.get(cookie)
            if asked is None:
                return  # of long ago
            self.repeats += 1
            if asked.answer != body and asked.since > self.patience_from:
                fail(f"two answers to {asked.data!r}:\n{asked.answer!r}\n{body!r}")
            return
        try:
            answer = check_answer(asked, body, self._script.secrets)
        except SystemExit:
            for before in self._history[asked.request.get("call-id")]:
                print("  before:", *(str(part)[:1000] for part in before), sep="\n    ")
            raise
        if asked.request.get("command") == "delete":
            self._script.secrets.forget_told(asked.request.get("call-id"))
        self._history[asked.request.get("call-id")].append((asked.request, answer))
        self.results[f"{asked.request.get('command')}: {answer.get('error-reason', answer['result'])}"] += 1
        asked.answer, asked.whole_answer = body, answer
        self.done[cookie] = asked
        while len(self.done) > 200:
            self.done.popitem(last=False)
        self._script.learn(asked.request, answer)

    def turn(self, seconds):
        """Whatever comes within SECONDS; what has waited for a second is asked again."""
        if select.select([self._socket], [], [], seconds)[0]:
            try:
                while True:
                    self._take(self._socket.recv(65536, socket.MSG_DONTWAIT))
            except (BlockingIOError, ConnectionRefusedError):
                pass
        now = time.monotonic()
        for asked in list(self.flight.values()):
            if now - max(asked.since, self.patience_from) > PATIENCE:
                fail(f"no answer in {PATIENCE} s to {asked.data!r}")
            if now - asked.sent > 1:
                self._send(asked)

    def repeat(self):
        """Something that was answered, once more."""
        if self.done:
            self._send(self._rnd.choice(list(self.done.values())))

    def drain(self):
        while self.flight:
            self.turn(0.05)

    def now(self, request, form=None):
        """The answer to REQUEST alone."""
        asked = self.ask(request, form=form)
        while asked.answer is None:
            self.turn(0.05)
        return asked.whole_answer


# ---- strowger. ----

class Daemon:
    def __init__(self, args):
        self._args = args
        self.start()

    def start(self):
        with open(self._args.log, "ab") as log:
            self.process = subprocess.Popen([self._args.strowger, "-c", self._args.conf], stdout=log, stderr=log)
        end = time.monotonic() + 20
        while True:
            try:
                if self.rpc("node.info")["switch"]["up"]:
                    return
            except (OSError, ValueError, ConnectionError, rpc.Error):
                pass
            self.must_run()
            if time.monotonic() > end:
                fail("strowger does not start")
            time.sleep(0.02)

    def must_run(self):
        if self.process.poll() is not None:
            fail(f"strowger ended by itself: status {self.process.returncode}")

    def rpc(self, method, **params):
        return rpc.Client(self._args.admin).call(method, **params)

    def kill(self):
        self.must_run()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def kill_switch(self):
        os.kill(self.rpc("node.info")["switch"]["pid"], signal.SIGKILL)

    def stop(self):
        self.must_run()
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(20) != 0:
            fail(f"status of strowger: {self.process.returncode}")

    def resident_kb(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])

    def calls(self):
        listed = self.rpc("call.list", limit=1000)["calls"]
        return [c["call"] for c in listed]

    def gauges(self):
        """What must be as it was when everything has ended."""
        page = urllib.request.urlopen("http://127.0.0.1:9900/metrics", timeout=10).read().decode()
        of = ("strowger_calls", "strowger_calls_mos", "strowger_ng_dialogs", "strowger_ng_waiting", "strowger_core_transports",
              "strowger_transcoder_directions")
        return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", page, re.M)
                if re.match(r"\w+", name)[0] in of}


def until(seconds, what, true):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            fail(f"waited in vain: {what()}")
        time.sleep(0.05)


def check_ports(daemon):
    """No two streams share a port."""
    seen = {}
    for call in daemon.calls():
        try:
            legs = daemon.rpc("call.get", call=call)["legs"]
        except rpc.Error:
            continue  # its delete was to happen later
        for leg in legs:
            for n, stream in enumerate(leg["streams"]):
                local, at = stream.get("local"), f"{call} {leg['name']} {n}"
                if not local:
                    continue
                key = (local["address"], local["port"])
                if key in seen:
                    fail(f"{key} is of {seen[key]} and of {at}")
                seen[key] = at


# ---- The storm. ----

def storm(wire, script, daemon, rnd, seconds, events):
    """SECONDS of it; EVENTS: what befalls strowger, evenly spread."""
    began, events = time.monotonic(), list(events)
    step = seconds / (len(events) + 1)
    while (at := time.monotonic() - began) < seconds:
        if events and at > seconds - step * len(events):
            events.pop(0)()
            wire.patience_from = time.monotonic()
            wire.turn(0)  # what was answered before
            wire.done.clear()  # who has been killed does not know what it answered,
            for call in script.ids:
                script.secrets.forget_told(call)  # nor did we get all that it answered
        while len(wire.flight) < rnd.choice([1, FLIGHT, FLIGHT]):
            request, whole = script.next()
            wire.ask(request, whole if rnd.random() < 0.97 else None)
        if rnd.random() < 0.05:
            wire.repeat()
        wire.turn(0.02)
        daemon.must_run()
    wire.drain()


def known(wire, script):
    """Who is in which call, and what each m= line of his is."""
    told = {}
    for call in script.ids:
        # In one form: bytes that are no UTF-8 are not the same in both.
        tags = wire.now({"command": "query", "call-id": call}, "bencode").get("tags", {})
        for tag in tags.values():
            tag["medias"] = [{k: m[k] for k in ("index", "type", "protocol", "codec") if k in m} for m in tag["medias"]]
        told[call] = tags
    return told


def check_memory(wire, script, daemon, kill):
    """A strowger that has been killed knows all that it knew."""
    time.sleep(1.5)  # until nothing is deleted by and by
    before = known(wire, script)
    kill()
    after = known(wire, script)
    for call in script.ids:
        if before[call] != after[call]:
            fail(f"{call}, before strowger was killed:\n{before[call]}\nand after:\n{after[call]}")


def end_all(wire, script, daemon):
    for call in script.ids:
        wire.now({"command": "delete", "call-id": call, "delete-delay": 0})
    listed = wire.now({"command": "list", "limit": 1000})
    if listed.get("calls"):
        fail(f"listed when everything was deleted: {listed}")
    wire.done.clear()
    script.secrets.shortened.clear()
    script.offered.clear()
    script.again.clear()
    until(5, lambda: f"calls are left: {daemon.calls()}", lambda: not daemon.calls())


def fill(wire):
    """How many calls there are ports for."""
    sdp = "v=0\r\no=- 1 1 IN IP4 10.66.0.1\r\ns=-\r\nc=IN IP4 10.66.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
    ok = []
    for n in range(len(PORTS) // 4 + 1):
        asked = wire.ask({"command": "offer", "call-id": f"fill-{n}", "from-tag": "a", "sdp": sdp})
        ok.append(asked)
        while len(wire.flight) > FLIGHT:
            wire.turn(0.05)
    wire.drain()
    return sum(asked.whole_answer["result"] == "ok" for asked in ok)


def main():
    parser = argparse.ArgumentParser()
    for name in "strowger", "conf", "admin", "log":
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--calm", action="store_true", help="nothing befalls strowger")
    parser.add_argument("--calls", type=int, default=24)
    args = parser.parse_args()
    print(f"  seed {args.seed}", flush=True)
    rnd = random.Random(args.seed)
    script = Script(rnd, args.strowger, args.calls)
    wire, daemon = Wire(rnd, script), Daemon(args)
    gauges, sizes = daemon.gauges(), []

    def kill():
        daemon.kill()
        daemon.start()

    for n in range(args.rounds):
        events = [] if args.calm else [[kill, daemon.hang_up, kill], [daemon.hang_up, daemon.kill_switch], []][n % 3]
        storm(wire, script, daemon, rnd, args.seconds, events)
        check_ports(daemon)
        if not args.calm:
            check_memory(wire, script, daemon, kill)
        end_all(wire, script, daemon)
        until(10, lambda: f"at first {gauges}, now {daemon.gauges()}", lambda: daemon.gauges() == gauges)
        sizes.append(daemon.resident_kb())
    time.sleep(REST)
    if (room := fill(wire)) != len(PORTS) // 4:
        fail(f"ports for {room} calls are left")
    daemon.stop()
    print(f"  {sum(wire.results.values())} answers, {wire.repeats} repeated; resident KiB after each round: {sizes}")
    for what, n in wire.results.most_common(12 if not os.environ.get("ALL") else None):
        print(f"  {n:6} {what[:120]}")


if __name__ == "__main__":
    main()

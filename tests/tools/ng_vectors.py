#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Says to a relay what was once said to rtpengine 26.3, byte for byte, and compares what it answers.

  ng_vectors.py --relay HOST:PORT --caller NETNS --callee NETNS VECTORS.jsonl...

A line of VECTORS is a request and 26.3's answer to it, or what two endpoints heard in the middle of a case: such
media are sent here, too.  Equal means: but for ports, keys, ICE's strings, fingerprints, counts and times; and of
those a port and a key must stay and change where 26.3's did: each is named after its first place in the case.

Differences that are meant are in --differences, with the reason of each: its `where` is a regular expression for
CASE/STEP, its `lines` one for the lines that differ ("-" 26.3's, "+" the relay's; or "26.3's outcome => the
relay's"), `times` how many there are.  A difference that is not listed there is a failure, and so is a listed one that has gone.  --recount
corrects the numbers after a change that is meant; --print-differences writes the list as a table for people."""
import argparse
import collections
import ctypes
import difflib
import functools
import itertools
import json
import os
import re
import socket
import struct
import sys
import time

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ng

OUR_PORTS = range(31000, 32000)  # the relay's and 26.3's; those of the endpoints are others
PATIENCE = 20  # s for an answer
SILENCE = 0.3  # s after which there will be none, nor another packet
PTIME = 0.02  # s from one packet to the next
LEAD = 100  # packets at most until both endpoints are heard
CLONE_NEWNET = 0x40000000
# Address, port, SSRC and first number.
CALLER, CALLEE = ("10.99.1.10", 4000, 0x11111111, 100), ("10.99.2.10", 5000, 0x22222222, 500)


# What is made anew each time: a pattern of the line of an SDP, and what to call its second group; "port" only if it is
# one of the relay's.
MADE = [(re.compile(pattern), kind) for pattern, kind in (
    (r"^(m=\w+ )(\d+)", "port"), (r"^(a=rtcp:)(\d+)", "port"), (r"^(a=candidate:.*? \S+ )(\d+)(?= typ)", "port"),
    (r"( rport )(\d+)", "port"), (r"^(a=candidate:)(\S+)", "foundation"),
    (r"^(a=crypto:\d+ \S+ inline:)([^|\s]+)", "key"), (r"^(a=ice-ufrag:)(\S+)", "ufrag"), (r"^(a=ice-pwd:)(\S+)", "pwd"),
    (r"^(a=fingerprint:\S+ )(\S+)", "fingerprint"), (r"^(a=tls-id:)(\S+)", "tls-id"),
    (r"^(a=rtpengine:)(\S+)", "instance"))]


class Names:
    """Values that differ from run to run, called by the step of the case in which they came up."""

    def __init__(self):
        self.step = 0
        self.names = {}
        self.count = collections.Counter()
        self.asked = set()  # keys that were in requests: whoever answers with one has passed it on

    def of(self, kind, value, detail=""):
        """DETAIL tells those of one step apart, and if it does not, their order."""
        if value in self.asked:
            return "<the other party's key>"
        if (kind, value) not in self.names:
            name = f"{kind} of step {self.step}{detail}"
            self.count[name] += 1
            self.names[kind, value] = name if self.count[name] == 1 else f"{name}, {self.count[name]}"
        return f"<{self.names[kind, value]}>"

    def port(self, text, family, detail=""):
        """FAMILY, 4 or 6: at an address of each the same number may be drawn."""
        port = int(text)
        if port not in OUR_PORTS:
            return str(text)
        if ("port", (family, port - 1)) in self.names:
            return self.of("port", (family, port - 1)) + "+1"
        return self.of("port", (family, port), detail)

    def line(self, line, family):
        """LINE of an SDP whose address is of FAMILY."""
        for pattern, kind in MADE:
            detail = {"port": " " + line.split()[0][2:] if line.startswith("m=") else "",
                      "key": " " + line.split()[1] if line.startswith("a=crypto") else ""}.get(kind, "")
            name = functools.partial(self.port, family=family) if kind == "port" else functools.partial(self.of, kind)
            line = pattern.sub(lambda m: m[1] + name(m[2], detail=detail), line)
        return line

    def leaf(self, path, value):
        """VALUE of an answer's dictionary, whose place is PATH."""
        if path.endswith("port"):
            return self.port(*value)
        is_number = isinstance(value, (int, float)) or re.fullmatch(r"-?\d+\.\d+", value)
        return "<number>" if is_number and not path.endswith("/index") else str(value)


def sdp_lines(names, sdp):
    family = re.search(r"^c=IN IP([46])", sdp, re.M)
    return [names.line(line, family and family[1]) for line in sdp.replace("\r\n", "\n").split("\n")]


def with_families(value, family=None):
    """VALUE with (port, family) for each port."""
    if isinstance(value, dict):
        family = value.get("family", family)
        return {key: (item, family and family[-1]) if key.endswith("port") else with_families(item, family)
                for key, item in value.items()}
    return [with_families(item, family) for item in value] if isinstance(value, list) else value


def is_leaf(value):
    return not isinstance(value, dict) and not (isinstance(value, list) and value and isinstance(value[0], (dict, list)))


def tree(theirs, ours, names, path=""):
    """Lines of what only one of two values has; what is below something that is missing is not listed."""
    if isinstance(theirs, list) and isinstance(ours, list) and is_leaf(theirs) and is_leaf(ours):
        return [f"-{path}: {item}" for item in theirs if item not in ours] + [
            f"+{path}: {item}" for item in ours if item not in theirs]
    if is_leaf(theirs) and is_leaf(ours):
        texts = names[0].leaf(path, theirs), names[1].leaf(path, ours)
        return [] if texts[0] == texts[1] else [f"-{path} = {texts[0]}", f"+{path} = {texts[1]}"]
    theirs, ours = (dict(enumerate(v)) if isinstance(v, list) else v for v in (theirs, ours))
    if not isinstance(theirs, dict) or not isinstance(ours, dict):
        return [f"-{path}", f"+{path}"]
    lines = []
    for key in list(theirs) + [key for key in ours if key not in theirs]:
        if key in theirs and key in ours:
            lines += tree(theirs[key], ours[key], names, f"{path}/{key}")
        else:
            lines.append(f"{'-' if key in theirs else '+'}{path}/{key}")
    return lines


def outcome_of(answer):
    if answer is None:
        return "no answer"
    return " ".join(str(answer[key]) for key in ("result", "warning", "error-reason") if key in answer)


def differences(theirs, ours, names):
    """Lines that only one of both answers has.  Where they do not even agree on the outcome, only that."""
    outcome = [outcome_of(answer) for answer in (theirs, ours)]
    if outcome[0] != outcome[1]:
        return [" => ".join(outcome)]
    if theirs is None:
        return []
    theirs, ours = dict(theirs), dict(ours)
    sdps = [sdp_lines(name, answer.pop("sdp", "")) for name, answer in zip(names, (theirs, ours))]
    return ([line[0] + line[2:] for line in difflib.ndiff(*sdps) if line[0] in "-+"] +
            sorted(tree(with_families(theirs), with_families(ours), names), key=lambda line: (line[1:], line[0])))


def place(sdp):
    """Where the first media of SDP are."""
    return re.search(r"^c=IN \S+ (\S+)", sdp, re.M)[1], int(re.search(r"^m=\S+ (\d+)", sdp, re.M)[1])


class Endpoint:
    """One of the two that talk: a UDP socket in its namespace, where its SDP says that it is."""

    def __init__(self, netns, who):
        self.netns, (*self.here, self.ssrc, self.first) = netns, who
        self.socket = self.to = self.says = None

    def bind(self, sdp):
        libc, home = ctypes.CDLL(None, use_errno=True), os.open("/proc/self/ns/net", os.O_RDONLY)
        away = os.open(f"/run/netns/{self.netns}", os.O_RDONLY)
        try:
            libc.setns(away, CLONE_NEWNET)
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        finally:
            libc.setns(home, CLONE_NEWNET)
            os.close(home)
            os.close(away)
        try:
            self.socket.bind(place(sdp))
        except OSError:  # it is behind a NAT
            self.socket.bind(tuple(self.here))
        self.socket.setblocking(False)

    def say(self, number):
        payload_type, ptime = self.says
        samples = 8 * ptime
        payload = b"\x08" if payload_type == 96 else b"\xd5" * samples  # Opus: a frame of silence
        head = struct.pack("!BBHII", 0x80, payload_type, self.first + number, 1000 + samples * number, self.ssrc)
        self.socket.sendto(head + payload, self.to)

    def heard(self):
        packets = []
        while True:
            try:
                packet, source = self.socket.recvfrom(4096)
            except BlockingIOError:
                return packets
            packets.append((packet[1] & 0x7F, packet[8:12].hex(), source))


def about(packets, theirs):
    """The first packet may have come before its way was known, the last one wait for another."""
    return theirs if abs(packets - theirs) <= 2 else packets


def until_quiet(endpoints):
    """What each of them hears until nothing comes any more."""
    heard = [[] for _ in endpoints]
    while True:
        time.sleep(SILENCE)
        news = [endpoint.heard() for endpoint in endpoints]
        if not any(news):
            return heard
        heard = [before + new for before, new in zip(heard, news)]


def talk(said, seen, endpoints):
    """Send as many packets both ways as the recorded endpoints did; lines of what was heard otherwise.  Before them
    go some until both are heard: a busy machine takes its time to learn where they are."""
    numbers, ears = itertools.count(), []
    for endpoint, key in zip(endpoints, ("caller", "callee")):
        sdp, other = said[key]
        endpoint.bind(sdp)
        endpoint.to = place(other)
        ptime = re.search(r"^a=ptime:(\d+)", other, re.M)
        endpoint.says = seen[f"{key}_payload_type_sent"], int(ptime[1]) if ptime else 20

    def say(due):
        number = next(numbers)
        for endpoint in endpoints:
            endpoint.say(number)
        time.sleep(max(0, due - time.monotonic()))

    for _ in range(LEAD):
        if len(ears) == len(endpoints):
            break
        say(time.monotonic() + PTIME)
        ears += [endpoint for endpoint in endpoints if endpoint not in ears and endpoint.heard()]
    until_quiet(endpoints)
    began = time.monotonic()
    for number in range(seen["sent_each_way"]):
        say(began + (number + 1) * PTIME)
    lines = []
    for endpoint, key, heard in zip(endpoints, ("caller", "callee"), until_quiet(endpoints)):
        theirs = seen[f"{key}_received"]
        endpoint.socket.close()
        for what, their, our in (
                ("packets", theirs["packets"], about(len(heard), theirs["packets"])),
                ("types", theirs["pts"], sorted({h[0] for h in heard})),
                ("SSRCs", "the speaker's",
                 "the speaker's" if {h[1] for h in heard} <= set(theirs["ssrcs"]) else "another"),
                ("sources", [endpoint.to[0]], sorted({h[2][0] for h in heard}))):
            if their != our:
                lines += [f"-media {key} {what} {their}", f"+media {key} {what} {our}"]
    return lines


def ask(relay, sent, expected, case):
    relay.settimeout(PATIENCE if expected else SILENCE)
    relay.send(case.renamed(sent, to_ours=True).encode("latin-1"))
    try:
        while True:
            answer = relay.recv(65536).decode("latin-1")
            if answer.split(" ")[0] == sent.split(" ")[0]:
                return parse(case.renamed(answer, to_ours=False))
    except TimeoutError:
        return None


def parse(answer):
    """The dictionary of an answer with its cookie; text inside is latin-1, as bytes are on the wire."""
    body = answer.partition(" ")[2]
    return json.loads(body) if body.startswith("{") else ng.decode(body.encode("latin-1"))


class Case:
    """What has been said in one case so far."""

    def __init__(self, name):
        self.name, self.names, self.said, self.sdp = name, (Names(), Names()), {}, {}  # 26.3's names, and the relay's
        self.tags = {}  # of listeners, 26.3's -> the relay's; they are equally long, as bencode needs it

    def renamed(self, text, to_ours):
        for theirs, ours in self.tags.items():
            text = text.replace(theirs, ours) if to_ours else text.replace(ours, theirs)
        return text

    def note_tag(self, theirs, ours):
        """A tag that was made with the answer."""
        if theirs and ours and {"to-tag"} <= theirs.keys() & ours.keys():
            self.tags[theirs["to-tag"]] = ours["to-tag"]
            ours["to-tag"] = theirs["to-tag"]

    def note(self, sent, answer):
        """Who has said where it is, and what it was told of the other."""
        request = parse(sent) if answer.get("sdp") else {}
        if request.get("command") not in ("offer", "answer"):
            return
        asks = request["command"] == "offer"
        self.sdp["caller" if asks else "callee"] = request["sdp"]
        self.sdp["told callee" if asks else "told caller"] = answer["sdp"]
        self.said = {key: (self.sdp.get(key), self.sdp.get(f"told {key}")) for key in ("caller", "callee")}


def run(args):
    """Every line that differs: (CASE/STEP, line)."""
    host, port = args.relay.rsplit(":", 1)
    relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    relay.connect((host, int(port)))
    endpoints = Endpoint(args.caller, CALLER), Endpoint(args.callee, CALLEE)
    case, found, steps = Case(None), [], 0
    for line in (line for path in args.vectors for line in open(path)):
        row = json.loads(line)
        if row["case"] != case.name:
            case = Case(row["case"])
        if "media" in row:
            if all(all(both) for both in case.said.values()):
                found += [(f"{case.name}/media", text) for text in talk(case.said, row["media"], endpoints)]
            continue
        theirs = parse(row["got"]) if isinstance(row["got"], str) else row["got"]
        for names in case.names:
            names.step = row["step"]
            names.asked.update(re.findall(r"inline:([^|\s]+)", row["sent"]))
        ours = ask(relay, row["sent"], theirs is not None, case)
        case.note_tag(theirs, ours)
        found += [(f"{case.name}/{row['step']}", text) for text in differences(theirs, ours, case.names)]
        if ours is not None and ours.get("result") == "ok":
            case.note(row["sent"], ours)
        steps += 1
    return steps, found


def judge(found, listed):
    """What is wrong, as text lines; and how often each listed difference occurs."""
    times, wrong = [0] * len(listed), []
    for where, line in found:
        row = next((i for i, entry in enumerate(listed)
                    if re.fullmatch(entry["where"], where) and re.fullmatch(entry["lines"], line)), None)
        if row is None:
            wrong.append(f"{where}: {line}")
        else:
            times[row] += 1
    for entry, count in zip(listed, times):
        if count != entry["times"]:
            wrong.append(f"\"{entry['difference']}\": {count} lines, listed are {entry['times']}")
    return wrong, times


def recount(path, times):
    """Write how often each difference occurs into the list."""
    counts = iter(times)
    text = re.sub(r"^  times: .*$", lambda _: f"  times: {next(counts)}", open(path).read(), flags=re.M)
    with open(path, "w") as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", metavar="HOST:PORT")
    parser.add_argument("--caller", metavar="NETNS", help="where 10.99.1.10 is")
    parser.add_argument("--callee", metavar="NETNS", help="where 10.99.2.10 is")
    parser.add_argument("--differences", metavar="FILE", help="those that are meant")
    parser.add_argument("--print-differences", action="store_true")
    parser.add_argument("--recount", action="store_true", help="correct `times` in the list")
    parser.add_argument("vectors", nargs="*", metavar="VECTORS.jsonl")
    args = parser.parse_args()
    listed = yaml.safe_load(open(args.differences)) or [] if args.differences else []
    if args.print_differences:
        print("| difference | why |\n| --- | --- |")
        for entry in listed:
            print(f"| {entry['difference']} | {' '.join(entry['why'].split())} |")
        return 0
    steps, found = run(args)
    wrong, times = judge(found, listed)
    if args.recount:
        recount(args.differences, times)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{steps} requests, {len(found)} lines that differ, {len(wrong)} of them not as listed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

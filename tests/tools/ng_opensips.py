#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# What the rtpengine module of OpenSIPS asks over NG, by the shape of its requests as its source has it (of 2014 to 2025;
# no line of it is here, and it is not the program).  The order of keys, `address family` with a space, numbers, lists and
# texts, the cookie, the tags by the kind of SIP message, and brackets among the flags are its; so is what it reads in
# answers for $rtpstat.
#   ng_opensips.py OPERATION CALL-ID FROM-TAG TO-TAG RECEIVED-FROM [FLAGS] <SDP    the answer, as JSON
#   ng_opensips.py stat NAME [TAG] <ANSWER    what $rtpstat(NAME)[TAG] is; without a name: its line of totals
# OPERATION: a command; of a reply or an ACK: offer_in_reply, answer_in_ack.
import ipaddress
import json
import os
import socket
import sys

import ng

PROFILES = ("RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")
HALVES = {"RTP": (1, 0), "SRTP": (1, 1), "AVP": (2, 0), "AVPF": (2, 2)}  # bits of the number of a profile
LISTS = ("direction", "flags", "replace", "rtcp-mux")


def unescape(word):
    return word.replace("--", "=").replace("..", " ")


def words(text):
    """TEXT at its spaces, but for those between brackets."""
    word, depth = "", 0
    for c in text + " ":
        depth += (c == "[") - (c == "]")
        if c != " " or depth:
            word += c
        elif word:
            yield word
            word = ""


def bracket(text):
    """What stands in [ ]: a dictionary if its words have a =, else a list."""
    inner = list(words(text))
    if any("=" in w.split("[")[0] for w in inner):
        return {k: value(v) for k, _, v in (w.partition("=") for w in inner)}
    return [value(w) for w in inner]


def value(text):
    return bracket(text[1:-1]) if text.startswith("[") and text.endswith("]") else unescape(text)


def parse(text, request):
    """FLAGS of a script's function into REQUEST, and into lists of their own."""
    lists, profile, interfaces = {name: [] for name in LISTS}, None, {}
    for word in words(text):
        key, has, said = word.partition("=")
        if key in PROFILES:
            profile = PROFILES.index(key)
        elif key in HALVES:
            mask, bits = HALVES[key]
            profile = (profile or 0) & ~mask | bits
        elif key in ("internal", "in-iface"):
            interfaces["in"] = said or key
        elif key in ("external", "out-iface"):
            interfaces["out"] = said or key
        elif key in ("replace-origin", "replace-session-connection"):
            lists["replace"].append(key.removeprefix("replace-"))
        elif key.startswith("rtcp-mux-"):
            lists["rtcp-mux"].append(key.removeprefix("rtcp-mux-"))
        elif key == "address-family":
            request["address family"] = said
        elif key in ("repacketize", "delete-delay"):
            request[key] = int(said)
        elif key == "to-tag":
            request["to-tag wanted"] = True
        elif has:
            request[key] = value(said)
        else:
            lists["flags"].append(key)
    if interfaces:
        lists["direction"] = [interfaces["in"], interfaces["out"]]
    for name in LISTS[:3]:
        if lists[name]:
            request[name] = lists[name]
    if profile is not None:
        request["transport-protocol"] = PROFILES[profile]
    if lists["rtcp-mux"]:
        request["rtcp-mux"] = lists["rtcp-mux"]


def compose(operation, call_id, from_tag, to_tag, received, flags=""):
    command, _, where = operation.partition("_in_")
    request = {}
    if command in ("offer", "answer"):
        request["sdp"] = sys.stdin.buffer.read()
    parse(flags, request)
    wants_to_tag = request.pop("to-tag wanted", False) or command != "delete"
    request["call-id"] = call_id
    request["received-from"] = [f"IP{ipaddress.ip_address(received).version}", received]
    if where:  # the one who makes the SDP is called by the To header
        from_tag, to_tag = to_tag, from_tag
    request["from-tag"] = from_tag
    if to_tag and wants_to_tag and command not in ("play media", "stop media"):
        request["to-tag"] = to_tag
    return request | {"command": command}


def ask(request, again):
    """The module sends the same bytes up to five times, and takes what begins with its cookie."""
    cookie = b"%d_0" % os.getpid()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", 2223))
        s.settimeout(20)
        answers = set()
        for _ in range(2 if again else 1):
            s.send(cookie + b" " + ng.encode(request))
            answers.add(s.recv(65536))
    answer, = answers  # the repeated request is answered with the same bytes
    if not answer.startswith(cookie + b" "):
        sys.exit(f"{answer!r} has another cookie than {cookie!r}")
    return ng.decode(answer[len(cookie) + 1:])


STATS = {"mos": "MOS", "jitter": "jitter", "roundtrip": "round-trip time", "packetloss": "packet loss"}
WHICH = {"average": "average MOS", "min": "lowest MOS", "max": "highest MOS"}


def stat(answer, name="", tag=None):
    if not name:
        def line(kind):
            of = answer["totals"][kind]
            return f"{kind}: {of.get('bytes', -1)} bytes, {of.get('packets', -1)} packets, {of.get('errors', -1)} errors"
        return f"{line('RTP')}; {line('RTCP')}"
    what, which, *at = name.split("-")
    ssrcs = answer["SSRC"] if tag is None else [
        str(s["SSRC"]) for m in answer["tags"][tag]["medias"] for s in m["streams"] if "SSRC" in s]
    key = "reported at" if at else STATS[what]
    seen = [v for s in ssrcs if s in answer["SSRC"]
            for v in [answer["SSRC"][s].get(WHICH[which], {}).get(key)] if v is not None]
    if not seen:
        return "null"
    return {"average": sum(seen) // len(seen), "min": min(seen), "max": max(seen)}[which]


if sys.argv[1] == "stat":
    print(stat(json.load(sys.stdin), *sys.argv[2:]))
elif sys.argv[1] == "ping":
    print(json.dumps(ask({"command": "ping"}, True)))
else:
    print(json.dumps(ask(compose(*sys.argv[1:]), True)))

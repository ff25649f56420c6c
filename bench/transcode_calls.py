#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Sets calls up whose two sides share no codec, at strowger or at a relay that speaks rtpengine's NG protocol, and prints
# their phones as `strowger-bench talk` reads them: leg a has voice 0, leg b voice 1.  Both are at one address.
#
# usage: transcode_calls.py ng:IP:PORT|SOCKET PHONES-IP CALLS CODEC-A CODEC-B       a codec: TYPE/NAME/CLOCK[/CHANNELS]
import itertools
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/tools"))
import rpc  # noqa: E402


def bencode(value):
    if isinstance(value, dict):
        return b"d" + b"".join(bencode(k) + bencode(v) for k, v in sorted(value.items())) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    value = value.encode() if isinstance(value, str) else value
    return b"%d:%s" % (len(value), value)


def bdecode(data, at=0):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        at, items = at + 1, []
        while data[at:at + 1] != b"e":
            item, at = bdecode(data, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end], end


class Ng:
    """A relay that speaks NG: leg a offers one codec, leg b answers with the other."""

    def __init__(self, address):
        self.ip, port = address.split(":")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.connect((self.ip, int(port)))
        self.cookies = (f"{os.getpid()}-{n}".encode() for n in itertools.count())

    def ask(self, command, tags, sdp, **more):
        cookie = next(self.cookies)
        request = {"command": command, "call-id": f"bench-{tags}", "from-tag": "a", "sdp": sdp, "ICE": "remove",
                   "replace": ["origin", "session-connection"], **more}
        self.socket.send(cookie + b" " + bencode(request))
        got, _, body = self.socket.recv(65536).partition(b" ")
        answer, _ = bdecode(body)
        if got != cookie or answer.get(b"result") != b"ok":
            sys.exit(f"{command}: {answer}")
        return self.ip, int(re.search(rb"^m=audio (\d+)", answer[b"sdp"], re.M).group(1))

    def call(self, number, phones, ports, codecs):
        names = [codec.split("/", 1)[1] for codec in codecs]
        to_b = self.ask("offer", number, sdp(phones, ports[0], codecs[0]),
                        codec={"mask": [names[0].split("/")[0]], "transcode": [names[1]]})
        to_a = self.ask("answer", number, sdp(phones, ports[1], codecs[1]), **{"to-tag": "b"})
        return to_a, to_b


def sdp(ip, port, codec):
    kind, mapping = codec.split("/", 1)
    return (f"v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {kind}\r\n"
            f"a=rtpmap:{kind} {mapping}\r\na=ptime:20\r\na=sendrecv\r\n")


class Strowger:
    def __init__(self, path):
        self.rpc = rpc.Client(path)

    def call(self, number, phones, ports, codecs):
        def leg(name, port, codec):
            kind, codec, clock, channels = (codec.split("/") + ["1"])[:4]
            return {"name": name, "streams": [{"remote": {"address": phones, "port": port}, "codecs": [
                {"name": codec, "payload_type": int(kind), "clock": int(clock), "channels": int(channels), "ptime": 20}]}]}
        made = self.rpc.call("call.create", call=f"bench-{number}",
                             legs=[leg(*of) for of in zip("ab", ports, codecs)])
        return [(leg["streams"][0]["local"]["address"], leg["streams"][0]["local"]["port"]) for leg in made["legs"]]


def main():
    at, phones, calls, codecs = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:6]
    relay = Ng(at[3:]) if at.startswith("ng:") else Strowger(at)
    for number in range(calls):
        ports = [10000 + 4 * number, 10002 + 4 * number]
        for voice, (port, to) in enumerate(zip(ports, relay.call(number, phones, ports, codecs))):
            print(phones, port, *to, voice)


main()

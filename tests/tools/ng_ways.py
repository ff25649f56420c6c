#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# Asks over NG by every way in: one line a way, with the answer's "result", or what came instead.
#   ng_ways.py all UNIX-SOCKET   ways in of this host, at the ports that the story has
#   ng_ways.py udp HOST          one ping from here to HOST:2223: the result, or "silence"
#   ng_ways.py steady UNTIL      ping after ping, each sent once, until the file UNTIL is there; how many, how many lost,
#                                and the longest wait in ms
import asyncio
import http.client
import itertools
import json
import os
import socket
import sys
import time

import ng

PING = ng.encode({"command": "ping"})
cookies = (f"{os.getpid()}_{n}".encode() for n in itertools.count(1))


def cut(cookie, answer):
    """The dictionary behind COOKIE."""
    if not answer.startswith(cookie + b" "):
        raise ValueError(f"{answer!r} has another cookie than {cookie!r}")
    body = answer[len(cookie) + 1:]
    return json.loads(body) if body[:1] == b"{" else ng.decode(body)


def udp(host, body=PING, wait=20.0):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((host, 2223))  # hears nobody else, nor that host from another address
        s.settimeout(wait)
        cookie = next(cookies)
        s.send(cookie + b" " + body)
        try:
            return cut(cookie, s.recv(65536))["result"]
        except (TimeoutError, ConnectionRefusedError):
            return "silence"


def stream(s, pieces):
    """Two requests, back to back, in PIECES."""
    first, second = next(cookies), next(cookies)
    text = first + b" " + PING + second + b' {"command": "ping"}\n'
    s.settimeout(20)
    for i in range(0, len(text), pieces):
        s.sendall(text[i:i + pieces])
    with s, s.makefile("rb") as answers:
        one = answers.read(len(first) + 1 + len(b"d6:result4:ponge"))
        return cut(first, one)["result"] + " " + cut(second, answers.readline().rstrip())["result"]


def post(path, kind, body):
    c = http.client.HTTPConnection("127.0.0.1", 9900, timeout=20)
    c.request("POST", path, body, {"Content-Type": kind})
    answer = c.getresponse()
    return answer.status, answer.read()


def http_ng():
    cookie = next(cookies)
    status, answer = post("/ng", "application/x-rtpengine-ng", cookie + b" " + PING)
    return cut(cookie, answer)["result"] if status == 200 else status


def http_plain():
    status, answer = post("/ng-plain", "application/json", b'{"command": "ping"}')
    return json.loads(answer)["result"] if status == 200 else status


def http_page():
    """What a page of anybody's may have a browser send."""
    return post("/ng-plain", "text/plain", b'{"command": "ping"}')[0]


async def websocket(protocol, pieces):
    import websockets

    async with websockets.connect("ws://127.0.0.1:9900/", subprotocols=[protocol]) as ws:
        await (await ws.ping())
        cookie = b"" if "plain" in protocol else next(cookies) + b" "
        request = cookie + b'{"command": "ping"}'
        await ws.send(request if not pieces else [request[i:i + pieces] for i in range(0, len(request), pieces)])
        answer = await asyncio.wait_for(ws.recv(), 20)
        return json.loads(answer[len(cookie):])["result"]


def unix(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(path)
    return s


def every_way(path):
    return {
        "udp": lambda: udp("127.0.0.1"),
        "udp, JSON": lambda: udp("127.0.0.1", b'{"command": "ping"}'),
        "udp, IPv6": lambda: udp("::1"),
        "udp, broken JSON": lambda: udp("127.0.0.1", b'{"command": "ping'),
        "udp, broken bencode": lambda: udp("127.0.0.1", b"d7:command4:ping"),
        "tcp": lambda: stream(socket.create_connection(("127.0.0.1", 2223)), 1 << 16),
        "tcp, byte by byte": lambda: stream(socket.create_connection(("127.0.0.1", 2223)), 1),
        "unix": lambda: stream(unix(path), 7),
        "http": http_ng,
        "http, plain": http_plain,
        "http, a web page's": http_page,
        "websocket": lambda: asyncio.run(websocket("ng.rtpengine.com", 0)),
        "websocket, plain": lambda: asyncio.run(websocket("ng-plain.rtpengine.com", 0)),
        "websocket, in pieces": lambda: asyncio.run(websocket("ng-plain.rtpengine.com", 5)),
    }


def steady(until):
    asked = lost = longest = 0
    while not os.path.exists(until):
        before = time.monotonic()
        lost += udp("127.0.0.1", wait=20) != "pong"
        longest = max(longest, time.monotonic() - before)
        asked += 1
    print(asked, lost, round(longest * 1000))


if __name__ == "__main__":
    if sys.argv[1] == "udp":
        print(udp(sys.argv[2], wait=0.5))
    elif sys.argv[1] == "steady":
        steady(sys.argv[2])
    else:
        for name, ask in every_way(sys.argv[2]).items():
            print(f"{name}: {ask()}")

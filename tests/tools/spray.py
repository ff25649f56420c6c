#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stranger on the network: sends RTP, SRTP under a key of its own, RTCP, STUN and noise to every port of a
range, again and again, and says how many packets ever came back to it.

With --spoof it does the same once more as if it were that address, through a raw socket.  SIGTERM: it is enough."""
import argparse
import json
import os
import select
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import srtp

SSRC = 0x666
PACE = 0.001  # seconds between two ports: it is to be everywhere, not to fill the link


def packets():
    """One of each kind."""
    plain = srtp.rtp(1, 160, SSRC, b"mallory " * 20)
    report = srtp.sender_report(SSRC, 1, 160)
    yield plain
    yield report
    for suite in ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"):
        session = srtp.session(f"{suite}:{srtp.new_key(suite)}", srtp.OUTBOUND)
        yield session.seal(plain)
        yield session.seal_rtcp(report)
    yield struct.pack("!HHI12s", 0x0001, 0, 0x2112a442, os.urandom(12))  # STUN binding request
    yield os.urandom(200)
    yield b"\x80"
    yield b""


def spoofed(source, destination, payload):
    """An IPv4 datagram from SOURCE; a UDP checksum of 0 says that there is none."""
    udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
                       socket.inet_aton(source[0]), socket.inet_aton(destination[0])) + udp


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, metavar="ADDR")
    parser.add_argument("--ports", required=True, metavar="LOW-HIGH")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--bind", type=int, default=4000, help="own port")
    parser.add_argument("--spoof", action="append", default=[], metavar="ADDR:PORT")
    args = parser.parse_args()

    low, high = (int(port) for port in args.ports.split("-"))
    own = socket.socket(socket.AF_INET6 if ":" in args.to else socket.AF_INET, socket.SOCK_DGRAM)
    own.bind(("", args.bind))
    own.setblocking(False)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) if args.spoof else None
    sources = [(spoof.rsplit(":", 1)[0], int(spoof.rsplit(":", 1)[1])) for spoof in args.spoof]
    kinds = list(packets())
    sent = heard = 0

    def listen(seconds):
        nonlocal heard
        end = time.monotonic() + seconds
        while select.select([own], [], [], max(0, end - time.monotonic()))[0]:
            try:
                own.recv(2048)
                heard += 1
            except ConnectionRefusedError:
                pass  # the host says that nobody listens there

    enough = []
    signal.signal(signal.SIGTERM, lambda *_: enough.append(True))
    end = time.monotonic() + args.seconds
    while time.monotonic() < end and not enough:
        for port in range(low, high + 1):
            for packet in kinds:
                try:
                    own.sendto(packet, (args.to, port))
                    for source in sources:
                        raw.sendto(spoofed(source, (args.to, port), packet), (args.to, 0))
                    sent += 1 + len(sources)
                except (BlockingIOError, ConnectionRefusedError):
                    pass
            listen(PACE)
    listen(0.5)
    print(json.dumps({"sent": sent, "heard": heard}))


if __name__ == "__main__":
    main()

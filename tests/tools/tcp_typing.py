#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Somebody typing over ssh, as TCP sees it: single bytes, each waiting for its echo, and now and then a screenful.

  tcp_typing.py serve ADDR:PORT            echoes until its peer goes
  tcp_typing.py type ADDR:PORT --seconds N types and prints how many bytes came back, and the longest wait"""
import argparse
import json
import socket
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=("serve", "type"))
    parser.add_argument("where", metavar="ADDR:PORT")
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()
    host, port = args.where.rsplit(":", 1)

    if args.role == "serve":
        with socket.create_server((host, int(port))) as server:
            peer, _ = server.accept()
            while data := peer.recv(65536):
                peer.sendall(data)
        return

    typed = echoed = 0
    longest = 0.0
    with socket.create_connection((host, int(port)), 5) as peer:
        peer.settimeout(5)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic() + args.seconds
        while time.monotonic() < end:
            size = 4000 if typed % 20 == 19 else 1
            began = time.monotonic()
            peer.sendall(b"x" * size)
            typed += 1
            back = 0
            while back < size:
                data = peer.recv(65536)
                if not data:
                    raise SystemExit("the connection was closed")
                back += len(data)
            echoed += 1
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.01)
    print(json.dumps({"typed": typed, "echoed": echoed, "longest_ms": round(longest * 1000, 1)}))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A phone for the system stories: sends numbered RTP (or SRTP, by libsrtp2) from one port at a steady rate,
sends RTCP sender reports beside it, and says exactly which of the other phone's packets it heard.

It is told what to do, line by line, on a Unix socket, and answers every line with its report as JSON:
  report            nothing but the answer
  send on|off       start or stop sending
  seal SUITE:KEY    from now on seal with this key; 'seal none': plain
  unseal SUITE:KEY  a further key that the other side may use now, tried first, also on what was refused so far;
                    'unseal none': forget all
  to ADDR:PORT      send there
  bind ADDR:PORT    send and receive here, as a phone behind another NAT binding does
  seq N             number the next packet N (16 bits)
  burst N           send N packets at once
  again N|all       send the last N packets once more, as they were
  mark              forget the longest gap so far
  stop              answer, and end

The report: sent, heard (different packets), missing (numbers between the first and the last heard that never
came), repeated, late (came after a higher number), foreign (not the other phone's), empty (datagrams
of no bytes, on either port), refused (SRTP did not authenticate), rtcp_sent, rtcp_heard, rtcp_refused, gap_ms (longest time between two packets), first, last, from
(addresses heard from), dscp (values seen)."""
import argparse
import json
import os
import selectors
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import srtp

SO_RCVBUFFORCE = 33  # socket(7): beyond what the host allows
FRAME = 160  # timestamp units and payload bytes: 20 ms of G.711


def address(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


class Phone:
    def __init__(self, args):
        self.name, self.peer = args.name, args.peer
        self.ssrc, self.mux = args.ssrc, args.mux
        self.number = 0          # of the next packet, counted from 0, in its payload
        self.seq = args.seq      # of the next packet, with its roll-overs
        self.octets = 0
        self.sending, self.due = False, 0.0
        self.interval = 1.0 / args.pps
        self.sealing, self.unsealing = None, []
        self.spoken = []         # every packet, as it was sent
        self.refused = []        # what no key has opened yet: its key may be on its way
        self.numbers = set()
        self.first = self.last = None
        self.heard_at, self.gap = None, 0.0
        self.sources, self.dscp = set(), set()
        self.count = dict.fromkeys(("sent", "repeated", "late", "foreign", "empty", "rtcp_sent", "rtcp_heard"), 0)
        self.selector = selectors.DefaultSelector()
        self.sockets = []
        self.bind(args.bind)
        self.to(args.to)
        if args.seal:
            self.seal(args.seal)
        for spec in args.unseal or []:
            self.unseal(spec)

    # ---- what it can be told ----

    def bind(self, where):
        host, port = address(where)
        for sock in self.sockets:
            self.selector.unregister(sock)
            sock.close()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sockets = []
        for offset in (0,) if self.mux else (0, 1):
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
            if family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
            sock.setblocking(False)
            sock.bind((host, port + offset))
            self.selector.register(sock, selectors.EVENT_READ)
            self.sockets.append(sock)

    def to(self, where):
        self.remote = address(where) if where else None

    def seal(self, spec):
        self.sealing = None if spec == "none" else srtp.session(spec, srtp.OUTBOUND)

    def unseal(self, spec):
        if spec == "none":
            self.unsealing = []
        else:
            self.unsealing.insert(0, srtp.session(spec, srtp.INBOUND))
        again, self.refused = self.refused, []
        for packet in again:
            self.take(packet)

    def send(self, switch):
        self.sending = {"on": True, "off": False}[switch]
        self.due = time.monotonic()

    def burst(self, count):
        for _ in range(int(count)):
            self.send_one()

    def again(self, count):
        for number, packet in enumerate(self.spoken[0 if count == "all" else -int(count):]):
            self.send_to(0, packet)
            if number % 50 == 49:
                time.sleep(0.005)  # so many at once are more than a veth holds

    def set_seq(self, seq):
        self.seq = int(seq)

    def mark(self):
        self.gap = 0.0

    def report(self):
        span = set() if self.first is None else set(range(self.first, self.last + 1))
        missing = sorted(span - self.numbers)
        return {"name": self.name, **self.count, "heard": len(self.numbers), "missing": len(missing),
                "missing_first": missing[:20],
                "refused": sum(not srtp.is_rtcp(packet) for packet in self.refused),
                "rtcp_refused": sum(srtp.is_rtcp(packet) for packet in self.refused), "gap_ms": round(self.gap * 1000, 1),
                "first": self.first, "last": self.last,
                "from": sorted(self.sources), "dscp": sorted(self.dscp)}

    # ---- media ----

    def payload(self, name, number):
        head = struct.pack("!I12s", number, name.encode())
        return head + bytes((number + i) & 0xff for i in range(FRAME - len(head)))

    def send_to(self, which, packet):
        sock = self.sockets[0 if self.mux else which]
        port = self.remote[1] + (0 if self.mux else which)
        try:
            sock.sendto(packet, (self.remote[0], port))
        except OSError:
            pass  # a full queue or an ICMP error: the other side will count it as missing

    def send_one(self):
        packet = srtp.rtp(self.seq, self.seq * FRAME, self.ssrc, self.payload(self.name, self.number))
        self.spoken.append(self.sealing.seal(packet) if self.sealing else packet)
        self.send_to(0, self.spoken[-1])
        self.number += 1
        self.seq += 1
        self.count["sent"] += 1
        if self.count["sent"] % 50 == 1:
            report = srtp.sender_report(self.ssrc, self.count["sent"], self.count["sent"] * FRAME)
            self.send_to(1, self.sealing.seal_rtcp(report) if self.sealing else report)
            self.count["rtcp_sent"] += 1

    def open(self, packet, unseal):
        """The packet in the clear, or None when no key fits; UNSEAL names what the sessions are to do."""
        if not self.unsealing:
            return packet
        for session in self.unsealing:
            try:
                return getattr(session, unseal)(packet)
            except srtp.Refused:
                continue
        return None

    def hear(self, sock):
        """What has come there, or a part of it; is there more?"""
        for _ in range(64):
            try:
                packet, control, _, source = sock.recvmsg(2048, 64)
            except BlockingIOError:
                return False
            except ConnectionRefusedError:
                continue
            for level, _, data in control:
                if level in (socket.IPPROTO_IP, socket.IPPROTO_IPV6):
                    self.dscp.add(data[0] >> 2)
            self.sources.add(f"[{source[0]}]:{source[1]}" if ":" in source[0] else f"{source[0]}:{source[1]}")
            self.take(packet)
        return True

    def take(self, packet):
        rtcp = srtp.is_rtcp(packet)
        clear = self.open(packet, "unseal_rtcp" if rtcp else "unseal") if packet else None
        if not packet:
            self.count["empty"] += 1
        elif clear is None:
            self.refused.append(packet)
        elif rtcp:
            self.count["rtcp_heard"] += 1
        else:
            self.hear_rtp(clear)

    def hear_rtp(self, packet):
        payload = packet[12:]
        number = struct.unpack("!I", payload[:4])[0] if len(payload) == FRAME else 0
        if payload != self.payload(self.peer, number):
            self.count["foreign"] += 1
            return
        now = time.monotonic()
        if self.heard_at is not None:
            self.gap = max(self.gap, now - self.heard_at)
        self.heard_at = now
        if number in self.numbers:
            self.count["repeated"] += 1
            return
        if self.last is not None and number < self.last:
            self.count["late"] += 1
        self.numbers.add(number)
        self.first = number if self.first is None else min(self.first, number)
        self.last = number if self.last is None else max(self.last, number)

    # ---- being told ----

    def take_order(self, listener):
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as stream:
            word, *rest = stream.readline().split() or ["report"]
            for sock in self.sockets:  # what has come by now has been heard
                while self.hear(sock):
                    pass
            orders = {"report": lambda: None, "stop": lambda: None, "mark": self.mark, "send": self.send,
                      "seal": self.seal, "unseal": self.unseal, "to": self.to, "bind": self.bind,
                      "seq": self.set_seq, "burst": self.burst, "again": self.again}
            try:
                orders[word](*rest)
                answer = self.report()
            except Exception as error:  # a mistake in the story: it must be seen there
                answer = {"error": f"{word}: {error!r}"}
            stream.write(json.dumps(answer) + "\n")
        return word != "stop"

    def run(self, orders):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(orders)
        listener.listen()
        self.selector.register(listener, selectors.EVENT_READ)
        while True:
            wait = max(0.0, self.due - time.monotonic()) if self.sending else None
            ready = [key.fileobj for key, _ in self.selector.select(wait)]
            for sock in ready:
                if sock is not listener:
                    self.hear(sock)
            if listener in ready and not self.take_order(listener):  # which may close the others
                return
            while self.sending and time.monotonic() >= self.due:
                self.send_one()
                self.due += self.interval


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, help="who speaks")
    parser.add_argument("--peer", required=True, help="whom it expects to hear")
    parser.add_argument("--orders", required=True, metavar="SOCKET", help="where it is told what to do")
    parser.add_argument("--bind", required=True, metavar="ADDR:PORT", help="RTP; RTCP is one higher")
    parser.add_argument("--to", metavar="ADDR:PORT")
    parser.add_argument("--seal", metavar="SUITE:KEY")
    parser.add_argument("--unseal", metavar="SUITE:KEY", action="append")
    parser.add_argument("--pps", type=float, default=50)
    parser.add_argument("--ssrc", type=lambda text: int(text, 0), default=0x5354524f)
    parser.add_argument("--seq", type=int, default=1000, help="of the first packet")
    parser.add_argument("--mux", action="store_true", help="RTCP on the RTP port")
    args = parser.parse_args()
    Phone(args).run(args.orders)


if __name__ == "__main__":
    main()

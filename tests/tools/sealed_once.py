#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Both parties of a transcoded call in SRTP, who look at what they are sent by its index alone: is there one, of RTP
or of RTCP, that was sealed twice under one key?  Says after each packet of theirs how many each has heard, RTP and
RTCP, and at SIGTERM what they have seen, as JSON, a line for each party:

  sent, heard, gap_ms (the longest time without a packet), ssrcs, refused (did not authenticate), twice, rtcp,
  rtcp_refused, rtcp_twice, missing (numbers between the first and the last that never came)

  sealed_once.py ADDRESS:PORT TO NAME TYPE BYTES SAY HEAR  ...   one party after the other: where it is, where to
  send, what its codec is called, its payload type, bytes of 10 ms of it, the keys (SUITE:BASE64) of both ways

libsrtp2 authenticates; which index that was is reckoned here (RFC 3711 section 3.3.1), and remembered for good."""
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import srtp

PACKET_S = 0.01
REPLAYED = 9, 10  # srtp_err_status_replay_fail, srtp_err_status_replay_old


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


class Party:
    def __init__(self, bind, to, name, payload_type, size, say, hear):
        self.to, self.name, self.type = address(to), name, int(payload_type)
        self.payload = os.urandom(int(size))
        self.sealing = srtp.session(say, srtp.OUTBOUND)
        self.unsealing = srtp.session(hear, srtp.INBOUND)
        self.sent, self.heard_at, self.gap = 0, None, 0.0
        self.highest, self.indexes, self.rtcp_indexes = {}, set(), set()
        self.count = dict.fromkeys(("refused", "twice", "rtcp_refused", "rtcp_twice"), 0)
        host, port = address(bind)
        self.rtp, self.rtcp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.rtp.bind((host, port))
        self.rtcp.bind((host, port + 1))

    def speak(self):
        packet = srtp.rtp(self.sent, self.sent * 80, 0x5EA1, self.payload, payload_type=self.type)
        self.rtp.sendto(self.sealing.seal(packet), self.to)
        self.sent += 1

    def index(self, packet):
        seq, ssrc = struct.unpack("!2xH4xI", packet[:12])
        highest = self.highest.get(ssrc, seq)
        index = highest + ((seq - highest + 0x8000) & 0xFFFF) - 0x8000
        self.highest[ssrc] = max(highest, index)
        return ssrc, index

    def judge(self, unseal, packet, name, index, seen):
        try:
            unseal(packet)
        except srtp.Refused as refused:
            self.count[name + ("twice" if refused.status in REPLAYED else "refused")] += 1
            return
        self.count[name + "twice"] += index in seen
        seen.add(index)

    def hear(self):
        packet, now = self.rtp.recv(2048), time.monotonic()
        self.gap = max(self.gap, now - (self.heard_at or now))
        self.heard_at = now
        self.judge(self.unsealing.unseal, packet, "", self.index(packet), self.indexes)

    def hear_rtcp(self):
        packet = self.rtcp.recv(2048)
        ssrc, (word,) = struct.unpack("!4xI", packet[:8])[0], struct.unpack("!I", packet[-14:-10])
        self.judge(self.unsealing.unseal_rtcp, packet, "rtcp_", (ssrc, word & 0x7FFFFFFF), self.rtcp_indexes)

    def report(self):
        ssrcs = {ssrc for ssrc, _ in self.indexes}
        numbers = [[index for ssrc, index in self.indexes if ssrc == one] for one in ssrcs]
        return {"name": self.name, "sent": self.sent, "heard": len(self.indexes), "gap_ms": round(self.gap * 1000),
                "ssrcs": len(ssrcs), "missing": sum(max(n) - min(n) + 1 - len(n) for n in numbers),
                "rtcp": len(self.rtcp_indexes), **self.count}


def main():
    parties = [Party(*sys.argv[at:at + 7]) for at in range(1, len(sys.argv), 7)]
    selector = selectors.DefaultSelector()
    for party in parties:
        selector.register(party.rtp, selectors.EVENT_READ, party.hear)
        selector.register(party.rtcp, selectors.EVENT_READ, party.hear_rtcp)
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    due = time.monotonic()
    while not ended:
        for key, _ in selector.select(max(0, due - time.monotonic())):
            key.data()
        if time.monotonic() >= due:
            due += PACKET_S
            for party in parties:
                party.speak()
            print(*(len(n) for party in parties for n in (party.indexes, party.rtcp_indexes)), flush=True)
    for party in parties:
        print(json.dumps(party.report()), flush=True)


main()

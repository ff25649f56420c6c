#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every suite (and plain RTP) with every other through one strowger: a call a pair, both ways, with a roll-over of
the sequence number in it, and SRTCP.  Both phones of each call are here, on ports of one address; libsrtp2 seals and
judges.  Status 1 when a single packet of any pair did not come through unharmed."""
import argparse
import itertools
import os
import select
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rpc
import srtp

PACKETS = 60
FIRST = 65506  # of the sequence numbers: they roll over after 30


class Party:
    def __init__(self, suite, address, port, ssrc):
        self.suite, self.ssrc = suite, ssrc
        self.sockets = []
        for offset in (0, 1):
            sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((address, port + offset))
            self.sockets.append(sock)
        self.stream = {"remote": {"address": address, "port": port}}
        self.sealing = self.unsealing = None
        if suite != "none":
            key = srtp.new_key(suite)
            self.stream["srtp"] = {"suite": suite, "key": key}
            self.sealing = srtp.session(f"{suite}:{key}", srtp.OUTBOUND)
        self.heard, self.wrong = set(), []

    def answered(self, stream):
        """What call.create says of our stream: where to send, and under which key we are sent to."""
        local = stream["local"]
        self.to = [(local["address"], local["port"]), (local["address"], local["rtcp_port"])]
        if self.suite != "none":
            key = stream["srtp"]
            self.unsealing = srtp.session(f"{key['suite']}:{key['key']}", srtp.INBOUND)

    def packet(self, n):
        return srtp.rtp(FIRST + n, (FIRST + n) * 160, self.ssrc, bytes([n]) * (n * 7 % 200), payload_type=n % 128)

    def report(self):
        return srtp.sender_report(self.ssrc, PACKETS, 1000)

    def send(self, n):
        packet = self.packet(n)
        self.sockets[0].sendto(self.sealing.seal(packet) if self.sealing else packet, self.to[0])

    def send_report(self):
        report = self.report()
        self.sockets[1].sendto(self.sealing.seal_rtcp(report) if self.sealing else report, self.to[1])

    def hear(self, which, peer):
        packet = self.sockets[which].recv(2048)
        try:
            if self.unsealing:
                packet = (self.unsealing.unseal, self.unsealing.unseal_rtcp)[which](packet)
        except srtp.Refused as refused:
            self.wrong.append(str(refused))
            return
        expected = [peer.packet(n) for n in range(PACKETS)] if which == 0 else [peer.report()]
        if packet in expected:
            self.heard.add((which, expected.index(packet)))
        else:
            self.wrong.append("not what was sent")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True, help="strowger's admin socket")
    parser.add_argument("--address", required=True, help="own address, for all phones")
    args = parser.parse_args()

    strowger = rpc.Client(args.socket)
    suites = [*srtp.SUITES, "none"]
    calls = []
    for i, (a, b) in enumerate(itertools.product(suites, suites)):
        parties = [Party(a, args.address, 10000 + 8 * i, 2 * i + 1),
                   Party(b, args.address, 10004 + 8 * i, 2 * i + 2)]
        answer = strowger.call("call.create", call=f"{a}/{b}", legs=[
            {"name": name, "streams": [party.stream]} for name, party in zip("ab", parties)])
        for party, leg in zip(parties, answer["legs"]):
            party.answered(leg["streams"][0])
        calls.append(parties)

    whose = {sock.fileno(): (party, which, peer) for parties in calls
             for party, peer in (parties, parties[::-1]) for which, sock in enumerate(party.sockets)}
    poll = select.poll()
    for descriptor in whose:
        poll.register(descriptor, select.POLLIN)

    def listen(wait_ms):
        while ready := poll.poll(wait_ms):
            for descriptor, _ in ready:
                party, which, peer = whose[descriptor]
                party.hear(which, peer)

    for n in range(PACKETS):
        for parties in calls:
            for party in parties:
                party.send(n)
        listen(5)
    for parties in calls:
        for party in parties:
            party.send_report()
    listen(500)

    failed = 0
    for parties in calls:
        for party, peer in (parties, parties[::-1]):
            if len(party.heard) != PACKETS + 1 or party.wrong:
                failed += 1
                print(f"{peer.suite} -> {party.suite}: {len(party.heard)} of {PACKETS + 1} packets, "
                      f"{len(party.wrong)} wrong {party.wrong[:1]}")
    print(f"  {len(calls)} pairs of suites, {2 * len(calls) - failed} of {2 * len(calls)} directions well")
    for parties in calls:
        strowger.call("call.delete", call=f"{parties[0].suite}/{parties[1].suite}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

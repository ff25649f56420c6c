#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A phone that speaks PCMU and presses keys, plain RTP: 20 ms packets of a tone for --seconds, and after a second of
that --digits as telephone-events of 100 ms with 100 ms between them (RFC 4733).  Ends with one line of JSON: what it
heard: sound (packets), digits, ends (how many packets of each had the end bit), durations (the last of each)."""
import argparse
import json
import select
import socket
import struct
import time

FRAME, EVERY_S, ENDS = 160, 0.02, 3
DIGITS = "0123456789*#ABCD"  # as RFC 4733 numbers them
KEY, PAUSE = 5, 5  # packets


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


class Phone:
    def __init__(self, args):
        self.args, self.sent, self.seq = args, 0, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(args.bind)
        self.sound, self.events, self.order = 0, {}, []

    def packet(self, kind, stamp, payload, marker=0):
        self.socket.sendto(struct.pack("!BBHII", 0x80, marker << 7 | kind, self.seq & 0xffff, stamp, 0xd16175) + payload,
                           self.args.to)
        self.seq += 1

    def pressed(self):
        """(digit, packets since it was pressed) at this packet; None."""
        since = self.sent - 50
        which, at = divmod(since, KEY + PAUSE)
        return (DIGITS.index(self.args.digits[which]), at) if 0 <= which < len(self.args.digits) and at < KEY else None

    def speak(self):
        stamp, key = self.sent * FRAME, self.pressed()
        if key is None:
            self.packet(0, stamp, bytes(0x20 + (i & 0x1f) for i in range(FRAME)))
        else:
            digit, at = key
            end = at == KEY - 1
            for _ in range(ENDS if end else 1):
                self.packet(self.args.type, stamp - at * FRAME,
                            struct.pack("!BBH", digit, end << 7 | 10, (at + 1) * FRAME), at == 0)
        self.sent += 1

    def hear(self):
        packet = self.socket.recv(2048)
        kind, stamp = packet[1] & 0x7f, struct.unpack_from("!I", packet, 4)[0]
        if kind == 0 and len(packet) == 12 + FRAME:
            self.sound += 1
        elif kind == self.args.type:
            digit, end, duration = struct.unpack("!BBH", packet[12:16])
            if stamp not in self.events:
                self.events[stamp] = [DIGITS[digit], 0, 0]
                self.order.append(stamp)
            self.events[stamp][1] += end >> 7
            self.events[stamp][2] = duration

    def run(self):
        began = time.monotonic()
        while (now := time.monotonic() - began) < self.args.seconds + 0.5:
            due = self.sent * EVERY_S if now < self.args.seconds else self.args.seconds + 0.5
            if now >= due:
                self.speak()
            elif select.select([self.socket], [], [], due - now)[0]:
                self.hear()
        heard = [self.events[stamp] for stamp in self.order]
        return {"sent": self.sent, "sound": self.sound, "digits": "".join(one[0] for one in heard),
                "ends": [one[1] for one in heard], "durations": [one[2] for one in heard]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bind", type=address, required=True, metavar="ADDR:PORT")
    parser.add_argument("--to", type=address, required=True, metavar="ADDR:PORT")
    parser.add_argument("--type", type=int, default=101, help="payload type of telephone-event")
    parser.add_argument("--digits", default="")
    parser.add_argument("--seconds", type=float, default=3)
    print(json.dumps(Phone(parser.parse_args()).run()))


if __name__ == "__main__":
    main()

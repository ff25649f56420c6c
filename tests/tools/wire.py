#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What passes a network interface, as it is on the wire: for every UDP datagram over IPv4 one line, SOURCE:PORT
DESTINATION:PORT and the payload in hexadecimal; SIGTERM: up to what has passed by then.  Says 'ready' on the standard
error first."""
import signal
import socket
import struct
import sys

ETH_P_ALL, ETH_P_IP = 3, 0x0800


def datagram(frame):
    """(source, destination, payload) of FRAME, as Python has addresses; None: it is no whole UDP datagram over IPv4."""
    if len(frame) < 34 or struct.unpack_from("!H", frame, 12)[0] != ETH_P_IP:
        return None
    ip = frame[14:14 + struct.unpack_from("!H", frame, 16)[0]]
    udp = ip[(ip[0] & 15) * 4:]
    if ip[9] != socket.IPPROTO_UDP or len(udp) < 8 or struct.unpack_from("!H", ip, 6)[0] & 0x3fff:
        return None
    source, destination, length = struct.unpack_from("!HHH", udp)
    return (socket.inet_ntoa(ip[12:16]), source), (socket.inet_ntoa(ip[16:20]), destination), udp[8:length]


def main():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.bind((sys.argv[1], ETH_P_ALL))
    signal.signal(signal.SIGTERM, lambda *_: wire.setblocking(False))
    print("ready", file=sys.stderr, flush=True)
    while True:
        try:
            found = datagram(wire.recv(65536))
        except BlockingIOError:
            return
        if found is not None:
            source, destination, payload = found
            print("%s:%u %s:%u %s" % (*source, *destination, payload.hex()), flush=True)


if __name__ == "__main__":
    main()

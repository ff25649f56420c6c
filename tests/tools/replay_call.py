#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# For tests/system/replay.sh: writes a call (DIR/call.json) and a capture of it (DIR/in.pcap), and judges what the
# replay made of them (DIR/out.pcap).  Alice speaks SRTP, Bob plain RTP; a packet of Alice's comes twice, one is
# damaged, one is a stranger's to Bob's port.
#
#	replay_call.py make|judge DIR
import base64
import json
import struct
import sys

import srtp

OURS, ALICE, BOB = ("192.0.2.1", "192.0.2.10", "192.0.2.20")
PORTS = {ALICE: 30000, BOB: 30002}  # strowger's, towards each
SUITE = "AES_CM_128_HMAC_SHA1_80"
HERS, OURS_TO_HER = (base64.b64encode(bytes(range(n, n + 30))).decode() for n in (1, 101))
PACKETS = 50


def ip(address):
    return bytes(int(part) for part in address.split("."))


def frame(source, source_port, target, target_port, payload):
    udp = struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ip(source) + ip(target)
    return bytes.fromhex("020000000001020000000002 0800") + header + udp


def stream(address):
    return {"remote": {"address": address, "port": 4000}}


def answer(address):
    port = PORTS[address]
    return {"media": "audio", "local": {"address": OURS, "port": port, "rtcp_port": port + 1}}


def rtp(seq, ssrc):
    return srtp.rtp(seq & 0xffff, seq * 160, ssrc, bytes([seq & 0xff]) * 160)


def make(folder):
    alice, bob = stream(ALICE), stream(BOB)
    alice["srtp"] = {"suite": SUITE, "key": HERS}
    answered = answer(ALICE)
    answered["srtp"] = {"suite": SUITE, "key": OURS_TO_HER}
    params = {"call": "replayed", "legs": [{"name": "alice", "streams": [alice]}, {"name": "bob", "streams": [bob]}]}
    result = {"call": "replayed", "legs": [{"name": "alice", "interface": "a", "streams": [answered]},
                                           {"name": "bob", "interface": "a", "streams": [answer(BOB)]}]}
    with open(folder + "/call.json", "w") as f:
        json.dump({"params": params, "result": result}, f)

    seal = srtp.session(f"{SUITE}:{HERS}", srtp.OUTBOUND)
    frames = []
    for i in range(PACKETS):
        seq = 65510 + i  # through a roll-over
        sealed = seal.seal(rtp(seq, 0xa11ce))
        if i == 20:
            frames.append((i * 20000 - 1, frame(ALICE, 4000, OURS, 30000, sealed[:-1] + b"?")))
        frames.append((i * 20000, frame(ALICE, 4000, OURS, 30000, sealed)))
        if i == 10:
            frames.append((i * 20000 + 1, frames[-1][1]))
        frames.append((i * 20000 + 500, frame(BOB, 4000, OURS, 30002, rtp(100 + i, 0xb0b))))
    frames.append((PACKETS * 20000, frame("192.0.2.66", 4000, OURS, 30002, rtp(1, 0xbad))))
    with open(folder + "/in.pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for us, data in frames:
            f.write(struct.pack("<IIII", 1700000000 + us // 1000000, us % 1000000, len(data), len(data)) + data)


def read(path):
    """(address, port, payload) of each datagram."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:4] == bytes.fromhex("4d3cb2a1"), "nanosecond capture"
    at = 24
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        packet = data[at + 16:at + 16 + length]
        at += 16 + length
        yield ".".join(str(b) for b in packet[30:34]), struct.unpack_from("!H", packet, 36)[0], packet[42:]


def judge(folder):
    unseal = srtp.session(f"{SUITE}:{OURS_TO_HER}", srtp.INBOUND)
    heard = {ALICE: [], BOB: []}
    for address, port, payload in read(folder + "/out.pcap"):
        assert port == 4000
        heard[address].append(unseal.unseal(payload) if address == ALICE else payload)
    assert heard[BOB] == [rtp(65510 + i, 0xa11ce) for i in range(PACKETS)]
    assert heard[ALICE] == [rtp(100 + i, 0xb0b) for i in range(PACKETS)]


{"make": make, "judge": judge}[sys.argv[1]](sys.argv[2])

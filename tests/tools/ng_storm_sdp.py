# SPDX-License-Identifier: Apache-2.0
#
# SDPs at random, as ng_storm.py says them: what parties of ill will offer, and what those of good will answer.
import base64
import collections
import re
import time

PARTIES = "10.66."  # where all parties are, if not at IPv6 addresses

KEY_BYTES = {"AES_CM_128_HMAC_SHA1_80": 30, "AES_CM_128_HMAC_SHA1_32": 30, "AES_192_CM_HMAC_SHA1_80": 38,
             "AES_192_CM_HMAC_SHA1_32": 38, "AES_256_CM_HMAC_SHA1_80": 46, "AES_256_CM_HMAC_SHA1_32": 46, "AEAD_AES_128_GCM": 28,
             "AEAD_AES_256_GCM": 44, "F8_128_HMAC_SHA1_80": 30, "NEVER_HEARD_OF": 30}
CODECS = ["0 PCMU/8000", "8 PCMA/8000", "9 G722/8000", "3 GSM/8000", "18 G729/8000", "13 CN/8000",
          "96 opus/48000/2", "97 AMR/8000", "98 speex/16000", "101 telephone-event/8000", "102 telephone-event/48000",
          "103 iLBC/8000", "104 G726-32/8000", "105 AMR-WB/16000"]
VIDEO = ["99 VP8/90000", "100 H264/90000"]
DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"]


class Secrets:
    """Keys that parties have: nobody else may ever see one."""

    def __init__(self, rnd):
        self._rnd = rnd
        self.said = set()
        self.lengths = collections.defaultdict(set)  # of the SDPs offered, by call-id
        self.told = collections.defaultdict(dict)  # by call-id and party: m= lines that were said, and became
        self.told_from = collections.defaultdict(float)  # by call-id: when what was asked later began to count
        self.shortened = set()  # call-ids with m= lines that one party alone knows of

    def forget_told(self, call):
        """What was asked by now may have been done before a deletion that is answered already, or after it."""
        self.told.pop(call, None)
        self.told_from[call] = time.monotonic()

    def crypto(self, tag, suite):
        key = base64.b64encode(self._rnd.randbytes(KEY_BYTES.get(suite, 30))).decode()
        self.said.add(key.rstrip("="))
        key += self._rnd.choice(["", "", "|2^31", "|2^20|1:4"])
        return f"a=crypto:{tag} {suite} inline:{key}{self._rnd.choice(['', '', ' UNENCRYPTED_SRTCP'])}"


def cryptos(rnd, secrets):
    suites = rnd.sample(sorted(KEY_BYTES), rnd.randint(1, 4))
    return [secrets.crypto(i + 1, suite) for i, suite in enumerate(suites)]


def codec_lines(rnd, codecs):
    lines = []
    for codec in codecs:
        number, name = codec.split(" ")
        if int(number) > 34 or rnd.random() < 0.5:
            lines.append(f"a=rtpmap:{number} {name}")
        if rnd.random() < 0.2:
            lines.append(f"a=fmtp:{number} {rnd.choice(['0-15', 'useinbandfec=1', 'mode=30', 'octet-align=1', 'annexb=no'])}")
        if "VP8" in name:
            lines.append(f"a=rtcp-fb:{number} nack pli")
    return lines


def medium(rnd, secrets, kind, host):
    port = rnd.choice([0, rnd.randrange(4000, 60000, 2), rnd.randrange(4000, 60000, 2), rnd.randrange(4000, 60000, 2)])
    lines = []
    if kind == "image":
        head, lines = f"m=image {port} udptl t38", ["a=T38FaxVersion:0", "a=T38MaxBitRate:14400"]
    elif kind == "message":
        head, lines = f"m=message {port} TCP/MSRP *", ["a=path:msrp://x.invalid;tcp"]
    elif kind == "application":
        head = f"m=application {port} udp wb"
    else:
        proto = rnd.choice(["RTP/AVP"] * 4 + ["RTP/SAVP"] * 4 + ["RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF"])
        codecs = rnd.sample(VIDEO, rnd.randint(1, 2)) if kind == "video" else rnd.sample(CODECS, rnd.randint(1, 5))
        head = f"m={kind} {port} {proto} " + " ".join(c.split(" ")[0] for c in codecs)
        lines = codec_lines(rnd, codecs)
        if "SAVP" in proto or rnd.random() < 0.1:
            lines += cryptos(rnd, secrets)
    extra = ["a=rtcp-mux", f"a=rtcp:{port + 1}", f"a=rtcp:4711 IN IP4 {host}", "a=ptime:20", "a=ptime:30", "a=mid:1",
             "a=rtcp-fb:* ccm fir", "a=setup:actpass", "a=fingerprint:sha-1 00:11", "a=ice-ufrag:x", "a=rtcp-rsize",
             f"a=candidate:1 1 udp 1 {host} {port} typ host", "b=AS:64", "a=extmap:1 urn:x", "a=x-unknown",
             "a=" + rnd.choice(DIRECTIONS)]
    return [head] + ([f"c=IN IP4 {host}"] if rnd.random() < 0.3 else []) + lines + rnd.sample(extra, rnd.randint(0, 4))


def party_host(rnd):
    return f"{PARTIES}{rnd.randrange(256)}.{rnd.randrange(1, 255)}"


def random_kinds(rnd):
    return rnd.choices(["audio", "video", "image", "message", "application"], [10, 3, 2, 1, 1], k=rnd.choice([1, 1, 1, 2, 2, 3, 6]))


def random_sdp(rnd, secrets, kinds):
    host = party_host(rnd)
    family = ("IP4", host) if rnd.random() < 0.85 else ("IP6", f"fd66::{rnd.randrange(1, 9999):x}")
    if rnd.random() < 0.05:
        family = ("IP4", "0.0.0.0")
    lines = ["v=0", f"o=- {rnd.randrange(3)} {rnd.randrange(9)} IN {family[0]} {family[1]}", "s=-", f"c=IN {family[0]} {family[1]}", "t=0 0"]
    lines += rnd.sample(["a=group:BUNDLE 1", "a=ice-lite", "a=sendonly", "a=msid-semantic: WMS *"], rnd.choice([0, 0, 0, 1, 2]))
    for kind in kinds:
        lines += medium(rnd, secrets, kind, host)
    return "".join(line + "\r\n" for line in lines)


def agreeing_sdp(rnd, secrets, offered):
    """As a party answers that is of good will: each m= line of OFFERED with some of its codecs, and one key."""
    host = party_host(rnd)
    lines, done = [], False
    for line in re.split("\r?\n", offered.rstrip("\r\n")):  # what else Python takes for an end a spoilt line may have in it
        if line[:2] in ("o=", "c="):
            line = re.sub(r"IN IP. \S+", f"IN IP4 {host}", line)
        elif line[:2] == "m=":
            done, words = False, line.split(" ")
            if len(words) < 4:
                lines.append(line)  # of a spoilt offer that went round and came back as it was
                continue
            if words[1] != "0":
                words[1] = str(rnd.choice([0] + [rnd.randrange(4000, 60000, 2)] * 9))
            if "RTP" in words[2]:
                words[3:] = [w for w in words[3:] if rnd.random() < 0.7] or words[3:4]
            line = " ".join(words)
        elif line.startswith("a=crypto:"):
            said = re.match(r"a=crypto:(\d+) (\S+)", line)
            if not said or done or rnd.random() < 0.3:
                continue
            line, done = secrets.crypto(*said.groups()), True
        elif line.startswith(("a=rtcp:", "a=rtpengine")):
            continue
        lines.append(line)
    return "".join(line + "\r\n" for line in lines)


def spoilt(rnd, text):
    """TEXT, but some of it is not what it was."""
    lines = text.split("\r\n")
    for _ in range(rnd.randint(1, 3)):
        at = rnd.randrange(len(lines))
        what = rnd.randrange(4)
        if what == 0:
            del lines[at]
            lines = lines or [""]
        elif what == 1:
            lines.insert(at, rnd.choice(lines))
        elif what == 2 and lines[at]:
            i = rnd.randrange(len(lines[at]))
            lines[at] = lines[at][:i] + chr(rnd.randrange(1, 255)) + lines[at][i + 1:]
        else:
            lines[at] = lines[at][:rnd.randint(0, len(lines[at]))]
    return "\r\n".join(lines)


def m_kinds(sdp):
    return re.findall(r"^m=(\S*)", sdp, re.M)


def m_lines(sdp):
    return re.findall("^m=", sdp, re.M)

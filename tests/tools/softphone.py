#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real program as a phone: ffmpeg or GStreamer says one WAV file and records what it hears into another, in one
codec, in SRTP (GStreamer also without) on one UDP port.  Runs in the phone's own network namespace, as root.

Both programs use two processes here, one that listens and one that speaks, where a telephone has one socket.  So
the speaker sends from a port of its own, and a stateless nftables rule of this namespace gives its packets the
listener's port as their source, as strowger (which answers to where authenticated packets come from) expects.

Ends by itself when the speech is over and, after it, --tail seconds have passed."""
import argparse
import base64
import collections
import os
import signal
import subprocess
import sys
import time

SPEAKER = 1000  # the speaker's own port is that much higher
PATIENCE = 60  # seconds for a program to start, or for the other phone
QUIET = 5  # seconds without packets after which ffmpeg's listener ends, or looks whether it was told to

# Suite -> cipher and authentication as GStreamer's srtpenc and srtpdec call them.
GSTREAMER = {
    "AES_CM_128_HMAC_SHA1_80": ("aes-128-icm", "hmac-sha1-80"),
    "AES_CM_128_HMAC_SHA1_32": ("aes-128-icm", "hmac-sha1-32"),
    "AES_256_CM_HMAC_SHA1_80": ("aes-256-icm", "hmac-sha1-80"),
    "AES_256_CM_HMAC_SHA1_32": ("aes-256-icm", "hmac-sha1-32"),
    "AEAD_AES_128_GCM": ("aes-128-gcm", "null"),
    "AEAD_AES_256_GCM": ("aes-256-gcm", "null"),
    "none": None,
}
# The same for ffmpeg, which under the name that RFC 4568 has for the second one cuts RTCP's tag to 32 bits, too;
# under the name of RFC 5764 it does not.
FFMPEG = {
    "AES_CM_128_HMAC_SHA1_80": "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32": "SRTP_AES128_CM_HMAC_SHA1_32",
}

# Payload type, rtpmap, rate of the sound, and how either program encodes it: ffmpeg's options (whose G.726 makes frames
# of a quarter of a second: its packets are to be shorter); GStreamer's encoder, payloader, depayloader and decoder.
# None: it cannot.
Codec = collections.namedtuple("Codec", "type map rate ffmpeg gstreamer")
CODECS = {
    "PCMU": Codec(0, "PCMU/8000", 8000, ["pcm_mulaw"], ("mulawenc", "rtppcmupay", "rtppcmudepay", "mulawdec")),
    "PCMA": Codec(8, "PCMA/8000", 8000, ["pcm_alaw"], ("alawenc", "rtppcmapay", "rtppcmadepay", "alawdec")),
    "G722": Codec(9, "G722/8000", 16000, ["g722"], None),
    "G726-32": Codec(96, "G726-32/8000", 8000, ["g726le", "-b:a", "32k", "-packetsize", "92"], None),
    "AAL2-G726-32": Codec(96, "AAL2-G726-32/8000", 8000, ["g726", "-b:a", "32k", "-packetsize", "92"], None),
    "GSM": Codec(3, "GSM/8000", 8000, None, ("gsmenc", "rtpgsmpay", "rtpgsmdepay", "gsmdec")),
    "L16": Codec(97, "L16/8000/1", 8000, ["pcm_s16be"], ("audioconvert", "rtpL16pay", "rtpL16depay", "audioconvert")),
    "opus": Codec(98, "opus/48000/2", 48000, ["libopus", "-frame_duration", "20", "-application", "voip"],
                  ("opusenc", "rtpopuspay", "rtpopusdepay", "opusdec")),
    "speex": Codec(99, "speex/8000", 8000, ["libspeex"], ("speexenc", "rtpspeexpay", "rtpspeexdepay", "speexdec")),
}


def wait_for(is_so):
    end = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)


def is_bound(port):
    """Has somebody in this network namespace a UDP socket there?"""
    for name in ("udp", "udp6"):
        with open(f"/proc/self/net/{name}") as table:
            if any(line.split()[1].endswith(f":{port:04X}") for line in list(table)[1:]):
                return True
    return False


def meet(args, stage):
    """Go on when the other phone has come as far."""
    if args.peer:
        open(os.path.join(args.work, f"{args.name}.{stage}"), "w").close()
        wait_for(lambda: os.path.exists(os.path.join(args.work, f"{args.peer}.{stage}")))


def nft(rules):
    subprocess.run(["nft", "-f", "-"], check=True, text=True, input=rules)


def one_port(port):
    """Packets of the speaker leave as if they came from the listener's ports."""
    table = f"inet softphone{port}"
    nft(f"add table {table}\nflush table {table}\nadd chain {table} out {{ type filter hook output priority raw; }}\n"
        + "".join(f"add rule {table} out udp sport {port + SPEAKER + i} udp sport set {port + i}\n" for i in (0, 1)))


def finish(listener, port):
    """Both programs finish their file when told; but ffmpeg does not look up while RTCP comes."""
    table = f"inet softphone{port}"
    nft(f"add chain {table} in {{ type filter hook input priority raw; }}\n"
        f"add rule {table} in udp dport {port}-{port + 1} drop\n")
    listener.send_signal(signal.SIGINT)
    try:
        listener.wait(QUIET + PATIENCE)
    except subprocess.TimeoutExpired:
        listener.kill()


def ffmpeg_listen(args):
    sdp = os.path.join(args.work, args.name + ".sdp")
    family = "IP6" if ":" in args.address else "IP4"
    with open(sdp, "w") as f:
        f.write(f"v=0\r\no=- 0 0 IN {family} {args.address}\r\ns=-\r\nc=IN {family} {args.address}\r\nt=0 0\r\n"
                f"m=audio {args.port} RTP/SAVP {args.codec.type}\r\n"
                f"a=rtpmap:{args.codec.type} {args.codec.map}\r\n"
                f"a=crypto:1 {FFMPEG[args.hear_suite]} inline:{args.hear_key}\r\n")
    # Gaps become silence, so that what follows a lost packet stays in its place.
    return ["ffmpeg", "-nostdin", "-loglevel", "warning", "-protocol_whitelist", "file,udp,rtp,srtp",
            "-listen_timeout", str(QUIET), "-probesize", "32", "-f", "sdp", "-i", sdp,
            "-af", f"aresample={args.codec.rate}:async=1:min_hard_comp=0.01", "-ac", "1", "-c:a", "pcm_s16le", "-y", args.heard]


def ffmpeg_speak(args):
    host = f"[{args.relay[0]}]" if ":" in args.relay[0] else args.relay[0]
    port = args.port + SPEAKER
    return ["ffmpeg", "-nostdin", "-loglevel", "warning", "-i", args.say,
            "-af", f"aresample={args.codec.rate},asetnsamples=n={args.codec.rate // 50}:p=1,arealtime", "-ac", "1",
            "-c:a", *args.codec.ffmpeg, "-f", "rtp", "-payload_type", str(args.codec.type), "-ssrc", str(args.ssrc), "-flush_packets", "1",
            "-srtp_out_suite", FFMPEG[args.say_suite], "-srtp_out_params", args.say_key,
            f"srtp://{host}:{args.relay[1]}?rtcpport={args.relay[1] + 1}"
            f"&localrtpport={port}&localrtcpport={port + 1}"]


def gstreamer_key(key):
    """GStreamer 1.22 wants 30 bytes for AES-128-GCM, of which libsrtp2 uses the first 28."""
    return base64.b64decode(key).ljust(30, b"\0").hex()


def gstreamer_listen(args):
    name, clock = args.codec.map.split("/")[:2]
    caps = (f"media=(string)audio, clock-rate=(int){clock}, encoding-name=(string){name.upper()}, "
            f"payload=(int){args.codec.type}")
    if args.hear_suite == "none":
        caps, opened = "application/x-rtp, " + caps, []
    else:
        cipher, auth = GSTREAMER[args.hear_suite]
        key = gstreamer_key(args.hear_key)
        caps = (f"application/x-srtp, {caps}, ssrc=(uint){args.peer_ssrc}, roc=(uint)0, srtp-key=(buffer){key}, "
                f"srtp-cipher=(string){cipher}, srtp-auth=(string){auth}, srtcp-cipher=(string){cipher}, "
                f"srtcp-auth=(string){auth if auth != 'hmac-sha1-32' else 'hmac-sha1-80'}")
        opened = ["!", "srtpdec"]
    _, _, depay, decoder = args.codec.gstreamer
    # mode=none: the RTP timestamps alone say when a frame plays; audiorate puts silence where one is missing.
    return ["gst-launch-1.0", "-q", "-e", "udpsrc", f"address={args.address}", f"port={args.port}", f"caps={caps}",
            *opened, "!", "rtpjitterbuffer", "mode=none", "latency=100", "!", depay, "!", decoder, "!", "audiorate",
            "!", "audioconvert", "!", f"audio/x-raw,format=S16LE,channels=1,rate={args.codec.rate}",
            "!", "wavenc", "!", "filesink", f"location={args.heard}"]


def gstreamer_speak(args):
    sealed = []
    if args.say_suite != "none":
        cipher, auth = GSTREAMER[args.say_suite]
        sealed = ["!", "srtpenc", f"key={gstreamer_key(args.say_key)}", f"rtp-cipher={cipher}", f"rtp-auth={auth}"]
    encoder, pay, _, _ = args.codec.gstreamer
    return ["gst-launch-1.0", "-q", "filesrc", f"location={args.say}", "!", "wavparse", "!", "audioconvert", "!",
            "audioresample", "!", f"audio/x-raw,rate={args.codec.rate},channels=1", "!", encoder, "!",
            pay, f"pt={args.codec.type}", "min-ptime=20000000", "max-ptime=20000000", f"ssrc={args.ssrc}", *sealed,
            "!", "udpsink", f"host={args.relay[0]}", f"port={args.relay[1]}",
            f"bind-address={args.address}", f"bind-port={args.port + SPEAKER}"]


PROGRAMS = {
    "ffmpeg": (ffmpeg_listen, ffmpeg_speak, FFMPEG),
    "gstreamer": (gstreamer_listen, gstreamer_speak, GSTREAMER),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", choices=PROGRAMS, required=True)
    parser.add_argument("--name", default="phone")
    parser.add_argument("--codec", choices=CODECS, default="PCMU")
    parser.add_argument("--address", required=True, help="own address")
    parser.add_argument("--port", type=int, required=True, help="own RTP port")
    parser.add_argument("--relay", required=True, metavar="ADDR:PORT", help="where to speak to")
    parser.add_argument("--say", required=True, metavar="WAV")
    parser.add_argument("--say-suite", required=True, metavar="SUITE")
    parser.add_argument("--say-key", required=True, metavar="BASE64")
    parser.add_argument("--heard", required=True, metavar="WAV", help="what was heard is written there")
    parser.add_argument("--hear-suite", required=True, metavar="SUITE")
    parser.add_argument("--hear-key", required=True, metavar="BASE64")
    parser.add_argument("--ssrc", type=int, required=True)
    parser.add_argument("--peer-ssrc", type=int, required=True)
    parser.add_argument("--work", default=".", help="for the SDP file and the programs' messages")
    parser.add_argument("--peer", metavar="NAME", help="of another phone here: speak when both listen, end when both have spoken")
    parser.add_argument("--lead", type=float, default=1.5, help="seconds between listening and speaking")
    parser.add_argument("--tail", type=float, default=2.0, help="seconds of listening after speaking")
    parser.add_argument("--until", type=float, default=0, help="listen at least so many seconds in all")
    args = parser.parse_args()
    host, port = args.relay.rsplit(":", 1)
    args.relay = (host.strip("[]"), int(port))

    args.codec = CODECS[args.codec]
    if getattr(args.codec, args.program) is None:
        raise SystemExit(f"{args.program} does not speak {args.codec.map}")
    listen, speak, suites = PROGRAMS[args.program]
    for suite in (args.say_suite, args.hear_suite):
        if suite not in suites:
            raise SystemExit(f"{args.program} does not speak {suite}")
    one_port(args.port)
    with open(os.path.join(args.work, args.name + ".log"), "w") as log:
        listener = subprocess.Popen(listen(args), stdout=log, stderr=log)
        try:
            wait_for(lambda: is_bound(args.port))
            meet(args, "listens")
            began = time.monotonic()
            time.sleep(args.lead)
            spoken = subprocess.run(speak(args), stdout=subprocess.DEVNULL, stderr=log).returncode
            meet(args, "has-spoken")
            time.sleep(max(args.tail, began + args.until - time.monotonic()))
        finally:
            finish(listener, args.port)
    return spoken


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How packets of Opus, Speex, G.729 and AMR for tests/codecs came to be, of the speech that make.sh has made, with
what FFmpeg's own decoders (not the libraries that we use) hear in them.  A packet is two octets of length, network
byte order, and its payload.  Run again only to change them, in this folder:

    make_packets.py CODEC_TOOL      (of a build with -Dg729=enabled -Damr=enabled)"""
import struct
import subprocess
import sys
import tempfile



def ffmpeg(*words, stdin=None):
    return subprocess.run(["ffmpeg", "-v", "error", "-y", *words], input=stdin, check=True, capture_output=True).stdout


def ogg_packets(data):
    """The packets of an Ogg stream, without its two headers."""
    packets, packet, at = [], b"", 0
    while at < len(data):
        count = data[at + 26]
        sizes, at = data[at + 27:at + 27 + count], at + 27 + count
        for size in sizes:
            packet, at = packet + data[at:at + size], at + size
            if size < 255:
                packets.append(packet)
                packet = b""
    return packets[2:]


def keep(name, packets, heard, samples):
    open(name + ".pkt", "wb").write(b"".join(struct.pack(">H", len(p)) + p for p in packets))
    open(name + ".s16", "wb").write(heard[:2 * samples])


def by_ffmpeg(name, source, rate, decoder, frames, samples, *options):
    with tempfile.NamedTemporaryFile(suffix=".ogg") as ogg:
        ffmpeg("-f", "s16le", "-ar", str(rate), "-i", source, *options, ogg.name)
        heard = ffmpeg("-flags2", "+skip_manual", "-c:a", decoder, "-i", ogg.name, "-f", "s16le", "-")
        keep(name, ogg_packets(open(ogg.name, "rb").read())[:frames], heard, frames * samples)


def by_us(name, codec, source, container, demuxer, samples, *fmtp):
    said = open(source, "rb").read()
    out = subprocess.run([sys.argv[1], "encode", codec, "", *fmtp], input=said, check=True, capture_output=True).stdout
    packets = []
    while out:
        size = 2 + struct.unpack(">H", out[:2])[0]
        packets, out = packets + [out[2:size]], out[size:]
    heard = ffmpeg("-f", demuxer, "-i", "-", "-f", "s16le", "-", stdin=container(packets))
    keep(name, packets, heard, len(packets) * samples)


def amr_file(magic):
    return lambda packets: magic + b"".join(p[1:] for p in packets)  # octet-aligned: without the request


by_ffmpeg("opus", "speech16.s16", 16000, "opus", 20, 960, "-c:a", "libopus", "-b:a", "32k", "-ar", "48000", "-ac", "1",
          "-application", "voip")
by_ffmpeg("opus-celt", "speech16.s16", 16000, "opus", 20, 480, "-c:a", "libopus", "-b:a", "48k", "-ar", "48000", "-ac", "1",
          "-application", "lowdelay", "-frame_duration", "10")
by_ffmpeg("speex8", "speech8.s16", 8000, "speex", 36, 160, "-c:a", "libspeex")
by_ffmpeg("speex16", "speech16.s16", 16000, "speex", 36, 320, "-c:a", "libspeex")
by_us("g729", "G729", "speech8.s16", b"".join, "g729", 160, "annexb=no")
by_us("amr", "AMR", "speech8.s16", amr_file(b"#!AMR\n"), "amr", 160, "octet-align=1")
by_us("amr-wb", "AMR-WB", "speech16.s16", amr_file(b"#!AMR-WB\n"), "amr", 320, "octet-align=1")

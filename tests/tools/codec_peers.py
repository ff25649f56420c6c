#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Our codecs and those of ffmpeg and sox, both ways, on speech.

For each codec that both have: what we encode they decode, what they encode we decode; each time our own decoder and
theirs are given the same bytes, and must say the same, to the last bit where the standard leaves no choice.  What comes
out is compared with what was said, too, by a figure that another recording does not reach."""
import argparse
import dataclasses
import struct
import subprocess
import sys
import tempfile
import typing

import numpy
from likeness import likeness

# ---- Running them. ----


def run(command, data=b""):
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout


def in_file(data, suffix, make_command):
    """For programs that must seek: what MAKE_COMMAND(path) says of a file with DATA."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        return run(make_command(file.name))


def split(stream, size):
    """STREAM in pieces of SIZE; what is left over is dropped."""
    return [stream[at:at + size] for at in range(0, len(stream) - size + 1, size)]


class Ours:
    def __init__(self, tool):
        self.tool = tool
        self.names = set(run([tool, "list"]).decode().split("\n"))

    def encode(self, row, pcm):
        data = run([self.tool, "encode", row.spec, str(row.ptime_ms), row.fmtp], pcm)
        packets = []
        while data:
            length = 2 + struct.unpack(">H", data[:2])[0]
            packets.append(data[2:length])
            data = data[length:]
        return packets

    def decode(self, row, packets):
        return run([self.tool, "decode", row.spec, str(row.ptime_ms), row.fmtp],
                   b"".join(struct.pack(">H", len(p)) + p for p in packets))


# ---- Programs that are not ours: bytes of one file in, bytes out. ----


def ffmpeg(*arguments):
    return ["ffmpeg", "-hide_banner", "-loglevel", "error", *arguments]


def ffmpeg_pcm(row):
    return "-f", "s16le", "-ar", str(row.rate), "-ac", str(row.channels), "-i", "-"


def sox(row, form, to_form):
    said_of_it = "-r", str(row.rate), "-c", str(row.channels)
    return ["sox", "-D", "-t", form, *said_of_it, "-", "-t", to_form, "-"]


class Stream:
    """A raw stream, which is our payloads without anything between them."""

    def __init__(self, size, encoder, decoder):
        self.size, self.encoder, self.decoder = size, encoder, decoder

    def encode(self, row, pcm):
        return split(run(self.encoder(row), pcm), self.size)

    def decode(self, row, packets):
        return run(self.decoder(row), b"".join(packets))


def ffmpeg_raw(size, form, *options, codec=None):
    codec = ["-c:a", codec] if codec else []
    return Stream(size,
                  lambda row: ffmpeg(*ffmpeg_pcm(row), *codec, *options, "-f", form, "-"),
                  lambda row: ffmpeg("-f", form, *row.decoder_options, "-i", "-", "-f", "s16le", "-"))


def sox_raw(size, form):
    return Stream(size, lambda row: sox(row, "s16", form), lambda row: sox(row, form, "s16"))


class Dvi4:
    """ffmpeg has the same steps without RTP's headers, as one stream: adpcm_ima_ssi in a KVAG file."""
    HEAD = 14
    STEPS = [-1, -1, -1, -1, 2, 4, 6, 8]

    def decode(self, row, packets):
        nibbles = b"".join(p[4:] for p in packets)
        head = b"KVAG" + struct.pack("<IIH", len(nibbles), row.rate, 0)
        return in_file(head + nibbles, ".vag", lambda path: ffmpeg("-i", path, "-f", "s16le", "-"))

    def encode(self, row, pcm):
        with tempfile.NamedTemporaryFile(suffix=".vag") as file:
            run(ffmpeg("-y", *ffmpeg_pcm(row), "-c:a", "adpcm_ima_ssi", "-f", "kvag", file.name), pcm)
            nibbles = file.read()[self.HEAD:]
        said = numpy.frombuffer(self.decode(row, [bytes(4) + nibbles]), "<i2")
        packets, last, index = [], 0, 0
        for at, part in enumerate(split(nibbles, 80)):
            packets.append(struct.pack(">hBB", last, index, 0) + part)
            for byte in part:
                for nibble in (byte >> 4, byte & 15):
                    index = min(max(index + self.STEPS[nibble & 7], 0), 88)
            last = int(said[(at + 1) * 160 - 1])
        return packets


def crc32_of(byte):
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1 ^ (0x04c11db7 if crc & 0x80000000 else 0)) & 0xffffffff
    return crc


CRC32 = [crc32_of(byte) for byte in range(256)]


class Ogg:
    """Packets in Ogg: two headers, then sound.  RFC 3533, RFC 7845."""

    def __init__(self, encoder, decoder, heads):
        self.encoder, self.decoder, self.heads = encoder, decoder, heads

    @staticmethod
    def checksum(data):
        crc = 0
        for byte in data:
            crc = (crc << 8 ^ CRC32[crc >> 24 ^ byte]) & 0xffffffff
        return crc

    def page(self, number, flags, granule, packet):
        laces = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        page = b"OggS" + struct.pack("<BBqIIIB", 0, flags, granule, 7, number, 0, len(laces)) + laces + packet
        return page[:22] + struct.pack("<I", self.checksum(page)) + page[26:]

    def decode(self, row, packets):
        per_packet = row.granule_rate * row.ptime_ms // 1000
        pages = [self.page(i, 2 if i == 0 else 0, 0, head) for i, head in enumerate(self.heads(row))]
        for i, packet in enumerate(packets):
            last = 4 if i == len(packets) - 1 else 0
            pages.append(self.page(2 + i, last, (i + 1) * per_packet, packet))
        return in_file(b"".join(pages), ".ogg",
                       lambda path: ffmpeg("-c:a", self.decoder, "-i", path, "-f", "s16le", "-"))

    def encode(self, row, pcm):
        data = run(ffmpeg(*ffmpeg_pcm(row), "-c:a", *self.encoder, "-f", "ogg", "-"), pcm)
        packets, packet, at = [], b"", 0
        while at < len(data):
            laces = data[at + 27:at + 27 + data[at + 26]]
            at += 27 + len(laces)
            for lace in laces:
                packet += data[at:at + lace]
                at += lace
                if lace < 255:
                    packets.append(packet)
                    packet = b""
        return packets[2:]


def opus_heads(row):
    return [b"OpusHead" + struct.pack("<BBHIhB", 1, row.channels, 0, row.rate, 0, 0), b"OpusTags" + bytes(8)]


def speex_heads(row):
    frame = row.rate // 50
    mode = {8000: 0, 16000: 1, 32000: 2}[row.rate]
    head = struct.pack("<8s20s13i", b"Speex   ", b"1.2", 1, 80, row.rate, mode, 4, 1, -1, frame, 0, 1, 0, 0, 0)
    return [head, bytes(8)]


class Amr:
    """Octet-aligned payloads of one frame, without their first byte, are the frames of a file.  RFC 4867 4.4, 5."""

    def __init__(self, magic, form, sizes):
        self.magic, self.form, self.sizes = magic, form, sizes

    def decode(self, row, packets):
        return in_file(self.magic + b"".join(p[1:] for p in packets), ".amr",
                       lambda path: ffmpeg("-i", path, "-f", "s16le", "-"))

    def encode(self, row, pcm):
        data = run(sox(row, "s16", self.form), pcm)
        packets, at = [], len(self.magic)
        while at < len(data):
            mode = data[at] >> 3 & 15
            size = 1 + (self.sizes[mode] if mode < 14 else 0)
            packets.append(b"\xf0" + data[at:at + size])
            at += size
        return packets


# ---- The codecs. ----


@dataclasses.dataclass
class Row:
    spec: str  # for codec_tool: as in rtpmap
    peer: typing.Any
    who: str
    rate: int = 8000
    channels: int = 1
    ptime_ms: int = 20
    fmtp: str = ""
    decoder_options: tuple = ()
    exact: bool = True  # both decoders give the same bits
    db: float = None  # waveform: at least so alike to what was said, in dB
    shape: float = None  # vocoder: the least correlation of loudness over time and pitch
    granule_rate: int = 0
    only_decodes: bool = False


def g726(bits, packed, name):
    rate = str(bits * 8000)
    form = "g726le" if packed == "low" else "g726"
    # It lets values wrap around, and rounds otherwise here and there.
    return Row(name, ffmpeg_raw(bits * 20, form, "-b:a", rate, codec=form), "ffmpeg",
               decoder_options=("-code_size", str(bits), "-ar", "8000"), exact=False, db={2: 6, 3: 11, 4: 17}[bits])


def rows():
    at_8k = ("-ar", "8000")
    yield Row("PCMU", ffmpeg_raw(160, "mulaw"), "ffmpeg", decoder_options=at_8k, db=30)
    yield Row("PCMU", sox_raw(160, "ul"), "sox", db=30)
    yield Row("PCMA", ffmpeg_raw(160, "alaw"), "ffmpeg", decoder_options=at_8k, db=30)
    yield Row("PCMA", sox_raw(160, "al"), "sox", db=30)
    for rate, channels in (8000, 1), (16000, 2), (48000, 1):
        yield Row(f"L16/{rate}/{channels}", ffmpeg_raw(rate * channels // 50, "s16be"), "ffmpeg", rate, channels, 10,
                  decoder_options=("-ar", str(rate), "-ac", str(channels)), db=59)
    yield Row("G722", ffmpeg_raw(160, "g722"), "ffmpeg", 16000, db=15)
    for bits in 2, 3, 4:  # ffmpeg's 40 kbit/s is not G.726: tests/codecs/test_g726.c
        yield g726(bits, "low", f"G726-{bits * 8}")
        yield g726(bits, "high", f"AAL2-G726-{bits * 8}")
    yield Row("GSM", ffmpeg_raw(33, "gsm", codec="libgsm"), "ffmpeg", decoder_options=at_8k, db=8)
    yield Row("GSM", sox_raw(33, "gsm"), "sox", db=8)
    yield Row("DVI4", Dvi4(), "ffmpeg", db=17)
    yield Row("LPC", sox_raw(14, "lpc10"), "sox", ptime_ms=45, exact=False, shape=0.7)
    for rate, channels in (48000, 1), (48000, 2):
        yield Row("opus/48000/2", Ogg(["libopus", "-b:a", "48k", "-application", "voip"], "libopus", opus_heads), "ffmpeg",
                  rate, channels, fmtp="stereo=1" if channels == 2 else "", db=8, granule_rate=48000)
    for rate in 8000, 16000, 32000:
        yield Row(f"speex/{rate}", Ogg(["libspeex", "-compression_level", "8"], "libspeex", speex_heads), "ffmpeg", rate,
                  db=4, granule_rate=rate)
    for mode, size, ptime in (3200, 8, 20), (1200, 6, 40):  # libcodec2's noise depends on what the process did before
        yield Row(f"CODEC2-{mode}", ffmpeg_raw(size, "codec2raw", "-mode", str(mode), codec="libcodec2"), "ffmpeg",
                  ptime_ms=ptime, decoder_options=("-mode", str(mode)), exact=False, shape=0.7)
    # Not built in unless one wants to.
    yield Row("G729", ffmpeg_raw(20, "g729"), "ffmpeg", fmtp="annexb=no", exact=False, shape=0.7, only_decodes=True)
    narrow, wide = [12, 13, 15, 17, 19, 20, 26, 31, 5], [17, 23, 32, 36, 40, 46, 50, 58, 60, 5]
    yield Row("AMR", Amr(b"#!AMR\n", "amr-nb", narrow), "sox", fmtp="octet-align=1", exact=False, shape=0.7)
    yield Row("AMR-WB", Amr(b"#!AMR-WB\n", "amr-wb", wide), "ffmpeg", 16000, fmtp="octet-align=1", exact=False,
              shape=0.7, only_decodes=True)


# ---- Comparing. ----


def samples(pcm, channels):
    return numpy.frombuffer(pcm[:len(pcm) // 2 * 2], "<i2")[::channels].astype(float)


def loudness(sound, rate):
    """Of 20 ms by third of an octave or so, dB; each band without its mean."""
    frame = rate // 50
    sound = sound[:len(sound) // frame * frame].reshape(-1, frame)
    power = numpy.abs(numpy.fft.rfft(sound * numpy.hanning(frame))) ** 2
    edges = [4, 8, 12, 17, 23, 30, 40, 52, 68]  # of 50 Hz
    bands = numpy.stack([power[:, a:b].sum(1) for a, b in zip(edges, edges[1:])])
    bands = 10 * numpy.log10(bands + power.mean() * 1e-3)
    return bands - bands.mean(1, keepdims=True)


def shape(said, heard, rate):
    """The greatest correlation of their loudness, up to 160 ms apart."""
    a, b = loudness(said, rate), loudness(heard, rate)
    best = 0.0
    for late in range(9):
        n = min(a.shape[1], b.shape[1] - late)
        x, y = a[:, :n], b[:, late:late + n]
        best = max(best, float((x * y).sum() / numpy.sqrt((x * x).sum() * (y * y).sum() + 1e-9)))
    return best


def alike(row, said, heard):
    if row.db is not None:
        return likeness(said, heard, row.rate)[0]
    return shape(said, heard, row.rate)


def same(ours, theirs):
    """Have both decoders said the same?  One may have said a little more at its end."""
    n = min(len(ours), len(theirs))
    return n > 0 and n * 10 > max(len(ours), len(theirs)) * 9 and ours[:n] == theirs[:n]


def try_row(row, us, said, other):
    """A line of figures, and whether all is well."""
    least = row.db if row.db is not None else row.shape
    wav = said[row.rate, row.channels]
    original, wrong = samples(wav, row.channels), samples(other[row.rate, row.channels], row.channels)
    parts, good = [], True
    encoded = [("ours", us.encode(row, wav))]
    if not row.only_decodes:
        encoded.append((row.who, row.peer.encode(row, wav)))
    for way, packets in encoded:
        ours, theirs = us.decode(row, packets), row.peer.decode(row, packets)
        exact = same(ours, theirs)
        heard = samples(theirs if way == "ours" else ours, row.channels)
        right, not_it = alike(row, original, heard), alike(row, wrong, heard)
        margin = 3 if row.db is not None else 0.25
        fine = right >= least and not_it < least - margin and (exact or not row.exact)
        good = good and fine
        parts.append(f"by {way}: {right:.2f} (another recording {not_it:.2f}, {least} is needed)"
                     f"{', the same to the bit' if exact else ''}{'' if fine else ' WRONG'}")
    return f"{row.spec:14} {row.who:6} " + "; ".join(parts), good


def noise(us):
    """ffmpeg describes a pause with ten coefficients; our noise is as loud, and sounds alike."""
    row = Row("CN", None, "ffmpeg", ptime_ms=60)
    low = numpy.convolve(numpy.random.default_rng(1).normal(0, 300, 32000), [1, 0.8, 0.6, 0.4], "same")
    packets = split(run(ffmpeg(*ffmpeg_pcm(row), "-map", "0:a", "-c:a", "comfortnoise", "-f", "data", "-"),
                        low.astype("<i2").tobytes()), 11)
    heard = samples(us.decode(row, packets[5:]), 1)
    level = 10 * numpy.log10((heard ** 2).mean() / (low ** 2).mean())

    def tilt(x):
        return float((x[1:] * x[:-1]).sum() / (x * x).sum())
    good = abs(level) < 2 and abs(tilt(heard) - tilt(low)) < 0.1
    return (f"CN             ffmpeg loudness {level:+.1f} dB, tilt {tilt(heard):.2f} for {tilt(low):.2f}"
            f"{'' if good else ' WRONG'}"), good


def speech(path):
    """The recording at every rate and number of channels that is needed."""
    kinds = {(row.rate, row.channels) for row in rows()}
    return {(rate, channels): run(["sox", "-D", path, "-t", "s16", "-r", str(rate), "-c", str(channels), "-"])
            for rate, channels in kinds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", help="codec_tool")
    parser.add_argument("said", help="WAV")
    parser.add_argument("other", help="WAV, another recording")
    args = parser.parse_args()
    us = Ours(args.tool)
    said, other = speech(args.said), speech(args.other)
    tried = [try_row(row, us, said, other) for row in rows() if row.spec.split("/")[0] in us.names] + [noise(us)]
    print("\n".join(line for line, _ in tried))
    sys.exit(0 if all(good for _, good in tried) else 1)


if __name__ == "__main__":
    main()

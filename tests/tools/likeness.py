#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How alike is what was heard to what was said?  Two WAV files in, one figure in dB out.

What was heard is moved to where it matches what was said best (cross-correlation; first as a whole, then each
half second by up to 20 ms more), its loudness is matched, and the two are subtracted.  The figure is the energy
of the speech over the energy of that difference, in dB:

  about 30 and more   every frame arrived; the rest is the codec's rounding
  about 13            one frame in twenty is missing (what is missing differs by its own energy: 1/20 = -13 dB)
  about 0             another recording

With --calibrate the same recording with 5 % of its 20 ms frames silenced, and OTHER, a wrong recording, are
measured beside it, so that a reader sees what the figure is worth."""
import argparse
import json
import sys
import wave

import numpy

FRAME_MS = 20
BLOCK_MS = 500
SLIP_MS = 20
CEILING = 60.0  # dB: two equal files


def read(path):
    """Samples as floats, and their rate; the first channel of 16-bit PCM."""
    with wave.open(path, "rb") as wav:
        if wav.getsampwidth() != 2:
            raise SystemExit(f"{path}: 16-bit PCM is needed")
        # A recorder that was cut off leaves a wrong length in the header: read what is there.
        data = wav.readframes(1 << 26)
        samples = numpy.frombuffer(data[:len(data) // 2 * 2], dtype="<i2")[::wav.getnchannels()]
        return samples.astype(float), wav.getframerate()


def shift(said, heard):
    """How many samples after the start of HEARD lies the start of SAID."""
    size = 1 << (len(said) + len(heard)).bit_length()
    spectrum = numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(said, size))
    lag = int(numpy.argmax(numpy.fft.irfft(spectrum, size)))
    return lag - size if lag > size // 2 else lag


def cut(samples, start, length):
    """LENGTH samples from START on, silence where there are none."""
    out = numpy.zeros(length)
    lo, hi = max(start, 0), min(start + length, len(samples))
    if lo < hi:
        out[lo - start:hi - start] = samples[lo:hi]
    return out


def best_match(part, wide):
    """Where in WIDE the correlation with PART, loudness aside, is highest."""
    power = numpy.concatenate(([0.0], numpy.cumsum(wide * wide)))
    power = power[len(part):] - power[:-len(part)]
    return int(numpy.argmax(numpy.correlate(wide, part, "valid") / numpy.sqrt(numpy.maximum(power, 1.0))))


def likeness(said, heard, rate):
    """(dB, delay in samples)"""
    if not len(heard) or not heard.any() or not said.any():
        return 0.0, 0
    delay = shift(said, heard)
    block, slip = rate * BLOCK_MS // 1000, rate * SLIP_MS // 1000
    aligned = numpy.zeros(len(said))
    for start in range(0, len(said), block):
        part = said[start:start + block]
        wide = cut(heard, start + delay - slip, len(part) + 2 * slip)
        at = best_match(part, wide) if part.any() else slip
        aligned[start:start + len(part)] = wide[at:at + len(part)]
    gain = numpy.dot(said, aligned) / max(numpy.dot(aligned, aligned), 1.0)
    difference = said - gain * aligned
    ratio = numpy.dot(said, said) / max(numpy.dot(difference, difference), 1e-6 * numpy.dot(said, said))
    return min(10 * numpy.log10(ratio), CEILING), delay


def with_loss(samples, rate, share, seed=1):
    """The recording with SHARE of its 20 ms frames silenced, evenly spread over the loud and the quiet."""
    frame = rate * FRAME_MS // 1000
    out = samples.copy()
    frames = len(samples) // frame
    for i in numpy.random.default_rng(seed).choice(frames, round(frames * share), replace=False):
        out[i * frame:(i + 1) * frame] = 0
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("said")
    parser.add_argument("heard")
    parser.add_argument("--calibrate", metavar="OTHER", help="measure 5 %% loss and this wrong recording as well")
    parser.add_argument("--at-least", type=float, metavar="DB", help="fail below this")
    args = parser.parse_args()

    said, rate = read(args.said)
    heard, heard_rate = read(args.heard)
    if rate != heard_rate:
        raise SystemExit(f"sampling rates differ: {rate} and {heard_rate}")
    figure, delay = likeness(said, heard, rate)
    result = {"likeness_db": round(figure, 1), "seconds": round(len(heard) / rate, 2),
              "starts_at_s": round(delay / rate, 3)}
    if args.calibrate:
        other, _ = read(args.calibrate)
        result["five_percent_lost_db"] = round(likeness(said, with_loss(heard, rate, 0.05), rate)[0], 1)
        result["wrong_recording_db"] = round(likeness(other, heard, rate)[0], 1)
    print(json.dumps(result))
    return 1 if args.at_least is not None and figure < args.at_least else 0


if __name__ == "__main__":
    sys.exit(main())

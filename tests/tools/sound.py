#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How far is one recording from another, to the ear?  For speech that has gone through codecs, where likeness.py,
which subtracts wave forms, says little: two good codecs may differ by as much as they resemble.

  level A.wav            loudness of its speech, and how long it is
  distance A.wav B.wav   what B has become of A: both figures below, and the difference of loudness and length
  judge A.wav OTHER.wav  what the figures are worth: A against itself with 5 % of its frames lost, and against OTHER;
                         status 1 if they do not tell

Two figures, of the 20 ms frames in which A speaks, after B was moved to where it matches best:

  segsnr_db  segmental signal-to-noise ratio: that of each frame, -10 to 35 dB, and of those the mean.  35: equal but
             for the last bits; 15-25: a codec that keeps the wave form; about 0: one that does not (a vocoder)
  lsd_db     log-spectral distance: by how much the spectra of a frame differ, root mean square over the frequencies
             of less than 40 dB below the loudest, what is weaker counting as that; and of those the mean.  0: equal;
             1-6: a codec that keeps the wave form; 8-11: a coarse one, or a vocoder; 15: something else was said

Loudness is the active level, as ITU-T P.56 has it (the mean over the frames less than 15.9 dB below that mean), but
without its hangover, in dB below the loudest square wave (dBov)."""
import argparse
import json
import os
import sys

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import likeness

FRAME_MS = 20
MARGIN_DB = 15.9  # P.56: the threshold of speech below its own level
SEGSNR_DB = (-10.0, 35.0)
SPECTRUM_DB = 40.0
FULL = 32768.0


def frames(samples, rate):
    """Rows of 20 ms; what does not fill one at the end is left out."""
    size = rate * FRAME_MS // 1000
    return samples[:len(samples) // size * size].reshape(-1, size)


def active(samples, rate):
    """Which frames speak, and the level of those, dBov."""
    power = (frames(samples, rate) ** 2).mean(axis=1)
    speaks = power > 0
    while speaks.any():
        level = power[speaks].mean()
        louder = power > level * 10 ** (-MARGIN_DB / 10)
        if (louder == speaks).all():
            return speaks, 10 * numpy.log10(level / FULL ** 2)
        speaks = louder
    return speaks, -numpy.inf


def segsnr(said, heard):
    noise = ((said - heard) ** 2).sum(axis=1)
    ratio = 10 * numpy.log10((said ** 2).sum(axis=1) / numpy.maximum(noise, 1e-9))
    return ratio.clip(*SEGSNR_DB).mean()


def spectra(rows):
    power = numpy.abs(numpy.fft.rfft(rows * numpy.hanning(rows.shape[1]), axis=1)) ** 2
    return power / power.shape[1]


def lsd(said, heard):
    said, heard = spectra(said), spectra(heard)
    floor = said.max(axis=1, keepdims=True) * 10 ** (-SPECTRUM_DB / 10)
    difference = 10 * numpy.log10(numpy.maximum(said, floor) / numpy.maximum(heard, floor))
    counts = numpy.maximum(said, heard) > floor  # nowhere else is there anything to differ, at a high rate least of all
    return numpy.sqrt((difference ** 2).sum(axis=1) / counts.sum(axis=1)).mean()


def distance(said, heard, rate):
    """Both figures and what goes with them, of two arrays of samples."""
    speaks, level = active(said, rate)
    delay = likeness.shift(said, heard)
    moved = frames(likeness.cut(heard, delay, len(said)), rate)[speaks]
    spoken = frames(said, rate)[speaks]
    return {"segsnr_db": round(float(segsnr(spoken, moved)), 2), "lsd_db": round(float(lsd(spoken, moved)), 2),
            "louder_db": round(float(active(heard, rate)[1] - level), 2),
            "longer_s": round((len(heard) - len(said)) / rate, 4), "delay_s": round(delay / rate, 4)}


def measure_level(args):
    samples, rate = likeness.read(args.a)
    return {"level_dbov": round(float(active(samples, rate)[1]), 2), "seconds": round(len(samples) / rate, 4)}


def measure_distance(args):
    said, rate = likeness.read(args.a)
    heard, heard_rate = likeness.read(args.b)
    if rate != heard_rate:
        raise SystemExit(f"sampling rates differ: {rate} and {heard_rate}")
    return distance(said, heard, rate)


def judge(args):
    said, rate = likeness.read(args.a)
    other, other_rate = likeness.read(args.b)
    if rate != other_rate:
        raise SystemExit(f"sampling rates differ: {rate} and {other_rate}")
    figures = {"same": distance(said, said, rate), "quieter_by_6": distance(said, said / 2, rate),
               "five_percent_lost": distance(said, likeness.with_loss(said, rate, 0.05), rate),
               "wrong_recording": distance(said, other, rate)}
    same, quiet, lost, wrong = figures.values()
    figures["tells"] = (
        same["segsnr_db"] == SEGSNR_DB[1] and same["lsd_db"] == 0 and abs(quiet["louder_db"] + 6.02) < 0.1
        and lost["segsnr_db"] < same["segsnr_db"] - 1 and lost["lsd_db"] > 0.5
        and wrong["segsnr_db"] < lost["segsnr_db"] - 10 and wrong["lsd_db"] > lost["lsd_db"] + 5)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, function, files in (("level", measure_level, "a"), ("distance", measure_distance, "ab"),
                                  ("judge", judge, "ab")):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        for file in files:
            command.add_argument(file, metavar=file.upper() + ".wav")
    args = parser.parse_args()
    figures = args.function(args)
    print(json.dumps(figures))
    return 0 if figures.get("tells", True) else 1


if __name__ == "__main__":
    sys.exit(main())

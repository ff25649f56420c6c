#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# What G.711 with concealment of losses sounds like, 1 to 4.5, by the E-model of ITU-T G.107 with its default values:
#   emodel.py JITTER-MS LOSS-PERCENT
# Written from the recommendation's formulae (section 7, annex B), apart from relay/quality.c, which it is held against;
# what both take for granted is the listener: packets of 20 ms, and a buffer of five times the jitter, 20 to 200 ms, whose
# late packets are lost.
import sys
from math import exp, log, log10, sqrt

RO, IS = 94.7688, 1.4136  # of the default values, as G.107 has them
BPL, IE = 25.1, 0  # G.113, table I.3
TELR, WEPL = 65, 110


def opinion(jitter, loss):
    buffer = max(20, min(200, 5 * jitter))
    loss = 100 - (100 - loss) * (1 - (exp(-buffer / jitter) if jitter else 0))
    t = 20 + buffer  # Ta; the mean one way T and the round trip Tr follow from it
    tr = 2 * t
    terv = TELR - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t * t)
    roe = RO  # 1.5 (No - RLR) with the default values
    idte = ((roe - (80 + 2.5 * (terv - 14))) / 2
            + sqrt((roe - (80 + 2.5 * (terv - 14))) ** 2 / 4 + 100) - 1) * (1 - exp(-t))
    rle = 10.5 * (WEPL + 7) * (tr + 1) ** -0.25
    idle = (RO - rle) / 2 + sqrt((RO - rle) ** 2 / 4 + 169)
    x = log(t / 100) / log(2) if t > 100 else 0
    idd = 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2) if x else 0
    r = RO - IS - idte - idle - idd - (IE + (95 - IE) * loss / (loss + BPL))
    return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6 if r > 0 else 1


print(round(opinion(float(sys.argv[1]), float(sys.argv[2])), 4))

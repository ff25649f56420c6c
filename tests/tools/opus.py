# SPDX-License-Identifier: Apache-2.0
#
# libopus through ctypes, mono: what an Opus phone says and hears without any code of ours.  PCM is numpy's int16.
import ctypes

import numpy

_lib = ctypes.CDLL("libopus.so.0")
_lib.opus_encoder_create.restype = _lib.opus_decoder_create.restype = ctypes.c_void_p
_lib.opus_encoder_ctl.argtypes = ctypes.c_void_p, ctypes.c_int, ctypes.c_int
_lib.opus_encode.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int
_lib.opus_decode.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int,
                             ctypes.c_int)

VOIP = 2048
SETTINGS = {"bitrate": 4002, "complexity": 4010, "inband_fec": 4012, "packet_loss_perc": 4014}
PAYLOAD_MAX = 1400


def _good(n):
    if n < 0:
        raise ValueError(f"libopus: error {n}")
    return n


class Encoder:
    def __init__(self, rate, **settings):
        self._encoder = _lib.opus_encoder_create(rate, 1, VOIP, None)
        for name, value in settings.items():
            _good(_lib.opus_encoder_ctl(self._encoder, SETTINGS[name], value))

    def encode(self, pcm):
        out = ctypes.create_string_buffer(PAYLOAD_MAX)
        pcm = numpy.ascontiguousarray(pcm, dtype=numpy.int16)
        n = _good(_lib.opus_encode(self._encoder, pcm.ctypes.data, len(pcm), out, PAYLOAD_MAX))
        return out.raw[:n]


class Decoder:
    def __init__(self, rate):
        self._decoder = _lib.opus_decoder_create(rate, 1, None)

    def decode(self, payload, samples, of_lost=False):
        """SAMPLES of PAYLOAD; OF_LOST: of the packet before it, by its redundancy if it has any.  None: of nothing."""
        pcm = numpy.zeros(samples, dtype=numpy.int16)
        n = _good(_lib.opus_decode(self._decoder, payload, len(payload or b""), pcm.ctypes.data, samples, of_lost))
        return pcm[:n]

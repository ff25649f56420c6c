# SPDX-License-Identifier: Apache-2.0
#
# SRTP for the test phones: libsrtp2 through ctypes, so that what strowger seals is judged by a library
# that is not strowger's.  One Session is one direction under one master key.
#
# But for AES-192, whose session keys libsrtp2 2.5.0 does not derive as RFC 6188 says (libsrtp issue 763): there
# RFC 3711 is followed here, step by step, over OpenSSL's AES.
import base64
import ctypes
import hashlib
import hmac
import os
import struct

_lib = ctypes.CDLL("libsrtp2.so.1")
_crypto = ctypes.CDLL("libcrypto.so.3")

# Name in a=crypto -> bytes of key and salt, libsrtp2's policy for RTP, and for RTCP (whose tag is 80 bits
# also where RTP's is 32: RFC 3711 section 5.2).
SUITES = {
    "AES_CM_128_HMAC_SHA1_80": (16, 14, "rtp_default", "rtp_default"),
    "AES_CM_128_HMAC_SHA1_32": (16, 14, "aes_cm_128_hmac_sha1_32", "rtp_default"),
    "AES_192_CM_HMAC_SHA1_80": (24, 14, "aes_cm_192_hmac_sha1_80", "aes_cm_192_hmac_sha1_80"),
    "AES_192_CM_HMAC_SHA1_32": (24, 14, "aes_cm_192_hmac_sha1_32", "aes_cm_192_hmac_sha1_80"),
    "AES_256_CM_HMAC_SHA1_80": (32, 14, "aes_cm_256_hmac_sha1_80", "aes_cm_256_hmac_sha1_80"),
    "AES_256_CM_HMAC_SHA1_32": (32, 14, "aes_cm_256_hmac_sha1_32", "aes_cm_256_hmac_sha1_80"),
    "AEAD_AES_128_GCM": (16, 12, "aes_gcm_128_16_auth", "aes_gcm_128_16_auth"),
    "AEAD_AES_256_GCM": (32, 12, "aes_gcm_256_16_auth", "aes_gcm_256_16_auth"),
}

INBOUND, OUTBOUND = 2, 3  # srtp_ssrc_type_t
TRAILER = 160  # SRTP_MAX_TRAILER_LEN is 144; RTCP adds an index


class _Crypto(ctypes.Structure):  # srtp_crypto_policy_t
    _fields_ = [(name, ctypes.c_int) for name in
                ("cipher_type", "cipher_key_len", "auth_type", "auth_key_len", "auth_tag_len", "sec_serv")]


class _Policy(ctypes.Structure):  # srtp_policy_t
    _fields_ = [("ssrc_type", ctypes.c_int), ("ssrc", ctypes.c_uint),
                ("rtp", _Crypto), ("rtcp", _Crypto),
                ("key", ctypes.c_char_p), ("keys", ctypes.c_void_p),
                ("num_master_keys", ctypes.c_ulong), ("deprecated_ekt", ctypes.c_void_p),
                ("window_size", ctypes.c_ulong), ("allow_repeat_tx", ctypes.c_int),
                ("enc_xtn_hdr", ctypes.c_void_p), ("enc_xtn_hdr_count", ctypes.c_int),
                ("next", ctypes.c_void_p)]


def new_key(suite):
    """A random master key and salt, in base64 as in a=crypto."""
    key_len, salt_len = SUITES[suite][:2]
    return base64.b64encode(os.urandom(key_len + salt_len)).decode()


class Refused(Exception):
    """libsrtp2 did not accept a packet; the status is srtp_err_status_t (7: authentication)."""

    def __init__(self, status):
        super().__init__(f"libsrtp2 status {status}")
        self.status = status


def session(spec, direction):
    """SPEC is SUITE:BASE64.  Packets go through its seal, unseal, seal_rtcp and unseal_rtcp."""
    suite, text = spec.split(":", 1)
    key_len, salt_len = SUITES[suite][:2]
    raw = base64.b64decode(text)
    if len(raw) != key_len + salt_len:
        raise ValueError(f"{suite} takes {key_len + salt_len} bytes of key and salt, not {len(raw)}")
    return (Rfc6188Session if key_len == 24 else LibrarySession)(suite, raw, direction)


class LibrarySession:
    def __init__(self, suite, raw, direction):
        self._key = raw  # libsrtp2 keeps the pointer while it makes the session
        policy = _Policy(ssrc_type=direction, key=self._key, window_size=1024)
        getattr(_lib, "srtp_crypto_policy_set_" + SUITES[suite][2])(ctypes.byref(policy.rtp))
        getattr(_lib, "srtp_crypto_policy_set_" + SUITES[suite][3])(ctypes.byref(policy.rtcp))
        self._session = ctypes.c_void_p()
        status = _lib.srtp_create(ctypes.byref(self._session), ctypes.byref(policy))
        if status != 0:
            raise RuntimeError(f"libsrtp2 refuses {suite}: status {status}")

    def _apply(self, function, packet):
        buf = ctypes.create_string_buffer(packet, len(packet) + TRAILER)
        length = ctypes.c_int(len(packet))
        status = function(self._session, buf, ctypes.byref(length))
        if status != 0:
            raise Refused(status)
        return buf.raw[:length.value]

    def seal(self, packet):
        return self._apply(_lib.srtp_protect, packet)

    def unseal(self, packet):
        return self._apply(_lib.srtp_unprotect, packet)

    def seal_rtcp(self, packet):
        return self._apply(_lib.srtp_protect_rtcp, packet)

    def unseal_rtcp(self, packet):
        return self._apply(_lib.srtp_unprotect_rtcp, packet)


def aes(key, block):
    """One block of AES, encrypted."""
    schedule, out = ctypes.create_string_buffer(512), ctypes.create_string_buffer(16)
    _crypto.AES_set_encrypt_key(key, len(key) * 8, schedule)
    _crypto.AES_encrypt(block, out, schedule)
    return out.raw


def keystream(key, iv, length):
    """AES in counter mode from the 128-bit number IV on: RFC 3711 section 4.1.1."""
    return b"".join(aes(key, (iv + i).to_bytes(16, "big")) for i in range((length + 15) // 16))[:length]


def derive(key, salt, label, length):
    """A session key: RFC 3711 section 4.3.3, RFC 6188 section 3."""
    return keystream(key, (int.from_bytes(salt.ljust(14, b"\0"), "big") ^ label << 48) << 16, length)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Rfc6188Session:
    """RFC 3711 with AES-CM and HMAC-SHA1, for packets without CSRCs and extensions, that come in order or nearly."""

    def __init__(self, suite, raw, _direction):
        key, salt = raw[:-14], raw[-14:]
        self._rtp = [derive(key, salt, label, size) for label, size in ((0, len(key)), (1, 20), (2, 14))]
        self._rtcp = [derive(key, salt, label, size) for label, size in ((3, len(key)), (4, 20), (5, 14))]
        self._tag = 4 if suite.endswith("_32") else 10
        self._highest = {}  # SSRC -> index
        self._rtcp_index = 0

    def _index(self, packet):
        """RFC 3711 section 3.3.1; also the SSRC."""
        seq, ssrc = struct.unpack("!2xH4xI", packet[:12])
        highest = self._highest.get(ssrc, seq)
        index = (highest & ~0xffff) | seq
        if index - highest > 0x8000 and index > 0xffff:
            index -= 0x10000
        elif highest - index > 0x8000:
            index += 0x10000
        return index, ssrc

    @staticmethod
    def _cipher(keys, ssrc, index, data):
        iv = (int.from_bytes(keys[2], "big") << 16) ^ (ssrc << 64) ^ (index << 16)
        return xor(data, keystream(keys[0], iv, len(data)))

    def _rtp_tag(self, packet, index):
        return hmac.digest(self._rtp[1], packet + struct.pack("!I", index >> 16), hashlib.sha1)[:self._tag]

    def _keep(self, ssrc, index):
        self._highest[ssrc] = max(index, self._highest.get(ssrc, index))

    def seal(self, packet):
        index, ssrc = self._index(packet)
        self._keep(ssrc, index)
        sealed = packet[:12] + self._cipher(self._rtp, ssrc, index, packet[12:])
        return sealed + self._rtp_tag(sealed, index)

    def unseal(self, packet):
        sealed, tag = packet[:-self._tag], packet[-self._tag:]
        index, ssrc = self._index(sealed)
        if tag != self._rtp_tag(sealed, index):
            raise Refused(7)
        self._keep(ssrc, index)
        return sealed[:12] + self._cipher(self._rtp, ssrc, index, sealed[12:])

    def seal_rtcp(self, packet):
        index, ssrc = self._rtcp_index, struct.unpack("!4xI", packet[:8])[0]
        self._rtcp_index += 1
        sealed = packet[:8] + self._cipher(self._rtcp, ssrc, index, packet[8:]) + struct.pack("!I", 1 << 31 | index)
        return sealed + hmac.digest(self._rtcp[1], sealed, hashlib.sha1)[:10]

    def unseal_rtcp(self, packet):
        sealed, tag = packet[:-10], packet[-10:]
        if tag != hmac.digest(self._rtcp[1], sealed, hashlib.sha1)[:10]:
            raise Refused(7)
        ssrc, (index,) = struct.unpack("!4xI", sealed[:8])[0], struct.unpack("!I", sealed[-4:])
        return sealed[:8] + self._cipher(self._rtcp, ssrc, index & 0x7fffffff, sealed[8:-4])


def rtp(seq, timestamp, ssrc, payload, payload_type=0, marker=0):
    return struct.pack("!BBHII", 0x80, marker << 7 | payload_type, seq & 0xffff, timestamp & 0xffffffff, ssrc) + payload


def sender_report(ssrc, packets, octets, timestamp=0):
    """RFC 3550 section 6.4.1, without report blocks."""
    return struct.pack("!BBHIIIIII", 0x80, 200, 6, ssrc, 0, 0, timestamp & 0xffffffff, packets, octets)


def is_rtcp(packet):
    """RFC 5761 section 4: packet types 192..223, where RTP's second byte has no such value."""
    return len(packet) >= 2 and 192 <= packet[1] <= 223


_lib.srtp_init()

# SPDX-License-Identifier: Apache-2.0
#
# MDP and VoMP as bytes, for test tools: written from the wire specification alone, and sharing nothing with mesh/, so
# that each judges the other.  libsodium through ctypes.  docs/vomp.md says where each layout comes from.
import collections
import ctypes
import hashlib
import os
import struct

_lib = ctypes.CDLL("libsodium.so.23")
_lib.sodium_init()

PORT, DATAGRAM_MAX, TTL = 4110, 1200, 31
UNICAST, HAS_INTERFACE, HAS_SEQ = 1, 2, 4  # flags of an envelope
SENDER_SAME, BROADCAST, ONE_HOP, CIPHERED, SIGNED, ACK_SOON, HAS_TYPE = 1, 2, 4, 16, 32, 64, 128  # of a frame
BOXED = CIPHERED | SIGNED
DATA, EXPLAIN = 0x30, 0x60  # types of frames
VOICE, ORDINARY = 0, 3  # QoS
RECORD_INTERFACE, RECORD_NO_PATH, RECORD_BROADCAST, RECORD_UNICAST, RECORD_ACK, RECORD_DROP = 1, 2, 4, 8, 16, 32
KEYMAP, LINK_STATE, ECHO, DNA, VOMP = 1, 2, 7, 10, 12  # MDP ports
NONCE, TAG, SIGNATURE = 24, 16, 64


class Malformed(Exception):
    pass


# ---- Keys. ----


def _made(size, function, *args):
    out = ctypes.create_string_buffer(size)
    if getattr(_lib, function)(out, *args) != 0:
        raise Malformed(function)
    return out.raw


def _long(number):
    return ctypes.c_ulonglong(number)


def sid_of(sign_public):
    return _made(32, "crypto_sign_ed25519_pk_to_curve25519", sign_public)


class Identity:
    """All that follows from a seed."""

    def __init__(self, seed, did="", name=""):
        public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        _lib.crypto_sign_seed_keypair(public, secret, seed)
        self.sign_public, self.sign_secret = public.raw, secret.raw
        self.box_secret = _made(32, "crypto_sign_ed25519_sk_to_curve25519", self.sign_secret)
        self.sid = _made(32, "crypto_scalarmult_base", self.box_secret)
        self.did, self.name = did, name
        self._keys = {}

    def key(self, peer):
        if peer not in self._keys:
            self._keys[peer] = _made(32, "crypto_box_beforenm", peer, self.box_secret)
        return self._keys[peer]

    def seal(self, peer, plain):
        nonce = os.urandom(NONCE)
        nonce = bytes([nonce[0] & 0x7f]) + nonce[1:]
        return nonce + _made(TAG + len(plain), "crypto_box_easy_afternm", plain, _long(len(plain)), nonce, self.key(peer))

    def open(self, peer, payload):
        if len(payload) < NONCE + TAG or payload[0] & 0x80:
            raise Malformed("no box")
        sealed = payload[NONCE:]
        return _made(len(sealed), "crypto_box_open_easy_afternm", sealed, _long(len(sealed)), payload[:NONCE],
                     self.key(peer))[:len(sealed) - TAG]

    def sign_raw(self, message):
        return _made(SIGNATURE, "crypto_sign_detached", None, message, _long(len(message)), self.sign_secret)

    def sign(self, plain):
        return plain + self.sign_raw(hashlib.sha512(plain).digest())


def is_signed_raw(message, signature, sign_public):
    return _lib.crypto_sign_verify_detached(signature, message, _long(len(message)), sign_public) == 0


def verified(payload, sign_public):
    """What is in front of a good signature; None."""
    plain = payload[:-SIGNATURE]
    return plain if is_signed_raw(hashlib.sha512(plain).digest(), payload[-SIGNATURE:], sign_public) else None


# ---- Reading. ----

Address = collections.namedtuple("Address", "kind bytes")
Envelope = collections.namedtuple("Envelope", "version one_frame sender flags interface seq")
Frame = collections.namedtuple("Frame", "flags source broadcast_id destination next_hop ttl qos type seq payload")
Record = collections.namedtuple("Record", "flags receiver version transmitter interface ack mask drop")
WORDS = {0xfc: "me", 0xfd: "you", 0xfe: "same", 0xff: "sender"}  # addresses of a single byte


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, n):
        if n > self.left():
            raise Malformed("cut short")
        self.at += n
        return self.data[self.at - n:self.at]

    def byte(self):
        return self.take(1)[0]

    def short(self):
        return struct.unpack("!H", self.take(2))[0]

    def rest(self):
        return self.take(self.left())

    def packed(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def address(self):
        code = self.byte()
        if 1 <= code <= 31:
            return Address("prefix", self.take(code))
        if code == 0x20:
            return Address("sid", self.take(32))
        if code == 0xfb:
            return Address("sid", sid_of(self.take(32)))
        if code in WORDS:
            return Address(WORDS[code], b"")
        raise Malformed(f"address {code:#x}")


def read_frame(reader, envelope):
    flags = reader.byte()
    one_hop, broadcast = flags & ONE_HOP, flags & BROADCAST
    source = None if flags & SENDER_SAME else reader.address()
    broadcast_id = reader.take(8) if broadcast and not one_hop else None
    destination = None if broadcast else reader.address()
    next_hop = None if broadcast or one_hop else reader.address()
    life = 0 if one_hop else reader.byte()
    kind = reader.byte() if flags & HAS_TYPE else DATA
    seq = reader.byte() if envelope.version >= 1 else None
    payload = reader.rest() if envelope.one_frame else reader.take(reader.short())
    return Frame(flags, source, broadcast_id, destination, next_hop, life & 31, life >> 5 & 3, kind, seq, payload)


def read_datagram(data):
    """The envelope, and the frames in it; to the last byte."""
    reader = Reader(data)
    version, encapsulation = reader.byte(), reader.byte()
    if version > 1 or encapsulation not in (1, 2):
        raise Malformed(f"version {version}, encapsulation {encapsulation}")
    sender, flags = reader.address(), reader.byte()
    interface = reader.byte() if flags & HAS_INTERFACE else 0
    seq = reader.byte() if flags & HAS_SEQ else None
    envelope = Envelope(version, encapsulation == 2, sender, flags, interface, seq)
    frames = []
    while reader.left():
        frames.append(read_frame(reader, envelope))
    return envelope, frames


def read_records(body):
    """Link-state records; each ends where its length says."""
    reader, records = Reader(body), []
    while reader.left() and (length := reader.byte()) != 0:
        record = Reader(reader.take(length - 1))
        flags, receiver, version = record.byte(), record.address(), record.byte()
        transmitter = None if flags & RECORD_NO_PATH else record.address()
        interface = record.byte() if flags & RECORD_INTERFACE else None
        ack, mask = struct.unpack("!BI", record.take(5)) if flags & RECORD_ACK else (None, 0)
        drop = record.byte() if flags & RECORD_DROP else None
        records.append(Record(flags, receiver, version, transmitter, interface, ack, mask, drop))
        if record.left():
            raise Malformed("a record goes on")
    return records


def read_explanations(payload):
    """(kind, bytes) each: "who" with a prefix, "sid" with one (whose signing key, if that was said), "you"."""
    reader, items = Reader(payload), []
    while reader.left():
        code = reader.byte()
        if 1 <= code <= 31:
            items.append(("who", reader.take(code), None))
        elif code == 0x20:
            items.append(("sid", reader.take(32), None))
        elif code == 0xfb:
            key = reader.take(32)
            items.append(("sid", sid_of(key), key))
        elif code == 0xfd:
            items.append(("you", b"", None))
        else:
            raise Malformed(f"explanation {code:#x}")
    return items


def read_ports(plain):
    """(source, destination, data)"""
    reader = Reader(plain)
    first = reader.packed()
    destination = first >> 1
    source = destination if first & 1 else reader.packed()
    return source, destination, reader.rest()


class Context:
    """What the addresses of one datagram, or of one link-state body, mean.  KNOWN: SIDs."""

    def __init__(self, known, sender=None):
        self.known, self.sender, self.previous = known, sender, None

    def resolve(self, address):
        """A SID; None: nobody known, or several."""
        if address.kind == "sid":
            found = address.bytes
        elif address.kind == "prefix":
            alike = [sid for sid in self.known if sid.startswith(address.bytes)]
            found = alike[0] if len(alike) == 1 else None
        else:
            found = {"sender": self.sender, "same": self.previous}.get(address.kind)
        self.previous = found or self.previous
        return found

    def resolve_frame(self, frame):
        """Source, destination, next hop; None where there is none or nobody is known.  SENDER_SAME is no address that
        was resolved: the previous one stays."""
        source, destination, next_hop = (self.resolve(address) if address else None
                                         for address in (frame.source, frame.destination, frame.next_hop))
        return self.sender if frame.source is None else source, destination, next_hop


# ---- Writing. ----


def packed(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def address(sid, length=32):
    return bytes([length]) + sid[:length]


def ports(source, destination):
    return packed(destination << 1 | 1) if source == destination else packed(destination << 1) + packed(source)


def envelope(sender, flags, seq=None, version=1, one_frame=False):
    """SENDER: an address, as bytes."""
    if seq is not None:
        flags |= HAS_SEQ
    return bytes([version, 2 if one_frame else 1]) + sender + bytes([flags]) + (b"" if seq is None else bytes([seq & 0xff]))


def frame_head(flags, destination=b"", next_hop=b"", broadcast_id=b"", source=b"", qos=ORDINARY, kind=DATA):
    """All in front of the sequence number.  Addresses are bytes; without a source it is the sender."""
    flags |= (0 if source else SENDER_SAME) | (HAS_TYPE if kind != DATA else 0)
    head = bytes([flags]) + source + broadcast_id + destination + next_hop
    if not flags & ONE_HOP:
        head += bytes([qos << 5 | TTL])
    return head + (bytes([kind]) if kind != DATA else b"")


def frame(head, seq, payload, version=1, one_frame=False):
    return head + (bytes([seq & 0xff]) if version >= 1 else b"") + (
        b"" if one_frame else struct.pack("!H", len(payload))) + payload


def record(flags, receiver, version, transmitter=b"", interface=None, ack=None, drop=None):
    """ACK: (sequence, mask)."""
    body = bytes([flags]) + receiver + bytes([version]) + transmitter
    if flags & RECORD_INTERFACE:
        body += bytes([interface])
    if flags & RECORD_ACK:
        body += struct.pack("!BI", *ack)
    if flags & RECORD_DROP:
        body += bytes([drop])
    return bytes([len(body) + 1]) + body


# ---- VoMP. ----

NOCALL, CALLPREP, RINGINGOUT, RINGINGIN, INCALL, CALLENDED = range(1, 7)
STATES = ("", "nocall", "callprep", "ringingout", "ringingin", "incall", "callended")
SLOT_MS = 20
DTMF, TEXT = 0x20, 0x21
DIGITS = "0123456789ABCD*#"  # at place N: N << 4

# Codec -> number, bytes of so many ms.
Codec = collections.namedtuple("Codec", "id bytes ms")
CODECS = {
    "L16": Codec(1, 320, 20), "PCMU": Codec(2, 160, 20), "PCMA": Codec(3, 160, 20), "GSM": Codec(4, 33, 20),
    "CODEC2-1200": Codec(5, 6, 40), "CODEC2-3200": Codec(6, 8, 20), "opus": Codec(7, 0, 20),
}
NAMES = {codec.id: name for name, codec in CODECS.items()}


def slots_of(codec, data):
    """That a frame of sound covers; Opus' is of one."""
    shape = CODECS[NAMES[codec]]
    return (shape.ms * len(data) // shape.bytes if shape.bytes else shape.ms) // SLOT_MS


def vomp(own, far, state, view, body=b""):
    """A frame behind its ports."""
    return struct.pack("!BHHB", 2, own, far, view << 4 | state) + body


def vomp_offer(codecs, dids=()):
    return bytes(sorted(codecs)) + b"\0" + b"".join(did.encode() + b"\0" for did in dids)


def vomp_sound(codec, slot, seq, data):
    return struct.pack("!BHH", codec, slot & 0xffff, seq & 0xffff) + data


def read_vomp(data):
    """(sender's session, receiver's, its state, its view of ours, body)"""
    version, own, far, states = struct.unpack("!BHHB", Reader(data).take(6))
    if version != 2 or not NOCALL <= states & 15 <= CALLENDED:
        raise Malformed(f"VoMP {version}, state {states & 15}")
    return own, far, states & 15, states >> 4, data[6:]


def read_vomp_offer(body):
    """(codecs, numbers)"""
    codecs, _, rest = body.partition(b"\0")
    return set(codecs), [did.decode("ascii", "replace") for did in rest.split(b"\0")[:-1]]

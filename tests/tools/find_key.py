#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for SRTP keys in the writable memory of a process, or in a file (a core).

Each key is given as SUITE:BASE64 of key and salt.  Searched for: the master key, the session encryption and
authentication keys that RFC 3711 section 4.3 derives from it (16 bytes of them: an AES schedule begins with the
key itself), and the base64 text.  Prints what was found where; nothing found: nothing printed.  Status 0 either
way."""
import argparse
import base64
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import srtp

CHUNK = 1 << 24
OVERLAP = 128  # bytes: longer than any needle


def needles(spec):
    suite, text = spec.split(":", 1)
    key_len = srtp.SUITES[suite][0]
    raw = base64.b64decode(text)
    key, salt = raw[:key_len], raw[key_len:]
    yield "master key", key
    yield "base64 text", text.rstrip("=").encode()
    yield "session key", srtp.derive(key, salt, 0, 16)
    if not suite.startswith("AEAD"):
        yield "session authentication key", srtp.derive(key, salt, 1, 16)


def places(args):
    """(name, file, start, end) of everything to search."""
    if args.file:
        yield args.file, args.file, 0, os.path.getsize(args.file)
        return
    with open(f"/proc/{args.pid}/maps") as maps:
        for line in maps:
            span, flags, _, _, _, *name = line.split(maxsplit=5)
            start, end = (int(x, 16) for x in span.split("-"))
            if flags.startswith("rw"):
                yield (name[0].strip() if name else "anonymous"), f"/proc/{args.pid}/mem", start, end


def present(pid, start, end):
    """The parts of a mapping that have pages: EAL reserves far more address space than it uses."""
    page = os.sysconf("SC_PAGE_SIZE")
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap:
        pagemap.seek(start // page * 8)
        entries = pagemap.read((end - start) // page * 8)
    run = None
    for i in range(0, len(entries), 8):
        here = entries[i + 7] & 0xc0  # present or swapped
        if here and run is None:
            run = start + i // 8 * page
        elif not here and run is not None:
            yield run, start + i // 8 * page
            run = None
    if run is not None:
        yield run, end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pid", type=int)
    where.add_argument("--file")
    parser.add_argument("keys", nargs="+", metavar="SUITE:BASE64")
    args = parser.parse_args()

    wanted = [(f"{what} of key {i + 1}", needle)
              for i, spec in enumerate(args.keys) for what, needle in needles(spec)]
    anything = re.compile(b"|".join(re.escape(needle) for _, needle in wanted))
    for name, path, start, end in places(args):
        with open(path, "rb") as memory:
            for low, high in present(args.pid, start, end) if args.pid else [(start, end)]:
                for at in range(low, high, CHUNK):
                    memory.seek(at)
                    try:
                        data = memory.read(min(CHUNK + OVERLAP, high - at))
                    except OSError:
                        continue  # a device's mapping
                    for hit in anything.finditer(data):
                        what = next(what for what, needle in wanted if needle == hit.group())
                        print(f"{what} at {at + hit.start():#x} in {name}")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
#
# rtpengine's NG protocol from Python, as its clients speak it: bencode or JSON over UDP, a cookie in front, and the
# same bytes again when no answer comes.  By itself:  ng.py REQUEST  asks 127.0.0.1:2223, both as JSON.
import itertools
import json
import os
import socket
import sys


class Error(Exception):
    """What was answered instead of "ok"; .answer is all of it."""

    def __init__(self, answer):
        super().__init__(answer.get("error-reason", answer))
        self.answer = answer


def encode(value):
    if isinstance(value, (dict, list, tuple)):
        inner = itertools.chain.from_iterable(value.items()) if isinstance(value, dict) else value
        return (b"d" if isinstance(value, dict) else b"l") + b"".join(map(encode, inner)) + b"e"
    if isinstance(value, int):
        return b"i%de" % value
    value = value if isinstance(value, bytes) else value.encode("latin-1")
    return b"%d:%s" % (len(value), value)


def decode(data):
    """The one value that DATA is; texts as latin-1, so that every byte survives."""
    value, rest = _decode(data)
    if rest:
        raise ValueError(f"{rest!r} behind the end")
    return value


def _decode(data):
    if data[:1] == b"i":
        number, _, rest = data[1:].partition(b"e")
        return int(number), rest
    if data[:1] not in (b"d", b"l"):
        length, _, rest = data.partition(b":")
        return rest[:int(length)].decode("latin-1"), rest[int(length):]
    values, rest = [], data[1:]
    while rest[:1] != b"e":
        value, rest = _decode(rest)
        values.append(value)
    return (dict(zip(values[::2], values[1::2])) if data[:1] == b"d" else values), rest[1:]


class Client:
    def __init__(self, host="127.0.0.1", port=2223, form="bencode", wait=1.0, tries=5):
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((host, port))
        self._socket.settimeout(wait)
        self._write, self._read = (lambda v: json.dumps(v).encode(), json.loads) if form == "json" else (encode, decode)
        self._cookies = (f"{os.getpid()}_{id(self) & 0xffff:x}_{n}".encode() for n in itertools.count(1))
        self._tries = tries

    def ask(self, command, **keys):
        """The whole answer; a key's underscores stand for hyphens."""
        cookie = next(self._cookies)
        request = {"command": command} | {k.replace("_", "-"): v for k, v in keys.items() if v is not None}
        for _ in range(self._tries):
            self._socket.send(cookie + b" " + self._write(request))
            try:
                while True:
                    answer = self._socket.recv(65536)
                    if answer.startswith(cookie + b" "):
                        return self._read(answer[len(cookie) + 1:])
            except TimeoutError:
                continue
        raise TimeoutError(f"no answer to {command}")

    def do(self, command, **keys):
        """The answer, which is "ok" or "pong"; or Error."""
        answer = self.ask(command, **keys)
        if answer.get("result") not in ("ok", "pong"):
            raise Error(answer)
        return answer


if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    print(json.dumps(Client().ask(request.pop("command"), **request)))

# SPDX-License-Identifier: Apache-2.0
#
# strowger's JSON-RPC from Python, in thirty lines: connect, read the greeting, one object a line both ways.
import itertools
import json
import socket


class Error(Exception):
    """What strowger answered instead of a result; .code and .data are JSON-RPC's."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code, self.data = error["code"], error.get("data", {})


class Client:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("r")
        self._ids = itertools.count(1)
        self.greeting = json.loads(self._lines.readline())

    def call(self, method, **params):
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        line = self._lines.readline()
        if not line:
            raise ConnectionError("strowger has closed the connection")
        answer = json.loads(line)
        if "error" in answer:
            raise Error(answer["error"])
        return answer["result"]

# SPDX-License-Identifier: Apache-2.0
"""strowger's JSON-RPC for scripts: one file, Python 3.9 or newer, nothing but the standard library.

    import strowger

    with strowger.connect() as node:                     # the instance "default", by the best socket that we may open
        print(node.node.info()["version"])
        try:
            node.call.delete(call="a84b4c76e66710")
        except strowger.Error as error:
            if error.reason != "unknown_call":
                raise

        with node.batch() as batch:                      # one line there, one line back
            stats, cores = batch.stats.get(), batch.core.list()
        print(stats.result()["calls"], len(cores.result()["cores"]))

        for event in node.listen("call.*"):              # a connection of its own; ends when you leave the loop
            print(event["event"], event.get("call"))

Methods and their parameters: docs/rpc.md, or `strowger-ctl describe METHOD`. Besides its parameters every method takes
`deadline_ms` and `idempotency_key`.

When the connection is lost, as in an upgrade, the next request makes a new one. One that was under way is asked again
if that can do no harm: it only looks, or it has an idempotency key. Otherwise Lost is raised: whether it was done is to
be looked up. One thread a connection.
"""
import glob
import itertools
import json
import os
import select
import socket
import time

__all__ = ["connect", "new_key", "Error", "Lost", "Node"]

ROLES = ("admin", "session", "view")  # each may what those behind it may


class Error(Exception):
    """strowger refused: .code, .reason (a word), .data and the message as text."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.data = error.get("data", {})
        self.reason = self.data.get("reason", "")


class Lost(ConnectionError):
    """The connection went before the answer came, or there is none."""


def new_key():
    """An idempotency key for one thing that is to be done once."""
    return os.urandom(16).hex()


def connect(instance="default", path=None, timeout=10.0, patience=5.0):
    """A Node at socket PATH, or at the best one of INSTANCE that we may open.

    TIMEOUT: seconds that an answer may take. PATIENCE: seconds to go on trying while nobody listens.
    """
    return Node(path or _best(f"/run/strowger/{instance}"), timeout, patience)


def _best(folder):
    paths = [f"{folder}/{role}.sock" for role in ROLES]
    for path in paths:
        if os.access(path, os.W_OK):
            return path
    others = [os.path.dirname(path) for path in glob.glob("/run/strowger/*/view.sock")]
    raise Lost(f"no socket in {folder} that we may open" + (f"; there are {', '.join(others)}" if others else ""))


class _Line:
    """A connection: lines of JSON both ways, and the greeting."""

    def __init__(self, path, timeout, patience):
        until = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            try:
                self.socket.connect(path)
                break
            except OSError as error:
                self.socket.close()
                if time.monotonic() >= until or not isinstance(error, (ConnectionRefusedError, FileNotFoundError)):
                    raise Lost(f"{path}: {error.strerror}") from error
                time.sleep(0.05)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.read()

    def write(self, value):
        try:
            self.socket.sendall(json.dumps(value, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            raise Lost(f"the connection is gone: {error}") from error

    def read(self):
        try:
            line = self.lines.readline()
        except OSError as error:
            raise Lost(f"no answer: {error}") from error
        if not line.endswith(b"\n"):
            raise Lost("strowger closed the connection")
        return json.loads(line)

    def is_over(self):
        """Has the other side closed it, after all that we have read?"""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        try:
            return bool(poll.poll(0)) and self.socket.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def close(self):
        self.lines.close()
        self.socket.close()


class _Group:
    """`node.call`: methods as attributes, and `node.call.get(...)` a request of one."""

    def __init__(self, ask, name):
        self._ask, self._name = ask, name

    def __getattr__(self, word):
        return _Group(self._ask, f"{self._name}.{word}")

    def __call__(self, deadline_ms=None, idempotency_key=None, **params):
        request = {"jsonrpc": "2.0", "method": self._name, "params": params}
        if deadline_ms is not None:
            request["deadline_ms"] = deadline_ms
        if idempotency_key is not None:
            request["idempotency_key"] = idempotency_key
        return self._ask(request)


def _may_repeat(request):
    method = request["method"]
    return ("idempotency_key" in request or method.startswith("rpc.") or method == "node.info" or
            method.endswith((".get", ".list")))


def _result(answer):
    if "error" in answer:
        raise Error(answer["error"])
    return answer["result"]


class Node:
    """A strowger that runs. Its methods are attributes: node.call.get(call="x")."""

    def __init__(self, path, timeout=10.0, patience=5.0):
        self._path, self._timeout, self._patience = path, timeout, patience
        self._ids = itertools.count(1)
        self._line = _Line(path, timeout, patience)

    def __getattr__(self, word):
        if word.startswith("_"):
            raise AttributeError(word)
        return _Group(lambda request: _result(self._ask([request], single=True)[0]), word)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def greeting(self):
        """What strowger said first: strowger (its version), api, role, instance."""
        return self._connected().greeting

    def batch(self):
        return Batch(self._ask)

    def listen(self, *patterns, calls=None):
        """Iterate over events as they happen: dicts with event, seq, time, dropped and what belongs to the kind.

        PATTERNS: "call.ended", "call.*"; none: all. CALLS: of events about calls, only those about these. After a lost
        connection there is one {"event": "reconnected"}: what happened meanwhile is not known.
        """
        wanted = {"events": list(patterns) or ["*"]}
        if calls is not None:
            wanted["calls"] = list(calls)
        again = False
        while True:
            with Node(self._path, self._timeout, self._patience) as other:
                other._subscribe(wanted)
                if again:
                    yield {"event": "reconnected"}
                try:
                    while True:
                        yield other._line.read()["params"]
                except Lost:
                    again = True

    def _subscribe(self, wanted):
        """After this the connection is for reading events alone."""
        self.events.subscribe(**wanted)
        self._line.socket.settimeout(None)

    def close(self):
        if self._line is not None:
            self._line.close()
            self._line = None

    def _connected(self):
        if self._line is not None and self._line.is_over():
            self.close()
        if self._line is None:
            self._line = _Line(self._path, self._timeout, self._patience)
        return self._line

    def _ask(self, requests, single=False):
        """The answers, in the order of REQUESTS."""
        for request in requests:
            request["id"] = next(self._ids)
        said = False
        while True:
            try:
                line = self._connected()
                line.write(requests[0] if single else requests)
                return self._answers(line, requests)
            except Lost:
                self.close()
                if said or not all(_may_repeat(request) for request in requests):
                    raise
                said = True

    @staticmethod
    def _answers(line, requests):
        open_ids, answers = {request["id"] for request in requests}, {}
        while open_ids:
            said = line.read()
            for answer in said if isinstance(said, list) else [said]:
                if answer.get("id") is None and "error" in answer:
                    raise Error(answer["error"])  # of the whole line
                if answer.get("id") in open_ids:
                    open_ids.remove(answer["id"])
                    answers[answer["id"]] = answer
        return [answers[request["id"]] for request in requests]


class Pending:
    """A request of a batch: result() when it was sent; raises Error if it was refused."""

    def __init__(self):
        self._answer = None

    def result(self):
        if self._answer is None:
            raise RuntimeError("the batch has not been sent")
        return _result(self._answer)


class Batch:
    """Requests that go in one line, at most 1,000; sent at the end of `with`, or by send()."""

    def __init__(self, ask):
        self._ask, self._requests, self._pending = ask, [], []

    def __getattr__(self, word):
        if word.startswith("_"):
            raise AttributeError(word)
        return _Group(self._add, word)

    def _add(self, request):
        self._requests.append(request)
        self._pending.append(Pending())
        return self._pending[-1]

    def send(self):
        if self._requests:
            for pending, answer in zip(self._pending, self._ask(self._requests)):
                pending._answer = answer
        self._requests, self._pending = [], []

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.send()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rpc_examples.py SOCKET: send every method's example to a strowger that runs, and hold what it answers, and the answer
that its documentation shows, against the method's table of results. Ends that strowger.

An example says what a client would; a few things it cannot know: they are taken from earlier answers.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../packaging/python"))
import strowger

# Methods that need the call, then what ends it, then what ends the node. All others: between the first two.
BEFORE = ["call.create"]
AFTER = ["call.export", "call.import", "call.delete", "node.upgrade", "node.stop"]
# Method: the parameter that another one's answer has, of which method, and where it is there.
KNOWN_SINCE = {
    "call.import": ("record", "call.export", "record"),
    "call.watch": ("cursor", "call.list", "cursor"),
    "call.find_hash": ("hash", "call.hash", "hash"),
    "call.capture_stop": ("capture", "call.capture", "capture"),
    "call.ring": ("call", "mesh.calls", "calls.0.call"),
    "call.answer": ("call", "mesh.calls", "calls.0.call"),
    "call.dtmf": ("call", "mesh.calls", "calls.0.call"),
    "call.text": ("call", "mesh.calls", "calls.0.call"),
    "call.reject": ("call", "mesh.calls", "calls.1.call"),
    "mesh.ping": ("sid", "mesh.peers", "peers.0.sid"),
    "mesh.identity.export": ("sid", "mesh.identity.create", "sid"),
    "mesh.identity.set": ("sid", "mesh.identity.create", "sid"),
}
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list,
         "any": object}


def is_a(value, kind):
    return isinstance(value, TYPES[kind]) and (kind in ("boolean", "any") or not isinstance(value, bool))


def misfits(value, fields, path):
    """What does not fit the table FIELDS, in words."""
    table = {field["name"]: field for field in fields}
    yield from (f"{path}{name} is not in the table" for name in value if name not in table)
    for name, field in table.items():
        at = path + name
        if name not in value:
            if field["required"]:
                yield f"{at} is missing"
            continue
        if not is_a(value[name], field["type"]):
            yield f"{at} is no {field['type']}: {value[name]!r}"
            continue
        if "words" in field and value[name] not in field["words"]:
            yield f"{at} is none of its words: {value[name]!r}"
        many = field["type"] == "array"
        for i, element in enumerate(value[name]) if many else [("", value[name])]:
            if many and not is_a(element, field["element"]):
                yield f"{at}[{i}] is no {field['element']}: {element!r}"
            elif "fields" in field:
                yield from misfits(element, field["fields"], f"{at}[{i}]." if many else f"{at}.")


def found_at(value, path):
    for step in path.split("."):
        value = value[int(step) if isinstance(value, list) else step]
    return value


def ask(node, name, params):
    target = node
    for word in name.split("."):
        target = getattr(target, word)
    return target(**params)


def main(path):
    node = strowger.connect(path=path)
    methods = {method["name"]: method for method in node.rpc.describe()["methods"]}
    order = BEFORE + [name for name in methods if name not in BEFORE + AFTER] + AFTER
    # What an example builds on comes before it.
    for name, (_, source, _) in KNOWN_SINCE.items():
        if order.index(source) > order.index(name):
            order.remove(source)
            order.insert(order.index(name), source)
    answers, wrong = {}, []
    for name in order:
        method = methods[name]
        params = dict(method["example"])
        if name in KNOWN_SINCE:
            param, source, where = KNOWN_SINCE[name]
            params[param] = found_at(answers[source], where)
        if name == "call.watch":
            ask(node, "call.update", methods["call.update"]["example"])  # something to tell
        try:
            answers[name] = ask(node, name, params)
        except strowger.Error as error:
            wrong.append(f"{name} refused its example: {error} ({error.reason})")
            continue
        if name == "node.upgrade":
            node.close()  # as strowger is about to
        for answer, whose in (answers[name], "answer"), (method["answer"], "documented answer"):
            wrong += [f"{name}, {whose}: {what}" for what in misfits(answer, method["result"], "")]
    for line in wrong:
        print(line)
    print(f"{len(order)} methods, {len(wrong)} wrong")
    return 1 if wrong or set(order) != set(methods) else 0


sys.exit(main(sys.argv[1]))

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""python_client.py FOLDER: packaging/python/strowger.py against the strowger that runs there; says what it does on
stdout, and waits for a line on stdin where somebody has to do something to that strowger."""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../packaging/python"))
import strowger

folder = sys.argv[1]
LEGS = [{"name": "caller", "streams": [{}]}]


def fails(wanted, ask):
    try:
        ask()
    except wanted as error:
        return error
    raise AssertionError(f"no {wanted.__name__}")


def wait_for(what):
    print(what, flush=True)
    sys.stdin.readline()


def calls_and_errors(node):
    assert node.greeting["role"] == "admin"
    assert node.node.info()["name"] == "story"
    made = node.call.create(call="one", legs=LEGS)
    assert made["legs"][0]["streams"][0]["local"]["port"] % 2 == 0
    error = fails(strowger.Error, lambda: node.call.create(call="one", legs=LEGS))
    assert (error.code, error.reason) == (2, "call_exists"), vars(error)
    error = fails(strowger.Error, lambda: node.call.made_up())
    assert (error.code, error.reason) == (-32601, "unknown_method"), vars(error)
    assert not hasattr(node, "_private")


def batches(node):
    with node.batch() as batch:
        stats, gone, row = batch.stats.get(), batch.call.get(call="none"), batch.call.list(limit=1)
        fails(RuntimeError, stats.result)
    assert stats.result()["calls"] == 1 and row.result()["calls"][0]["call"] == "one"
    assert fails(strowger.Error, gone.result).reason == "unknown_call"
    batch.send()  # nothing: no request, no answer


def keys(node):
    key = strowger.new_key()
    first = node.call.create(call="two", legs=LEGS, idempotency_key=key)
    assert node.call.create(call="two", legs=LEGS, idempotency_key=key) == first
    assert fails(strowger.Error, lambda: node.call.create(call="x", legs=LEGS, idempotency_key=key)).reason == "key_reused"


def events(node):
    heard = []
    listening = threading.Event()

    def listen():
        for event in strowger.connect(path=f"{folder}/view.sock").listen("call.created", "call.ended", "node.*"):
            heard.append(event)
            listening.set()
            if event["event"] == "call.ended":
                return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    tries = 0
    while not listening.wait(0.05):  # until it has subscribed
        tries += 1
        node.call.create(call=f"try{tries}", legs=LEGS)
    node.call.delete(call="two")
    thread.join(10)
    assert heard[-1]["event"] == "call.ended" and heard[-1]["call"] == "two", heard
    node.call.delete_many(prefix="try")
    return heard


def roles():
    with strowger.connect(path=f"{folder}/view.sock") as viewer:
        assert viewer.greeting["role"] == "view"
        assert fails(strowger.Error, lambda: viewer.call.delete(call="one")).reason == "not_permitted"


def main():
    fails(strowger.Lost, lambda: strowger.connect(path=f"{folder}/none.sock", patience=0.1))
    fails(strowger.Lost, lambda: strowger.connect(instance="no-such-instance"))
    with strowger.connect(path=f"{folder}/admin.sock", timeout=30) as node:
        calls_and_errors(node)
        batches(node)
        keys(node)
        events(node)
        roles()
        wait_for("upgrade")
        assert node.call.get(call="one")["call"] == "one"  # over a new connection
        wait_for("stop")  # it does not answer, and then goes
        threading.Timer(1, print, ["killed"], {"flush": True}).start()
        fails(strowger.Lost, lambda: node.call.delete(call="one"))
        wait_for("start")
        assert node.call.list()["calls"][0]["call"] == "one"
    print("done")


main()

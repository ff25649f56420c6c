#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's call into a mesh: ffmpeg, in SRTP, calls a telephone number that an endpoint of a Serval mesh has, through
strowger, which looks the number up.  The endpoint (tests/tools/mesh_phone.py) shares no code with strowger, and loses
--lost percent of all datagrams, each way: what it loses is sent again, and nothing of that is heard.

`run mesh` starts it, with strowger and the namespaces there already."""
import argparse
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import call as demo
import rpc
import srtp

NUMBER, RATE, LEAD_S, WAIT_S = "555002", 8000, 1.5, 10


class Endpoint:
    """The callee."""

    def __init__(self, args):
        self.orders = os.path.join(args.out, "callee.orders")
        self.log = open(os.path.join(args.out, "callee.log"), "w")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", f"{args.namespace}-callee", os.path.join(demo.TOOLS, "mesh_phone.py"),
             "--seed", "callee", "--orders", self.orders, "--did", NUMBER, "--callee-name", "Thomas Watson",
             "--broadcast", "10.99.2.255:4110", "--short", "--extras", "--on-offer", "answer",
             "--lose-in", str(args.lost), "--lose-out", str(args.lost)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=args.keep)

    def tell(self, order):
        """Its report; None: it is not there yet."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            try:
                sock.connect(self.orders)
            except OSError:
                return None
            sock.sendall(order.encode() + b"\n")
            return json.loads(sock.makefile().readline())


def wait_for(what, true):
    end = time.monotonic() + WAIT_S
    while not (found := true()):
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.05)
    return found


def raw(wav, path):
    subprocess.run(["sox", "-D", wav, "-t", "raw", "-e", "mu-law", "-b", "8", "-c", "1", "-r", str(RATE), path], check=True)


def introduce(strowger, endpoint):
    """They find each other; then by number."""
    report = wait_for("the endpoint to be a neighbour",
                      lambda: (now := endpoint.tell("report")) and any(n["hears_us"] for n in now["neighbours"]) and now)
    found = wait_for("an answer to the look-up", lambda: strowger.call("mesh.lookup", did=NUMBER)["found"])[0]
    pong = strowger.call("mesh.ping", sid=report["sid"])
    print(f"neighbour: {report['sid'].upper()[:16]}..., at {report['neighbours'][0]['address']} for it\n"
          f"mesh.lookup {NUMBER}: {found['name']}, {found['uri']}\nmesh.ping: {json.dumps(pong)}")


def in_call(endpoint):
    report = endpoint.tell("report")
    return report["call"] is not None and report["call"]["state"] == "incall"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--namespace", required=True, help="prefix of the namespaces of caller and callee")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--suite", required=True, help="of the caller")
    parser.add_argument("--lost", type=float, required=True, metavar="PERCENT")
    parser.add_argument("--keep", action="store_true", help="do not end the call")
    args = parser.parse_args()

    caller, callee = demo.PARTIES["caller"], demo.PARTIES["callee"]
    if args.suite not in demo.softphone.FFMPEG:
        raise SystemExit(f"ffmpeg does not speak {args.suite}; it speaks: {' '.join(demo.softphone.FFMPEG)}")
    caller.update(suite=args.suite, key=srtp.new_key(args.suite), codec="PCMU")
    callee["text"] = ("Hello, this is the callee, in the mesh. Whatever was lost on the way to you was sent again, before "
                      "you could have missed it.")
    for name, party in demo.PARTIES.items():
        party["said"], party["heard"] = (os.path.join(args.out, f"{name}-{what}.wav") for what in ("said", "heard"))
        demo.speak(party, party["said"], args.seconds, RATE)
    said = os.path.join(args.out, "callee-said.raw")
    raw(callee["said"], said)

    strowger, endpoint = rpc.Client(args.socket), Endpoint(args)
    introduce(strowger, endpoint)
    call = strowger.call("call.create", call="demo", legs=[
        {"name": "caller", "interface": "outside", "streams": [{
            "remote": {"address": caller["address"], "port": caller["port"]}, "codecs": [demo.codec_param(caller)],
            "srtp": {"suite": caller["suite"], "key": caller["key"]}}]},
        {"name": "callee", "type": "vomp", "did": NUMBER}])
    leg = call["legs"][0]
    wait_for("the endpoint to answer", lambda: in_call(endpoint))
    print(f"call.create: the caller (ffmpeg, {caller['suite']}) sends to {leg['streams'][0]['local']['address']}:"
          f"{leg['streams'][0]['local']['port']}; {NUMBER} rang, and has answered")
    # What is transcoded has an SSRC of strowger's own, which ffmpeg takes as it comes.
    caller["peer_ssrc"] = 0
    phone = demo.start_phone(args, "caller", caller, leg)
    live = demo.Live(strowger)
    time.sleep(LEAD_S)
    endpoint.tell(f"play PCMU {said}")
    while phone.poll() is None:
        time.sleep(1)
        if time.monotonic() < live.start + args.seconds + 3:
            live.line()
    if phone.returncode:
        raise SystemExit(open(os.path.join(args.out, "caller.log")).read())
    report = endpoint.tell(f"record {os.path.join(args.out, 'callee-heard')}")
    sound = report["call"]["sound"]
    lost = {way: report.get(f"{way}_lost", 0) for way in ("in", "out")}
    print(f"\nthe mesh: {report['in'] + lost['in']} datagrams came to the endpoint, of which it lost {lost['in']}; of the "
          f"{report['out'] + lost['out']} that it sent,\n{lost['out']} were lost.  It has heard {sound['heard']} frames, "
          f"{sound['missing']} are missing; {sound['late']} came behind later ones.\nLater than the fastest: 50 %, 90 %, 99 % and "
          f"all by at most {', '.join(str(ms) for ms in sound['delay_ms'].values())} ms.")
    if not args.keep:
        strowger.call("call.delete", call="demo")
        wait_for("the endpoint to be rung off", lambda: not in_call(endpoint))
        endpoint.tell("stop")

    demo.at_rate(caller["heard"], RATE)
    print(f"\n{'direction':<18} {'likeness':>9} {'5 % lost':>9} {'wrong text':>11}   heard")
    well = True
    for speaker, listener, name in ((caller, callee, "caller -> callee"), (callee, caller, "callee -> caller")):
        figures = demo.likeness(speaker["said"], listener["heard"], listener["said"])
        fine = figures["likeness_db"] >= demo.HEARD_PROPERLY
        well = well and fine
        print(f"{name:<18} {figures['likeness_db']:>6.1f} dB {figures['five_percent_lost_db']:>6.1f} dB "
              f"{figures['wrong_recording_db']:>8.1f} dB   {'properly' if fine else 'NOT PROPERLY'}")
    png = os.path.join(args.out, "picture.png")
    demo.picture([("the caller said", caller["said"]), ("the callee heard", callee["heard"]),
                  ("the callee said", callee["said"]), ("the caller heard", caller["heard"])], png)
    print(f"\nwhat the callee heard  {callee['heard']}\nwhat the caller heard  {caller['heard']}\n"
          f"spectrograms           {png}")
    return 0 if well and sound["missing"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

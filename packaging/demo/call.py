#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's call: ffmpeg calls GStreamer through strowger, and what each heard is compared with what was said.

`run` starts it, with strowger and the namespaces there already.  Keys are made here, handed to strowger and the
phones, and never printed."""
import argparse
import json
import os
import subprocess
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
TOOLS = os.path.join(ROOT, "tests/tools")
sys.path.insert(0, TOOLS)
import rpc
import softphone
import srtp

HEARD_PROPERLY = 20.0  # dB: less than one frame in a hundred is missing
RELAYED = 3.0  # dB: by so much less than the codecs alone make of it what is heard may be like what was said
ALONE = 9  # s of the speech go through the codecs alone

PARTIES = {
    "caller": {
        "program": "ffmpeg", "interface": "outside", "address": "10.99.1.2", "port": 4000, "ssrc": 0x11111111,
        "voice": "en-gb",
        "text": "Good morning. This is the caller speaking. Almon Strowger built the first automatic telephone "
                "exchange, so that no operator could stand between two callers.",
    },
    "callee": {
        "program": "gstreamer", "interface": "inside", "address": "10.99.2.2", "port": 4000, "ssrc": 0x22222222,
        "voice": "en-us+f3",
        "text": "Hello, the callee answers. Every packet that you hear was opened under one key, and sealed again "
                "under another, before the kernel saw it.",
    },
}


def codec_of(party):
    return softphone.CODECS[party["codec"]]


def codec_param(party):
    """The party's codec as call.create takes it."""
    codec = codec_of(party)
    name, clock, channels = (codec.map + "/1").split("/")[:3]
    return {"name": name, "payload_type": codec.type, "clock": int(clock), "channels": int(channels), "ptime": 20}


def speak(party, wav, seconds, rate):
    """SECONDS of the party's text, again and again, at the lower of both codecs' rates."""
    once = wav + ".once.wav"
    subprocess.run(["espeak-ng", "-v", party["voice"], "-s", "150", "-w", once, party["text"]], check=True)
    subprocess.run(["sox", "-D", once, "-r", str(rate), "-c", "1", "-b", "16", wav, "pad", "0", "0.4",
                    "repeat", "50", "trim", "0", str(seconds)], check=True, stderr=subprocess.DEVNULL)
    os.unlink(once)


def start_phone(args, name, party, leg):
    stream = leg["streams"][0]
    local = stream["local"]
    return subprocess.Popen([
        "ip", "netns", "exec", f"{args.namespace}-{name}", os.path.join(TOOLS, "softphone.py"),
        "--program", party["program"], "--codec", party["codec"], "--name", name, "--work", args.out,
        "--address", party["address"], "--port", str(party["port"]),
        "--relay", f"{local['address']}:{local['port']}",
        "--say", party["said"], "--say-suite", party["suite"], "--say-key", party["key"],
        "--heard", party["heard"], "--hear-suite", stream["srtp"]["suite"], "--hear-key", stream["srtp"]["key"],
        "--ssrc", str(party["ssrc"]), "--peer-ssrc", str(party["peer_ssrc"]), "--until", str(args.seconds + 4)])


class Live:
    """A line a second about the call: each party's packets, loss and jitter as strowger received them, and what a
    packet has cost in each stage so far: of one second's hundred packets too few are timed to tell."""

    def __init__(self, strowger):
        self.strowger, self.start = strowger, time.monotonic()
        print("         " + "".join(f"{name + ': packets':>17} {'lost':>5} {'jitter':>8}" for name in PARTIES) +
              "   cycles a packet: " + " ".join(f"{name:>8}" for name in self.stages()))

    def stages(self):
        """Stage -> packets and cycles so far, of all cores together."""
        sums = {}
        for core in self.strowger.call("core.list")["cores"]:
            for stage in core["stages"]:
                packets, cycles = sums.get(stage["name"], (0, 0))
                sums[stage["name"]] = (packets + stage["packets"], cycles + stage["cycles"])
        return sums

    def line(self):
        text = f"{time.monotonic() - self.start:7.0f} s"
        for leg in self.strowger.call("call.get", call="demo")["legs"]:
            stream = leg["streams"][0]
            text += f"{stream['rx_packets']:>17} {stream['lost']:>5} {stream['jitter_ms']:>5.1f} ms"
        text += "                    "
        for packets, cycles in self.stages().values():
            text += f" {cycles / packets:>8.0f}" if packets else "        -"
        print(text, flush=True)


def at_rate(wav, rate):
    """WAV, which a codec of a higher rate may have made, at RATE; its file keeps its name."""
    other = wav + ".other.wav"
    subprocess.run(["sox", "-D", wav, "-r", str(rate), other], check=True)
    os.replace(other, wav)


def likeness(said, heard, other):
    result = subprocess.run([os.path.join(TOOLS, "likeness.py"), said, heard, "--calibrate", other],
                            check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def by_codecs_alone(args, speaker, listener, rate):
    """How alike the libraries of both codecs make it, without strowger, for the first seconds of what was said."""
    names = speaker["codec"], listener["codec"]
    work = os.path.join(args.out, "alone-" + "-".join(names))
    said, heard = os.path.join(work, "said.wav"), os.path.join(work, "heard.wav")
    os.makedirs(work, exist_ok=True)

    def codec_pairs(*words):
        subprocess.run([args.codec_pairs, *words], cwd=work, check=True, stdout=subprocess.DEVNULL)

    subprocess.run(["sox", speaker["said"], said, "trim", "0", str(ALONE)], check=True)
    subprocess.run(["sox", said, "-r", "48000", "-t", "raw", os.path.join(work, "speech.s16")], check=True)
    codec_pairs("said", "speech.s16")
    codec_pairs("pair", *names)
    codec_pairs("heard", "-".join(names) + ".offline")
    subprocess.run(["sox", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", str(codec_of(listener).rate),
                    os.path.join(work, "-".join(names) + ".offline.s16"), "-r", str(rate), heard], check=True)
    return likeness(said, heard, listener["said"])["likeness_db"]


def picture(rows, path):
    """Spectrograms, a row for each direction: what was said on the left, what was heard on the right."""
    panels = []
    for number, (label, wav) in enumerate(rows):
        panel = f"{path}.{number}.png"
        subprocess.run(["sox", wav, "-n", "spectrogram", "-x", "620", "-y", "200", "-z", "80", "-t", label,
                        "-c", os.path.basename(wav), "-o", panel], check=True)
        panels.append(panel)
    inputs = [word for panel in panels for word in ("-i", panel)]
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *inputs, "-filter_complex",
                    "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack", path], check=True)
    for panel in panels:
        os.unlink(panel)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--namespace", required=True, help="prefix of the namespaces of caller and callee")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--caller-suite", required=True)
    parser.add_argument("--callee-suite", required=True)
    parser.add_argument("--codecs", required=True, metavar="CALLER:CALLEE")
    parser.add_argument("--codec-pairs", required=True, metavar="PROGRAM", help="what codecs alone make of speech")
    parser.add_argument("--keep", action="store_true", help="do not end the call")
    args = parser.parse_args()

    caller, callee = PARTIES["caller"], PARTIES["callee"]
    caller["suite"], callee["suite"] = args.caller_suite, args.callee_suite
    caller["codec"], _, callee["codec"] = args.codecs.partition(":")
    caller["peer_ssrc"], callee["peer_ssrc"] = callee["ssrc"], caller["ssrc"]
    for name, party in PARTIES.items():
        spoken = softphone.PROGRAMS[party["program"]][2]
        if party["suite"] not in spoken:
            raise SystemExit(f"{party['program']} does not speak {party['suite']}; it speaks: {' '.join(spoken)}")
        codecs = [codec for codec in softphone.CODECS if getattr(softphone.CODECS[codec], party["program"]) is not None]
        if party["codec"] not in codecs:
            raise SystemExit(f"the {name}, {party['program']}, does not speak {party['codec']}; it speaks: {' '.join(codecs)}")
        party["key"] = srtp.new_key(party["suite"])
        party["said"] = os.path.join(args.out, f"{name}-said.wav")
        party["heard"] = os.path.join(args.out, f"{name}-heard.wav")
    rate = min(codec_of(party).rate for party in PARTIES.values())
    for party in PARTIES.values():
        speak(party, party["said"], args.seconds, rate)

    strowger = rpc.Client(args.socket)
    print(f"connected: {json.dumps(strowger.greeting)}")
    call = strowger.call("call.create", call="demo", legs=[
        {"name": name, "interface": party["interface"], "streams": [{
            "remote": {"address": party["address"], "port": party["port"]}, "codecs": [codec_param(party)],
            "srtp": {"suite": party["suite"], "key": party["key"]}}]} for name, party in PARTIES.items()])
    for leg in call["legs"]:
        party, stream = PARTIES[leg["name"]], leg["streams"][0]
        print(f"call.create: {leg['name']} ({party['program']} at {party['address']}:{party['port']}) sends to "
              f"{stream['local']['address']}:{stream['local']['port']}, {party['codec']} in {stream['srtp']['suite']}")
    for leg, other in zip(strowger.call("call.get", call="demo")["legs"], (callee, caller)):
        stream = leg["streams"][0]
        print(f"what the {leg['name']} says: {stream.get('coding', 'passes as it is')}")
        # What is transcoded has an SSRC of strowger's own, which GStreamer wants to know before it opens anything.
        other["peer_ssrc"] = stream.get("transcode", {}).get("ssrc", other["peer_ssrc"])

    phones = [start_phone(args, leg["name"], PARTIES[leg["name"]], leg) for leg in call["legs"]]
    live = Live(strowger)
    while any(phone.poll() is None for phone in phones):
        time.sleep(1)
        if time.monotonic() < live.start + args.seconds + 3:  # the phones listen a little longer
            live.line()
    print("(Cycles of the time stamp counter.  At a call's 100 packets a second each one finds strowger asleep and the\n"
          "caches cold, and tx on a veth is the kernel's own work; docs/bench.md has figures under load.)")
    if any(phone.returncode for phone in phones):
        for name in PARTIES:
            print(open(os.path.join(args.out, f"{name}.log")).read(), file=sys.stderr)
        raise SystemExit("a phone failed; what it said is above")

    last = strowger.call("call.get" if args.keep else "call.delete", call="demo")
    for leg in last["legs"]:
        stream = leg["streams"][0]
        print(f"{'so far' if args.keep else 'call.delete'}: {leg['name']} sent {stream['rx_packets']} packets and "
              f"got {stream['tx_packets']}; {stream['lost']} lost before strowger; dropped: "
              f"{json.dumps({name: n for name, n in stream['drops'].items() if n}) if any(stream['drops'].values()) else 'none'}")

    for party in PARTIES.values():
        at_rate(party["heard"], rate)
    print("\nLikeness: the energy of the speech over the energy of what differs after aligning both, in dB.  With G.711 "
          "above 30\nwhen every frame arrived; other codecs keep less of the wave form, and `alone' is what their libraries "
          "make of the\nsame speech without strowger.  Each row's own recording is measured again with 5 % of its frames "
          "taken out, and against\nthe wrong text, to show what the figure is worth.\n")
    print(f"{'direction':<18} {'likeness':>9} {'alone':>9} {'5 % lost':>9} {'wrong text':>11}   heard")
    well = True
    for speaker, listener in ((caller, callee), (callee, caller)):
        figures = likeness(speaker["said"], listener["heard"], listener["said"])
        alone = by_codecs_alone(args, speaker, listener, rate)
        fine = (figures["likeness_db"] >= min(HEARD_PROPERLY, alone - RELAYED) and
                figures["likeness_db"] > figures["wrong_recording_db"] + 3)
        well = well and fine
        name = "caller -> callee" if speaker is caller else "callee -> caller"
        print(f"{name:<18} {figures['likeness_db']:>6.1f} dB {alone:>6.1f} dB {figures['five_percent_lost_db']:>6.1f} dB "
              f"{figures['wrong_recording_db']:>8.1f} dB   {'properly' if fine else 'NOT PROPERLY'}")

    png = os.path.join(args.out, "picture.png")
    picture([("the caller said", caller["said"]), ("the callee heard", callee["heard"]),
             ("the callee said", callee["said"]), ("the caller heard", caller["heard"])], png)
    print(f"\nwhat the callee heard  {callee['heard']}\nwhat the caller heard  {caller['heard']}\n"
          f"spectrograms           {png}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())

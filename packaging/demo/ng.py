#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The calls of `run ng`: Kamailio has strowger relay them, baresip telephones make them, all at once; then what each
end heard is compared with what the other said."""
import argparse
import glob
import json
import os
import subprocess
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
TOOLS = os.path.join(ROOT, "tests/tools")
PHONE = os.path.join(TOOLS, "baresip.py")
RATES = {"PCMA": 8000, "G722": 16000, "opus": 48000}
PROXY = {4: "10.99.3.1", 6: "fd00:99:3::1"}
NUMBER = {"caller": 2, "callee": 3, "mobile": 4}
VOICES = {
    "caller": ("en-gb", "Good morning. This is the caller speaking. Almon Strowger built the first automatic telephone "
                        "exchange, so that no operator could stand between two callers."),
    "callee": ("en-us+f3", "Hello, the callee answers. Kamailio knows where I am, and strowger carries every word that "
                           "you hear, under whatever key and codec I like."),
}
WAVE_FORM = 20.0  # dB of likeness that a codec leaves which keeps the wave form; Opus and others that do not:
SPECTRUM = 6.0


class Phone:
    """One telephone: of the caller's or the callee's, with its own ports."""

    count = 0

    def __init__(self, name, host="callee", codec="PCMA", srtp=False, family=4, answer="auto"):
        self.name, self.host, self.codec, self.srtp, self.family, self.answer = name, host, codec, srtp, family, answer
        self.port = 5060 + 2 * Phone.count
        Phone.count += 1

    def words(self):
        return f"{self.codec}{', SRTP' if self.srtp else ''}{', IPv6' if self.family == 6 else ''}"

    def start(self, args, label):
        self.folder = os.path.join(args.out, label)
        self.enter = ["ip", "netns", "exec", f"{args.namespace}-{self.host}"]
        voice = "caller" if self.host == "caller" else "callee"
        said = os.path.join(args.out, f"{voice}-{RATES[self.codec]}.wav")
        if not os.path.exists(said):
            speak(voice, said, RATES[self.codec], args.seconds)
        address = PROXY[self.family][:-1] + str(NUMBER[self.host])
        self.process = subprocess.Popen([
            *self.enter, PHONE, "start", "--folder", self.folder, "--name", self.name, "--proxy", PROXY[self.family],
            "--address", address, "--sip-port", str(self.port), "--rtp-port", str(20000 + 50 * (self.port - 5060)),
            "--codec", f"{self.codec}/{RATES[self.codec]}/1", "--say", said, "--answer", self.answer,
            *(["--srtp"] if self.srtp else [])])

    def log(self):
        try:
            return open(os.path.join(self.folder, "log"), errors="replace").read()
        except FileNotFoundError:
            return ""

    def wait_for(self, words, seconds=10):
        end = time.monotonic() + seconds
        while words not in self.log():
            if time.monotonic() > end:
                raise SystemExit(f"{self.folder}: no \"{words}\"; its log:\n{self.log()[-2000:]}")
            time.sleep(0.1)

    def tell(self, *words):
        subprocess.run([*self.enter, PHONE, "tell", "--sip-port", str(self.port), *words], check=True,
                       stdout=subprocess.DEVNULL)

    def heard(self):
        """The recording of the call, at 8 kHz; None: there was none."""
        files = sorted(glob.glob(os.path.join(self.folder, "dump-*-dec.wav")))
        if not files:
            return None
        path = os.path.join(self.folder, "heard.wav")
        subprocess.run(["sox", "-D", files[0], "-r", "8000", path], check=True, stderr=subprocess.DEVNULL)
        return path


class Call:
    def __init__(self, label, caller, *callees, least=WAVE_FORM):
        self.label, self.caller, self.callees, self.least = label, caller, callees, least
        self.name = callees[0].name

    def phones(self):
        return (self.caller, *self.callees)

    def connect(self):
        """The last of the callees is the one that takes it, if more than one rings."""
        host = PROXY[self.caller.family]
        self.caller.tell("dial", f"sip:{self.name}@{f'[{host}]' if ':' in host else host}")
        if len(self.callees) > 1:
            for phone in self.callees:
                phone.wait_for("ncoming call")
            self.callees[-1].tell("accept")
        self.caller.wait_for("Call established")
        print(f"{self.label}: established")


def caller(**how):
    """Any of the caller's telephones."""
    return Phone(f"caller{Phone.count}", host="caller", **how)


# Whom packaging/kamailio/kamailio.cfg has something to say about: secure, opus, wide.
def rounds():
    return [[
        Call("plain", caller(), Phone("plain")),
        Call("plain-srtp", caller(), Phone("secure", srtp=True)),
        Call("opus", caller(), Phone("opus", codec="opus"), least=SPECTRUM),
        Call("g722", caller(), Phone("wide", codec="G722")),
        Call("forked", caller(), Phone("bob", answer="manual"), Phone("bob", host="mobile", answer="manual")),
    ], [
        Call("srtp-srtp", caller(srtp=True), Phone("secure", srtp=True)),
        Call("srtp-plain", caller(srtp=True), Phone("plain")),
        Call("ipv6", caller(family=6), Phone("six", family=6)),
        Call("ipv4-ipv6", caller(), Phone("sixth", family=6)),
    ]]


def speak(voice, path, rate, seconds):
    """What that party says, and then silence: baresip hangs up where its file ends."""
    accent, text = VOICES[voice]
    once = path + ".once.wav"
    subprocess.run(["espeak-ng", "-v", accent, "-s", "150", "-w", once, text], check=True)
    subprocess.run(["sox", "-D", once, "-r", str(rate), "-c", "1", "-b", "16", path, "pad", "0.2", "0.4", "repeat", "10",
                    "trim", "0", str(seconds), "pad", "0", "600"], check=True, stderr=subprocess.DEVNULL)
    os.unlink(once)


def start_kamailio(args):
    config = os.path.join(ROOT, "packaging/kamailio/kamailio.cfg")
    log = open(os.path.join(args.out, "kamailio.log"), "w")
    process = subprocess.Popen(
        ["ip", "netns", "exec", f"{args.namespace}-relay", "kamailio", "-DD", "-f", config, "-A", f'HERE4="{PROXY[4]}"',
         "-A", f'HERE6="[{PROXY[6]}]"', "-Y", args.out, "-P", os.path.join(args.out, "kamailio.pid"), "-m", "32", "-M", "4"],
        stdout=log, stderr=log)
    print(f"Kamailio at {PROXY[4]} and {PROXY[6]}, {os.path.relpath(config, ROOT)}")
    return process


def likeness(said, heard, other, seconds):
    """dB, of the first SECONDS of both files, at 8 kHz; and the same to the wrong recording."""
    if heard is None:
        return 0.0, 0.0
    files = []
    for path in (said, other):
        files.append(f"{heard}.{os.path.basename(path)}")
        subprocess.run(["sox", "-D", path, "-r", "8000", files[-1], "trim", "0", str(seconds)], check=True)
    result = subprocess.run([os.path.join(TOOLS, "likeness.py"), files[0], heard, "--calibrate", files[1]],
                            check=True, capture_output=True, text=True)
    for path in files:
        os.unlink(path)
    figures = json.loads(result.stdout)
    return figures["likeness_db"], figures["wrong_recording_db"]


def hold_calls(args, calls):
    """All of CALLS at once."""
    for call in calls:
        call.caller.start(args, f"{call.label}-caller")
        for number, phone in enumerate(call.callees):
            phone.start(args, f"{call.label}-callee" + (str(number + 1) if len(call.callees) > 1 else ""))
    for call in calls:
        for phone in call.phones():
            phone.wait_for("200 OK")
    for call in calls:
        call.connect()
    time.sleep(args.seconds + 1)


def end_calls(calls):
    for call in calls:
        for phone in call.phones():
            phone.tell("quit")
    for call in calls:
        for phone in call.phones():
            phone.process.wait(10)


def table(args, calls):
    """Prints it; True: every end heard what was said."""
    print("\nLikeness of what each end heard to what the other said, in dB: with G.711 and G.722 above "
          f"{WAVE_FORM:.0f} when every frame arrived;\nOpus keeps less of the wave form.  In brackets: to the wrong recording.\n")
    print(f"{'call':<11} {'caller':<12} {'callee':<12} {'the caller heard':>18} {'the callee heard':>18}")
    well = True
    for call in calls:
        callee, cells, good = call.callees[-1], [], True
        for ear, *voices in ((call.caller, "callee", "caller"), (callee, "caller", "callee")):
            said, other = (os.path.join(args.out, f"{voice}-8000.wav") for voice in voices)
            db, wrong = likeness(said, ear.heard(), other, args.seconds - 1)
            good = good and db >= call.least and db > wrong + 3
            cells.append(f"{db:>8.1f} ({wrong:.1f})")
        well = well and good
        print(f"{call.label:<11} {call.caller.words():<12} {callee.words():<12} {cells[0]:>18} {cells[1]:>18}   "
              f"{'properly' if good else 'NOT PROPERLY'}")
    print(f"\nrecordings: {args.out}/*/heard.wav")
    return well


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--namespace", required=True, help="prefix of the namespaces")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--seconds", type=int, required=True, help="of speech in each call")
    parser.add_argument("--keep", action="store_true", help="leave the telephones of the last calls, and Kamailio")
    args = parser.parse_args()
    kamailio = start_kamailio(args)
    time.sleep(1)
    done = []
    for calls in rounds():
        if done:
            end_calls(done[-1])
        hold_calls(args, calls)
        done.append(calls)
    if args.keep:
        for call in done[-1]:
            call.caller.tell("hangup")
        with open(os.path.join(args.out, "dial"), "w") as f:
            print(f"sudo {' '.join(call.caller.enter)} tests/tools/baresip.py tell --sip-port {call.caller.port} "
                  f"dial sip:plain@{PROXY[4]}", file=f)
    else:
        end_calls(done[-1])
        kamailio.terminate()
        kamailio.wait(10)
    return 0 if table(args, [call for calls in done for call in calls]) else 1


if __name__ == "__main__":
    sys.exit(main())

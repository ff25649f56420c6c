#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manual pages name every option, command and configuration key that the programs have, and are well-formed.
cd "$(dirname "$0")/../.." || exit 2
build=${BUILD:-build/release}
exec /usr/bin/python3 - "$build" <<'END'
import re, subprocess, sys

build = sys.argv[1]
wrong = 0


def said(program, *args):
    return subprocess.run([f"{build}/{program}", *args], check=True, capture_output=True, text=True).stdout


def text_of(page):
    """What a reader sees, without breaks, and whether the formatter had nothing to say."""
    global wrong
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rHY=0", f"{build}/docs/man/{page}"],
                          capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        print(f"{page}: {done.stderr}")
        wrong += 1
    return " ".join(re.sub("[‐−]", "-", done.stdout).split())


def must_have(page, text, words):
    global wrong
    if " ".join(words.split()) not in text:
        print(f"{page} lacks: {words}")
        wrong += 1


def lines(pattern, *said_by):
    found = re.findall(pattern, said(*said_by), re.M)
    assert found, said_by
    return found


def options(*said_by):
    """Each with all that is said of it, which may go on in the lines behind."""
    return lines(r"^ +(-.*(?:\n {8}.*)*)", *said_by)


checked = 0
text = text_of("strowger.8")
for option in options("relay/strowger", "--help"):
    must_have("strowger.8", text, option)
    checked += 1
text = text_of("strowger-ctl.1")
for command in lines(r"^  ([a-z].*)", "control/strowger-ctl", "--help"):
    must_have("strowger-ctl.1", text, command)
    words = re.match(r"[a-z -]*[a-z]", re.split(r"  | [A-Z]", command)[0]).group().split()
    for option in lines(r"^  (-.*)", "control/strowger-ctl", *words, "--help"):
        must_have("strowger-ctl.1", text, option)
        checked += 1
text = text_of("strowger-bench.1")
bench = "bench/strowger-bench"
parts = [[part] for part in lines(r"^  ([a-z]+) ", bench, "--help")]
parts += [["micro", part] for part in lines(r"^  ([a-z]+) ", bench, "micro", "--help")]
for part in parts:
    must_have("strowger-bench.1", text, lines(r"^usage: (.*)", bench, *part, "--help")[0])
    for option in [] if part in (["micro"], ["compare"]) else options(bench, *part, "--help"):
        must_have("strowger-bench.1", text, option)
        checked += 1
text = text_of("strowger.conf.5")
for line in lines(r"^#?(\[.*\]|[a-z0-9_]+ = .*)$", "relay/strowger", "--print-config"):
    must_have("strowger.conf.5", text, line.replace("[interface external]", "[interface NAME]"))
    checked += 1
_about_the_file, keys = said("relay/strowger", "--print-config").split("\n\n", 1)
for line in re.findall(r"^# (.*)$", keys, re.M):
    must_have("strowger.conf.5", text, line)
print(f"{checked} options and keys, {wrong} wrong")
sys.exit(1 if wrong else 0)
END

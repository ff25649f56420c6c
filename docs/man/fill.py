#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fill.py PAGE PROGRAM... > PAGE.scd: put into a manual page, in scdoc(5), what the programs say of themselves.

A line of PAGE that begins with '@' is replaced; PROGRAM is one of those named, by its file name:

    @title PAGE(SECTION)         the first line, with the version of the first program
    @options PROGRAM [WORD...]   the options in its help
    @commands PROGRAM            strowger-ctl: all commands, with the options of each
    @subcommands PROGRAM         strowger-bench: likewise
    @config PROGRAM              strowger: sections and keys of the configuration
"""
import os
import re
import subprocess
import sys

programs = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[2:]}
# What stands behind an option: N, FILE, KIND:ARG, FIRST-LAST, NAME=VALUE,..., hash|plain
VALUE = re.compile(r"[A-Z][A-Z0-9_]*(?:[:=/,.-][A-Za-z0-9_/.,]+)*|[a-z]+(?:\|[a-z]+)+")
COLUMN = 26  # where the help of strowger-ctl says what a command does


def said(program, *args):
    return subprocess.run([programs[program], *args], check=True, capture_output=True, text=True).stdout.splitlines()


def plain(text):
    """TEXT so that scdoc prints it unchanged."""
    return re.sub(r"([\\*_`~<>#\[]|^-)", r"\\\1", text)


def term(words):
    """"-c, --config FILE": what is typed bold, what it stands for underlined."""
    return " ".join(f"_{plain(word)}_" if VALUE.fullmatch(word) or word.startswith("[") else f"*{plain(word)}*"
                    for word in words.split())


def entry(words, text):
    return [term(words), "\t" + plain(text), ""]


def parted(line):
    """An option's line of a help: the option, and what it does."""
    wide = re.fullmatch(r"(\S+(?: \S+)*) {2,}(\S.*)", line.strip())
    if wide:
        return wide.groups()
    words, n = line.split(), 0
    while words[n].startswith("-") or VALUE.fullmatch(words[n]):
        n += 1
    return " ".join(words[:n]), " ".join(words[n:])


def options_in(lines):
    """What stands further in than the text of an option goes on with it."""
    found = []
    for line in lines:
        if re.match(r" +-", line):
            found.append(parted(line))
        elif found and re.match(r" {8}", line):
            found[-1] = (found[-1][0], found[-1][1] + " " + line.strip())
    for words, text in found:
        yield from entry(words, text)


def title(page):
    version = said(next(iter(programs)), "--version")[0].split()[-1]
    yield f'{page} "strowger {version}"'


def options(program, *words):
    yield from options_in(said(program, *words, "--help"))


def commands(program):
    for line in said(program, "--help"):
        if not re.match(r"  [a-z]", line):
            continue
        words, text = line[:COLUMN].strip(), line[COLUMN:].strip()
        yield from entry(words, text)
        own = said(program, *re.match(r"[a-z -]+", words).group().split(), "--help")
        if "Its options:" in own:
            begin = own.index("Its options:")
            for option in options_in(own[begin:own.index("", begin)]):
                yield "\t" + option if option else ""


def usage(lines):
    """What stands behind "usage:", up to the sentence that says what it is for."""
    end = next(n for n, line in enumerate(lines) if n and not re.match(" {8}", line))
    return " ".join(line.strip() for line in lines[:end]).removeprefix("usage: ")


def subcommands(program, *words):
    for line in said(program, *words, "--help"):
        found = re.match(r"  ([a-z]+) +(.*)", line)
        if found:
            name = (*words, found[1])
            how = usage(said(program, *name, "--help"))
            yield from ["## " + " ".join(name), "", plain(found[2][0].upper() + found[2][1:]) + ".", ""]
            yield from [plain(how), ""]
            yield from options(program, *name)
            if " SUBCOMMAND " in how:
                yield from subcommands(program, *name)


def config(program):
    help_text = []
    for line in said(program, "--print-config"):
        section, key = re.fullmatch(r"#?\[(.*)\]", line), re.fullmatch(r"#([a-z0-9_]+) = (.*)", line)
        if section:
            yield from [f"## [{section[1].replace('external', 'NAME')}]", "", *help_text, ""]
        elif key:
            yield from [f"*{plain(key[1])}* = _{plain(key[2])}_", *("\t" + text for text in help_text), ""]
        elif line.startswith("# "):
            help_text.append(plain(line[2:]))
            continue
        help_text = []


FILLS = {"title": title, "options": options, "commands": commands, "subcommands": subcommands, "config": config}
with open(sys.argv[1]) as page:
    for row in page:
        if row.startswith("@"):
            name, *args = row[1:].split()
            print(*FILLS[name](*args), sep="\n")
        else:
            print(row, end="")

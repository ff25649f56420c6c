#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A terminal for the system stories: runs a program in it, and says what stands on its screen.

    terminal.py --orders SOCKET [--size 80x24] -- COMMAND...

It is told what to do, line by line, on a Unix socket, one connection an order, and answers in text:
  screen            what stands on the screen, one line a row
  keys TEXT         type TEXT, in which \\t, \\r, \\x1b and the like stand for what they are in Python
  resize COLSxROWS  make it another size
  signal NAME       send the program a signal: TERM, HUP, ...
  state             as JSON: ended (null, or the program's status as of $?), cleared (times that the whole screen
                    was wiped), written (bytes), colours (times that one was chosen), cursor (shown), echo (the terminal echoes and reads lines, as a
                    shell wants it), other_screen (the alternate screen is shown)
  stop              end the program, and this

An emulator that other people wrote, pyte, decides what the bytes mean."""
import argparse
import codecs
import fcntl
import json
import os
import pty
import re
import selectors
import signal
import socket
import struct
import subprocess
import termios

import pyte


class Terminal:
    def __init__(self, args):
        self.cols, self.rows = map(int, args.size.split("x"))
        self.screen = pyte.Screen(self.cols, self.rows)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        # The program's side stays open here, too, so that its settings outlive the program.
        self.fd, self.other = pty.openpty()
        self.set_size()
        self.program = subprocess.Popen(args.command, stdin=self.other, stdout=self.other, stderr=self.other,
                                        start_new_session=True, env={**os.environ, "TERM": args.term},
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def set_size(self):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.cols, 0, 0))

    def read(self, _):
        data = os.read(self.fd, 65536)
        self.written += data
        self.stream.feed(data)

    def state(self):
        flags = termios.tcgetattr(self.other)[3]
        status = self.program.poll()
        return json.dumps({
            "ended": 128 - status if status is not None and status < 0 else status,
            "cleared": len(re.findall(rb"\x1b\[2J|\x1b\[H\x1b\[J", self.written)),
            "written": len(self.written),
            "colours": len(re.findall(rb"\x1b\[[0-9;]*3[0-7][0-9;]*m", self.written)),
            "cursor": not self.screen.cursor.hidden,
            "echo": bool(flags & termios.ECHO and flags & termios.ICANON),
            "other_screen": self.written.rfind(b"\x1b[?1049h") > self.written.rfind(b"\x1b[?1049l"),
        })

    def order(self, line):
        word, _, rest = line.partition(" ")
        if word == "screen":
            return "\n".join(row.rstrip() for row in self.screen.display)
        if word == "state":
            return self.state()
        if word == "keys":
            os.write(self.fd, codecs.escape_decode(rest.encode())[0])
        elif word == "resize":
            self.cols, self.rows = map(int, rest.split("x"))
            self.screen.resize(self.rows, self.cols)
            self.set_size()
        elif word == "signal":
            self.program.send_signal(getattr(signal, "SIG" + rest))
        elif word != "stop":
            return "no such order: " + word
        return "done"

    def run(self, orders):
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.fd, selectors.EVENT_READ, self.read)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(orders)
        listener.listen()
        self.selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is not listener:
                    key.data(key.fileobj)
                    continue
                connection, _ = listener.accept()
                with connection, connection.makefile("r") as lines:
                    line = lines.readline().rstrip("\n")
                    connection.sendall((self.order(line) + "\n").encode())
                if line == "stop":
                    self.program.kill()
                    return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", required=True, help="the socket to listen on")
    parser.add_argument("--size", default="80x24", help="COLUMNSxROWS")
    parser.add_argument("--term", default="xterm-256color", help="$TERM of the program")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    Terminal(args).run(args.orders)


main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""baresip as a phone without a sound card: it says a WAV file and writes down what it hears.

  start   register at a proxy and wait for calls; replaces this process, runs until it is told to quit
  tell    one command to a phone that runs in this network namespace (dial URI, hold, resume, hangup, quit)

All of a phone is in --folder: its configuration, its log (log), and of each call what it heard (dump-TIME-dec.wav)
and said (dump-TIME-enc.wav), as baresip's sndfile module has it; what it heard after a hold is not there."""
import argparse
import json
import os
import socket
import sys

MODULES = "/usr/lib/baresip/modules"

CONFIG = """\
poll_method epoll
sip_listen {at}:{sip_port}
call_local_timeout 120
call_max_calls 4
audio_source aufile,{say}
audio_player aubridge,nobody
audio_alert aubridge,nobody
audio_level no
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
rtp_ports {rtp_port}-{rtp_last}
rtp_stats yes
rtcp_mux no
jitter_buffer_delay 5-10
net_interface {interface}
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
opus_bitrate 28000
opus_stereo no
opus_sprop_stereo no
"""


def bracketed(address):
    return f"[{address}]" if ":" in address else address


def control_port(sip_port):
    """Of a phone at SIP_PORT; each in a namespace has one."""
    return sip_port + 10000


def start(args):
    """Becomes baresip."""
    os.makedirs(args.folder, exist_ok=True)
    with open(os.path.join(args.folder, "config"), "w") as f:
        f.write(CONFIG.format(at=bracketed(args.address), sip_port=args.sip_port, say=args.say, folder=args.folder,
                              rtp_port=args.rtp_port, rtp_last=args.rtp_port + 99, interface=args.interface,
                              modules=MODULES, control=control_port(args.sip_port)))
    sealed = ";mediaenc=srtp-mand" if args.srtp else ""
    with open(os.path.join(args.folder, "accounts"), "w") as f:
        f.write(f"<sip:{args.name}@{bracketed(args.proxy)}>;regint=600;answermode={args.answer};"
                f"audio_codecs={args.codec}{sealed};ptime=20\n")
    open(os.path.join(args.folder, "contacts"), "w").close()
    log = os.open(os.path.join(args.folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    family = ["-6"] if ":" in args.address else ["-4"]
    os.execvp("baresip", ["baresip", "-f", args.folder, *family])


def messages(phone):
    """What it says, netstrings of JSON, until it hangs up."""
    text = b""
    while more := phone.recv(4096):
        text += more
        while (colon := text.find(b":")) > 0 and len(text) > (end := colon + 1 + int(text[:colon])):
            yield json.loads(text[colon + 1:end].decode(errors="replace"))
            text = text[end + 1:]


def tell(args):
    order = json.dumps({"command": args.command, "params": args.params}).encode()
    with socket.create_connection(("127.0.0.1", control_port(args.sip_port)), 3) as phone:
        phone.sendall(b"%d:%s," % (len(order), order))
        if args.command == "quit":
            return 0
        for message in messages(phone):
            if message.get("response"):
                print(message.get("data", ""), end="")
                return 0 if message.get("ok") else 1
    print("it has hung up on us", file=sys.stderr)
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    phone = commands.add_parser("start")
    phone.set_defaults(function=start)
    phone.add_argument("--folder", required=True)
    phone.add_argument("--name", required=True, help="user part of its address of record")
    phone.add_argument("--proxy", required=True, metavar="ADDRESS")
    phone.add_argument("--address", required=True, help="its own")
    phone.add_argument("--interface", default="eth0")
    phone.add_argument("--sip-port", type=int, default=5060)
    phone.add_argument("--rtp-port", type=int, default=20000, help="the first of a hundred")
    phone.add_argument("--codec", required=True, metavar="NAME/RATE/CHANNELS")
    phone.add_argument("--say", required=True, metavar="FILE.wav", help="at the codec's rate")
    phone.add_argument("--srtp", action="store_true", help="SRTP with SDES, or no call")
    phone.add_argument("--answer", choices=("auto", "manual"), default="auto")
    order = commands.add_parser("tell")
    order.set_defaults(function=tell)
    order.add_argument("--sip-port", type=int, default=5060)
    order.add_argument("command")
    order.add_argument("params", nargs="?", default="")
    args = parser.parse_args()
    return args.function(args)


if __name__ == "__main__":
    sys.exit(main())

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two phones agree on keys in the media path (RFC 6189): what they say of it passes, and from then on nothing of what
# they send is changed, though their codecs are two.
. "$(dirname "$0")/lib.sh"

story "ZRTP passes between PCMU and PCMA, and what it has secured is left alone, under another switch, too"
strowger_start
call_create zrtp \
	"$(leg alice 10.77.0.2:4000 none - '{"codecs": [{"name": "PCMU"}]}')" \
	"$(leg bob 10.77.0.2:5000 none - '{"codecs": [{"name": "PCMA"}]}')"
expect "what happens to alice's sound" "$(rpc call.get '{"call": "zrtp"}' | json '.legs[0].streams[0].bridge')" has mapped

# Both phones are in one place here, so that one program can say what each heard of the other.
phones() { # ALICE'S ADDRESS:PORT, BOB'S, plain or secured
	in_ns alice python3 - "$@" <<'END'
import socket, struct, sys

def phone(port, to):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.77.0.2", port))
    host, port = to.rsplit(":", 1)
    s.connect((host, int(port)))
    s.settimeout(0.2)
    return s

def zrtp(seq, kind):
    return struct.pack("!BBHII", 0x10, 0, seq, 0x5a525450, 77) + struct.pack("!HH8sI", 0x505a, 3, kind, 0xdeadbeef)

def rtp(seq, pt, ssrc):
    return struct.pack("!BBHII", 0x80, pt, seq, 160 * seq, ssrc) + bytes(range(160))

alice, bob = phone(4000, sys.argv[1]), phone(5000, sys.argv[2])
numbers = iter(range(100 if sys.argv[3] == "plain" else 200, 400))

def crosses(a, b, make):
    """Does B hear what A says as A says it?  A says it again, for a switch may just be starting."""
    said = []
    for _ in range(50):
        said.append(make())
        a.send(said[-1])
        try:
            heard = b.recv(2048)
            while number(heard) not in map(number, said):  # of before, and late
                heard = b.recv(2048)
            drain(b)
            return heard in said
        except socket.timeout:
            pass
    sys.exit("nothing arrives")

def number(packet):
    return packet[2:4]

def drain(s):
    """What was said again may still be under way, if it was not lost."""
    try:
        while True:
            s.recv(2048)
    except socket.timeout:
        pass

def sound_crosses():
    return (crosses(alice, bob, lambda: rtp(next(numbers), 0, 0xa11ce)),
            crosses(bob, alice, lambda: rtp(next(numbers), 8, 0xb0b)))

if sys.argv[3] == "plain":
    assert sound_crosses() == (False, False), "sound was not mapped"
    for n, (who, kind) in enumerate([(0, b"Hello   "), (1, b"Hello   "), (0, b"HelloACK"), (1, b"HelloACK"),
                                     (0, b"Commit  "), (1, b"DHPart1 "), (0, b"DHPart2 "), (1, b"Confirm1"),
                                     (0, b"Confirm2"), (1, b"Conf2ACK")]):
        assert crosses(*((alice, bob) if who == 0 else (bob, alice)), lambda: zrtp(n, kind)), kind
assert sound_crosses() == (True, True), "secured sound was changed"
END
}
alice_to=$(local_of alice) bob_to=$(local_of bob)
phones "$alice_to" "$bob_to" plain || fail "the phones do not agree"
seen=$(rpc call.get '{"call": "zrtp"}')
expect "what is seen of it" "$(jq -c '[.legs[].streams[].zrtp | .packets >= 5, .secured]' <<<"$seen")" \
	is '[true,true,true,true]'

old=$(switch_pid)
kill -KILL $old
wait_for 10 "another switch" another_switch "$old"
phones "$alice_to" "$bob_to" secured || fail "another switch has forgotten it"

strowger_stop
done_well

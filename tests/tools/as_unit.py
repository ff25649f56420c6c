#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""as_unit.py UNIT: becomes what ExecStart= of an installed unit says, under what the unit allows: its User=,
CapabilityBoundingSet=, NoNewPrivileges=, RestrictAddressFamilies= and SystemCallFilter=, as systemd.exec(5) describes
them.  What a unit does to the tree of files takes systemd itself."""
import ctypes
import os
import pwd
import shlex
import socket
import subprocess
import sys

PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
SCMP_ACT_ALLOW, SCMP_CMP_EQ, ENOSYS = 0x7FFF0000, 4, 38
SCMP_ACT_ERRNO = 0x00050000
FAMILIES = {"AF_XDP": 44}  # which Python does not know


class Arg(ctypes.Structure):  # struct scmp_arg_cmp
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def read_unit(name):
    """Each key with its values, in order."""
    unit = {}
    with open(f"/lib/systemd/system/{name}.service") as lines:
        for line in lines:
            if "=" in line and not line.startswith("#"):
                key, value = line.strip().split("=", 1)
                unit.setdefault(key, []).append(value)
    return unit


def calls_of(word):
    """The system calls of a word: itself, or of a group all that are in it."""
    if not word.startswith("@"):
        return {word}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
    words = [line.strip() for line in listed.stdout.splitlines()[1:]]
    return set().union(*(calls_of(w) for w in words if w and not w.startswith("#")))


def allowed_calls(values):
    allowed = set()
    for value in values:
        for word in value.lstrip("~").split():
            allowed = allowed - calls_of(word) if value.startswith("~") else allowed | calls_of(word)
    # Whoever lists calls gets these as well.
    return allowed | calls_of("@default") | {"execve"}


def filter_calls(allowed, families):
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    rules = lib.seccomp_init(ctypes.c_uint32(SCMP_ACT_ERRNO | ENOSYS))
    for name in sorted(allowed):
        call = lib.seccomp_syscall_resolve_name(name.encode())
        limits = [Arg(0, SCMP_CMP_EQ, family, 0) for family in families] if name == "socket" else [None]
        for limit in limits:
            lib.seccomp_rule_add_array(rules, SCMP_ACT_ALLOW, call, limit is not None,
                                       ctypes.byref(limit) if limit else None)
    if lib.seccomp_load(rules) != 0:
        sys.exit("as_unit: the filter cannot be loaded")


def bound_capabilities(names):
    numbers = {}
    with open("/usr/include/linux/capability.h") as lines:
        for line in lines:
            words = line.split()
            if len(words) >= 3 and words[0] == "#define" and words[1].startswith("CAP_") and words[2].isdigit():
                numbers[words[1]] = int(words[2])
    for name, number in numbers.items():
        if name not in names:
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, number, 0, 0, 0)


unit = read_unit(sys.argv[1])
families = [FAMILIES.get(name) or getattr(socket, name) for name in unit["RestrictAddressFamilies"][0].split()]
calls = allowed_calls(unit["SystemCallFilter"])
bound_capabilities(unit["CapabilityBoundingSet"])
for user in unit.get("User", []):
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
assert unit["NoNewPrivileges"] == ["yes"]
ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
filter_calls(calls, families)
command = shlex.split(unit["ExecStart"][0])
os.execv(command[0], command)

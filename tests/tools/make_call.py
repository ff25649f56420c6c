#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_call.py PID NUMBER [ARGUMENT...]: has the main thread of a process that waits in the kernel make one system
call, as an intruder would who runs code in it, and prints what the call returns.  The process goes on as before.  x86-64.

The thread's way back leads past the instruction that it waits in: it is made to execute that again with other
registers, and is caught behind it by a breakpoint (ptrace(2), syscall(2))."""
import ctypes
import os
import signal
import struct
import sys
import time

PEEKTEXT, POKETEXT, CONT, GETREGS, SETREGS, DETACH, SEIZE, INTERRUPT = 1, 4, 7, 12, 13, 17, 0x4206, 0x4207
WALL = 0x40000000
FIELDS = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base "
          "ds es fs gs").split()  # struct user_regs_struct
ARGUMENTS = "rdi rsi rdx r10 r8 r9".split()
SYSCALL = b"\x0f\x05"
BREAKPOINT = 0xCC
PATIENCE = 30  # seconds
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
pid = int(sys.argv[1])


def ptrace(request, address=None, data=None):
    ctypes.set_errno(0)
    result = libc.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno() != 0:
        sys.exit(f"make_call: ptrace {request}: {os.strerror(ctypes.get_errno())}")
    return result & (1 << 64) - 1


def stopped():
    """The signal that it has stopped with."""
    _, status = os.waitpid(pid, WALL)
    if not os.WIFSTOPPED(status):
        sys.exit(f"make_call: process {pid} has ended: {status}")
    return os.WSTOPSIG(status)


def registers():
    room = ctypes.create_string_buffer(8 * len(FIELDS))
    ptrace(GETREGS, None, ctypes.addressof(room))
    return dict(zip(FIELDS, struct.unpack(f"{len(FIELDS)}Q", room.raw)))


def set_registers(values):
    room = ctypes.create_string_buffer(struct.pack(f"{len(FIELDS)}Q", *(values[name] for name in FIELDS)))
    ptrace(SETREGS, None, ctypes.addressof(room))


def stop_in_the_kernel():
    """Its registers there.  A thread that was caught at work in its own code goes on, and is caught again a bit later."""
    end = time.monotonic() + PATIENCE
    ptrace(SEIZE)
    while True:
        ptrace(INTERRUPT)
        while (caught := stopped()) != signal.SIGTRAP:
            ptrace(CONT, None, caught)
        values = registers()
        if struct.pack("<Q", ptrace(PEEKTEXT, values["rip"] - 2))[:2] == SYSCALL:
            return values
        if time.monotonic() > end:
            sys.exit(f"make_call: it has not waited in the kernel for {PATIENCE} s")
        ptrace(CONT)
        time.sleep(0.002)


before = stop_in_the_kernel()
text = ptrace(PEEKTEXT, before["rip"])
ptrace(POKETEXT, before["rip"], text & ~0xFF | BREAKPOINT)
call = dict(before, rip=before["rip"] - 2, rax=int(sys.argv[2]), orig_rax=(1 << 64) - 1)
call.update(zip(ARGUMENTS, (int(word, 0) for word in sys.argv[3:])))
set_registers(call)
ptrace(CONT)
while (caught := stopped()) != signal.SIGTRAP:
    ptrace(CONT, None, caught)  # SIGSYS is its own affair
result = registers()["rax"]
ptrace(POKETEXT, before["rip"], text)
set_registers(before)
ptrace(DETACH)
print(result - (1 << 64) if result >> 63 else result)

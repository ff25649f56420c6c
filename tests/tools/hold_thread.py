#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""hold_thread.py TID SECONDS: stops one thread of another process, and only that one, for a while.

A signal would stop the whole process; PTRACE_INTERRUPT stops the thread that was seized.  It goes on when this
program ends, however it ends (ptrace(2))."""
import ctypes
import os
import sys
import time

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, tid):
    if libc.ptrace(request, tid, None, None) != 0:
        sys.exit(f"hold_thread: {os.strerror(ctypes.get_errno())}")


tid, seconds = int(sys.argv[1]), float(sys.argv[2])
ptrace(PTRACE_SEIZE, tid)
ptrace(PTRACE_INTERRUPT, tid)
os.waitpid(tid, 0x40000000)  # __WALL: it has stopped
time.sleep(seconds)
ptrace(PTRACE_DETACH, tid)

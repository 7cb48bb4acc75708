"""Checkpoints: a session's state kept as a frozen copy of its process.

The running process goes on; the copy waits. To run from there again the copy is
copied in its turn, so that one checkpoint serves many edits. Where a copy would
not be faithful (threads, CUDA, open files, children) it is refused, and the
edit starts from an earlier checkpoint or from the beginning.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import stat
import sys
import threading
from typing import Callable

from . import wire


#: matplotlib keeps fonts open and opens them again after a fork
FONTS = (".ttf", ".otf", ".ttc", ".afm")


#: what a copy does: go on, given a request, its own socket and its black box
GoOn = Callable[[dict, socket.socket, int], None]


def freeze(sock: socket.socket, fd: int, go_on: GoOn) -> dict[str, object]:
    """Leave a frozen copy of this process that listens on a socket; what to answer.

    The copy is the child of nobody here: it is born of an intermediate process
    that ends at once, and the warm process adopts it.
    """
    if reason := unsafe(sock, fd):
        os.close(fd)
        return {"refused": reason}
    with orphan() as is_copy:
        if is_copy:
            sock.close()
            wait(socket.socket(fileno=fd), go_on)
    os.close(fd)
    return {"frozen": True}


@contextlib.contextmanager
def orphan():
    """``True`` in a copy of the process without parent, ``False`` in the original."""
    state = random.getstate()
    child = os.fork()
    if child == 0:
        if os.fork():
            os._exit(0)
        random.setstate(state)  # Python seeds it anew in every fork
        try:
            yield True
        finally:
            os._exit(70)
    os.waitpid(child, 0)
    yield False


def wait(sock: socket.socket, go_on: GoOn) -> None:
    """Be a checkpoint: give birth to a worker at each request, until the other end closes."""
    wire.send(sock, {"pid": os.getpid()})
    while received := wire.receive(sock, fds=2):
        request, (fd, black_box) = received
        with orphan() as is_copy:
            if is_copy:
                sock.close()
                ours = socket.socket(fileno=fd)
                wire.send(ours, {"pid": os.getpid()})
                go_on(request, ours, black_box)
        os.close(fd)
        os.close(black_box)
    os._exit(0)


def unsafe(sock: socket.socket, fd: int) -> str:
    """Why a copy of this process would not be faithful, or ``""``."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return "CUDA"
    if threading.active_count() > 1 or len(os.listdir("/proc/self/task")) > 1:
        return "fils d’exécution"
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        if file.read().split():
            return "processus enfants"
    return opened({0, 1, 2, sock.fileno(), fd})


def opened(known: set[int]) -> str:
    """What the session keeps open that two processes cannot share, or ``""``."""
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            if number in known or target.startswith("/memfd:") or target.endswith(FONTS) or stat.S_ISDIR(os.fstat(number).st_mode):
                continue
            if stat.S_ISREG(os.fstat(number).st_mode) or target.startswith(("socket:", "pipe:", "anon_inode:")):
                return f"« {target} » ouvert"
    return ""

"""The warm process: libraries loaded once, then one fork per session.

Started as ``python -m epreuve.warm FD``. It loads what pages will import, has
one thread, never touches CUDA and starts no thread pool: that is what makes its
forks safe. It ends, with everything born from it, when its socket closes.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import selectors
import shutil
import signal
import socket
import sys
import traceback
from importlib.util import find_spec

from . import optimizers, wire

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # <sys/prctl.h>
LIBC = ctypes.CDLL(None, use_errno=True)


def preload(modules: list[str]) -> None:
    """Import the modules that are installed, and warm what is lazy in them."""
    for name in modules:
        with contextlib.suppress(ImportError):
            if find_spec(name.partition(".")[0]):
                importlib.import_module(name)
    torch = sys.modules.get("torch")
    if torch:
        torch.set_num_threads(1)
        repr(torch.ones(2))  # what the first printed tensor of a page would import
        optimizers.spare_compiler(torch)

    from . import rich, worker

    rich.warm_up()
    worker.warm_up()


def threads() -> int:
    """Number of threads of this process."""
    return len(os.listdir("/proc/self/task"))


def descendants(pid: int) -> list[int]:
    """Every living process born from a process, directly or not."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in map(int, file.read().split()):
                    found += [child, *descendants(child)]
    return found


def kill(pids: list[int]) -> None:
    """End processes, those that are gone already aside."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def has_opened_gpu() -> bool:
    """Whether this process holds an NVIDIA device open."""
    held = (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd"))
    return any("nvidia" in os.readlink(path) for path in held if os.path.lexists(path))


class Warm:
    """Forks workers and reports their end."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.scratch = ""
        self.private: list = []  #: what workers must not inherit

    def loop(self) -> None:
        """Serve until the other end of the control socket closes."""
        wakeup, ours = socket.socketpair()
        wakeup.setblocking(False)
        ours.setblocking(False)
        signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self.control, selectors.EVENT_READ)
            selector.register(wakeup, selectors.EVENT_READ)
            self.private = [selector, wakeup, ours, self.control]
            while True:
                for key, _ in selector.select():
                    if key.fileobj is wakeup:
                        with contextlib.suppress(BlockingIOError):
                            wakeup.recv(4096)
                        self.reap()
                    elif not self.serve():
                        return

    def serve(self) -> bool:
        """Answer one request; ``False`` at the end."""
        received = wire.receive(self.control, fds=2)
        if received is None:
            return False
        request, fds = received
        if request["op"] == "sweep":
            self.sweep(set(request["keep"]))
            return True
        fd, black_box = fds
        self.scratch = request["root_scratch"]
        pid = os.fork()
        if pid == 0:
            self.become_worker(fd, black_box, request)
        os.close(fd)
        os.close(black_box)
        wire.send(self.control, {"pid": pid})
        return True

    def become_worker(self, fd: int, black_box: int, config: dict) -> None:
        """What the child does instead of returning."""
        from . import worker

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for inherited in self.private:
            inherited.close()
        try:
            worker.serve(socket.socket(fileno=fd), config, black_box)
        except BaseException:  # noqa: BLE001 - a fault of the engine: its trace survives the process
            os.write(black_box, traceback.format_exc().encode())
        finally:
            os._exit(70)

    def reap(self) -> None:
        """Report the processes that ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                wire.send(self.control, {"ended": pid, "status": status})

    def sweep(self, keep: set[int]) -> None:
        """End what ended sessions left behind: every process that nobody wants to keep."""
        for child in children():
            if child not in keep:
                kill([*descendants(child), child])

    def close(self) -> None:
        """End every process born from this one and remove the scratch folder."""
        signal.set_wakeup_fd(-1)
        while remaining := descendants(os.getpid()):
            kill(remaining)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, 0)[0]:
                    pass
        if self.scratch:
            shutil.rmtree(self.scratch, ignore_errors=True)


def children() -> list[int]:
    """Living direct children of this process."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]


def main() -> None:
    """Load, say that everything is ready, serve."""
    gc.disable()  # nothing that is loaded will be thrown away
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    control = socket.socket(fileno=int(sys.argv[1]))
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # while it loads, it does not listen
    preload(sys.argv[2:])
    LIBC.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    gc.freeze()  # or a collection in a child would copy all of this
    gc.enable()
    warm = Warm(control)
    try:
        wire.send(control, {"ready": True, "threads": threads(), "cuda": has_opened_gpu()})
        warm.loop()
    except BrokenPipeError:  # nobody waits any more
        pass
    finally:
        warm.close()


if __name__ == "__main__":
    main()

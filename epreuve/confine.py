"""Confine the process to a folder: what a student's code may not do.

Two walls. The kernel's, where it offers them: no network (namespace), no file
outside the folder, no signal to other processes (Landlock). Then an audit hook,
which gives a clear message and stands alone where the kernel offers nothing; it
stops ordinary Python, not a determined attacker. Standard library only.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import os
import resource
import struct
import sys
import sysconfig
import threading

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # <sched.h>
PR_SET_NO_NEW_PRIVS = 38  # <sys/prctl.h>
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, on every architecture
READ, WRITE = 0b1101, 0b1111111111110010  # LANDLOCK_ACCESS_FS_*: execute, read files and folders; all that changes something
FILE_ONLY = 0b100000000000111  # the rights that mean something for a file
DISK = 256 * 2**20  #: bytes of one file

REFUSED = {
    "socket.connect": "pas de réseau", "socket.bind": "pas de réseau", "socket.getaddrinfo": "pas de réseau", "socket.sendto": "pas de réseau",
    "subprocess.Popen": "pas d’autre processus", "os.system": "pas d’autre processus", "os.posix_spawn": "pas d’autre processus",
    "os.exec": "pas d’autre processus", "os.fork": "pas d’autre processus", "os.forkpty": "pas d’autre processus",
    "os.kill": "pas de signal", "os.killpg": "pas de signal", "signal.pthread_kill": "pas de signal",
    "gc.get_objects": "pas d’inspection du correcteur", "gc.get_referrers": "pas d’inspection du correcteur",
    "sys._current_frames": "pas d’inspection du correcteur", "sys.addaudithook": "pas d’inspection du correcteur",
}  # fmt: skip
CHANGES = {"os.remove": 1, "os.rename": 2, "os.mkdir": 1, "os.rmdir": 1, "os.link": 2, "os.symlink": 2, "os.truncate": 1, "os.chmod": 1, "os.chown": 1, "shutil.rmtree": 1}


def confine(folder: str) -> list[str]:
    """Shut the process in a folder; the walls that could not be raised are returned."""
    libc = ctypes.CDLL(None, use_errno=True)
    missing = [name for name, wall in (("réseau", cut_network), ("fichiers", shut_files)) if not wall(libc, folder)]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (DISK, DISK))
    sys.addaudithook(hook(os.path.realpath(folder)))
    refuse_threads()
    return missing


def refuse_threads() -> None:
    """No thread: it could go on during a check, or after the process is judged. No audit event says it before Python 3.12."""
    starters = {getattr(_thread, name, None) for name in ("start_new_thread", "start_joinable_thread")}

    def refused(*args: object, **options: object) -> None:
        raise PermissionError("interdit pendant la correction : pas de fil d’exécution")

    for module in (_thread, threading):
        for name in [name for name, value in vars(module).items() if callable(value) and value in starters]:
            setattr(module, name, refused)


def cut_network(libc: ctypes.CDLL, folder: str) -> bool:
    """An empty network namespace: not even the machine itself can be reached."""
    return libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWNET) == 0


def shut_files(libc: ctypes.CDLL, folder: str) -> bool:
    """Landlock: read only Python and the system, write only the folder, signal nobody."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    writable = WRITE & ~(0 if version >= 2 else 1 << 13) & ~(0 if version >= 3 else 1 << 14) & ~(0 if version >= 5 else 1 << 15)
    attributes = struct.pack("QQQ", READ | writable, 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    for path in readable():
        allow(libc, ruleset, path, READ)
    allow(libc, ruleset, "/dev/null", READ | writable)
    allow(libc, ruleset, folder, READ | writable)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return done


def readable() -> set[str]:
    """What running Python needs: its libraries, the system's, and what the kernel says."""
    own = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    system = {"/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev"}
    return {os.path.realpath(path) for path in own | system if os.path.isdir(path) and os.path.realpath(path) != "/"}


def allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    """Add one path to what is allowed."""
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = rights if os.path.isdir(path) else rights & FILE_ONLY
        libc.syscall(ADD_RULE, ruleset, 1, struct.pack("=QI", rights, fd), 0)
        os.close(fd)


def hook(folder: str):
    """The audit hook: refuses with a reason that a student can read."""
    inside = folder + os.sep
    direct = ("ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function")

    def refuse(event: str, args: tuple) -> None:
        if event in REFUSED:
            if event.startswith("socket.") and len(args) > 1 and isinstance(args[1], (str, bytes)):
                return  # a Unix socket
            raise PermissionError(f"interdit pendant la correction : {REFUSED[event]}")
        if event == "open" and is_write(args) and not within(args[0]):
            raise PermissionError("interdit pendant la correction : écrire hors de son dossier")
        if event in CHANGES and not all(within(path) for path in args[: CHANGES[event]]):
            raise PermissionError("interdit pendant la correction : changer un fichier hors de son dossier")
        if event in direct and sys._getframe(1).f_code.co_filename.startswith("<bloc"):
            raise PermissionError("interdit pendant la correction : ctypes")

    def within(path: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return isinstance(path, int)
        full = os.path.realpath(os.fsdecode(path))
        return full == "/dev/null" or full.startswith(inside)

    return refuse


def is_write(args: tuple) -> bool:
    """Whether the arguments of an ``open`` event ask to write."""
    mode, flags = args[1], args[2] or 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) if mode is None else bool(set(mode) & set("wax+"))

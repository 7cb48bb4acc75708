"""Sessions run side by side: the warm process, deadlines, memory, tokens.

``run`` gives every block that must run to a worker forked from the warm process
and yields results as they come. Nothing it starts outlives it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Iterator, Sequence

from . import wire
from .draw import Drawer
from .model import Block, Failure, Frame, Observation, Output, Result, Session, Warned
from .settings import Settings

SILENCE = 30.0  #: seconds without a byte in the middle of an answer
GRACE = 3.0  #: seconds between a deadline and the end of the process
TICK = 0.2  #: seconds between two looks at memory
CHECKPOINT_AFTER = 0.05  #: seconds of work that a checkpoint is worth
ADDR_NO_RANDOMIZE = 0x0040000  # <sys/personality.h>
LIBC = ctypes.CDLL(None)
DOT = "text/vnd.graphviz"
GRAPH = re.compile(r"graphviz|make_dot")


@dataclass
class Job:
    """A session being run, from its first block to the last one wanted."""

    session: Session
    wanted: frozenset[int]  #: positions whose results are asked for
    states: tuple[str, ...] = ()  #: name of the session's state before each block
    seed: int = 0  #: where every generator starts
    effort: float = 0.0  #: announced by its text, to start the longest first
    position: int = 0
    sock: socket.socket | None = None
    pid: int = 0
    warm: WarmProcess | None = None  #: that it was born from
    black_box: int = -1
    deadline: float = 0.0
    killed: str = ""  #: "timeout" or "memory", when we ended it
    peak_mb: float = 0.0
    scratch: str = ""
    unsaved: float = 0.0  #: seconds of work since the last checkpoint
    blocks: dict[int, Block] = field(init=False)

    def __post_init__(self) -> None:
        last = max(self.wanted)
        self.blocks = {i: b for i, b in enumerate(self.session.blocks[: last + 1]) if self.runs(i, b)}

    def begin_at(self, position: int) -> None:
        """Leave out the blocks whose work a checkpoint already holds."""
        self.blocks = {i: b for i, b in self.blocks.items() if i >= position}

    def runs(self, position: int, block: Block) -> bool:
        """Values of the prose and commands leave no trace: only the wanted ones run."""
        if block.skip is not None or block.kind == "excerpt":
            return False
        return block.kind == "code" or position in self.wanted

    @property
    def uses_gpu(self) -> bool:
        """Whether the session may use the GPU, judged by its text."""
        return any(re.search(r"cuda|device|accelerator", b.source) for b in self.session.blocks)


class WarmProcess:
    """Client of :mod:`epreuve.warm`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "epreuve.warm", str(theirs.fileno()), *settings.preload]
        self.process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment(settings), cwd=settings.root,
            preexec_fn=fix_addresses, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self.is_ready = False
        self.ended: dict[int, int] = {}

    def wait(self) -> None:
        """Wait until everything is loaded. Raises ``RuntimeError`` if it died."""
        if self.is_ready:
            return
        received = wire.receive(self.control)
        if received is None:
            raise RuntimeError(f"le processus préchargé s’est arrêté (code {self.process.wait()})")
        if received[0]["threads"] > 1:
            raise RuntimeError("le processus préchargé a plusieurs fils d’exécution : ses copies pourraient se bloquer")
        if received[0]["cuda"]:
            raise RuntimeError("le processus préchargé a touché CUDA : les sessions ne pourraient pas l’utiliser")
        self.is_ready = True

    def fork(self, config: dict) -> tuple[int, socket.socket, int]:
        """A new worker: its pid, its socket, its black box (a file descriptor)."""
        self.wait()
        ours, theirs = socket.socketpair()
        black_box = os.memfd_create("black-box")
        wire.send(self.control, {"op": "fork", **config}, (theirs.fileno(), black_box))
        theirs.close()
        while True:
            message = wire.receive(self.control)
            if message is None:
                raise RuntimeError("le processus préchargé s’est arrêté")
            if "pid" in message[0]:
                self.ended.pop(message[0]["pid"], None)
                return message[0]["pid"], ours, black_box
            self.note(message[0])

    def note(self, message: dict) -> None:
        self.ended[message["ended"]] = message["status"]

    def status(self, pid: int) -> int:
        """Wait status of a worker that ended."""
        while pid not in self.ended:
            message = wire.receive(self.control)
            if message is None:
                return 0
            self.note(message[0])
        return self.ended[pid]

    def sweep(self, keep: set[int]) -> None:
        """End what the sessions that are over left behind."""
        with contextlib.suppress(OSError):  # a block ended it: the next session starts another
            wire.send(self.control, {"op": "sweep", "keep": sorted(keep)})

    def dismiss(self) -> None:
        """Let it end, and everything born from it."""
        self.control.close()

    def close(self) -> None:
        """End it, and everything born from it."""
        self.dismiss()
        if not self.is_ready:  # still loading: nothing was born from it, and it would only listen afterwards
            self.process.kill()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fix_addresses() -> None:
    """No address randomisation from now on, so that printed addresses repeat. Containers may forbid it."""
    LIBC.personality(ADDR_NO_RANDOMIZE)


def environment(settings: Settings) -> dict[str, str]:
    """Environment of the warm process: one thread, fixed hashes, CUDA seen without being opened."""
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    fixed = {
        "PYTHONHASHSEED": str(settings.hash_seed),
        "SOURCE_DATE_EPOCH": "0",
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        "PYTHONIOENCODING": "utf-8",
        "MPLBACKEND": "agg",
        "TQDM_MININTERVAL": "0.1",
        "COLUMNS": "80",
    }
    hidden = {"CUDA_VISIBLE_DEVICES": ""} if settings.device == "cpu" else {}
    return {**os.environ, **one_thread, **fixed, **hidden}


class Pool:
    """A warm process and the workers it forks. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.warm: WarmProcess | None = None
        self.drawer = Drawer()
        self.scratch = ""
        self.shelf = Shelf(settings.checkpoints)
        self.running: dict[socket.socket, Job] = {}

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start loading, without waiting."""
        if self.warm is None:
            self.warm = WarmProcess(self.settings)

    def adopt(self, warm: WarmProcess) -> None:
        """Take a process that was started before the settings were known, if it is what they ask for."""
        asked = [(s.root, s.preload, environment(s)) for s in (warm.settings, self.settings)]
        if self.warm is None and asked[0] == asked[1]:
            self.warm = warm
        else:
            warm.close()

    def dismiss(self) -> None:
        """Nothing more will run: let everything end, without waiting."""
        self.shelf.clear()
        if self.warm:
            self.warm.dismiss()

    def close(self) -> None:
        """End everything; safe to call twice."""
        self.dismiss()
        if self.warm:
            self.warm.close()
            self.warm = None
        self.drawer.close()
        if self.scratch:
            for pid in working_in(self.scratch):  # born from a process that a block ended
                end(pid)
            shutil.rmtree(self.scratch, ignore_errors=True)
            self.scratch = ""

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, int, Result]]:
        """Run jobs in parallel; yield (job, position, result) as results come."""
        waiting = deque(sorted(jobs, key=lambda job: -job.effort))
        self.start()
        if any(GRAPH.search(b.source) for job in jobs for b in job.blocks.values()):
            self.drawer.start()
        running, looked = self.running, 0.0
        with selectors.DefaultSelector() as selector:
            try:
                while waiting or running:
                    while job := self.next_job(waiting):
                        self.launch(job)
                        running[job.sock] = job
                        selector.register(job.sock, selectors.EVENT_READ)
                    for key, _ in selector.select(TICK):
                        job = running[key.fileobj]
                        yield from self.advance(job)
                        if job.sock is None:
                            selector.unregister(key.fileobj)
                            del running[key.fileobj]
                            key.fileobj.close()
                            self.warm.sweep(self.alive())
                    if time.monotonic() > looked + TICK:
                        looked = time.monotonic()
                        for job in running.values():
                            self.watch(job)
            finally:
                for job in running.values():
                    end(job.pid)
                    job.sock.close()
                    os.close(job.black_box)
                running.clear()

    def alive(self) -> set[int]:
        """The processes that are wanted: running sessions and checkpoints."""
        return {job.pid for job in self.running.values()} | self.shelf.pids()

    def next_job(self, waiting: deque[Job]) -> Job | None:
        """The next session that may start: cores and the one GPU token decide."""
        if not waiting or len(self.running) >= self.settings.jobs:
            return None
        if self.settings.device == "cuda" and any(job.uses_gpu for job in self.running.values()):
            for job in waiting:
                if not job.uses_gpu:
                    waiting.remove(job)
                    return job
            return None
        return waiting.popleft()

    def launch(self, job: Job) -> None:
        """Give a session a worker, from a checkpoint where one serves, and its first block."""
        self.warm.wait()  # while it loads nothing is on the disk: a build that is killed leaves nothing
        self.scratch = self.scratch or tempfile.mkdtemp(prefix="epreuve-")
        job.scratch = tempfile.mkdtemp(dir=self.scratch)
        position, saved = self.shelf.nearest(job.states, min(job.wanted))
        if saved and self.resume(job, saved):
            job.begin_at(position)
        else:
            self.start_session(job)
        job.sock.settimeout(SILENCE)
        job.peak_mb = resident_mb(job.pid)  # one that dies at once is never looked at
        job.position = -1
        if not self.send_next(job):
            raise RuntimeError(f"aucun bloc à exécuter dans {job.session.docname}")

    def start_session(self, job: Job) -> None:
        """Fork a worker from the warm process."""
        page_folder = (Path(self.settings.root) / job.session.docname).parent
        if not self.settings.confined:
            link_neighbours(page_folder, Path(job.scratch))
        config = {
            "scratch": job.scratch,
            "root_scratch": self.scratch,
            "root": self.settings.root,
            "ignored": [self.scratch, *(os.path.join(self.settings.root, name) for name in self.settings.ignored)],
            "path": [str(page_folder), self.settings.root],
            "memory": self.settings.memory,
            "device": self.settings.device,
            "seed": job.seed,
            "start": self.settings.start,
            "confined": self.settings.confined,
        }
        try:
            job.pid, job.sock, job.black_box = self.warm.fork(config)
        except (RuntimeError, OSError):  # a block found a way to end it: another takes its place
            self.warm.close()
            self.warm = WarmProcess(self.settings)
            job.pid, job.sock, job.black_box = self.warm.fork(config)
        job.warm = self.warm

    def resume(self, job: Job, saved: Checkpoint) -> bool:
        """Fork a worker from a checkpoint; ``False`` if it is gone."""
        shutil.copytree(saved.scratch, job.scratch, symlinks=True, dirs_exist_ok=True)
        ours, theirs = socket.socketpair()
        job.black_box = os.memfd_create("black-box")
        with contextlib.suppress(OSError):
            wire.send(saved.sock, {"scratch": job.scratch}, (theirs.fileno(), job.black_box))
            theirs.close()
            if born := wire.receive(ours):
                job.pid, job.sock, job.warm = born[0]["pid"], ours, self.warm
                self.warm.ended.pop(job.pid, None)
                return True
        ours.close()
        os.close(job.black_box)
        self.shelf.drop(saved)
        return False

    def save_state(self, job: Job) -> None:
        """Leave a checkpoint before the next block, if enough work would be lost without it."""
        state = job.states[job.position] if job.states and job.position >= 0 else ""
        if not self.settings.checkpoints or not state or job.unsaved < CHECKPOINT_AFTER or state in self.shelf.saved:
            return
        ours, theirs = socket.socketpair()
        with contextlib.suppress(OSError):
            wire.send(job.sock, {"op": "freeze"}, (theirs.fileno(),))
            answer = wire.receive(job.sock)
            theirs.close()
            if answer and "frozen" in answer[0] and (born := wire.receive(ours)):
                scratch = tempfile.mkdtemp(dir=self.scratch)
                shutil.copytree(job.scratch, scratch, symlinks=True, dirs_exist_ok=True)
                self.shelf.add(Checkpoint(state, born[0]["pid"], ours, scratch))
                job.unsaved = 0.0
                return
        ours.close()

    def send_next(self, job: Job) -> bool:
        """Send the next block of a session; ``False`` when there is none."""
        job.position = min((i for i in job.blocks if i > job.position), default=-1)
        if job.position < 0:
            return False
        self.save_state(job)
        block = job.blocks[job.position]
        timeout = block.timeout or self.settings.timeout
        request = {
            "index": job.position, "kind": block.kind, "source": block.source,
            "timeout": timeout, "threads": block.threads or self.settings.threads,
        }  # fmt: skip
        job.deadline = time.monotonic() + timeout + GRACE
        with contextlib.suppress(ConnectionError):  # its end is seen when we read
            wire.send(job.sock, request)
        return True

    def advance(self, job: Job) -> Iterator[tuple[Job, int, Result]]:
        """Take what a worker answered: a result, or its end."""
        received = wire.receive(job.sock)
        position = job.position
        result = received and answered(job.blocks[position], received[0])
        if not result:
            yield from self.bury(job)
            return
        result = result if job.seed else self.drawn(result)
        job.peak_mb = max(job.peak_mb, result.peak_mb)
        job.unsaved += result.seconds if result.block.kind == "code" else 0.0
        more = self.send_next(job)
        if position in job.wanted:
            yield job, position, result
        if not more:
            self.finish(job)

    def bury(self, job: Job) -> Iterator[tuple[Job, int, Result]]:
        """A worker died: report it at its block; those after could not run."""
        failure = self.autopsy(job)
        for position in sorted(i for i in job.blocks if i >= job.position):
            block = job.blocks[position]
            if position == job.position:
                yield job, position, Result(block, failure=failure, peak_mb=job.peak_mb)
            elif position in job.wanted:
                blocked = Failure("blocked", str(job.position + 1))
                yield job, position, Result(block, failure=blocked)
        self.finish(job)

    def autopsy(self, job: Job) -> Failure:
        """What is known of a dead worker: signal or status, and the line it was at."""
        wait_until(lambda: not alive(job.pid), 0.5)
        end(job.pid)  # it may have closed its socket and gone on
        status = job.warm.status(job.pid)
        box = os.pread(job.black_box, 1 << 16, 0).decode("utf-8", "replace")
        frames = [
            Frame(int(block) - 1, int(line), name)
            for block, line, name in re.findall(r'File "<bloc (\d+)>", line (\d+) in (\S+)', box)
        ][::-1]
        line = next((f.line for f in frames if f.block == job.position), 0)
        if job.killed:
            return Failure(job.killed, "", tuple(frames), line)
        how = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {os.waitstatus_to_exitcode(status)}"
        return Failure("killed", how, tuple(frames), line)

    def finish(self, job: Job) -> None:
        """Close a session: its worker ends on its own or is swept away, its folder goes."""
        with contextlib.suppress(OSError):
            job.sock.shutdown(socket.SHUT_RDWR)
        job.sock = None
        os.close(job.black_box)
        shutil.rmtree(job.scratch, ignore_errors=True)

    def watch(self, job: Job) -> None:
        """End a worker that is late or too large; notice one that ended while a child of its own holds its socket."""
        if not alive(job.pid):
            with contextlib.suppress(OSError):
                job.sock.shutdown(socket.SHUT_RDWR)
            return
        used = resident_mb(job.pid) + written_mb(job.pid)
        job.peak_mb = max(job.peak_mb, used)
        late = time.monotonic() > job.deadline
        if not job.killed and (late or (self.settings.memory and used > self.settings.memory + 512)):
            job.killed = "timeout" if late else "memory"
            with contextlib.suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGUSR2)  # writes where it is in the black box
                wait_until(lambda: os.fstat(job.black_box).st_size, 1.0)
                os.kill(job.pid, signal.SIGKILL)

    def drawn(self, result: Result) -> Result:
        """The result, its graphs drawn."""
        if not any(o.mime == DOT for o in result.outputs):
            return result
        outputs, failure = [], result.failure
        for output in result.outputs:
            if output.mime == DOT:
                try:
                    output = replace(output, mime="image/svg+xml", data=self.drawer.svg(output.data))
                except ValueError as error:
                    failure = failure or Failure("ValueError", str(error))
                    continue
            outputs.append(output)
        return replace(result, outputs=tuple(outputs), failure=failure)


@dataclass(frozen=True)
class Checkpoint:
    """A frozen copy of a session (:mod:`epreuve.checkpoint`)."""

    state: str  #: name of the state it holds
    pid: int
    sock: socket.socket
    scratch: str  #: copy of the session's folder


class Shelf:
    """The checkpoints that are kept, the least recently used thrown away first."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.saved: dict[str, Checkpoint] = {}

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one more."""
        self.saved[checkpoint.state] = checkpoint
        while len(self.saved) > self.room or (len(self.saved) > 1 and available_mb() < 1024):
            self.drop(next(iter(self.saved.values())))

    def nearest(self, states: Sequence[str], last: int) -> tuple[int, Checkpoint | None]:
        """The latest checkpoint at or before a position, and where it is."""
        for position in range(min(last, len(states) - 1), -1, -1):
            if states[position] in self.saved:
                self.saved[states[position]] = self.saved.pop(states[position])
                return position, self.saved[states[position]]
        return 0, None

    def drop(self, checkpoint: Checkpoint) -> None:
        """Throw one away: its process ends when its socket closes."""
        self.saved.pop(checkpoint.state, None)
        checkpoint.sock.close()
        shutil.rmtree(checkpoint.scratch, ignore_errors=True)

    def pids(self) -> set[int]:
        return {checkpoint.pid for checkpoint in self.saved.values()}

    def clear(self) -> None:
        for checkpoint in list(self.saved.values()):
            self.drop(checkpoint)


def wait_until(condition: Callable[[], object], seconds: float) -> None:
    """Wait for a condition, not for ever."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def end(pid: int) -> None:
    """End a process that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def working_in(folder: str) -> list[int]:
    """The processes whose current folder is in another."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{name}/cwd").startswith(folder):
                found.append(int(name))
    return found


def alive(pid: int) -> bool:
    """Whether a process is still there."""
    return os.path.exists(f"/proc/{pid}")


def written_mb(pid: int) -> float:
    """What a worker's outputs hold that it has not read yet, MiB: memory that belongs to no process."""
    size = 0
    for fd in (1, 2):
        with contextlib.suppress(OSError):
            size += os.stat(f"/proc/{pid}/fd/{fd}").st_size
    return size / 2**20


def available_mb() -> float:
    """Memory that the machine can still give, MiB."""
    with open("/proc/meminfo") as file:
        found = next(line for line in file if line.startswith("MemAvailable"))
    return int(found.split()[1]) / 1024


def link_neighbours(source: Path, scratch: Path) -> None:
    """Let a session read the files beside its page without being able to leave some there."""
    skipped = {"build", "_build", "__pycache__"}
    with contextlib.suppress(OSError):
        for entry in os.scandir(source):
            name = entry.name
            if not name.startswith((".", "_")) and name not in skipped and not name.endswith((".rst", ".md")):
                os.symlink(entry.path, scratch / name)


def resident_mb(pid: int) -> float:
    """Resident memory of a process and of those born from it, MiB."""
    from .warm import descendants

    pages = 0
    for process in [pid, *descendants(pid)]:
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{process}/statm").read_text().split()
            pages += int(fields[1]) - (int(fields[2]) if process != pid else 0)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def answered(block: Block, data: dict) -> Result | None:
    """A worker's answer; ``None`` when a block wrote something else on its socket."""
    try:
        return result_from(block, data)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def result_from(block: Block, data: dict) -> Result:
    """A ``Result`` from a worker's answer, or from a recorded entry."""
    failure = data.get("failure")
    if failure:
        failure = Failure(**{**failure, "frames": tuple(Frame(**f) for f in failure["frames"])})
    return Result(
        block=block,
        outputs=tuple(Output(**o) for o in data["outputs"]),
        failure=failure,
        observations=tuple(Observation(**o) for o in data["observations"]),
        warnings=tuple(Warned(**w) for w in data["warnings"]),
        value=data["value"],
        seconds=float(data["seconds"]),
        peak_mb=float(data["peak_mb"]),
        depends=tuple((str(a), str(b)) for a, b in data["depends"]),
    )

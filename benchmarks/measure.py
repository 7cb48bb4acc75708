"""Times and memory of subprocesses."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterable


@dataclass(frozen=True)
class Measure:
    """One run of a command."""

    seconds: float  #: wall clock
    cpu: float  #: of the command and all it started and waited for
    largest_mb: float  #: peak of its largest process
    together_mb: float = 0.0  #: sampled peak of all its processes, shared pages counted once


def run(command: list[str], cwd: Path, env: dict[str, str] | None = None, sampled: bool = False) -> Measure:
    """Run a command to its end. Raises ``RuntimeError``, with what it said, if it fails."""
    start = time.perf_counter()
    with open(os.path.join(cwd, "sortie.log"), "wb") as log:
        process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=log, stderr=subprocess.STDOUT)
        sampler = Sampler(process.pid) if sampled else None
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    together = sampler.end() if sampler else 0.0
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} : état {process.returncode}\n" + Path(cwd, "sortie.log").read_text("utf-8")[-3000:])
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, together)


class Sampler(threading.Thread):
    """Looks at the memory of a process and of all its descendants, twice a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.5):
            self.peak = max(self.peak, sum(map(shared_once, tree(self.pid))))

    def end(self) -> float:
        """Stop; the peak, MiB."""
        self.over.set()
        self.join()
        return self.peak


def tree(pid: int) -> list[int]:
    """A process and its living descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += tree(int(child))
        except OSError:
            continue
    return found


def shared_once(pid: int) -> float:
    """Memory of a process, MiB, pages shared by n processes counted as 1/n."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


def median(measures: Iterable[Measure | float]) -> float:
    """Median of seconds."""
    return statistics.median(m.seconds if isinstance(m, Measure) else m for m in measures)


def as_json(measure: Measure) -> dict[str, float]:
    """For the file of raw measures."""
    return {name: round(value, 4) for name, value in asdict(measure).items()}

"""Where the time of one of our builds goes: ``phases.py PROJECT`` prints seconds by phase, as JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

LABELS = ("chargement de Sphinx", "lecture", "attente de torch", "exécution", "vérification", "écriture", "bilan")


def started() -> float:
    """When this process began, on the clock of ``time.monotonic``."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def main(root: Path) -> None:
    """Build, noting the time at each of Sphinx's events."""
    from epreuve import pipeline
    from epreuve.pool import WarmProcess
    from sphinx.application import Sphinx

    clock = {"début": started()}
    waited = [0.0]
    wait, run_missing = WarmProcess.wait, pipeline.run_missing

    def note(name: str) -> None:
        clock[name] = time.clock_gettime(time.CLOCK_BOOTTIME)

    def timed_wait(self: WarmProcess) -> None:
        start = time.perf_counter()
        wait(self)
        waited[0] += time.perf_counter() - start

    def timed_run(*arguments: object) -> None:
        run_missing(*arguments)
        note("exécuté")

    WarmProcess.wait, pipeline.run_missing = timed_wait, timed_run
    with open(os.devnull, "w") as null:
        app = Sphinx(str(root), str(root), str(root / "build/html"), str(root / "build/doctrees"), "html", status=null)
        app.connect("env-before-read-docs", lambda *_: note("chargé"), priority=1)
        app.connect("env-updated", lambda *_: note("lu"), priority=1)
        app.connect("env-updated", lambda *_: note("vérifié"), priority=999)
        app.connect("build-finished", lambda *_: note("écrit"), priority=1)
        app.build()
    note("fini")
    clock.setdefault("exécuté", clock["lu"])
    steps = [clock[name] for name in ("début", "chargé", "lu", "exécuté", "vérifié", "écrit", "fini")]
    loading, reading, running, checking, writing, ending = (b - a for a, b in zip(steps, steps[1:]))
    print(json.dumps(dict(zip(LABELS, (loading, reading, waited[0], running - waited[0], checking, writing, ending)))))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

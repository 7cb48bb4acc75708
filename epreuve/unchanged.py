"""Whether anything changed since the last build that went well: if not, there is nothing to build.

Looks at files from outside, like ``make``: name, size, modification time. Imports neither Sphinx nor the project,
so that saying « nothing changed » costs less than starting Sphinx.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Iterable, Iterator

from .files import replace_file

SKIPPED = {"build", "_build", "__pycache__", "node_modules"}
LOG = ".log"  #: what the author keeps of a build is no part of it, unless a page reads it
TEXTS = (".rst", ".md", ".txt", ".inc")
SEEN_BY_BUILDS = ("CUDA_VISIBLE_DEVICES", "LANG", "LC_ALL", "SOURCE_DATE_EPOCH", "GITHUB_ACTIONS", "PYTHONPATH")

NOTED = {"machine", "sources", "code", "outside", "made"}

Snapshot = dict[str, list[int]]  #: path → modification time (ns), size


def record(path: Path, before: dict, outside: Iterable[str], out: Path) -> None:
    """Note a build that went well: what it was made from (as it was before), what it made."""
    facts = {**before, "outside": snapshot(sorted(outside)), "made": snapshot(files(out, set()))}
    replace_file(path, json.dumps(facts))


def read(path: Path) -> dict:
    """What the last build that went well noted; nothing where there is none."""
    try:
        noted = json.loads(path.read_text("utf-8"))
        return noted if NOTED <= noted.keys() else {}
    except (OSError, ValueError, AttributeError):
        return {}


def state(root: Path, options: list[str]) -> dict:
    """All that a build of this project starts from, in short."""
    sources = snapshot(path for path in files(root, SKIPPED) if not path.endswith(LOG))
    return {"machine": machine(root, options), "sources": sources, "code": {path: code_digest(path) for path in sources if path.endswith(TEXTS)}}


def nothing_changed(last: dict, now: dict, out: Path) -> bool:
    """Whether a build would find everything as the last one left it."""
    if not last or any(last[key] != now[key] for key in now):
        return False
    return last["outside"] == snapshot(last["outside"]) and last["made"] == snapshot(files(out, set()))


def found_again(path: Path) -> dict:
    """The report of a build that would find every result of an earlier one; nothing where that one's cannot be read."""
    try:
        return again(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def again(report: dict) -> dict:
    """A report, with every result found."""
    counts = report["summary"]
    found = {**counts, "executed": 0, "reused": counts["reused"] + counts["executed"], "seconds": 0.0}
    pages = {
        name: {**page, "blocks": [{**b, "reused": b["reused"] or bool(b["key"])} for b in page["blocks"]]}
        for name, page in report["pages"].items()
    }
    return {"summary": found, "pages": pages}


def code_changed(last: dict, now: dict) -> bool:
    """Whether blocks may have to run: something changed beside the prose of some pages."""
    if not last or last["machine"] != now["machine"] or last["code"] != now["code"]:
        return True
    before, after = last["sources"], now["sources"]
    return any(before.get(path) != after.get(path) for path in before.keys() | after.keys() if path not in now["code"])


def code_digest(path: str) -> str:
    """Digest of the lines of a text that begin with a space: all its code is there, and little of its prose."""
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError:
        return ""
    return hashlib.sha256(b"\n".join(line for line in lines if line[:1] in b" \t")).hexdigest()


def machine(root: Path, options: list[str]) -> list[object]:
    """Python, installed packages, device and choices: options, and the variables that a build or ``conf.py`` reads."""
    packages = [[path, mtime(path)] for path in dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))]
    try:
        named = set(re.findall(r"[\"'](\w+)[\"']", (root / "conf.py").read_text("utf-8")))
    except (OSError, ValueError):
        named = set()
    chosen = {name: value for name, value in sorted(os.environ.items()) if name in {*SEEN_BY_BUILDS, *named} or name.startswith("EPREUVE_")}
    return [sys.version, sys.executable, packages, os.path.exists("/dev/nvidiactl"), chosen, options]


def outside(root: Path, dependencies: Iterable[str]) -> set[str]:
    """Files beyond the project (or left out of it) that its pages depend on, and modules that are neither Python's nor installed."""
    modules = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    installed = (sys.prefix, sys.base_prefix, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")))
    return {
        path for path in map(os.path.abspath, filter(None, {*modules, *dependencies}))
        if (not path.startswith(tuple(f"{folder}{os.sep}" for folder in (*installed, str(root)))) or path.endswith(LOG)) and os.path.isfile(path)
    }  # fmt: skip


def files(folder: Path, skipped: set[str]) -> Iterator[str]:
    """Every file of a folder; hidden ones, those of skipped folders and of virtual environments left out."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith(".") and entry.name != ".buildinfo" or entry.name in skipped:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from files(Path(entry.path), skipped)
        else:
            yield entry.path


def snapshot(paths: Iterable[str]) -> Snapshot:
    """Modification time and size of each file; zeros for those that are gone."""
    found = {}
    for path in paths:
        try:
            status = os.stat(path)
            found[path] = [status.st_mtime_ns, status.st_size]
        except OSError:
            found[path] = [0, 0]
    return dict(sorted(found.items()))


def mtime(path: str) -> int:
    """When a folder changed: a package was installed, upgraded or removed."""
    return snapshot([path])[path][0]

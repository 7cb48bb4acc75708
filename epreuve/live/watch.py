"""Which files changed: modification times, looked at several times a second.

Polling sees every way editors save (rename, rewrite, delete), on every disk.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

SKIPPED = {"build", "_build", "__pycache__", "node_modules"}
SUFFIXES = (".rst", ".md", ".py", ".txt", ".inc", ".css", ".js", ".html", ".csv", ".svg", ".png", ".json", ".mplstyle")


def sources(root: Path) -> Iterator[os.DirEntry]:
    """Files of a project that a page may depend on."""
    try:
        entries = list(os.scandir(root))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in SKIPPED or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from sources(Path(entry.path))
        elif entry.name.endswith(SUFFIXES):
            yield entry


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    """Path → (modification time, size) of every source."""
    found = {}
    for entry in sources(root):
        try:
            status = entry.stat()
        except OSError:
            continue
        found[entry.path] = (status.st_mtime_ns, status.st_size)
    return found


def changed(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> set[str]:
    """Files added, removed or rewritten."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}

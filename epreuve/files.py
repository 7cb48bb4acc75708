"""Files written whole or not at all, and where the last report is."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file whole: another process reads the old one or the new one."""
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def find_report(source: Path) -> Path | None:
    """The last JSON report of a project."""
    found = [p for store in ("build", "_build") for p in source.glob(f"{store}/epreuve/rapport.json")]
    return max(found, key=lambda p: p.stat().st_mtime, default=None)

"""Recorded results: one file per session, one line per block, found by its key.

A line is written at once at the end of the file, carries its own digest and is
never a pickle: whatever is wrong with one (cut, mixed with that of another build,
changed by hand) costs a new run, never a wrong page.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Collection, Mapping

from .files import replace_file
from .model import Block, Result, Session
from .pool import result_from
from .settings import installed

ROOM = 8 * 2**20  #: bytes of a file beyond which only what its page needs is kept

HUGE = 64 * ROOM  #: bytes that are read of a file, whatever its size

Lines = Mapping[str, bytes]  #: key of a block → its line, without the key


def path_of(folder: str, base: str, session: Session) -> Path:
    """Where the results of a session are recorded; two sessions may share a file, keys differ."""
    name = f"{session.docname}-{session.name}".strip("-").replace("/", "-")
    return Path(folder) / "results" / base[:16] / f"{name.encode()[-200:].decode(errors='ignore')}.txt"


def save(path: Path, key: str, result: Result) -> None:
    """Record a result. A full disk costs the record, not the build."""
    payload = json.dumps(fields(result), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    line = b"\n%s %s %s\n" % (key.encode(), checksum(key, payload), payload)  # begins a line even where one was cut
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab", buffering=0) as file:
            file.write(line)


def fields(result: Result) -> dict[str, object]:
    """What is recorded of a result: all but its block and what is only known of this build."""
    lists = {name: [asdict(item) for item in getattr(result, name)] for name in ("outputs", "observations", "warnings")}
    plain = {name: getattr(result, name) for name in ("value", "seconds", "peak_mb", "depends")}
    return {**lists, **plain, "failure": asdict(result.failure) if result.failure else None}


def checksum(key: str, payload: bytes) -> bytes:
    """SHA-256 of an entry."""
    return hashlib.sha256(key.encode() + payload).hexdigest().encode()


def read(path: Path, keys: Collection[str]) -> Lines:
    """What is recorded for a session, the latest for each key; a file grown too large loses what is not in ``keys``."""
    try:
        with open(path, "rb") as file:
            content = file.read(HUGE)
    except OSError:
        return {}
    parts = (line.partition(b" ") for line in content.split(b"\n") if line)
    lines = {key.decode("ascii", "replace"): rest for key, _, rest in parts}
    if len(content) > ROOM:
        lines = {key: lines[key] for key in keys if key in lines}
        rewrite(path, lines)
    return lines


def rewrite(path: Path, lines: Lines) -> None:
    """Replace a file, whole or not at all."""
    with contextlib.suppress(OSError):
        replace_file(path, b"".join(b"\n%s %s\n" % (key.encode(), rest) for key, rest in lines.items()))


def find(lines: Lines, key: str, block: Block) -> Result | None:
    """The recorded result of a key, if it is whole."""
    recorded, _, payload = lines.get(key, b"").partition(b" ")
    if not payload or recorded != checksum(key, payload):
        return None
    try:
        return result_from(block, json.loads(payload.decode("utf-8", "surrogatepass")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def still_true(depends: tuple[tuple[str, str], ...], root: str, seen: dict[str, str]) -> str:
    """The first dependency that changed, or ``""``; digests are kept in ``seen``."""
    for name, recorded in depends:
        if name not in seen:
            seen[name] = current(name, root)
        if seen[name] != recorded:
            return name
    return ""


def current(name: str, root: str) -> str:
    """Digest of a project file, or version of a distribution, now."""
    if name.startswith("dist:"):
        return installed(name[5:])
    try:
        return hashlib.sha256((Path(root) / name).read_bytes()).hexdigest()
    except OSError:
        return ""


# -- rates ------------------------------------------------------------------------


def rates_path(folder: str, docname: str) -> Path:
    """Where ``epreuve seeds`` leaves how often the claims of a page held."""
    return Path(folder) / "seeds" / f"{docname.replace('/', '-')}.json"


def seed_rates(folder: str, docname: str) -> dict[str, tuple[int, int]]:
    """Key of a block → (times its claims held, number of seeds)."""
    try:
        data = json.loads(rates_path(folder, docname).read_text("utf-8"))
        return {str(key): (int(held), int(n)) for key, (held, n) in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

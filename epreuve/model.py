"""The nouns: what is written, what is run, what comes back, what is wrong.

Every other module is a function from some of these to others. They are frozen,
hold only text, numbers and each other, and travel as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: What a block is for. ``code`` runs in the session; ``value`` is an expression
#: of the prose; ``command`` is a shell line; ``excerpt`` is shown, never run;
#: ``judge`` is one of our checks on what a student's session holds.
Kind = Literal["code", "value", "command", "excerpt", "judge"]

#: What a block is in an exercise. ``check`` judges the solution. The others are
#: never shown: ``replay`` is a copy of a block, run in the exercise's own session;
#: ``starter`` is what a student begins with; ``refused`` is the check, which must
#: fail on it.
Role = Literal["", "check", "replay", "starter", "refused"]
UNSEEN = ("replay", "starter", "refused")


ACCIDENTS = ("timeout", "killed", "memory")  #: failures that are the process's

#: failures that are no exception of Python's: accidents, and what could not run after one
NOT_PYTHON = (*ACCIDENTS, "blocked")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a source file."""

    path: str  #: relative to the project, with forward slashes
    line: int  #: from 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Block:
    """One thing an author wrote that must run or be checked."""

    place: Place  #: of the first line of :attr:`source`
    source: str  #: text to run, dedented
    kind: Kind = "code"
    directive: Place | None = None  #: of the directive itself, where one exists
    session: str = ""  #: "" is the page's own session
    skip: str | None = None  #: why it does not run; "" is a missing reason
    raises: str = ""  #: name of the exception that must leave the block
    match: str = ""  #: regular expression found in that exception's message
    warns: str = ""  #: name of the warning category that must be emitted
    needs: str = ""  #: "cuda" or ""
    timeout: float = 0.0  #: seconds; 0 is the default of the project
    threads: int = 0  #: torch threads; 0 is the default, 1
    volatile: str | None = None  #: why its output may change from run to run
    hide: frozenset[str] = frozenset()  #: of {"code", "output"}
    alt: str = ""  #: text for who cannot see the figure
    caption: str = ""  #: of the figure
    holds: float = 100.0  #: per cent of the seeds for which its claims must hold
    name: str = ""  #: for ``excerpt-of`` and ``diff-from``
    excerpt_of: str = ""
    packages: frozenset[str] = frozenset()  #: that a command may install, beside those of the project
    stated: str = ""  #: what the prose states, for a ``value``
    expected: str | None = None  #: whole output expected, block form
    role: Role = ""  #: in an exercise

    def line(self, number: int) -> str:
        """One of its lines, from 1, without indentation; ``""`` for one it does not have."""
        lines = self.source.split("\n")  # as Python counts them
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Session:
    """Blocks that share one process and one namespace, in order."""

    docname: str
    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """One thing the reader sees under a block."""

    kind: Literal["stdout", "stderr", "value", "display", "figure"]
    mime: str  #: "text/plain", "text/html", "image/svg+xml", "text/latex"…
    data: str  #: text, or base64 for binary images
    text: str = ""  #: plain form, for notebooks and readers without images
    stated: bool = False  #: already said by an expectation in the code


@dataclass(frozen=True, slots=True)
class Frame:
    """One level of a traceback, in the author's own blocks."""

    block: int  #: position of the block in its session, from 0
    line: int  #: in that block, from 1
    name: str  #: of the function, or "<module>"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a block did not reach its end."""

    type: str  #: of the exception, or one of :data:`NOT_PYTHON`
    message: str
    frames: tuple[Frame, ...] = ()
    line: int = 0  #: in the block, from 1; 0 when unknown
    missing: str = ""  #: the name a NameError looked for


@dataclass(frozen=True, slots=True)
class Observation:
    """What one expectation comment was compared with."""

    line: int  #: of the comment, in the block, from 1
    text: str  #: what was printed, then the value as a notebook shows it
    plain: str = ""  #: the same with ``repr``, where it differs


@dataclass(frozen=True, slots=True)
class Warned:
    """A Python warning emitted by a block."""

    category: str
    message: str
    line: int  #: in the block; 0 when raised from a library


@dataclass(frozen=True, slots=True)
class Result:
    """What running one block gave."""

    block: Block
    outputs: tuple[Output, ...] = ()
    failure: Failure | None = None
    observations: tuple[Observation, ...] = ()
    warnings: tuple[Warned, ...] = ()
    value: str | None = None  #: formatted value of a ``value`` block
    seconds: float = 0.0
    peak_mb: float = 0.0  #: resident memory of the session, MiB
    skipped: str = ""  #: why it did not run
    reused: bool = False  #: found recorded, not run this time
    key: str = ""  #: of the recorded result
    depends: tuple[tuple[str, str], ...] = ()  #: (project file, digest), (distribution, version)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing an author or a student must mend: place, fact, remedy."""

    place: Place
    code: str  #: "error", "expectation", "timeout"…
    message: str
    remedy: str = ""
    detail: str = ""  #: lines shown under the message, as they are


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything that is known about one page after its blocks ran."""

    docname: str
    results: tuple[Result, ...] = ()
    problems: tuple[Problem, ...] = ()
    written: int = 0  #: blocks found in the text of the page
    facts: dict[str, str] = field(default_factory=dict)  #: device, versions

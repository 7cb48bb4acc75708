"""What a student starts from, derived from the solution.

The solution is the source. Marks, in ordinary comments, say what to remove::

    def distance(a, b):
        # début solution
        return (a - b).abs().sum()
        # fin solution

becomes ``...  # à vous``. After ``# départ``, commented lines say what the student
finds instead; ``total = a + b  # solution`` leaves ``total = ...  # à vous``.
"""

from __future__ import annotations

import re

from .. import expect
from .labels import TO_DO

BEGIN = re.compile(r"^(?P<indent>\s*)#\s*début solution\s*$")
MIDDLE = re.compile(r"^\s*#\s*départ\s*$")
END = re.compile(r"^\s*#\s*fin solution\s*$")
INLINE = re.compile(r"^(?P<indent>\s*)(?P<target>[\w.\[\], ]+?\s=(?!=))?.*?\s*# solution\s*$")


def starter_of(source: str) -> str:
    """The source with each marked part replaced, and without what its results would tell."""
    kept: list[str] = []
    given: list[str] | None = None  # lines of the replacement, inside a marked part
    indent, in_given = "", False
    for line in without_expectations(source).splitlines():
        if given is None and (begin := BEGIN.match(line)):
            given, indent, in_given = [], begin["indent"], False
        elif given is None:
            inline = INLINE.match(line)
            kept.append(f"{inline['indent']}{blank(inline['target'])}" if inline else line)
        elif END.match(line):
            kept += given if in_given else [f"{indent}{blank(None)}"]
            given = None
        elif MIDDLE.match(line):
            in_given = True
        elif in_given:
            given.append(re.sub(r"^(\s*)# ?", r"\1", line))
    return "\n".join(kept)


def blank(target: str | None) -> str:
    """``...  # à vous``, assigned to what the solution assigned."""
    return f"{target} {TO_DO}" if target else TO_DO


def solution_of(source: str) -> str:
    """The source as it is shown: without marks nor replacements."""
    kept, in_given = [], False
    for line in source.splitlines():
        in_given = (in_given or bool(MIDDLE.match(line))) and not END.match(line)
        if not in_given and not BEGIN.match(line) and not END.match(line):
            kept.append(re.sub(r"\s*# solution\s*$", "", line))
    return "\n".join(kept)


def without_expectations(source: str) -> str:
    """The source without its expectation comments: they tell the answer."""
    lines = source.splitlines()
    for expectation in reversed(expect.expectations_of(source)):
        first, last = expectation.line - 1, expectation.last
        lines[first:last] = [lines[first][: expectation.column].rstrip()] if expectation.trailing else []
    return "\n".join(lines)


def is_marked(source: str) -> bool:
    """Whether a source says what to remove."""
    return any(BEGIN.match(line) or INLINE.match(line) for line in source.splitlines())


def unbalanced(source: str) -> int:
    """The line (from 1) of a mark without its counterpart, or 0."""
    opened = 0
    for number, line in enumerate(source.splitlines(), 1):
        if BEGIN.match(line):
            if opened:
                return number
            opened = number
        elif END.match(line):
            if not opened:
                return number
            opened = 0
        elif MIDDLE.match(line) and not opened:
            return number
    return opened

"""``epreuve fix``: rewrite expectations in the sources from what the run gave."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .. import checks, expect, project
from ..model import Result


@dataclass(frozen=True, slots=True)
class Change:
    """Lines of a file to be replaced."""

    path: str
    first: int  #: from 1
    last: int  #: included
    lines: tuple[str, ...]


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("fix", help="réécrit les attendus d’après l’exécution, et montre la différence")
    parser.add_argument("pages", nargs="*", metavar="page.rst", help="pages à réécrire (par défaut : toutes)")
    parser.add_argument("--dry-run", action="store_true", help="montrer sans écrire")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Rewrite what can be; blocks that failed are refused and listed."""
    app = project.load(options.source)
    root = Path(options.source).resolve()
    changes: dict[str, list[Change]] = {}
    refused = []
    named = project.sources_named(app, options.pages)
    for proof in app.env.epreuve_proofs.values():
        for result in proof.results:
            if named and result.block.place.path not in named:
                continue
            if result.failure and not result.block.raises and expect.expectations_of(result.block.source):
                refused.append(result)
            else:
                for change in changes_of(result, lines_of(root / result.block.place.path)):
                    changes.setdefault(change.path, []).append(change)
    for path, found in sorted(changes.items()):
        rewrite(root / path, path, found, write=not options.dry_run)
    for result in refused:
        print(f"{result.block.place}: le bloc a échoué, ses attendus ne sont pas réécrits", file=sys.stderr)
    return 1 if refused else 0


def changes_of(result: Result, lines: list[str]) -> list[Change]:
    """The expectations of a block that do not hold, as they should be written."""
    if result.block.kind != "code" or result.skipped or result.block.role:
        return []
    seen = {o.line: o for o in result.observations}
    found = []
    for expectation in expect.expectations_of(result.block.source):
        observation = seen.get(expectation.line)
        if observation and not checks.holds(expectation, observation.text, observation.plain):
            found.append(change_of(result, expectation, observation.text, lines))
    return found


def change_of(result: Result, expectation: expect.Expectation, obtained: str, lines: list[str]) -> Change:
    """One expectation rewritten, with the precision and the place it had."""
    offset = result.block.place.line - 1
    first = lines[offset + expectation.line - 1].rstrip("\r\n")
    mark = "≈" if expectation.approximate else "→"
    before = first[: first.rindex("#", 0, first.index(mark) + 1)]
    text = rounded_like(expectation.text, obtained) if expectation.approximate else obtained
    head, *rest = text.strip().splitlines() or [""]
    continuation = " " * len(before) if before.strip() else before
    return Change(
        result.block.place.path, offset + expectation.line, offset + expectation.last,
        (f"{before}# {mark} {head}", *(f"{continuation}#   {line}" for line in rest)),
    )  # fmt: skip


def rounded_like(expected: str, obtained: str) -> str:
    """The obtained text, its decimals cut to those the expectation had."""
    wanted = [t for t in expect.tokens(expected) if expect.is_number(t)]
    digits = iter([len(t.lower().partition("e")[0].partition(".")[2]) for t in wanted])
    last = 4

    def shorter(found) -> str:
        nonlocal last
        token = found[0]
        if not expect.is_number(token) or not any(c in token for c in ".e"):
            return token
        last = next(digits, last)
        return f"{float(token):.{last}e}" if "e" in token.lower() else f"{float(token):.{last}f}"

    return expect.TOKEN.sub(shorter, obtained)


def rewrite(target: Path, path: str, changes: list[Change], write: bool) -> None:
    """Apply changes to a file, from the bottom up, and show the difference."""
    before = lines_of(target)
    after = list(before)
    for change in sorted(changes, key=lambda c: -c.first):
        last = before[change.last - 1]
        end = last[len(last.rstrip("\r\n")) :]
        after[change.first - 1 : change.last] = [line + (end or "\n") for line in change.lines[:-1]] + [change.lines[-1] + end]
    shown = difflib.unified_diff(*([line.rstrip("\r\n") for line in lines] for lines in (before, after)), path, path, lineterm="", n=1)
    print("\n".join(shown))
    if write:
        target.write_bytes("".join(after).encode("utf-8"))


def lines_of(path: Path) -> list[str]:
    """The lines of a source with their ends, which are kept: form feeds and Windows ends of line too."""
    return re.split(r"(?<=\n)", path.read_bytes().decode("utf-8"))

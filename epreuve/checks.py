"""What can be wrong with a result: one small generator per kind of claim.

``CHECKS`` is the whole behaviour, in order. A check takes a :class:`Case` (one
result, the page's other results beside it), yields problems and prints nothing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, Sequence

from . import expect
from .effort import parsed
from .french import python_number
from .labels import AT_LINE, BLOCKED_HERE, CUT, EXPECTED, OBTAINED, PROBLEMS
from .model import ACCIDENTS, NOT_PYTHON, Block, Place, Problem, Result
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """A result to be checked, and what surrounds it."""

    result: Result
    page: tuple[Result, ...]  #: every result of the page, in order
    settings: Settings

    @property
    def block(self) -> Block:
        return self.result.block

    def at(self, line: int) -> Place:
        """The place of a line of the block, counted from 1; its first line for 0."""
        return Place(self.block.place.path, self.block.place.line + max(line, 1) - 1)

    def problem(self, code: str, line: int = 0, detail: str = "", /, **facts: object) -> Problem:
        """A problem of this block, worded by :mod:`epreuve.labels`."""
        message, remedy = PROBLEMS[code]
        return Problem(self.at(line), code, message.format(**facts), remedy.format(**facts), detail)


Check = Callable[[Case], Iterator[Problem]]


def first_line(message: str) -> str:
    """The first line of a message, not for ever."""
    return short(message.strip().partition("\n")[0])


def short(line: str) -> str:
    """A line that a terminal can show."""
    return line if len(line) <= 400 else line[:400] + CUT


def accident(case: Case) -> Iterator[Problem]:
    """The process hung, died or grew too large."""
    failure = case.result.failure
    if failure and failure.type in ACCIDENTS:
        seconds = case.block.timeout or case.settings.timeout
        yield case.problem(
            failure.type, failure.line, frames_text(case), seconds=seconds,
            how=failure.message, peak=case.result.peak_mb, limit=case.settings.memory,
        )  # fmt: skip


def unexpected_error(case: Case) -> Iterator[Problem]:
    """An exception that the author did not announce."""
    failure = case.result.failure
    if not failure or failure.type in NOT_PYTHON or case.block.raises or case.block.kind == "value":
        return
    line, first = case.block.line(failure.line), first_line(failure.message)
    if failure.type == "SyntaxError" and line[:1] in ("%", "!", "?"):
        yield case.problem("magic", failure.line, line=line)
    elif failure.type == "SyntaxError" and line.startswith(">>>"):
        yield case.problem("prompt", failure.line)
    elif failure.type == "EOFError" and "input(" in case.block.source:
        yield case.problem("input", failure.line)
    elif case.block.kind == "command":
        yield case.problem("command", message=f"« {case.block.source} » : {first}", remedy="Corriger la commande.")
    else:
        yield case.problem("error", failure.line, frames_text(case), type=failure.type, message=first)


def broken_contract(case: Case) -> Iterator[Problem]:
    """An announced exception that did not come, or came otherwise."""
    expected, failure = case.block.raises, case.result.failure
    if not expected or case.result.skipped or (failure and failure.type in NOT_PYTHON):
        return
    if failure is None:
        yield case.problem("not-raised", expected=expected)
        return
    facts = {"type": failure.type, "message": first_line(failure.message), "expected": expected}
    if failure.type.rpartition(".")[2] != expected.rpartition(".")[2]:
        yield case.problem("wrong-error", failure.line, **facts)
    elif case.block.match and not re.search(case.block.match, failure.message):
        yield case.problem("wrong-message", failure.line, match=case.block.match, **facts)
    elif failure.line and failure.line not in raising_lines(case.block):
        yield case.problem("wrong-line", failure.line, line=failure.line, **facts)


def raising_lines(block: Block) -> range:
    """The lines where the announced error may be raised.

    Those of the statement whose expectation names it, else of the last one.
    """
    tree = parsed(block.source)
    if tree is None or not tree.body:
        return range(1, len(block.source.splitlines()) + 2)
    for expectation in expect.expectations_of(block.source):
        statement = expect.statement_of(expectation, tree)
        if statement and expectation.text.startswith(block.raises.rpartition(".")[2]):
            return range(statement.lineno, statement.end_lineno + 1)
    last = tree.body[-1]
    return range(last.lineno, last.end_lineno + 1)


def expectations(case: Case) -> Iterator[Problem]:
    """Each expectation comment against what was seen there."""
    if case.block.kind != "code" or case.result.skipped:
        return
    seen = {o.line: o for o in case.result.observations}
    failure = case.result.failure
    for expectation in expect.expectations_of(case.block.source):
        observation = seen.get(expectation.line)
        if observation and not holds(expectation, observation.text, observation.plain):
            yield case.problem("expectation", expectation.line, aligned(expectation.text, observation.text))
        elif observation is None and not failure:
            yield case.problem(missing_because(expectation, case.block), expectation.line)
        elif observation is None and case.block.raises and not expectation.text.startswith((failure.type, "...")):
            if failure.type not in NOT_PYTHON:
                yield case.problem(missing_because(expectation, case.block), expectation.line)
        elif observation is None and case.block.raises:
            said = f"{failure.type}: {failure.message}"
            if not expect.agrees(expectation.text, said) and expectation.text.strip() != failure.type:
                yield case.problem("expectation", expectation.line, aligned(expectation.text, said))


def holds(expectation: expect.Expectation, text: str, plain: str) -> bool:
    """Whether an expectation agrees with either form of what was seen."""
    return any(expect.agrees(expectation.text, t, expectation.approximate) for t in (text, plain) if t or not plain)


def missing_because(expectation: expect.Expectation, block: Block) -> str:
    """Why an expectation was never observed."""
    tree = parsed(block.source)
    attached = tree and expect.statement_of(expectation, tree)
    return "unreached" if attached else "unattached"


def aligned(expected: str, obtained: str) -> str:
    """Both texts, one under the other."""
    width = max(len(EXPECTED), len(OBTAINED))
    rows = []
    for name, text in ((EXPECTED, expected), (OBTAINED, obtained.strip() or "(rien)")):
        first, *others = [short(line) for line in text.splitlines()[:21]] or [""]
        rows += [f"{name.ljust(width)} : {first}", *(" " * (width + 3) + line for line in others)]
    return "\n".join(rows)


def whole_output(case: Case) -> Iterator[Problem]:
    """The block form of an expectation, against all the text shown."""
    if case.block.expected is not None and not case.result.failure and not case.result.skipped:
        shown = "\n".join((o.text or o.data) if o.kind in ("value", "display") else o.data for o in case.result.outputs if o.kind != "figure")
        if not expect.agrees(case.block.expected, shown, approximate=True):
            yield case.problem("output", 0, aligned(case.block.expected, shown))


def python_warnings(case: Case) -> Iterator[Problem]:
    """Warnings that a reader would see by surprise, or that did not come."""
    declared = case.block.warns
    for warned in case.result.warnings:
        if warned.category != declared:
            yield case.problem("warning", warned.line, category=warned.category, message=first_line(warned.message))
    if declared and not case.result.skipped and not case.result.failure:
        if declared not in {w.category for w in case.result.warnings}:
            yield case.problem("no-warning", category=declared)


def skip_without_reason(case: Case) -> Iterator[Problem]:
    """A block left out without saying why."""
    if case.block.skip is not None and not case.block.skip.strip():
        yield case.problem("skip")


def figure_without_alt(case: Case) -> Iterator[Problem]:
    """A figure shown without text for who cannot see it."""
    if not case.block.alt and "output" not in case.block.hide:
        if any(o.kind == "figure" for o in case.result.outputs):
            yield case.problem("alt")


def ellipsis_as_code(case: Case) -> Iterator[Problem]:
    """``...`` that stands for code the reader does not see."""
    if case.block.kind != "code" or case.result.skipped or "..." not in case.block.source:
        return
    tree = parsed(case.block.source)
    for node in ast.walk(tree) if tree else ():
        if placeholder(node):
            yield case.problem("ellipsis", getattr(node, "lineno", 1))


def placeholder(node: ast.AST) -> bool:
    """A statement or an argument that is only ``...``; stubs of functions and classes are code."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return len(node.body) > 2 and any(isinstance(s, ast.Expr) and is_dots(s.value) for s in node.body)
    if isinstance(node, (ast.Module, ast.For, ast.While, ast.If, ast.With, ast.Try)):
        return any(isinstance(s, ast.Expr) and is_dots(s.value) for s in node.body)
    if isinstance(node, ast.Assign):
        return is_dots(node.value)
    return isinstance(node, ast.Call) and len(node.args) == 1 and is_dots(node.args[0])


def is_dots(node: ast.AST) -> bool:
    """Whether an expression is ``...``."""
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def prose_value(case: Case) -> Iterator[Problem]:
    """A number of the prose that cannot be computed, or is not what the text says."""
    if case.block.kind != "value":
        return
    failure = case.result.failure
    if failure and failure.type not in NOT_PYTHON:
        yield case.problem("value", source=case.block.source, type=failure.type, message=first_line(failure.message))
    elif not case.block.stated and case.result.value == "tNone":
        yield case.problem("nothing", source=case.block.source)
    elif case.block.stated and case.result.value is not None and not says(case.block.stated, case.result.value):
        yield case.problem("says", stated=case.block.stated, value=case.result.value[1:])


def says(stated: str, value: str) -> bool:
    """Whether a stated French text agrees with a value, to the digits written.

    ``value`` begins with ``n`` for a number, ``t`` for a text.
    """
    if value[0] == "n":
        number = python_number(stated)
        return bool(number) and expect.agrees(number, value[1:], approximate=True)
    return expect.agrees(stated, value[1:], approximate=True)


def excerpt(case: Case) -> Iterator[Problem]:
    """A shortened listing must be found, in order, in the program that runs."""
    if case.block.kind != "excerpt":
        return
    name = case.block.excerpt_of
    program = [b for b in (r.block for r in case.page) if b.name == name and b.kind == "code" and b.skip is None]
    if not program:
        yield case.problem("no-program", name=name)
        return
    lines = [without_expectation(line) for b in program for line in b.source.splitlines()]
    number = first_lost(case.block.source.splitlines(), lines)
    if number:
        yield case.problem("excerpt", number, name=name, line=case.block.source.splitlines()[number - 1].strip())


def without_expectation(line: str) -> str:
    """A line of code without its expectation comment or trailing blanks."""
    return re.sub(r"\s*#\s*[→≈].*$", "", line).rstrip()


def first_lost(shown: Sequence[str], program: Sequence[str]) -> int:
    """The first shown line (from 1) that is not in the program in its order, or 0.

    Lines follow each other without a gap, except where a line is ``...``.
    The indentation may be that of a shorter listing, the same all along.
    """
    groups: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(shown, 1):
        if line.strip().lstrip("# ") == "...":
            groups.append([])
        elif line.strip():
            groups[-1].append((number, without_expectation(line)))
    kept = [line for line in program if line.strip()]
    position = 0
    for group in filter(None, groups):
        texts = [text.strip() for _, text in group]
        starts = [i for i in range(position, len(kept)) if kept[i].strip() == texts[0]]
        best = max((common(texts, kept, i) for i in starts), default=0)
        if best < len(texts):
            return group[best][0]
        start = next(i for i in starts if common(texts, kept, i) == best)
        position = start + len(texts)
    return 0


def common(texts: Sequence[str], program: Sequence[str], start: int) -> int:
    """How many texts follow each other in a program from a line on."""
    count = 0
    while count < len(texts) and start + count < len(program) and program[start + count].strip() == texts[count]:
        count += 1
    return count


def installed_packages(case: Case) -> Iterator[Problem]:
    """What a ``pip install`` line names must be what the project installs, or be declared."""
    if case.block.kind != "command":
        return
    known = case.block.packages | requirements(case.settings.root)
    for number, line in enumerate(case.block.source.splitlines(), 1):
        for name in pip_names(line):
            if name not in known:
                yield case.problem("package", number, name=name)


def pip_names(line: str) -> list[str]:
    """The distributions that a shell line installs, in lower case, without version."""
    found = re.match(r"\s*(?:[$>]\s+)?(?:python3?\s+-m\s+)?pip3?\s+install\s+(.*)", line)
    if not found:
        return []
    words = re.sub(r"(--?[\w-]*(?:url|requirement|find-links|constraint|group|target|editable)|-[rifect])[ =]\S+|#.*", "", found[1]).split()
    names = [re.split(r"[=<>!~\[;]", w.strip("\"'"))[0].lower().replace("_", "-") for w in words if not w.startswith("-")]
    return [n for n in names if re.fullmatch(r"[a-z0-9][a-z0-9.-]*", n)]


def requirements(root: str) -> frozenset[str]:
    """The distributions of the project's requirements.txt; pip itself is always there."""
    try:
        lines = (Path(root) / "requirements.txt").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    return frozenset({"pip"} | {n for line in lines for n in pip_names(f"pip install {line}")})


def both_sides(case: Case) -> Iterator[Problem]:
    """A check accepts the solution, and refuses what students start from, in words."""
    role, failure = case.block.role, case.result.failure
    if failure and failure.type in NOT_PYTHON:
        return
    facts = {"type": failure.type, "message": first_line(failure.message)} if failure else {}
    if role == "check" and failure:
        yield case.problem("solution-refused", failure.line, **facts)
    elif role == "starter" and failure:
        yield case.problem("starter-error", 0, starter_line(case), **facts)
    elif role == "refused" and failure is None:
        yield case.problem("starter-accepted")
    elif role == "refused" and failure.type != "AssertionError":
        yield case.problem("check-error", failure.line, **facts)
    elif role == "refused" and not re.search(case.block.match or r"\w+ \w+", failure.message):
        yield case.problem("check-words", failure.line, match=case.block.match, **facts)


def starter_line(case: Case) -> str:
    """The line of a starter at which it failed; its lines are not those of the source."""
    line = case.block.line(case.result.failure.line)
    return AT_LINE.format(place=case.block.place, line=line) if line else ""


EXERCISE_CHECKS: tuple[Check, ...] = (accident, both_sides)  # for blocks that have a role

CHECKS: tuple[Check, ...] = (
    accident,
    unexpected_error,
    broken_contract,
    expectations,
    whole_output,
    python_warnings,
    skip_without_reason,
    figure_without_alt,
    ellipsis_as_code,
    prose_value,
    excerpt,
    installed_packages,
)


# -- a page -------------------------------------------------------------------------


def problems_of(results: Sequence[Result], settings: Settings) -> Iterator[Problem]:
    """Every problem of a page; what an earlier failure explains is folded under it."""
    cases = [Case(result, tuple(results), settings) for result in results]
    found = {i: [p for check in (EXERCISE_CHECKS if case.block.role else CHECKS) for p in check(case)] for i, case in enumerate(cases)}
    causes = {i: cause for i in found if (cause := cause_of(i, results, found)) is not None}
    for i, problems in found.items():
        if i in causes:
            continue
        blocked = [str(results[j].block.place) for j, cause in causes.items() if cause == i]
        for number, problem in enumerate(problems):
            yield with_blocked(problem, blocked) if number == 0 and blocked else problem


def cause_of(position: int, results: Sequence[Result], found: dict[int, list[Problem]]) -> int | None:
    """The earlier failing block without which this one would not have failed."""
    failure = results[position].failure
    if failure is None or not (failure.missing or failure.type == "blocked"):
        return None
    session = results[position].block.session
    for earlier in reversed(range(position)):
        other = results[earlier]
        if other.block.session != session or not other.failure or not found[earlier]:
            continue
        if failure.type == "blocked" or failure.missing in names_bound(other.block.source):
            return root_of(earlier, results, found)
    return None


def root_of(position: int, results: Sequence[Result], found: dict[int, list[Problem]]) -> int:
    """The first cause in a chain of causes."""
    cause = cause_of(position, results, found)
    return position if cause is None else cause


def names_bound(source: str) -> set[str]:
    """Names that a block would define, also when it does not parse."""
    tree = parsed(source)
    if tree is None:
        return set(re.findall(r"^\s*(?:def |class )?(\w+)", source, re.M))
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    imports = [a for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names]
    return names | {(a.asname or a.name).partition(".")[0] for a in imports}


def with_blocked(problem: Problem, places: Sequence[str]) -> Problem:
    """A problem, with the places of those it explains."""
    folded = BLOCKED_HERE.format(places=", ".join(places))
    detail = f"{problem.detail}\n{folded}" if problem.detail else folded
    return Problem(problem.place, problem.code, problem.message, problem.remedy, detail)


def frames_text(case: Case) -> str:
    """The author's lines that led to a failure, one per line, across blocks."""
    session = [r.block for r in case.page if r.block.session == case.block.session]
    rows = []
    for frame in case.result.failure.frames:
        if 0 <= frame.block < len(session):
            block = session[frame.block]
            place = Place(block.place.path, block.place.line + frame.line - 1)
            rows.append(AT_LINE.format(place=place, line=short(block.line(frame.line))))
    return "\n".join(rows)


def within(problem: Problem, result: Result) -> bool:
    """Whether a problem is at a line of a block."""
    place = result.block.place
    return problem.place.path == place.path and 0 <= problem.place.line - place.line < max(1, result.block.source.count("\n") + 1)

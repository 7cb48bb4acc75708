"""Students' notebooks: read, run confined, judged by our checks.

The checks come from our sources, never from the file. Cells run in their order,
errors included, in one session; after the cells of an exercise comes the judge
(:mod:`epreuve.referee`). A cell that hangs or kills the process is left out and
the others run again.
"""

from __future__ import annotations

import ast
import builtins
import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Mapping, Sequence

from .checks import names_bound
from .model import ACCIDENTS, Block, Place, Result, Session
from .pool import Job, Pool
from .practicals.exercises import Exercise
from .settings import Settings

LARGEST = 20 * 2**20  #: bytes of a notebook that is read
ROUNDS = 4  #: runs of a notebook whose cells kill the process
POINTS = {"facile": 1, "moyen": 2, "difficile": 3}

PASSED, REFUSED, NOTHING, ACCIDENT = "réussi", "refusé", "sans réponse", "accident"
SUSPECT = re.compile(
    r"_getframe|__traceback__|tb_frame|f_back|f_globals|ctypes|\bgc\b|__builtins__|\bbuiltins\b|sys\.modules|settrace|setprofile|"
    r"os\._exit|sys\.exit|\binspect\b|epreuve|__class__|__torch_function__|socket|subprocess|os\.system|urllib|requests\."
)
MESSAGES = {
    "unreadable": "Carnet illisible : {reason}",
    "unknown": "Aucun exercice reconnu : le carnet vient-il bien de ce cours ?",
    "absent": "{error} : la réponse n’est pas dans le carnet, ou sa cellule n’a pas pu s’exécuter.",
    "check": "{type} : {message}",
    "late": "La cellule {cell} n’a pas fini dans le temps imparti.",
    "killed": "La cellule {cell} a arrêté le processus.",
    "forged": "Réponse du processus sans la preuve demandée.",
    "replaced": "fonctions remplacées : {names}",
    "suspect": "à relire : {words}",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an exercise got."""

    state: str
    message: str = ""


@dataclass
class Copy:
    """A student's notebook, and what is known of it so far."""

    path: Path
    page: str = ""
    cells: list[dict] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)  #: cells that killed the process
    errors: dict[int, str] = field(default_factory=dict)  #: what other cells raised


# -- reading -------------------------------------------------------------------------


def read(path: Path, practicals: Mapping[str, Sequence[Exercise]], page: str = "") -> Copy:
    """A notebook's cells of code, and the practical it answers."""
    copy = Copy(path)
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"plus de {LARGEST // 2**20} Mio")
        data = json.loads(path.read_text("utf-8"))
        copy.cells = [cell for cell in data["cells"] if cell.get("cell_type") == "code"]
        for cell in copy.cells:
            source = cell.get("source", "")
            cell["source"] = "".join(source) if isinstance(source, list) else str(source)
        copy.page = page or page_of(data, copy.cells, practicals)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        copy.notes.append(MESSAGES["unreadable"].format(reason=str(error)[:200] or type(error).__name__))
        copy.cells = []
    if copy.cells and not copy.page:
        copy.notes.append(MESSAGES["unknown"])
    if words := suspects(copy, practicals.get(copy.page, ())):
        copy.notes.append(MESSAGES["suspect"].format(words=", ".join(words)))
    return copy


def suspects(copy: Copy, exercises: Sequence[Exercise]) -> list[str]:
    """The words of a notebook that a teacher should read again; the cells that we gave may hold them."""
    given = [b for e in exercises for b in (*e.setup, *e.before, *e.after, e.check) if b]
    ours = {block.source.strip() for block in given}
    written = [cell["source"] for cell in copy.cells if cell["source"].strip() not in ours]
    return sorted({found[0] for source in written for found in SUSPECT.finditer(source)})


def page_of(data: dict, cells: list[dict], practicals: Mapping[str, Sequence[Exercise]]) -> str:
    """The practical of a notebook: said by its metadata, else by its exercises, else by its names."""
    said = data.get("metadata", {}).get("epreuve", {})
    if isinstance(said, dict) and said.get("page") in practicals:
        return said["page"]
    named = {label_of(cell) for cell in cells}
    bound = set().union(*(names_bound(cell["source"]) for cell in cells))
    scores = {
        page: sum(10 * (e.name in named) + len(bound & answers_of(e)) for e in exercises) for page, exercises in practicals.items()
    }
    best = max(scores, key=scores.get, default="")
    return best if best and scores[best] else ""


def label_of(cell: dict) -> str:
    """The exercise that a cell says it belongs to."""
    said = cell.get("metadata", {}).get("epreuve", {})
    return str(said.get("exercise", "")) if isinstance(said, dict) else ""


# -- what runs ------------------------------------------------------------------------


def answers_of(exercise: Exercise) -> set[str]:
    """The names that a check takes from the student; the others are ours."""
    ours = bound_by((*exercise.setup, *exercise.before))
    answered = bound_by((*exercise.solution, *exercise.after))
    check = ast.parse(exercise.check.source)
    loaded = {n.id for n in ast.walk(check) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    unknown = loaded - ours - names_bound(exercise.check.source) - set(dir(builtins))
    return (loaded & (answered | set(exercise.uses))) | unknown


def bound_by(blocks: Iterable[Block]) -> set[str]:
    """The names that blocks define."""
    return set().union(*(names_bound(block.source) for block in blocks))


def judge(exercise: Exercise, secret: str) -> str:
    """What the worker is asked, to judge an exercise."""
    given = [block.source for block in (*exercise.setup, *exercise.before)]
    return json.dumps({"given": given, "answers": sorted(answers_of(exercise)), "check": exercise.check.source, "secret": secret})


def plan(copy: Copy, exercises: Sequence[Exercise], secret: str, timeout: float) -> tuple[Session, list[int | str]]:
    """The session of a notebook; for each block, the cell it is or the exercise it judges."""
    blocks, parts = [], []

    def add(source: str, part: int | str) -> None:
        kind = "code" if isinstance(part, int) else "judge"
        blocks.append(Block(Place(copy.path.name, len(blocks) + 1), source, kind, timeout=timeout))
        parts.append(part)

    judged = {e.name: e for e in exercises if e.check and e.solution}
    last = {label_of(cell): number for number, cell in enumerate(copy.cells)}
    ours = {same(e.check.source): e.name for e in judged.values()}
    for number, cell in enumerate(copy.cells):
        checked = ours.get(same(cell["source"]))
        if not checked and number not in copy.dropped and cell["source"].strip():
            add(plain_python(cell["source"]), number)
        label = checked or (label_of(cell) if last.get(label_of(cell)) == number else "")
        if label in judged:
            add(judge(judged[label], secret), label)
    for name, exercise in judged.items():
        if name not in parts:
            add(judge(exercise, secret), name)
    add(json.dumps({"given": [], "answers": [], "check": "", "secret": secret}), "")
    return Session("grading", copy.path.name, tuple(blocks)), parts


def same(source: str) -> str:
    """A source as it is compared: blanks do not count."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def plain_python(source: str) -> str:
    """A cell without the commands of notebooks, at the same lines."""
    return re.sub(r"^(\s*)([%!?].*)$", r"\1pass  # \2", source, flags=re.M)


# -- running --------------------------------------------------------------------------


def grade(copies: Sequence[Copy], practicals: Mapping[str, Sequence[Exercise]], settings: Settings, timeout: float) -> None:
    """Run every copy and fill in its verdicts."""
    left = [copy for copy in copies if copy.cells and copy.page]
    with Pool(settings) as pool:
        for _ in range(ROUNDS):
            left = one_round(left, practicals, pool, timeout)
            if not left:
                break
    for copy in copies:
        for exercise in practicals.get(copy.page, ()):
            if exercise.check and exercise.solution:
                copy.verdicts.setdefault(exercise.name, Verdict(NOTHING))


def one_round(copies: Sequence[Copy], practicals: Mapping[str, Sequence[Exercise]], pool: Pool, timeout: float) -> list[Copy]:
    """Run copies side by side; those to be run again, without the cell that killed them."""
    jobs: dict[int, tuple[Copy, list[int | str], str]] = {}
    waiting = []
    for copy in copies:
        secret = secrets.token_hex(16)
        session, parts = plan(copy, practicals[copy.page], secret, timeout)
        job = Job(session, frozenset(range(len(session.blocks))))
        jobs[id(job)] = copy, parts, secret
        waiting.append(job)
    again: dict[int, Copy] = {}
    for job, position, result in pool.run(waiting):
        copy, parts, secret = jobs[id(job)]
        if take(copy, parts[position], result, secret):
            again[id(copy)] = copy
    return list(again.values())


def take(copy: Copy, part: int | str, result: Result, secret: str) -> bool:
    """Note one result; whether the process died before it, so that the notebook must run again."""
    failure = result.failure
    if failure and failure.type == "blocked":
        return True
    died = failure is not None and failure.type in ACCIDENTS
    if isinstance(part, int):
        if not died:
            if failure:
                copy.errors[part] = f"{failure.type} : {first_line(failure.message)}"
            return False
        message = MESSAGES["late" if failure.type == "timeout" else "killed"].format(cell=part + 1)
        if message not in copy.notes:
            copy.notes.append(message)
        copy.errors[part] = message
        copy.dropped.add(part)
        return False
    if part == "":
        changed = (result.value or "").split()[1:]
        if changed:
            copy.notes.append(MESSAGES["replaced"].format(names=", ".join(changed[:8])))
        return False
    verdict = verdict_of(result, secret)
    if copy.verdicts.get(part, Verdict(NOTHING)).state != PASSED:
        copy.verdicts[part] = verdict
    return False


def verdict_of(result: Result, secret: str) -> Verdict:
    """What a judge's answer means."""
    failure = result.failure
    if failure is None:
        passed = (result.value or "").split(" ")[0] == secret
        return Verdict(PASSED) if passed else Verdict(ACCIDENT, MESSAGES["forged"])
    if failure.type == "AssertionError":
        return Verdict(REFUSED, failure.message)
    if failure.type == "NameError":
        return Verdict(NOTHING, MESSAGES["absent"].format(error=first_line(failure.message)))
    return Verdict(ACCIDENT, MESSAGES["check"].format(type=failure.type, message=first_line(failure.message)))


def first_line(text: str) -> str:
    """The first line of a message, not too long."""
    return text.strip().partition("\n")[0][:300]

"""``epreuve grade dossier/``: students' notebooks, run confined and judged by our checks."""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from dataclasses import replace
from pathlib import Path

from .. import grading, project
from ..files import replace_file
from ..grading import NOTHING, PASSED, POINTS, Copy, Verdict
from ..practicals.exercises import Exercise

LABELS = {
    "help": "exécute les carnets rendus par des étudiants, et écrit notes.csv et un rapport par carnet",
    "nothing": "{folder} : aucun carnet .ipynb",
    "unknown": "« {page} » n’est pas un TP de ce cours ; les TP : {pages}",
    "done": "{count} carnets corrigés : {table}",
    "limits": "Le correcteur arrête le réseau, les écritures hors du dossier et les remplacements de fonctions ; il n’arrête pas un programme écrit exprès contre lui. Relire ce que la colonne « signaux » désigne.",
    "title": "# {name}",
    "score": "{passed} exercices réussis sur {total}, {points} points sur {most}.",
    "signals": "## À relire",
    "errors": "## Cellules qui ont échoué",
    "cell": "- cellule {number} : {message}",
}
COLUMNS = ("carnet", "tp", "reussis", "exercices", "points", "points_max", "signaux")


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("grade", help=LABELS["help"])
    parser.add_argument("folder", metavar="dossier", type=Path)
    parser.add_argument("--tp", default="", metavar="tp/NN_nom", help="le TP de tous les carnets (par défaut : ce que chacun dit)")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="durée permise à chaque cellule (30)")
    parser.add_argument("--memory", type=int, default=2048, metavar="MIO", help="mémoire permise à chaque carnet (2048)")
    parser.add_argument("--out", type=Path, metavar="DOSSIER", help="où écrire (par défaut : dossier/_notes)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Grade every notebook of a folder."""
    app = project.load(options.source, epreuve_run=False)
    practicals = {page: found for page, found in app.env.epreuve_exercises.items() if found}
    page = options.tp.removesuffix(".md")
    if page and page not in practicals:
        print(LABELS["unknown"].format(page=page, pages=", ".join(sorted(practicals))), file=sys.stderr)
        return 2
    out = options.out or options.folder / "_notes"
    paths = notebooks(options.folder, out)
    if not paths:
        print(LABELS["nothing"].format(folder=options.folder), file=sys.stderr)
        return 2
    copies = [grading.read(path, practicals, page) for path in paths]
    settings = replace(app.epreuve_settings, confined=True, device="cpu", memory=options.memory)
    grading.grade(copies, practicals, settings, options.seconds)
    write(copies, practicals, options.folder, out)
    print(LABELS["done"].format(count=len(copies), table=out / "notes.csv"))
    print(LABELS["limits"])
    return 0


def notebooks(folder: Path, out: Path) -> list[Path]:
    """The notebooks of a folder, in order; links are not followed."""
    found = [p for p in folder.rglob("*.ipynb") if not p.is_symlink() and p.is_file()]
    return sorted(p for p in found if ".ipynb_checkpoints" not in p.parts and not p.is_relative_to(out))


def write(copies: list[Copy], practicals: dict[str, tuple[Exercise, ...]], folder: Path, out: Path) -> None:
    """The table, and one report per notebook."""
    judged = {page: [e for e in found if e.check and e.solution] for page, found in practicals.items()}
    names = [e.name for page in sorted({c.page for c in copies if c.page}) for e in judged[page]]
    table = io.StringIO()
    writer = csv.DictWriter(table, [*COLUMNS[:-1], *names, COLUMNS[-1]], lineterminator="\n")
    writer.writeheader()
    for copy in copies:
        name = copy.path.relative_to(folder).as_posix()
        exercises = judged.get(copy.page, [])
        writer.writerow(row(copy, name, exercises))
        target = out / "rapports" / (re.sub(r"[^\w.-]+", "_", name.removesuffix(".ipynb")) + ".md")
        replace_file(target, text(copy, name, exercises))
    replace_file(out / "notes.csv", table.getvalue())


def row(copy: Copy, name: str, exercises: list[Exercise]) -> dict[str, object]:
    """A line of the table. A spreadsheet must not take a name for a formula."""
    states = {e.name: copy.verdicts.get(e.name, Verdict(NOTHING)).state for e in exercises}
    passed, points, most = score(states, exercises)
    signals = " ; ".join(copy.notes)
    facts = (inert(name), copy.page, passed, len(exercises), points, most, inert(signals))
    return {**dict(zip(COLUMNS, facts)), **states}


def score(states: dict[str, str], exercises: list[Exercise]) -> tuple[int, int, int]:
    """Exercises passed, points, points at most."""
    won = [e for e in exercises if states[e.name] == PASSED]
    return len(won), sum(POINTS.get(e.level, 1) for e in won), sum(POINTS.get(e.level, 1) for e in exercises)


def inert(text: str) -> str:
    """Text that a spreadsheet does not compute."""
    return f"'{text}" if text[:1] in "=+-@\t" and text else text


def text(copy: Copy, name: str, exercises: list[Exercise]) -> str:
    """What a student can be given: each exercise, and what the check said."""
    states = {e.name: copy.verdicts.get(e.name, Verdict(NOTHING)).state for e in exercises}
    passed, points, most = score(states, exercises)
    parts = [LABELS["title"].format(name=name), LABELS["score"].format(passed=passed, total=len(exercises), points=points, most=most)]
    for exercise in exercises:
        verdict = copy.verdicts.get(exercise.name, Verdict(NOTHING))
        parts.append(f"## {exercise.title} : {verdict.state}")
        if verdict.message:
            parts.append("\n".join(f"> {line}" for line in verdict.message[:2000].splitlines()))
    if copy.errors:
        cells = [LABELS["cell"].format(number=n + 1, message=message) for n, message in sorted(copy.errors.items())]
        parts += [LABELS["errors"], "\n".join(cells)]
    if copy.notes:
        parts += [LABELS["signals"], "\n".join(f"- {note}" for note in copy.notes)]
    return "\n\n".join(parts) + "\n"

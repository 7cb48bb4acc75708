"""``epreuve check``: run and verify; ``--twice`` looks for outputs that change."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace

from .. import pipeline, project, report
from ..labels import PROBLEMS
from ..model import UNSEEN, Problem, Proof, Result
from ..pool import Pool


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("check", help="exécute et vérifie tout, sans écrire de page")
    parser.add_argument("--twice", action="store_true", help="tout exécuter encore : autre hachage, autres fils, autre ordre, autre hasard au départ")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Report every problem."""
    app = project.load(options.source)
    proofs = app.env.epreuve_proofs
    problems = report.ordered(proofs)
    if options.twice:
        problems += differences(proofs, again(app))
    for problem in problems:
        print(report.text(problem), file=sys.stderr)
    counts = report.summary(proofs)
    print(f"{counts['blocks']} blocs, {counts['values']} nombres dans la prose, {len(problems)} problèmes.")
    return 1 if problems else 0


def again(app) -> dict[str, Proof]:
    """Every page once more, with nothing recorded and everything that may vary varied."""
    blocks = app.env.epreuve_blocks
    with tempfile.TemporaryDirectory(prefix="epreuve-") as store:
        ours = app.epreuve_settings  # half as many sessions, of twice as many threads: too many would only wait for each other
        settings = replace(ours, store=store, hash_seed=1, threads=2, start=1, jobs=max(1, ours.jobs // 2), timeout=4 * ours.timeout)
        with Pool(settings) as pool:
            return pipeline.prove({d: blocks[d] for d in sorted(blocks, reverse=True)}, settings, pool, report.Progress())


def differences(first: dict[str, Proof], second: dict[str, Proof]) -> list[Problem]:
    """The blocks whose output changed without being declared volatile."""
    message, remedy = PROBLEMS["nondeterministic"]
    return [
        Problem(one.block.place, "nondeterministic", message, remedy, difference(one, two))
        for docname in first
        for one, two in zip(first[docname].results, second[docname].results)
        if one.block.volatile is None and seen(one) != seen(two)
    ]


def seen(result: Result) -> tuple[object, ...]:
    """All that a reader sees of a result."""
    if result.block.role in UNSEEN:
        return (result.failure and result.failure.type,)
    failure = (result.failure.type, result.failure.message) if result.failure else None
    return result.outputs, result.value, failure, tuple(o.text for o in result.observations)


def difference(one: Result, two: Result) -> str:
    """The first line that differs."""
    for a, b in zip(lines(one), lines(two)):
        if a != b:
            return f"- {a[:200]}\n+ {b[:200]}"
    return ""


def lines(result: Result) -> list[str]:
    """All that is seen of a result as lines of text, the error last."""
    texts = [*(o.data for o in result.outputs), *(o.text for o in result.observations), result.value or ""]
    error = f"{result.failure.type}: {result.failure.message}" if result.failure else ""
    return [line for text in texts for line in text.splitlines()] + [error]

"""``epreuve seeds``: how often the claims of a page hold, under other luck."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Sequence

from .. import pipeline, project, report, store
from ..files import replace_file
from ..labels import PROBLEMS
from ..model import Block, Problem, Proof, Result
from ..pool import Pool
from ..project import BUILD
from .site import STATE

#: claims whose truth may depend on luck; the others are the machine's
LUCKY = {"expectation", "says", "not-raised", "wrong-error", "wrong-message", "error", "output", "value", "solution-refused"}


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("seeds", help="exécute les pages sous d’autres graines et compte ce qui reste vrai")
    parser.add_argument("pages", nargs="*", metavar="page.rst", help="pages (par défaut : celles qui déclarent :holds:)")
    parser.add_argument("--n", type=int, default=50, help="nombre de graines (50)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the pages under n base seeds; a claim below its rate is a problem."""
    app = project.load(options.source)
    named = project.sources_named(app, options.pages)
    chosen = {d: b for d, b in app.env.epreuve_blocks.items() if wanted(b, named)}
    if not chosen:
        print("Aucune page à essayer : nommer des pages, ou déclarer « :holds: » sur un bloc.", file=sys.stderr)
        return 2
    runs = [app.env.epreuve_proofs, *under_other_seeds(options.n, chosen, app.epreuve_settings)]
    problems = []
    for docname in sorted(chosen):
        rates = rates_of([proofs[docname] for proofs in runs])
        problems += below(rates, options.n)
        save(app, docname, rates, options.n)
        found = [f"{r.block.place}: vrai pour {held}/{options.n} graines ({r.block.holds:g} % annoncés)" for r, held in rates]
        print("\n".join(dict.fromkeys(found)))  # a check is run in several sessions
    for text in dict.fromkeys(map(report.text, problems)):
        print(text, file=sys.stderr)
    return 1 if problems else 0


def wanted(blocks: Sequence[Block], named: set[str]) -> bool:
    """Whether a page is to be run: named, or, when none is, declaring a rate."""
    return any(b.place.path in named for b in blocks) if named else any(b.holds != 100 for b in blocks)


def under_other_seeds(n: int, pages, settings) -> list[dict[str, Proof]]:
    """The pages under base seeds 1 to n - 1; results are recorded like any other."""
    with Pool(settings) as pool:
        variants = [replace(settings, seed=seed) for seed in range(1, n)]
        return pipeline.prove_under(pages, variants, pool, report.Progress())


def rates_of(proofs: list[Proof]) -> list[tuple[Result, int]]:
    """For each block or value that claims something, or that failed once, how many runs kept it true."""
    rates = [(result, sum(not broken(proof, result) for proof in proofs)) for result in proofs[0].results]
    return [(result, held) for result, held in rates if claims(result) or held < len(proofs)]


def claims(result: Result) -> bool:
    """Whether a result says something that may be false."""
    return bool(result.block.role == "check" or result.observations or result.block.stated or (result.block.raises and not result.skipped))


def broken(proof: Proof, result: Result) -> bool:
    """Whether a claim of a block failed in a run."""
    return any(p.code in LUCKY and report.within(p, result) for p in proof.problems)


def below(rates: list[tuple[Result, int]], n: int) -> list[Problem]:
    """The claims that hold less often than announced."""
    message, remedy = PROBLEMS["holds"]
    return [
        Problem(r.block.place, "holds", message.format(rate=100 * held / n, n=n, promised=r.block.holds), remedy.format(rate=100 * held / n))
        for r, held in rates
        if 100 * held / n < r.block.holds
    ]


def save(app, docname: str, rates: list[tuple[Result, int]], n: int) -> None:
    """Keep the rates beside the results; the next build of the site has them to say."""
    data = {result.key: [held, n] for result, held in rates}
    replace_file(store.rates_path(app.epreuve_settings.store, docname), json.dumps(data, indent=1))
    (Path(app.srcdir) / BUILD / STATE).unlink(missing_ok=True)

"""``epreuve why chapters/x.rst:120``: why a block would run, or would be found again."""

from __future__ import annotations

import argparse
import sys

from .. import pipeline, plan, project, store
from ..model import Session
from ..settings import Settings


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("why", help="dit pourquoi un bloc s’exécute ou est retrouvé")
    parser.add_argument("place", metavar="page.rst:ligne")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Explain one block, without running anything."""
    path, line = project.place_of(options.place)
    app = project.load(options.source, epreuve_run=False)
    for docname, blocks in app.env.epreuve_blocks.items():
        for session in plan.sessions_of(docname, [pipeline.unless_impossible(b, app.epreuve_settings) for b in blocks]):
            for position, block in enumerate(session.blocks):
                last = block.place.line + block.source.count("\n")
                if block.place.path == path and block.place.line - 6 <= line <= last and (line >= block.place.line or near(block, line)):
                    print(f"{block.place}: {explain(session, position, app.epreuve_settings)}")
                    return 0
    print(f"{options.place}: aucun bloc exécuté ici", file=sys.stderr)
    return 1


def near(block, line: int) -> bool:
    """Whether a line is that of the directive or of its options."""
    return block.directive is not None and line >= block.directive.line


def explain(session: Session, position: int, settings: Settings) -> str:
    """The reason, in one sentence."""
    block = session.blocks[position]
    base = plan.base_key(settings)
    keys = plan.keys_of(session, base)
    if not keys[position]:
        return f"ne s’exécute pas : {block.skip or 'extrait d’un autre bloc'}"
    lines = store.read(store.path_of(settings.store, base, session), keys)
    seen: dict[str, str] = {}
    for earlier in range(position + 1):
        if not keys[earlier] or (earlier != position and session.blocks[earlier].kind != "code"):
            continue
        own = earlier == position
        place = session.blocks[earlier].place
        found = store.find(lines, keys[earlier], session.blocks[earlier])
        if found is None:
            reason = "aucun résultat enregistré pour ce texte, ces versions et cette machine"
            return f"s’exécutera : {reason}" if own else f"s’exécutera, car le bloc {place} s’exécutera aussi ({reason})"
        if changed := store.still_true(found.depends, settings.root, seen):
            what = f"« {changed.removeprefix('dist:')} » a changé"
            return f"s’exécutera : {what}" if own else f"s’exécutera, car {what}, que lit le bloc {place}"
    return f"retrouvé sans exécution (résultat {keys[position][:12]}) : même code, mêmes blocs avant lui, mêmes versions, mêmes fichiers lus"

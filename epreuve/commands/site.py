"""``epreuve site``: pages and decks from one reading and one execution."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from .. import unchanged
from ..files import find_report, replace_file
from ..project import BUILD

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from ..pool import WarmProcess

STATE = "etat.json"  #: in the build folder: what the last build that went well was made from


class InDecks(BaseException):
    """Leaves Sphinx, in the copy of the process that builds the decks."""


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("site", help="construit les pages et les diaporamas, et dit ce qui a été vérifié")
    parser.add_argument("--teacher", action="store_true", help="l’édition de l’enseignant, dans build/enseignant/ : à ne pas publier")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Build both; the exit status is that of the verification."""
    start = time.perf_counter()
    source = Path(options.source).resolve()
    pages = source / BUILD / ("enseignant" if options.teacher else "html")
    edition = ["-a", "-D", "epreuve_teacher=1"] if options.teacher else []
    noted = source / BUILD / STATE
    last, now = unchanged.read(noted), unchanged.state(source, edition)
    if (path := find_report(source)) and unchanged.nothing_changed(last, now, pages):
        if report := unchanged.found_again(path):
            replace_file(path, json.dumps(report, ensure_ascii=False, indent=1))
            print("\n".join(summary(report, pages / "index.html", time.perf_counter() - start)))
            return 0
    noted.unlink(missing_ok=True)
    site = Site(source, pages, edition, early_warm(source) if unchanged.code_changed(last, now) else None)
    status = site.build()
    if status not in (0, 1) or site.app is None:
        return status
    if status == 0:
        unchanged.record(noted, now, unchanged.outside(source, site.dependencies()), pages)
    report = json.loads(find_report(source).read_text("utf-8")) if find_report(source) else {"summary": {}, "pages": {}}
    print("\n".join(summary(report, pages / "index.html", time.perf_counter() - start)))
    return status


def early_warm(source: Path) -> WarmProcess | None:
    """A process that loads torch while Sphinx itself is loaded, for a project that sets nothing about it."""
    from ..pool import WarmProcess
    from ..settings import Settings, device_of

    try:
        text = (source / "conf.py").read_text("utf-8")
        return None if "epreuve_preload" in text else WarmProcess(Settings(str(source), "", device_of("auto")))
    except (OSError, ValueError):
        return None


class Site:
    """Pages, and decks that another process builds while pages are written."""

    def __init__(self, source: Path, pages: Path, edition: list[str], warm: WarmProcess | None) -> None:
        self.source, self.pages, self.edition, self.warm = source, pages, edition, warm
        self.app: Sphinx | None = None
        self.decks = 0  #: process that builds them

    def build(self) -> int:
        """Build everything; the exit status of Sphinx."""
        try:
            status = self.sphinx("html", self.pages, self.follow_pages)
        except InDecks:
            os._exit(self.sphinx("revealjs", self.pages / "diapos", self.follow_decks))
        finally:
            if self.warm:
                self.warm.close()
        if self.decks:
            status = status or os.waitstatus_to_exitcode(os.waitpid(self.decks, 0)[1])
        return status

    def sphinx(self, builder: str, out: Path, follow: Callable[[Sphinx], None]) -> int:
        """Run one Sphinx builder over the shared doctrees, as its own command would."""
        from sphinx.cmd.build import main

        from ..build import FOLLOWERS

        FOLLOWERS[:] = [follow]
        return main(["-q", "-b", builder, "-d", str(self.source / BUILD / "doctrees"), *self.edition, str(self.source), str(out)])

    def follow_pages(self, app: Sphinx) -> None:
        """Give the application the process that is loading; ask for the decks once every page is read and verified."""
        self.app = app
        if self.warm:
            app.epreuve_pool.adopt(self.warm)
            self.warm = None
        if "epreuve.slides" in app.extensions:
            app.connect("write-started", self.fork_decks)

    def fork_decks(self, app: Sphinx, builder: object) -> None:
        """Go on in two processes: one writes the pages, the other the decks."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.decks = os.fork()
        if not self.decks:
            if any(proof.problems for proof in app.env.epreuve_proofs.values()):
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # said once is enough
            raise InDecks

    def follow_decks(self, app: Sphinx) -> None:
        """Give the decks what is already proved."""
        app.epreuve_known = self.app.env.epreuve_proofs

    def dependencies(self) -> list[str]:
        """Files that pages depend on, beside their sources: included, or read by their blocks."""
        read = {name for proof in self.app.env.epreuve_proofs.values() for result in proof.results for name, _ in result.depends}
        included = (path for paths in self.app.env.dependencies.values() for path in paths)
        return [str(self.source / path) for path in (*included, *read) if not str(path).startswith("dist:")]


def summary(report: dict, index: Path, seconds: float) -> list[str]:
    """The last lines of the command."""
    counts = report["summary"]
    if not counts:
        return []
    facts = {"torch": "absent", **next((p["facts"] for p in report["pages"].values()), {})}
    skipped = sum(counts["skipped"].values())
    spent = f"{seconds:.1f} s, dont {counts['seconds']:.1f} s d’exécution (somme des blocs)".replace(".", ",")
    opened = index.relative_to(Path.cwd()) if index.is_relative_to(Path.cwd()) else index
    return [
        "",
        f"Blocs     : {counts['executed']} exécutés, {counts['reused']} retrouvés sans rien exécuter, {skipped} non exécutés",
        *(f"            non exécutés : {number} ({why or 'sans raison'})" for why, number in sorted(counts["skipped"].items())),
        f"Prose     : {counts['values']} nombres calculés ou vérifiés",
        f"Problèmes : {counts['problems']}",
        f"Durée     : {spent}",
        "Machine   : Python {python}, torch {torch}, {device}".format(**facts),
        f"Ouvrir    : {opened}",
    ]

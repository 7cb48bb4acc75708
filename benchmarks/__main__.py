"""``python -m benchmarks``: measure, then print the table. ``make bench`` does it in its own environment."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from . import studies, table
from .tools import versions

HERE = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run the studies asked for, tools in turn, and print what they show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare les durées, outils à tour de rôle.")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="mesures de chaque durée (5)")
    parser.add_argument("--scale", type=float, default=1.0, metavar="X", help="longueur des entraînements (1)")
    parser.add_argument("--pages", type=int, default=300, metavar="N", help="pages du grand cours (300)")
    parser.add_argument("--only", nargs="+", choices=studies.STUDIES, default=list(studies.STUDIES), help="études à mener")
    parser.add_argument("--without", nargs="+", default=[], metavar="OUTIL", help="outils laissés de côté")
    parser.add_argument("--revision", default="HEAD", metavar="COMMIT", help="ce qui est mesuré (HEAD)")
    parser.add_argument("--work", type=Path, default=HERE / "build" / "bench", metavar="DOSSIER", help="dossier de travail")
    parser.add_argument("--table", action="store_true", help="réécrit le tableau des dernières mesures, sans rien mesurer")
    options = parser.parse_args()

    raw = options.work / "mesures.json"
    if not options.table:
        options.work.mkdir(parents=True, exist_ok=True)
        snapshot = take(options.revision, options.work / "cours")
        record = studies.Record(raw, {**versions(), "epreuve": commit(options.revision), "repetitions": str(options.repetitions)})
        bench = studies.Bench(options.work, snapshot, record, options.repetitions, options.scale, options.pages, set(options.without))
        for name in options.only:
            studies.STUDIES[name](bench)
    print(table.text(json.loads(raw.read_text("utf-8"))))
    return 0


def take(revision: str, folder: Path) -> Path:
    """A copy of the sources at a commit, so that nothing changes while they are measured."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", revision], cwd=HERE, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x"], cwd=folder, input=archive, check=True)
    return folder


def commit(revision: str) -> str:
    """Its short name."""
    return subprocess.run(["git", "rev-parse", "--short", revision], cwd=HERE, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())

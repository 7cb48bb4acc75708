"""``epreuve``: the commands of authors and teachers."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from .commands import COMMANDS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status is returned."""
    parser = argparse.ArgumentParser(prog="epreuve", description="Exécute et vérifie les blocs d’un cours Sphinx.")
    parser.add_argument("--source", default=".", metavar="DOSSIER", help="dossier de conf.py (par défaut : celui-ci)")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="commande")
    given = sys.argv[1:] if arguments is None else arguments
    asked = [name for name in COMMANDS if name in given] or COMMANDS
    for name in asked:
        import_module(f"epreuve.commands.{name}").add(subparsers)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("\nInterrompu.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

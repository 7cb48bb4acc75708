"""A Sphinx project seen from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from sphinx.application import Sphinx

BUILD = "build"  #: where ``epreuve site`` puts everything


def load(source: str, *, quiet: bool = True, **overrides: object) -> Sphinx:
    """Read a project, run what must run and return its application.

    Proofs are then in ``app.env.epreuve_proofs``. Pages are not written, and what was read is kept apart
    from the site, which would otherwise not know what changed.
    Raises what Sphinx raises for a project that it cannot read.
    """
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    root = Path(source).resolve()
    with open(os.devnull, "w") as null, patch_docutils(str(root)), docutils_namespace():
        streams = {"status": null, "warning": null} if quiet else {}
        app = Sphinx(
            str(root), str(root), str(root / BUILD / "check"), str(root / BUILD / "check" / "doctrees"), "dummy",
            confoverrides=overrides, **streams,
        )  # fmt: skip
        app.build()
    return app


def sources_named(app: Sphinx, names: Sequence[str]) -> set[str]:
    """The files of code that an author named, as paths from the project; empty when none was named.

    A page may be named by its file or without its suffix, from the project or from the current folder.
    Raises ``SystemExit`` with a message for a name that is the file of no block.
    """
    known = {block.place.path for blocks in app.env.epreuve_blocks.values() for block in blocks}
    by_name = {name: path for path in known for name in (path, os.path.splitext(path)[0])}
    from_here = [os.path.normpath(os.path.relpath(name, app.srcdir)) for name in names]
    found = {by_name.get(os.path.normpath(name), by_name.get(there)) for name, there in zip(names, from_here)}
    if None in found:
        unknown = [name for name, there in zip(names, from_here) if not {os.path.normpath(name), there} & by_name.keys()]
        raise SystemExit(f"Aucun bloc dans : {', '.join(unknown)}. Nommer des pages qui en ont, par exemple {min(known, default='chapters/01.rst')}.")
    return found


def place_of(text: str) -> tuple[str, int]:
    """``chapters/x.rst:120`` → (path, line); line 0 when there is none."""
    path, _, line = text.rpartition(":")
    return (path, int(line)) if path and line.isdigit() else (text, 0)

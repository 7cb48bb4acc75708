"""A Sphinx project seen from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

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


def place_of(text: str) -> tuple[str, int]:
    """``chapters/x.rst:120`` → (path, line); line 0 when there is none."""
    path, _, line = text.rpartition(":")
    return (path, int(line)) if path and line.isdigit() else (text, 0)

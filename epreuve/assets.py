"""Make ``epreuve/static`` reachable from pages and decks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

STATIC = Path(__file__).parent / "static"


def serve_static(app: Sphinx, config: Config) -> None:
    """Add our static folder once to every builder that copies such folders.

    Its path is relative: Sphinx writes a digest of the configuration beside the pages, which are the same elsewhere.
    """
    static = os.path.relpath(STATIC, app.confdir)
    for name in ("html_static_path", "revealjs_static_path"):
        paths = getattr(config, name, None)
        if paths is not None and static not in paths:
            setattr(config, name, [*paths, static])


def add_deck_css(config: Config, path: str) -> None:
    """Link a stylesheet from the decks too, when decks are built."""
    files = getattr(config, "revealjs_css_files", None)
    if files is not None and path not in files:
        config.revealjs_css_files = [*files, path]

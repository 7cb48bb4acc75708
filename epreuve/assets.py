"""Make ``epreuve/static`` reachable from pages and decks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.config import Config

STATIC = Path(__file__).parent / "static"


def serve_static(config: Config) -> None:
    """Add our static folder once to every builder that copies such folders."""
    for name in ("html_static_path", "revealjs_static_path"):
        paths = getattr(config, name, None)
        if paths is not None and str(STATIC) not in paths:
            setattr(config, name, [*paths, str(STATIC)])


def add_deck_css(config: Config, path: str) -> None:
    """Link a stylesheet from the decks too, when decks are built."""
    files = getattr(config, "revealjs_css_files", None)
    if files is not None and path not in files:
        config.revealjs_css_files = [*files, path]

"""Decks: one reveal.js presentation per page, from the slides written in it.

``make site`` puts them in ``diapos/``, inside the folder of the pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import facts, limits, markup, page, reveal
from .deck import BUILDERS, MakeDeck
from .html import DeckTranslator

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata


def report_through_engine(app: Sphinx, config: Config) -> None:
    """The engine, when it is loaded, asks each page what is wrong with it."""
    if "epreuve-proved" in app.events.events:
        app.connect("epreuve-proved", limits.on_epreuve_proved)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("sphinx_revealjs")
    app.extensions["sphinx_revealjs"].parallel_read_safe = True  # it keeps nothing in the environment
    for builder in BUILDERS:
        app.set_translator(builder, DeckTranslator, override=True)
    app.add_html_theme("epreuve-deck", str(reveal.THEME))

    for name, directive in markup.DIRECTIVES.items():
        app.add_directive(name, directive, override=True)
    app.connect("config-inited", reveal.on_config_inited)
    app.connect("config-inited", report_through_engine)
    app.connect("builder-inited", facts.on_builder_inited)
    app.connect("builder-inited", reveal.on_builder_inited, priority=900)
    app.connect("env-purge-doc", facts.on_env_purge_doc)
    app.connect("env-merge-info", facts.on_env_merge_info)
    app.add_transform(markup.GatherSlides)
    app.connect("doctree-read", facts.on_doctree_read)
    app.add_post_transform(page.MakePage)
    app.add_post_transform(MakeDeck)
    app.connect("html-page-context", page.on_html_page_context)
    app.connect("html-page-context", reveal.on_html_page_context)
    app.connect("build-finished", reveal.on_build_finished)
    app.add_css_file("epreuve/slides.css")
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}

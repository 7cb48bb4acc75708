"""Search in French that ignores accents: « reseaux » finds « réseau ».

Words are folded (accents and ligatures removed) around Sphinx's own stemmer, on both
sides: in Python when the index is written, in the browser when a query is typed.
Set ``language = "fr"``; loading this extension is then enough.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sphinx.search.fr import SearchFrench

from .assets import serve_static

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

EXCERPTS = "epreuve/search.js"
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})

#: The same as :func:`fold` and :meth:`AccentlessFrench.stem`, around ``window.Stemmer``.
#: The word splitter stays Sphinx's: nothing here defines ``splitQuery``.
BROWSER_SIDE = r"""
(() => {
  const fold = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "")
    .replaceAll("œ", "oe").replaceAll("æ", "ae");
  const French = window.Stemmer;
  window.Stemmer = function () {
    const french = new French();
    this.stemWord = (word) => french.stemWord(fold(french.stemWord(word)));
  };
})();
"""


def fold(word: str) -> str:
    """The word without accents or ligatures."""
    letters = unicodedata.normalize("NFKD", word.translate(LIGATURES))
    return "".join(c for c in letters if not unicodedata.combining(c))


class AccentlessFrench(SearchFrench):
    """Stem, fold, stem again: folding may reveal an ending ("é" → "e")."""

    js_splitter_code = BROWSER_SIDE

    def stem(self, word: str) -> str:
        return super().stem(fold(super().stem(word)))


def add_excerpts(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Only the search page loads the script that writes excerpts."""
    if pagename == "search" and app.builder.name != "revealjs":
        app.add_js_file(EXCERPTS, loading_method="defer")


def setup(app: Sphinx) -> ExtensionMetadata:
    """French search, without accents."""
    app.add_search_language(AccentlessFrench)
    app.connect("config-inited", lambda app, config: serve_static(app, config))
    app.connect("html-page-context", add_excerpts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

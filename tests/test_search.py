"""Search in French: without accents, stemmed, with excerpts when the site is served."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sphinx.search.fr import SearchFrench

from epreuve.search import AccentlessFrench, fold

INDEX = """
Accueil
=======

.. toctree::

   reseaux
   autre
"""
PAGES = {
    "index": INDEX,
    "reseaux": "Retour\n======\n\n" + "Du texte. " * 40 + "La rétropropagation dans les réseaux de neurones, par différentiation.\n",
    "autre": "Autre\n=====\n\nLe cœur de l’optimiseur.\n",
}


@pytest.mark.parametrize(("word", "folded"), [("réseaux", "reseaux"), ("cœur", "coeur"), ("Été", "Ete"), ("x", "x")])
def test_fold(word: str, folded: str):
    assert fold(word) == folded


@pytest.mark.parametrize("pair", [("réseaux", "reseau"), ("différentiation", "differentiation"), ("entraînés", "entraine"), ("tenseurs", "tenseur")])
def test_same_stem(pair: tuple[str, str]):
    stem = AccentlessFrench({}).stem
    assert stem(pair[0]) == stem(pair[1])


@pytest.fixture
def built(build):
    built = build(PAGES, extensions=["epreuve.search", "epreuve.site"], conf="html_theme = 'furo'\nproject = 'Cours'")
    assert built.warnings == ""
    return built


@pytest.fixture
def ask(built, browser) -> Iterator:
    """`ask(address, "mots")`: titles found, excerpts, marked words, console errors."""

    def ask(base: str, words: str) -> tuple[list[str], list[str], list[str], list[str]]:
        page, errors = browser.new_page(), []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{base}/search.html?q={words}")
        page.wait_for_function("document.querySelector('.search-summary')?.innerText")
        page.wait_for_load_state("networkidle")
        texts = [page.locator(selector).all_inner_texts() for selector in ("ul.search a", ".context", ".context mark")]
        assert page.locator("h1").inner_text() == "Recherche"
        page.close()
        return *texts, errors

    yield ask


@pytest.fixture
def served(built) -> Iterator[str]:
    with serve(built.outdir) as base:
        yield base


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("words", ["reseaux", "réseau", "RESEAU", "retropropagation", "differentiation", "reseaux neurone"])
def test_found_without_accents(ask, served: str, words: str):
    titles, excerpts, marked, errors = ask(served, words)
    assert titles == ["Retour"]
    assert "rétropropagation dans les réseaux" in excerpts[0]
    assert len(marked) == len(words.split())
    assert errors == []


def test_ligature(ask, served: str):
    assert ask(served, "coeur")[0] == ["Autre"]


def test_nothing_found(ask, served: str):
    assert ask(served, "convolution")[:2] == ([], [])


def test_from_a_file(ask, built):
    """Opened without a server: results, no excerpt, and no error in the console."""
    titles, excerpts, _, errors = ask(built.outdir.as_uri(), "reseaux")
    assert (titles, excerpts, errors) == (["Retour"], [], [])


def test_stock_search_needs_accents():
    """The reason for this extension: Sphinx alone keeps the accents."""
    stem = SearchFrench({}).stem
    assert stem("réseaux") != stem("reseaux")


# ---- in a deck ----------------------------------------------------------------------------------------------

DECK = """
Réseaux
=======

.. slide:: Un

   Rien ici, f(x) mis à part.

.. slide:: Deux

   La **rétropropagation** : l’erreur remonte, au cœur du réseau.
"""


@pytest.mark.parametrize(
    ("words", "slide"),
    [("retropropagation", "Deux"), ("RÉTROPROP", "Deux"), ("coeur", "Deux"), ("l'erreur", "Deux"), (") :", None), ("f(x)", "Un"), ("reseaux", "Réseaux")],
)
def test_a_deck_is_searched_without_accents(build, browser, words: str, slide: str | None):
    """The title of the chapter, at the foot of every slide, is not a place where a word is found."""
    built = build(index=DECK, extensions=["epreuve.slides"], builder="revealjs")
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((built.outdir / "index.html").as_uri() + "#/diapo-un")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.keyboard.press("Control+Shift+F")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    marked = page.locator(".slides em[style]").all_inner_texts()
    if slide:
        assert page.evaluate("Reveal.getCurrentSlide().querySelector('h1, h2').innerText") == slide and len(marked) == 1
    else:
        assert marked == []
    page.close()
    assert errors == []

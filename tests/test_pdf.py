"""What `make pdf` prints: everything, in order, with links inside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from epreuve.book import Book
from epreuve.commands.pdf import outline, print_all, print_deck, sheets_of

pypdf = pytest.importorskip("pypdf")

EXTENSIONS = ["epreuve.slides", "epreuve.frame", "epreuve.math", "epreuve.site"]
CONF = "html_theme = 'furo'\nproject = 'Cours'\nrelease = '1.2'\n"
INDEX = """
Cours
=====

.. rst-class:: ep-lead

Une phrase.

.. toctree::
   :hidden:

   un
   sous/deux
"""
ONE = """
.. _ch-un:

Un
==

.. slide:: Début

   Voir :ref:`ch-deux` et :ref:`sec-quiz`.

   .. notes::

      Confidence.

.. slide:: Suite

   .. incremental::

      - un
      - deux

.. image:: /courbe.svg
   :alt: une courbe

.. hint::

   Caché à l’écran.

Quiz
----

.. quiz:: Combien ?

   - [x] Deux

     Feedback juste.
   - [ ] Trois

     Feedback faux.
"""
TWO = ".. _ch-deux:\n\nDeux\n====\n\n.. _sec-quiz:\n\nQuiz\n----\n\n:doc:`/un`\n" + "\nDu texte sur plusieurs pages.\n" * 120 + "\nFin\n---\n\nDernier mot.\n"
CURVE = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><path d="M0 300L400 0" stroke="#06a"/></svg>'
PAGES = {"index": INDEX, "un": ONE, "sous/deux": TWO, "courbe.svg": CURVE}


@pytest.fixture
def course(build) -> Path:
    """Pages, with their decks in `diapos/`."""
    pages = build(PAGES, extensions=EXTENSIONS, conf=CONF)
    decks = build(PAGES, extensions=EXTENSIONS, conf=CONF, builder="revealjs")
    assert (pages.code, decks.code) == (0, 0), pages.warnings + decks.warnings
    shutil.copytree(decks.outdir, pages.outdir / "diapos")
    return pages.outdir


def unresolved(html: str) -> list[str]:
    """Links of a file to places that it does not have, and what it has twice."""
    soup = BeautifulSoup(html, "html.parser")
    known = [element["id"] for element in soup.find_all(id=True)]
    twice = [one for one in set(known) if known.count(one) > 1]
    return twice + [link["href"] for link in soup.select("article a[href^='#']") if link["href"][1:] not in known]


def test_the_book_holds_every_page_with_links_inside_it(course: Path, tmp_path: Path):
    book = Book(course, tmp_path, "1.2")
    html = book.write([4, 5, 6, 7, 8]).read_text("utf-8")
    assert [(level, title) for level, _, title in book.entries] == [(1, "Un"), (2, "Quiz"), (1, "Deux"), (2, "Quiz"), (2, "Fin")]
    assert unresolved(html) == []
    soup = BeautifulSoup(html, "html.parser")
    assert soup.select_one("#un a[href='#sous-deux--ch-deux']") and soup.select_one("#sous-deux a[href='#un']")
    assert (tmp_path / soup.select_one("#un img")["src"]).exists()
    assert all((tmp_path / link["href"].partition("?")[0]).exists() for link in soup.select("link"))
    assert [number.text for number in soup.select(".ep-page")] == list("45678")
    assert "Confidence" not in html and "headerlink" not in html


def test_sheets_follow_the_order_of_the_titles():
    printed = [("Table des matières", 2), ("Un", 3), ("Quiz", 4), ("Deux", 5), ("Quiz", 6)]
    assert sheets_of(["Un", "Quiz", "Deux", "Quiz", "Absent"], printed) == [3, 4, 5, 6, ""]


def test_everything_is_printed(course: Path, tmp_path: Path, browser):
    lines = list(print_all(browser, course, tmp_path))
    assert [whole for _, whole in lines] == [True, True], lines  # the course, and the only page with slides
    assert lines[1][0].startswith("diapos/un.pdf : 3 diapositives")
    pdf = pypdf.PdfReader(tmp_path / "cours.pdf")
    texts = [" ".join(page.extract_text().split()) for page in pdf.pages]
    assert "Cours" in texts[0] and "Une phrase." in texts[0] and "Table des matières" in texts[1]
    for words in ("Caché à l’écran.", "Feedback juste.", "Feedback faux.", "Dernier mot."):
        assert any(words in text for text in texts[2:]), words
    where = {title: sheet for title, sheet in outline(pdf)}
    assert "Dernier mot." in texts[where["Fin"] - 1] and where["Fin"] > where["Deux"] > where["Un"] > 2
    assert f"Fin {where['Fin']}" in texts[1], "la table des matières donne la page"


def test_the_network_is_not_needed(course: Path, tmp_path: Path, browser):
    """A deck prints from its folder alone, one sheet per slide, fragments shown."""
    assert print_deck(browser, course / "diapos" / "un.html", tmp_path / "un.pdf") == 3
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "un.pdf").pages)
    assert "deux" in text and "Confidence" not in text


def test_the_book_of_the_course(site: Path, tmp_path: Path):
    """Every chapter is in it, once, and every link leads somewhere."""
    book = Book(site, tmp_path)
    assert len(book.pages) == 1 + len([p for folder in ("chapters", "tp") for p in site.glob(f"{folder}/**/*.html")])
    assert unresolved(book.write().read_text("utf-8")) == []


def test_decks_of_the_course_are_whole(site: Path, tmp_path: Path, browser):
    for deck in sorted(site.glob("diapos/chapters/*.html"))[:2]:
        slides = print_deck(browser, deck, tmp_path / "deck.pdf")
        assert slides == len(pypdf.PdfReader(tmp_path / "deck.pdf").pages) > 10, deck.name

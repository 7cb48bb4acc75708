"""Decks: what the source becomes, what every builder gets, how they behave in a browser."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from deck_check import check_deck, opened

from epreuve.model import Block, Output, Place, Proof, Result
from epreuve.slides.facts import Column, Listing
from epreuve.slides.labels import FRENCH
from epreuve.slides.limits import most_columns, on_epreuve_proved, steps_exist

EXTENSIONS = ["epreuve.slides", "epreuve.math"]
CURVE = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><path d="M0 300L400 0" stroke="#06a"/></svg>'
INDEX = """
Cours
=====

.. toctree::

   un
   deux
"""
ONE = """
.. _ch-un:

Un
==

.. container:: objectives

   - Objectif premier.

Prose de la page : zoziau. Voir :ref:`diapo-seule`.

.. _sec-a:

Partie A
--------

.. slide:: Titre
   :name: diapo-nommee

   Sur la diapositive : :ref:`sec-hors`, :ref:`ch-deux`, :ref:`diapo-deux`, :ref:`sec-b`. [#n]_

   .. code-block:: python
      :steps-of: rien

      x = 1

   .. notes::

      Remarque **confidentielle** :math:`x_i`.

   .. suite::

   Après la coupure.

.. [#n] Note de bas de page.

.. slide:: Titre

   .. incremental::

      - un
      - deux

.. _sec-b:

Partie B
--------

.. slide:: Ouverte

Contenu du marqueur.

.. slide:: Seule
   :only: slides
   :name: diapo-seule
   :background: fond.svg

   Sondage.

   .. columns:: 2 1

      .. column::

         .. figure:: courbe.svg
            :alt: une courbe

      .. column::

         À droite.

.. slide::

Titre emprunté
~~~~~~~~~~~~~~

Contenu emprunté.

.. _sec-hors:

Hors diapositives
-----------------

Rien.

.. container:: keypoints

   - À savoir.
""".replace("      :steps-of: rien\n", "")
TWO = """
.. _ch-deux:

Deux
====

.. slide:: Deuxième
   :name: diapo-deux

   Retour : :ref:`diapo-nommee`, et :ref:`sec-hors`.
"""
PAGES = {"index": INDEX, "un": ONE, "deux": TWO, "courbe.svg": CURVE, "fond.svg": CURVE}


@pytest.fixture
def deck(build):
    """Build PAGES, or others, as decks."""

    def make(pages=PAGES, **options):
        return build(pages, extensions=EXTENSIONS, builder="revealjs", **options)

    return make


@pytest.fixture
def course(build, deck) -> Path:
    """Pages, with their decks in `diapos/`."""
    decks = deck()
    pages = build(PAGES, extensions=EXTENSIONS)
    shutil.copytree(decks.outdir, pages.outdir / "diapos")
    return pages.outdir


class Slides(HTMLParser):
    """Identifiers of the slides and of everything; balance of the sections."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.slides, self.ids, self.depth, self.deepest = [], [], 0, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        identifier = dict(attrs).get("id")
        self.ids += [identifier] if identifier else []
        if tag == "section":
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)
            self.slides += [identifier] if self.depth == 2 else []

    def handle_endtag(self, tag):
        self.depth -= tag == "section"


# ---- what the source becomes ------------------------------------------------------------------------------


def test_one_slide_per_directive_marker_and_continuation(deck):
    built = deck()
    slides = Slides(built.read("un.html"))
    assert built.warnings == ""
    assert slides.slides == [
        "un", "diapo-plan", "diapo-nommee", "diapo-nommee-suite", "diapo-titre",
        "diapo-ouverte", "diapo-seule", "diapo-titre-emprunte", "diapo-a-retenir",
    ]  # fmt: skip
    assert slides.depth == 0 and slides.deepest == 2
    assert len(slides.ids) == len(set(slides.ids))
    assert {"sec-a", "sec-b"} <= set(slides.ids)


def test_slides_hold_what_was_written_for_them(deck):
    html = deck().read("un.html")
    assert "zoziau" not in html and "Rien." not in html
    for words in ("Objectif premier", "Contenu du marqueur", "Contenu emprunté", "À savoir", "Note de bas de page", "Titre emprunté"):
        assert words in html
    assert 'Titre<span class="ep-suite"> (suite)</span>' in html
    assert re.search(r'<aside class="notes">\s*<p>Remarque <strong>confidentielle</strong>', html)
    assert re.search(r'data-background-image="_images/fond.svg"', html)


def test_same_titles_in_a_page_have_different_addresses(deck):
    page = "Un\n==\n\n" + ".. slide:: Même titre\n\n   Texte.\n\n" * 3
    slides = Slides(deck({"index": page}).read()).slides
    assert slides[1:] == ["diapo-meme-titre", "diapo-meme-titre-2", "diapo-meme-titre-3"]


def test_a_page_without_slides_leads_to_the_course(deck):
    html = deck({"index": "Accueil\n=======\n\nProse.\n"}).read()
    assert "Prose" not in html and "<h1>Accueil</h1>" in html and 'href="../index.html"' in html


def test_links_stay_in_decks_or_lead_to_the_course(deck):
    html = deck().read("un.html")
    links = re.findall(r'<a class="reference internal" href="([^"]+)"(?: target="(\w+)")?', html)
    assert ("../un.html#sec-hors", "_blank") in links
    assert ("deux.html#ch-deux", "") in links or ("../deux.html#ch-deux", "_blank") in links
    assert ("deux.html#diapo-deux", "") in links
    assert ("#sec-b", "") in links


def test_a_page_leads_to_its_slides(build):
    html = build(PAGES, extensions=EXTENSIONS).read("un.html")
    assert '<a href="diapos/un.html">Diaporama du chapitre</a>' in html
    assert 'class="ep-to-slide" href="diapos/un.html#/diapo-nommee"' in html
    assert 'href="diapos/un.html#/diapo-seule"' in html  # a reference to what is only on slides
    assert 'id="diapo-nommee"' in html and 'id="diapo-seule"' not in html


TEXTS = (".html", ".xhtml", ".js", ".txt", ".tex", ".1", ".pot", ".texi", ".xml", ".opf", ".ncx")


@pytest.mark.parametrize("builder", ["html", "dirhtml", "singlehtml", "text", "latex", "man", "gettext", "epub", "texinfo", "xml"])
def test_every_builder_leaves_out_what_is_for_the_speaker(build, builder):
    conf = "man_pages = [('index', 'cours', 'Cours', [], 1)]\nepub_show_urls = 'no'\nversion = '1'\n"
    built = build(PAGES, extensions=EXTENSIONS, conf=conf, builder=builder)
    text = "".join(p.read_text("utf-8", "ignore") for p in built.outdir.rglob("*") if p.suffix in TEXTS)
    assert built.code == 0
    assert "confidentielle" not in text and "Sondage" not in text
    if builder != "gettext":
        assert "Contenu du marqueur" in text


def test_the_search_index_knows_nothing_of_notes(build):
    index = build(PAGES, extensions=EXTENSIONS).read("searchindex.js")
    assert "zoziau" in index and "confidentiel" not in index and "sondag" not in index


def test_parallel_builds_without_a_warning(build):
    pages = PAGES | {f"p{i}": f"Page {i}\n======\n\n.. slide:: S{i}\n   :name: s{i}\n\n   :ref:`diapo-nommee`\n" for i in range(8)}
    pages["index"] = INDEX + "".join(f"   p{i}\n" for i in range(8))
    for builder in ("html", "revealjs"):
        built = build(pages, extensions=EXTENSIONS, builder=builder, parallel=2)
        assert built.warnings == ""
    assert 'href="un.html#diapo-nommee"' in built.read("p7.html")


def test_mistakes_are_said(build):
    page = "T\n=\n\n.. suite::\n\n.. slide:: A\n   :only: page\n\n   x\n\n.. columns:: a b\n\n   x\n"
    warnings = build(index=page, extensions=EXTENSIONS).warnings
    assert "index.rst:4" in warnings and "« .. suite:: » ne sert que dans une diapositive" in warnings
    assert "« page » : seule valeur possible, slides" in warnings
    assert "« a b » : des entiers de 1 à 9" in warnings


def test_nothing_comes_from_elsewhere_and_nothing_useless_is_kept(deck):
    built = deck()
    for page in built.outdir.glob("*.html"):
        assert not re.search(r"<(?:link|script|img|iframe)[^>]+https?:", page.read_text("utf-8"))
    kept = sorted(p.relative_to(built.outdir / "_static/revealjs").as_posix() for p in built.outdir.glob("_static/revealjs/**/*.*"))
    assert kept == ["dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "plugin/search/search.js", "plugin/zoom/zoom.js"]


def test_reveal_speaks_french(deck):
    built = deck()
    assert "introuvable" not in built.warnings
    for name, words in FRENCH.items():
        text = built.read(f"_static/revealjs/{name}")
        assert [english for english in words if english in text] == []


# ---- too much on a slide ----------------------------------------------------------------------------------


def problems(*listings: Listing, share: float = 1.0, results: tuple[Result, ...] = ()) -> list[str]:
    decks = {"p": SimpleNamespace(columns=(Column("T", share, listings),))}
    app = SimpleNamespace(env=SimpleNamespace(epreuve_decks=decks))
    return [f"{p.place}: {p.message}" for p in on_epreuve_proved(app, "p", Proof("p", results))]


def test_eighteen_lines_of_code_and_output():
    place = Place("p.rst", 3)
    ten = Listing(place, 10, 40, output=True)
    result = Result(Block(place, "x"), (Output("stdout", "text/plain", "a\n" * 9), Output("value", "text/plain", "1", stated=True)))
    assert problems(ten) == []
    assert problems(ten, results=(result,)) == ["p.rst:3: diapositive « T » : 19 lignes de code et de sortie, 18 au plus"]
    assert problems(Listing(place, 10, 40, output=False), results=(result,)) == []


def test_eighty_columns_fewer_in_a_column():
    wide = Listing(Place("p.rst", 3), 1, 81, output=True)
    assert problems(wide) == ["p.rst:3: diapositive « T » : une ligne de code de 81 colonnes, 80 au plus"]
    assert most_columns(0.5) == 45 and most_columns(1) == 80


@pytest.mark.parametrize(("steps", "exist"), [("", True), ("1|3|4-5", True), ("1,3|5", True), ("6", False), ("0", False), ("a", False)])
def test_steps_name_lines_of_the_block(steps, exist):
    assert steps_exist(Listing(Place("p.rst", 1), 5, 10, True, steps)) is exist


def test_the_engine_reports_a_slide_too_long(build):
    page = "T\n=\n\n.. slide:: Longue\n\n   .. code-block:: python\n\n" + "      x = 1\n" * 19
    built = build(index=page, extensions=["epreuve", "epreuve.slides"], conf="epreuve_preload = ()\n")
    assert "index.rst:8" in built.warnings and "diapositive « Longue » : 19 lignes de code" in built.warnings
    assert built.code != 0


# ---- in a browser -----------------------------------------------------------------------------------------

STEPS = """
Pas
===

.. slide:: Pas à pas

   .. code-block:: python
      :steps: 1|3|4-5

      a = 1
      b = 2
      c = 3
      d = 4
      e = 5
"""


def test_nothing_sticks_out(browser, course):
    for name in ("index", "un", "deux"):
        assert check_deck(browser, (course / f"diapos/{name}.html").as_uri()) == []


def test_the_checker_sees_what_sticks_out(browser, deck):
    page = "T\n=\n\n.. slide:: Longue\n\n   ::\n\n" + "      x\n" * 40
    found = check_deck(browser, (deck({"index": page}).outdir / "index.html").as_uri())
    assert len(found) == 1 and found[0].startswith("2/2 #diapo-longue dépasse de ")


def test_the_checker_sees_small_figures_and_wide_formulas(browser, deck):
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="2000"/>'
    page = "T\n=\n\n.. slide:: Haute\n\n   .. image:: haute.svg\n      :alt: une figure\n\n.. slide:: Large\n\n   .. math:: " + "x + " * 60 + "1\n"
    found = check_deck(browser, (deck({"index": page, "haute.svg": picture}).outdir / "index.html").as_uri())
    assert [line.partition(" : ")[0].rstrip("0123456789px %") for line in found] == ["2/3 #diapo-haute figure réduite à", "3/3 #diapo-large dépasse de"], found


def test_an_answer_fits_once_it_is_shown(browser, build):
    page = "T\n=\n\n.. slide:: Question\n\n   .. predict:: Combien ?\n\n      .. answer::\n\n" + "         Une ligne.\n\n" * 10
    decks = build(index=page, extensions=[*EXTENSIONS, "epreuve.frame"], builder="revealjs")
    url = (decks.outdir / "index.html").as_uri()
    assert check_deck(browser, url) == []
    with opened(browser, url + "#/diapo-question") as (slide, wrong):
        assert slide.get_attribute(".present .ep-sheet:has(details)", "data-density") in ("dense", "tres-dense")
        assert not slide.evaluate("document.querySelector('details').open")


def test_code_is_shown_step_by_step(browser, build):
    built = build(index=STEPS, extensions=["epreuve", "epreuve.slides"], builder="revealjs", conf="epreuve_preload = ()\n")
    with opened(browser, (built.outdir / "index.html").as_uri() + "#/diapo-pas-a-pas") as (page, wrong):
        seen = []
        for _ in range(3):
            seen.append(page.eval_on_selector_all(".ep-now", "spans => spans.map(s => s.innerText.trim())"))
            page.keyboard.press("ArrowRight")
        assert seen == [["a = 1"], ["c = 3"], ["d = 4", "e = 5"]]
        assert wrong == []


def test_one_place_on_the_page_and_on_the_slide(browser, course):
    context = browser.new_context()
    page = context.new_page()
    page.goto((course / "un.html").as_uri())
    page.click('#diapo-nommee a.ep-to-slide')
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.url.endswith("diapos/un.html#/diapo-nommee")
    page.keyboard.press("c")
    page.wait_for_url("**/html/un.html#diapo-nommee")
    context.close()


def test_keys_of_a_french_keyboard(browser, course):
    with opened(browser, (course / "diapos/un.html").as_uri()) as (page, wrong):
        for key in ("b", ":"):
            press = {"key": key, "keyCode": 66 if key == "b" else 191, "bubbles": True}
            page.evaluate("options => document.body.dispatchEvent(new KeyboardEvent('keydown', options))", press)
            assert page.evaluate("Reveal.isPaused()")
            assert page.inner_text(".resume-button") == "Reprendre la présentation"
            page.evaluate("Reveal.togglePause()")
        question = {"key": "?", "keyCode": 188, "shiftKey": True, "bubbles": True}
        page.evaluate("options => document.body.dispatchEvent(new KeyboardEvent('keydown', options))", question)
        help_text = page.inner_text(".r-overlay-help-content")
        assert "Raccourcis clavier" in help_text and "Fond sombre" in help_text
        assert not re.search(r"\b(slide|Slide|Shift|Search|SPACE|Pause|Fullscreen)\b", help_text)
        assert wrong == []


def test_dark_is_kept_after_a_reload(browser, course):
    with opened(browser, (course / "diapos/un.html").as_uri()) as (page, wrong):
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.keyboard.press("d")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.reload()
        assert light != dark == page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_speaker_sees_notes_clock_and_next_slide(browser, course):
    with opened(browser, (course / "diapos/un.html").as_uri() + "#/diapo-nommee") as (page, wrong):
        with page.context.expect_page() as popup:
            page.keyboard.press("s")
        speaker = popup.value
        speaker.wait_for_selector(".speaker-controls-notes .value strong")
        text = speaker.inner_text("body")
        assert "Diapositive suivante" in text and "Remarque confidentielle" in text
        assert re.search(r"\b\d\d:\d\d\b", speaker.inner_text(".clock-value"))
        assert speaker.evaluate("document.documentElement.lang") == "fr"
        assert not re.search(r"Upcoming|Click|Layout|Loading|Notes only", text)
        assert speaker.locator("iframe").count() == 2
        assert wrong == []


def test_every_slide_is_printed(browser, course):
    with opened(browser, (course / "diapos/un.html").as_uri() + "?print-pdf") as (page, wrong):
        page.wait_for_selector(".pdf-page")
        assert page.locator(".pdf-page").count() == 9
        pdf = page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 9
        assert wrong == []


def test_a_phone_scrolls_through_the_deck(browser, course):
    with opened(browser, (course / "diapos/un.html").as_uri(), 390, 844) as (page, wrong):
        page.wait_for_selector(".reveal-scroll")
        assert wrong == []

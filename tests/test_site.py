"""Pages as readers get them: French, legible in light and dark, from a phone to a wall, by keyboard, without network."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from walk import english, overflow, twice, violations

from epreuve.pictures import size
from epreuve.site import PALETTE, WORDS_PER_MINUTE

EXTENSIONS = ["epreuve.frame", "epreuve.math", "epreuve.search", "epreuve.site"]
CONF = """
html_theme = 'furo'
project = 'Cours'
release = '1.2'
epreuve_repository = 'https://example.org/cours'
numfig = True
"""
INDEX = """
Cours
=====

.. container:: ep-start

   :doc:`Commencer </chapters/01_tenseurs>`

.. chapters:: chapters/[0-9]*

.. build-facts::

.. toctree::
   :hidden:
   :glob:
   :caption: Chapitres

   chapters/*
"""
CHAPTER = """
Les tenseurs
============

.. objectives::
   :lecture: 75 min
   :practical: 60 min

   - Créer un tenseur.
   - Prévoir une forme.
   - Choisir un type.

Un tenseur se crée avec ``torch.tensor``, et se lit :math:`x_{ij}`.

.. container:: ep-cell

   .. code-block:: python

      import torch

      x = torch.ones(2, 2)  # une matrice
      x.shape  # → torch.Size([2, 2])
      s = "# → gardé"  # ≈ 0.5
      x
      # → tensor([[1., 1.],
      #           [1., 1.]])
      # la suite
      print("une ligne assez longue pour sortir de la page d’un téléphone, oui")

   .. container:: ep-output

      .. code-block:: text
         :class: ep-stdout

         une ligne assez longue pour sortir de la page d’un téléphone, oui vraiment

      .. code-block:: text
         :class: ep-error

         RuntimeError: mat1 and mat2 shapes cannot be multiplied

.. container:: ep-cell

   .. code-block:: python

      plt.plot(losses)

   .. container:: ep-output

      .. figure:: /courbe.svg
         :alt: La perte décroît.
         :figclass: ep-figure

         La perte décroît.

Des réseaux
-----------

.. math::

   \\mathcal{L}(w, b) = \\frac{1}{n} \\sum_{i=1}^{n} \\left(y_i - \\hat y_i\\right)^2 + \\text{un terme qui sort de la page d’un téléphone}

.. list-table:: Types
   :header-rows: 1

   * - Type
     - Exemple
     - Usage
   * - ``torch.float32``
     - ``torch.tensor(3.14159, dtype=torch.float32)``
     - Le type des paramètres et des calculs, par défaut

.. note::

   Une remarque, et `un lien <https://example.org>`_.

.. code-block:: console

   $ pip install torch
   Successfully installed
""" + "\nDu texte. " * 200
CURVE = b'<svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="3in" viewBox="0 0 360 216"><path d="M0 0L360 216" stroke="#0072b2"/></svg>'
COPIED = """import torch

x = torch.ones(2, 2)  # une matrice
x.shape
s = "# → gardé"
x
# la suite
print("une ligne assez longue pour sortir de la page d’un téléphone, oui")"""
PAGES = {"index": INDEX, "chapters/01_tenseurs": CHAPTER, "chapters/02_suite": "Suite\n=====\n\nTexte.\n", "courbe.svg": CURVE}

@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    """The small course above, built once."""
    from conftest import run_sphinx, write

    srcdir = tmp_path_factory.mktemp("cours")
    conf = f"extensions = {EXTENSIONS!r}\nlanguage = 'fr'\nsmartquotes = False\n{CONF}"
    write(srcdir, {"conf.py": conf, **PAGES})
    built = run_sphinx(srcdir, "html")
    assert (built.code, built.warnings) == (0, "")
    return built.outdir


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


# ---- what is written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["index.html", "chapters/01_tenseurs.html", "search.html"])
def test_nothing_is_in_english(pages: Path, name: str):
    assert list(english(soup(pages / name))) == []
    assert soup(pages / name).html["lang"] == "fr"


def test_identifiers_are_unique(pages: Path):
    """A table, which furo wraps, keeps its own."""
    assert twice(pages / "chapters/01_tenseurs.html") == []
    assert soup(pages / "chapters/01_tenseurs.html").select_one("table[id]")


def test_sources_are_not_published(pages: Path):
    """They hold solutions and what only the speaker reads."""
    assert not list(pages.glob("_sources/**/*.txt")) and "_sources" not in (pages / "index.html").read_text("utf-8")


def test_cards_say_what_chapters_say(pages: Path):
    cards = soup(pages / "index.html").select("ul.ep-cards > li")
    assert [card.a["href"] for card in cards] == ["chapters/01_tenseurs.html", "chapters/02_suite.html"]
    assert cards[0].select_one(".ep-card-overline").text == "Chapitre 1 · cours 75 min · pratique 60 min"
    assert [item.text.strip() for item in cards[0].select("ul li")] == ["Créer un tenseur.", "Prévoir une forme.", "Choisir un type."]
    assert "En cours d’écriture" in cards[1].text


def test_cards_follow_their_chapter(build):
    """An objective changes: the home page changes, though its source did not."""
    build(PAGES, extensions=EXTENSIONS, conf=CONF)
    built = build({"chapters/01_tenseurs": CHAPTER.replace("Choisir un type", "Choisir une forme")}, extensions=EXTENSIONS, conf=CONF)
    assert "Choisir une forme" in built.read() and "Choisir un type" not in built.read()


def test_facts_come_from_the_proofs(build):
    page = "Accueil\n=======\n\n.. build-facts::\n\n.. code-block:: python\n\n   1 + 1  # → 2\n"
    built = build(index=page, extensions=["epreuve", "epreuve.site"], conf="epreuve_preload = ()")
    facts = {term.text: value.text.strip() for term, value in zip(*map(soup(built.outdir / "index.html").select, (".ep-facts dt", ".ep-facts dd")))}
    facts = {name.strip(": \xa0"): value for name, value in facts.items()}
    assert facts["Python"].count(".") == 2 and facts["Blocs exécutés et vérifiés"] == "1" and "Périphérique" in facts


def test_facts_without_the_engine(pages: Path):
    assert "n’ont pas été exécutés" in (pages / "index.html").read_text("utf-8")


def test_report_link_is_filled_in(pages: Path):
    link = soup(pages / "chapters/01_tenseurs.html").select_one(".ep-report a")
    asked = parse_qs(urlsplit(link["href"]).query)
    assert link["href"].startswith("https://example.org/cours/issues/new?")
    assert asked["title"] == ["[Erreur] Les tenseurs"]
    assert "Page : chapters/01_tenseurs\nVersion du cours : 1.2" in asked["body"][0]


def test_no_repository_no_report_link(build):
    assert "ep-report" not in build(index="A\n=\n\nTexte.\n", extensions=["epreuve.site"]).read()


def test_reading_time(pages: Path):
    said = soup(pages / "chapters/01_tenseurs.html").select_one(".ep-reading").text
    assert re.fullmatch(r"Lecture : environ [3-5] min", said) and WORDS_PER_MINUTE < 250
    assert not soup(pages / "chapters/02_suite.html").select(".ep-reading")


def test_conf_wins(build):
    built = build(index="A\n=\n", extensions=["epreuve.site"], conf="html_theme = 'basic'\nhtml_title = 'À moi'\nhtml_copy_source = True")
    assert (built.app.config.html_theme, built.app.config.html_title, built.app.config.html_copy_source) == ("basic", "À moi", True)


@pytest.mark.parametrize(("data", "expected"), [(CURVE, (480, 288)), (b"<svg viewBox='0 0 1 1'/>", (-1, -1)), (b'<svg width="100%" height="1px">', (-1, -1))])
def test_size_of_a_picture(tmp_path: Path, data: bytes, expected: tuple[int, int]):
    (tmp_path / "a.svg").write_bytes(data)
    assert size(tmp_path / "a.svg") == expected


def test_pictures_keep_their_place(pages: Path):
    image = soup(pages / "chapters/01_tenseurs.html").select_one("figure img")
    assert (image["width"], image["height"]) == ("480", "288")


@pytest.mark.parametrize("scheme", [0, 1], ids=["clair", "sombre"])
def test_contrast_of_the_palette(scheme: int):
    """AA, on each background where text may stand."""
    colour = {name: pair[scheme] for name, pair in PALETTE.items()}
    for ground in ("ep-paper", "ep-tint", "ep-accent-tint", "ep-orange-tint"):
        for text in ("ep-ink", "ep-muted", "ep-accent", "ep-orange", "ep-green"):
            assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


# ---- in a browser -------------------------------------------------------------------------------------------


@pytest.fixture
def visit(browser):
    """`visit(path, width, scheme)`: a page with no network, which fails on any request or error of the console."""
    contexts, faults = [], []

    def visit(path: Path, width: int = 1280, scheme: str = "light", **options):
        context = browser.new_context(viewport={"width": width, "height": 720}, color_scheme=scheme, locale="fr-FR", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: faults.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_function("document.fonts.status === 'loaded'")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


NAMES = ["index.html", "chapters/01_tenseurs.html", "search.html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 2560])
@pytest.mark.parametrize("name", NAMES)
def test_accessible_and_fits(pages: Path, visit, name: str, width: int, scheme: str):
    page = visit(pages / name, width, scheme)
    assert violations(page) == []
    assert overflow(page) == []


def test_our_fonts_are_used(pages: Path, visit):
    page = visit(pages / "chapters/01_tenseurs.html")
    loaded = page.evaluate("[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family.replaceAll('\"', ''))")
    assert {"Epreuve Sans", "Epreuve Mono", "KaTeX_Main"} <= set(loaded)


def test_fallback_fonts_are_as_wide(pages: Path, visit):
    """So that a paragraph keeps its lines when the fonts arrive."""
    page = visit(pages / "chapters/01_tenseurs.html")
    wide = """(family) => { const e = document.createElement("span"); e.style.cssText = `font: 100px ${family}; white-space: nowrap`; document.body.append(e);
        e.textContent = "Le gradient de la perte se calcule par rétropropagation, couche après couche."; return e.getBoundingClientRect(); }"""
    for family in ("Epreuve Sans", "Epreuve Mono"):
        ours, fallback = (page.evaluate(wide, f"'{name}'") for name in (family, f"{family} Fallback"))
        assert fallback["width"] == pytest.approx(ours["width"], rel=0.04)
        assert fallback["height"] == pytest.approx(ours["height"], rel=0.04)


def test_nothing_moves_while_the_page_loads(pages: Path, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) => moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto((pages / "chapters/01_tenseurs.html").as_uri())
    page.wait_for_timeout(300)
    moved = page.evaluate("moved")
    page.close()
    assert moved < 0.05


def test_copying_takes_the_code_without_its_results(pages: Path, visit):
    page = visit(pages / "chapters/01_tenseurs.html", permissions=["clipboard-read", "clipboard-write"])
    assert page.locator(".ep-output .ep-copy").count() == 0
    buttons = page.locator(".ep-copy")
    buttons.first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == COPIED
    assert buttons.first.inner_text() == "Copié"
    buttons.last.click()
    assert page.evaluate("navigator.clipboard.readText()") == "pip install torch"


def test_what_scrolls_can_be_reached_by_keyboard(pages: Path, visit):
    page = visit(pages / "chapters/01_tenseurs.html", 390)
    page.wait_for_selector("pre[tabindex='0']")
    reachable = page.evaluate("[...document.querySelectorAll('article [tabindex=\"0\"]')].map((e) => e.className || e.tagName)")
    assert "PRE" in reachable and any("math" in name for name in reachable) and any("table" in name for name in reachable)
    assert visit(pages / "chapters/02_suite.html", 1280).locator("article [tabindex='0']").count() == 0


def test_drawers_by_keyboard(pages: Path, visit):
    """On a phone, the two columns open and close without a pointer; closed, they hold no focus."""
    page = visit(pages / "chapters/01_tenseurs.html", 390)
    menu = page.get_by_role("button", name="Menu du cours")
    assert not page.locator(".sidebar-drawer").is_visible()
    menu.focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("aria-expanded") == "true"
    page.get_by_role("link", name="Suite", exact=True).first.wait_for(state="visible")
    page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"
    page.wait_for_function("getComputedStyle(document.querySelector('.sidebar-drawer')).visibility === 'hidden'")


def test_readable_without_javascript(pages: Path, browser):
    """The drawers open from their labels; nothing of the text needs a script."""
    page = browser.new_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto((pages / "chapters/01_tenseurs.html").as_uri())
    assert "RuntimeError" in page.locator("article").inner_text()
    page.locator("label.nav-overlay-icon").click()
    assert page.locator(".sidebar-drawer").is_visible()
    page.close()


def test_figures_lie_on_white_in_the_dark(pages: Path, visit):
    page = visit(pages / "chapters/01_tenseurs.html", scheme="dark")
    assert page.evaluate("getComputedStyle(document.querySelector('figure img')).backgroundColor") == "rgb(255, 255, 255)"


def test_printed_page(pages: Path, visit):
    """Ink on paper: no menu, no button, no code cut at the margin, light colours even when the screen is dark."""
    page = visit(pages / "chapters/01_tenseurs.html", 700, "dark")
    page.emulate_media(media="print")
    for hidden in (".ep-copy", ".mobile-header", ".sidebar-drawer", ".related-pages", ".theme-toggle"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.evaluate("getComputedStyle(document.querySelector('.highlight pre')).whiteSpace") == "pre-wrap"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('.highlight pre')).backgroundColor") == "rgb(246, 248, 250)"


def test_weight_of_a_page(pages: Path, browser):
    """Under 300 kB as a server compresses it, fonts and figures included."""
    page, loaded = browser.new_page(), []
    page.on("requestfinished", lambda request: loaded.append(Path(urlsplit(request.url).path)))
    page.goto((pages / "chapters/01_tenseurs.html").as_uri())
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.close()
    assert len(loaded) > 10
    assert sum(map(weight, set(loaded))) < 300_000


def weight(path: Path) -> int:
    data = path.read_bytes()
    return len(data if path.suffix in (".woff2", ".png") else gzip.compress(data))

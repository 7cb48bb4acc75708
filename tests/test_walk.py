"""The built course, walked: every page and slide, light and dark, on a phone, a screen and a projector, with the network cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import NO_BROWSER, ROOT, find_browser
from walk import Walk, defects, english, html_files

# ---- the course ---------------------------------------------------------------------------------------------

SOURCES = sorted(path.relative_to(ROOT).with_suffix("") for pattern in ("chapters/**/*.rst", "tp/[0-9]*.md") for path in ROOT.glob(pattern))
PAGES = ["index.html", "search.html", *(f"{name}.html" for name in SOURCES)]
DECKS = [f"diapos/{name}" for name in PAGES if name != "search.html"]


@pytest.fixture(scope="module")
def walk(request: pytest.FixtureRequest, site: Path) -> Iterator[Walk]:
    """Only the files that are asked for; they are looked at while the tests wait, in their order."""
    if find_browser() is None:
        pytest.skip(NO_BROWSER)
    asked = [item.callspec.params["name"] for item in request.session.items if item.originalname == test_nothing_is_wrong.__name__]
    with Walk(site, [site / name for name in asked]) as started:
        yield started


@pytest.mark.parametrize("name", [*PAGES, *DECKS])
def test_nothing_is_wrong(walk: Walk, site: Path, name: str):
    assert walk[site / name] == []


def test_nothing_is_forgotten(site: Path):
    assert {path.relative_to(site).as_posix() for path in html_files(site)} == {*PAGES, *DECKS}


# ---- the walker ---------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="fr"><head><title>Page</title><meta name="viewport" content="width=device-width"></head><body>
<main><article><h1 id="titre">Titre</h1>{}</article></main></body></html>"""


#: What may be wrong, and how it is said. Each stands on a page of its own.
DEFECTS = [
    ('<p><a href="deux.html">là</a></p>', "lien rompu : deux.html"),
    ('<p><a href="sain.html#rien">là</a></p>', "ancre absente : sain.html#rien"),
    ('<p><img src="absente.svg" alt="une image"></p>', "lien rompu : absente.svg"),
    ('<p><img src="sain.html" alt="une image"></p>', "image absente"),
    ('<p style="width: 2000px">large</p>', "sort à droite"),
    ('<details><summary>Plus</summary><p style="width: 2000px">large</p></details>', "sort à droite"),
    ('<p><img src="un.svg"></p>', "axe image-alt"),
    ('<p style="color: #ccc; background: #fff">pâle</p>', "axe color-contrast"),
    ("<script>console.error('aïe')</script>", "console : aïe"),
    ("<script>throw new Error('aïe')</script>", "erreur : aïe"),
    ('<p><img src="https://example.org/a.png" alt="ailleurs"></p>', "demande au réseau : https://example.org/a.png"),
    ('<button aria-label="Toggle menu">x</button>', "en anglais : Toggle menu"),
    ('<p id="titre">encore</p>', "identifiant en double : titre"),
    ('<script src="_static/a.js"></script>', "lien rompu : _static/a.js"),
]
SOUND = '<p>Texte, <a href="#titre">ici</a>, <a href="sain.html#titre">là</a>.</p>'


def test_each_defect_is_seen_and_placed(tmp_path: Path, browser):
    (tmp_path / "sain.html").write_text(PAGE.format(SOUND), "utf-8")
    for number, (content, _) in enumerate(DEFECTS):
        (tmp_path / f"{number}.html").write_text(PAGE.format(content), "utf-8")
    found = list(defects(tmp_path))
    for number, (_, words) in enumerate(DEFECTS):
        assert any(fault.startswith(f"{number}.html") and words in fault for fault in found), (words, found)
    assert [fault for fault in found if fault.startswith("sain.html")] == []


def test_words_of_the_code_are_not_the_interface():
    page = BeautifulSoup('<button aria-label="Toggle menu">x</button><p>On this page</p><pre>next</pre><p>Suivant</p>', "html.parser")
    assert list(english(page)) == ["en anglais : Toggle menu", "en anglais : On this page"]

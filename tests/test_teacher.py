"""The teacher's edition holds what the public site must not: notes, timings, grids, open solutions."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from conftest import ROOT
from test_practicals import PAGE

EXTENSIONS = ["epreuve", "epreuve.slides", "epreuve.frame", "epreuve.practicals", "epreuve.products", "epreuve.teacher"]
CHAPTER = """
Chapitre
========

Section
-------

.. slide:: Une diapositive

   Du texte.

   .. notes::

      **7 min.** Réponse attendue : confidentielle.

.. toctree::

   tp
"""
PRIVATE = ("confidentielle", "enseignant-timing", "enseignant-grid", "Grille de notation")


@pytest.mark.parametrize("builder, name", [("html", "index.html"), ("revealjs", "index.html"), ("html", "tp.html")])
def test_the_public_site_holds_nothing_of_it(build, builder: str, name: str):
    built = build({"index": CHAPTER, "tp.md": PAGE}, extensions=EXTENSIONS, builder=builder)
    assert built.code == 0, built.warnings
    everything = "\n".join(p.read_text("utf-8", "replace") for p in built.outdir.rglob("*") if p.suffix in (".html", ".js", ".ipynb", ".txt"))
    assert [word for word in PRIVATE if word in everything] == []
    if name == "tp.html":
        assert not re.search(r"<details[^>]*\bopen\b", built.read(name))


def test_the_teacher_sees_it(build):
    built = build({"index": CHAPTER, "tp.md": PAGE}, extensions=EXTENSIONS, conf="epreuve_teacher = True")
    assert built.code == 0, built.warnings
    assert "confidentielle" in built.read("index.html")
    assert re.search(r"Une diapositive.*?<p>7</p>", built.read("index.html")[built.read("index.html").index("enseignant-timing") :], re.S)
    assert re.search(r"<details[^>]*\bopen\b[^>]*solution|solution[^>]*\bopen\b", built.read("tp.html"))
    assert "Grille de notation" in built.read("tp.html")


def test_the_teacher_speaks_from_the_deck(build):
    built = build({"index": CHAPTER, "tp.md": PAGE}, extensions=EXTENSIONS, conf="epreuve_teacher = True", builder="revealjs")
    assert "confidentielle" in built.read("index.html")


def notes() -> list[str]:
    """A distinctive run of plain words from each speaker note of the course."""
    found = []
    for path in sorted((ROOT / "chapters").glob("*.rst")):
        for block in re.findall(r"^( +)\.\. notes::\n((?:\s*\n|\1 +.*\n)+)", path.read_text("utf-8"), re.M):
            runs = re.split(r"[`*:«»|\\<>()\d]", " ".join(block[1].split()))
            longest = max(runs, key=len).strip()
            if len(longest) > 35:
                found.append(longest)
    return found


def leaks(folder: Path, wanted: list[str]) -> dict[str, list[str]]:
    """Which files of a site hold which notes."""
    found = {}
    for path in folder.rglob("*"):
        if path.suffix in (".html", ".js", ".ipynb", ".py", ".txt", ".json"):
            text = " ".join(html.unescape(path.read_text("utf-8", "replace")).split())
            if hit := [note for note in wanted if note in text]:
                found[path.relative_to(folder).as_posix()] = hit[:2]
    return found


def test_no_note_on_the_public_site(site: Path):
    wanted = notes()
    assert len(wanted) > 20
    assert leaks(site, wanted) == {}


def test_the_teachers_site_has_notes_timings_and_grids(teachers_site: Path):
    """On its pages, and in its decks for the speaker's window."""
    held = leaks(teachers_site, notes())
    for chapter in sorted((ROOT / "chapters").glob("*.rst")):
        name = chapter.relative_to(ROOT).with_suffix(".html").as_posix()
        assert name in held and f"diapos/{name}" in held, name
        assert 'id="enseignant-timing"' in (teachers_site / name).read_text("utf-8"), name
    for practical in sorted((ROOT / "tp").glob("*.md")):
        page = (teachers_site / "tp" / f"{practical.stem}.html").read_text("utf-8")
        assert 'id="enseignant-grid"' in page, practical.name
        assert not re.search(r"<details(?![^>]*\bopen\b)[^>]*solution", page), practical.name

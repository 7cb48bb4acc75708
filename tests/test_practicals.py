"""Practicals: read as notebooks, run by the engine, proven on both sides; checks accept what is right and refuse what is wrong, in words."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from myst_nb.core.read import read_myst_markdown_notebook
from test_jupyter import in_a_kernel, ours, theirs

from epreuve import plan, project
from epreuve.grading import answers_of, bound_by
from epreuve.model import Session
from epreuve.pool import Job, Pool
from epreuve.practicals.starter import solution_of, starter_of, unbalanced

PAGES = sorted(p.stem for p in (ROOT / "tp").glob("[0-9]*.md"))
ANSWERS = {name: cases for p in sorted((ROOT / "tests/practicals").glob("tp*.py")) for name, cases in runpy.run_path(str(p))["ANSWERS"].items()}
ELSEWHERE = (ROOT / "tests/elsewhere.py").read_text("utf-8")
WAYS = ("elsewhere", "otherwise")

# ---- the starter is derived from the solution --------------------------------------------------------------


def test_marks_become_blanks():
    source = "def f(x):\n    # début solution\n    y = 2 * x\n    return y\n    # fin solution\n\na = f(3)  # solution\na  # → 6"
    assert starter_of(source) == "def f(x):\n    ...  # à vous\n\na = ...  # à vous\na"
    assert solution_of(source) == "def f(x):\n    y = 2 * x\n    return y\n\na = f(3)\na  # → 6"


def test_a_start_may_be_written():
    source = "for x in data:\n    # début solution\n    w -= x\n    # départ\n    # w = w - x\n    # # cherchez la faute\n    # fin solution\n    print(w)"
    assert starter_of(source) == "for x in data:\n    w = w - x\n    # cherchez la faute\n    print(w)"


@pytest.mark.parametrize(
    "line, blank",
    [
        ("x[0] = 3  # solution", "x[0] = ...  # à vous"),
        ("a, b = 1, 2  # solution", "a, b = ...  # à vous"),
        ("    w -= 1  # solution", "    ...  # à vous"),
        ("f(a=1)  # solution", "...  # à vous"),
        ("ok = x == 3  # solution", "ok = ...  # à vous"),
        ("x == 3  # solution", "...  # à vous"),
    ],
)
def test_the_end_of_a_line_may_be_the_answer(line: str, blank: str):
    assert starter_of(line) == blank


def test_marks_go_in_pairs():
    assert unbalanced("# début solution\nx = 1") == 1
    assert unbalanced("x = 1\n# fin solution") == 2
    assert unbalanced("# début solution\n# fin solution") == 0


# ---- what is wrong is said, at its line --------------------------------------------------------------------

PAGE = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
---
# TP

:::{exercise} Un
:level: facile
:minutes: 5
:name: ex-un

Énoncé.
:::

```{code-cell} ipython3
:tags: [solution]
x = 3  # solution
```

:::{hint}
Un indice.
:::

```{code-cell} ipython3
:tags: [check]
assert x == 3, f"x vaut {x}, 3 attendu."
```
"""
MUTATIONS = {
    "solution-refused": ("x = 3  #", "x = 4  #", 29),
    "starter-accepted": ("assert x == 3,", "assert x != 4,", 29),
    "check-error": ("assert x == 3,", "assert x + 1 == 4,", 29),
    "check-words": (', f"x vaut {x}, 3 attendu."', "", 29),
    "starter-error": ("x = 3  # solution", "x = 3  # solution\ny = x + 1", 20),
    "hints": (":::{hint}\nUn indice.\n:::\n", "", 10),
    "no-check": (":tags: [check]\n", "", 10),
    "no-marks": ("  # solution", "", 20),
    "no-name": (":name: ex-un\n", "", 10),
    "no-level": (":minutes: 5\n", "", 10),
    "alone": (PAGE[PAGE.index(":::{ex") : PAGE.index("```{code")], "", 12),
    "marks": ("x = 3  # solution", "x = 3  # solution\n# fin solution", 21),
}


@pytest.mark.parametrize("code", MUTATIONS)
def test_a_mistake_is_said_at_its_line(build, code: str):
    before, after, line = MUTATIONS[code]
    assert before in PAGE
    built = build({"index.md": PAGE.replace(before, after, 1)}, extensions=["epreuve", "epreuve.frame", "epreuve.practicals"])
    problems = [p for proof in built.app.env.epreuve_proofs.values() for p in proof.problems]
    names = {"hints", "no-check", "no-marks", "no-name", "no-level", "alone", "marks"}
    from epreuve.practicals.labels import PROBLEMS

    words = PROBLEMS[code][1] if code in names else None
    found = [p for p in problems if (p.remedy == words if words else p.code == code)]
    assert [p.place.line for p in found][:1] == [line], [str(p) for p in problems]
    assert built.code == 1


def test_all_is_well(build):
    built = build({"index.md": PAGE}, extensions=["epreuve", "epreuve.frame", "epreuve.practicals"])
    assert (built.code, built.warnings) == (0, "")


# ---- the course's practicals -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app():
    return project.load(str(ROOT))


@pytest.fixture(scope="module")
def exercises(app):
    return {e.name: e for found in app.env.epreuve_exercises.values() for e in found}


@pytest.fixture(scope="module")
def messages(app, exercises) -> dict[tuple[str, str, int], str]:
    """What each check says of each answer; "" when it accepts it."""
    pages = {}
    for name, exercise in exercises.items():
        for kind, cases in ANSWERS.get(name, {}).items():
            for number, case in enumerate(cases):
                pages[f"tp/{name}|{kind}|{number}"] = judged(exercise, case if kind == "right" else case[0])
        for way in WAYS if exercise.check and exercise.solution else ():
            pages[f"tp/{name}|{way}|0"] = judged(exercise, exercise.solution[0].source, way)
    settings = replace(app.epreuve_settings, checkpoints=12)  # what precedes the answers to an exercise runs once
    jobs = [last_of(docname, blocks, settings) for docname, blocks in pages.items()]
    said = {}
    with Pool(settings) as pool:
        for job, _, result in pool.run(jobs):
            name, kind, number = job.session.docname.removeprefix("tp/").split("|")
            said[name, kind, int(number)] = f"{result.failure.type}: {result.failure.message}" if result.failure else ""
    return said


def last_of(docname: str, blocks: list, settings) -> Job:
    """What runs a session to know how its last block ends."""
    session = Session(docname, "", tuple(blocks))
    keys = plan.keys_of(session, plan.base_key(settings))
    return Job(session, frozenset({len(blocks) - 1}), plan.states_of(session, keys), settings.seed)


def judged(exercise, source: str, way: str = "") -> list:
    """An answer and its check; by the way, what the answer gives is moved elsewhere."""
    answer = (replace(exercise.solution[0], source=source), *(exercise.solution[1:] if way else ()))
    blocks = exercise.answered("", answer)
    if way:
        names = sorted(bound_by(answer) & answers_of(exercise))
        blocks.append(replace(exercise.check, source=f"{ELSEWHERE}\nmoved({way}, {names}, globals())", session=""))
    return [*blocks, replace(exercise.check, session="", role="check")]


CASES = [(name, kind, number) for name, cases in ANSWERS.items() for kind in ("right", "wrong") for number in range(len(cases[kind]))]


@pytest.mark.parametrize("name, kind, number", CASES)
def test_checks_judge_well(name: str, kind: str, number: int, messages):
    said = messages[name, kind, number]
    if kind == "right":
        assert said == ""
    else:
        assert said.startswith("AssertionError"), said
        assert re.search(ANSWERS[name]["wrong"][number][1], said, re.S), said


@pytest.mark.parametrize("way", WAYS)
def test_checks_accept_answers_from_elsewhere(way: str, messages):
    """On another device (a GPU, for who has one), or with another precision: right all the same."""
    assert {name: said for (name, kind, _), said in messages.items() if kind == way and said} == {}


def test_every_exercise_that_is_not_easy_has_answers(exercises):
    hard = {name for name, e in exercises.items() if e.level != "facile" and e.solution}
    assert sorted(hard - set(ANSWERS)) == []
    few = [name for name, cases in ANSWERS.items() if len(cases["right"]) < 2 or len(cases["wrong"]) < 3]
    assert few == []


@pytest.fixture(scope="module")
def kernels(ahead):
    def run(page: str, folder: Path) -> nbformat.NotebookNode:
        return in_a_kernel(read_myst_markdown_notebook((ROOT / f"tp/{page}.md").read_text("utf-8")), folder)

    return ahead(test_same_outputs_as_a_kernel, run)


@pytest.mark.parametrize("page", PAGES)
def test_same_outputs_as_a_kernel(page: str, app, kernels):
    """The file as it is, run from one end to the other by nbclient."""
    code = [cell for cell in kernels[page].result().cells if cell.cell_type == "code"]
    proof = app.env.epreuve_proofs[f"tp/{page}"]
    shown = {r.block.place.line: r for r in proof.results if r.block.kind == "code" and r.block.role in ("", "check")}
    results = [shown[line] for line in sorted(shown)]
    assert [r.block.source for r in results] == [cell.source for cell in code]
    different = [
        f"{r.block.place}\n  page   : {ours(r)}\n  noyau  : {theirs(cell)}"
        for r, cell in zip(results, code, strict=True)
        if r.block.volatile is None and ours(r) != theirs(cell)
    ]
    assert different == []

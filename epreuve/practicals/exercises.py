"""Exercises: what follows an ``exercise`` box becomes one section, run on both sides.

An exercise goes from its box to the next one or to the next title. Its cells run
in two sessions of their own, after copies of the page's cells that stand before::

    exercice-3          the page's cells, then the solution, then the check
    exercice-3-depart   the page's cells, then the starter, then the check, which must fail

Cells without a tag inside an exercise are given: they are part of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from docutils import nodes

from ..frame.directives import is_frame
from ..markup import relative
from ..model import Block, Place, Problem
from .cells import block_of, is_cell, literal_of, problem, tag_of
from .labels import LABELS
from .starter import is_marked, solution_of, starter_of, unbalanced

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise as it is run: on a page, in a notebook, on a student's answer."""

    name: str  #: label of the exercise, which notebooks carry
    title: str
    place: Place
    level: str
    minutes: int
    setup: tuple[Block, ...]  #: cells of the page before it
    before: tuple[Block, ...]  #: given, before the answer
    solution: tuple[Block, ...]  #: empty for an exercise on paper
    after: tuple[Block, ...]  #: given, after the answer
    check: Block | None
    uses: tuple[str, ...] = ()  #: given names that the answer may change

    def answered(self, session: str, answer: tuple[Block, ...]) -> list[Block]:
        """Every cell, with an answer in place of the solution, as one session."""
        cells = [*self.setup, *self.before, *answer, *self.after]
        return [replace(block, session=session, role="replay") for block in cells]

    @property
    def starter(self) -> tuple[Block, ...]:
        """What a student begins with."""
        return tuple(replace(block, source=starter_of(block.source)) for block in self.solution)


def gather(env: BuildEnvironment, doctree: nodes.document) -> tuple[list[Exercise], list[Problem]]:
    """Make sections of the exercises of a page."""
    found, problems = [], []
    setup = [cell for cell in doctree.findall(is_cell)]
    for box in [node for node in doctree.findall(lambda n: is_frame(n, "exercise"))]:
        parts = parts_of(box)
        own = [part for part in parts if is_cell(part)]
        before = [block_of(cell) for cell in setup[: setup.index(own[0])] if not tag_of(cell) and not cell.get("in_exercise")] if own else []
        for cell in own:
            cell["in_exercise"] = True
        made = Gathered(env, box, parts, tuple(before))
        box.parent.replace(box, made.section())
        problems += made.problems()
        found.append(made.exercise)
    for cell in setup:
        if tag_of(cell) and not cell.get("in_exercise"):
            problems.append(problem(block_of(cell).place, "alone", tag=tag_of(cell)))
    return found, problems


def parts_of(box: nodes.admonition) -> list[nodes.Node]:
    """What follows the box of an exercise and belongs to it, taken out of the tree."""
    parent, start = box.parent, box.parent.index(box) + 1
    parts = []
    for node in parent.children[start:]:
        if is_frame(node, "exercise") or isinstance(node, (nodes.section, nodes.transition)):
            break
        parts.append(node)
    for node in parts:
        parent.remove(node)
    return parts


class Gathered:
    """One exercise: its box, what followed it, and the section made of both."""

    def __init__(self, env: BuildEnvironment, box: nodes.admonition, parts: list[nodes.Node], setup: tuple[Block, ...]) -> None:
        self.box, self.parts = box, parts
        self.number = env.temp_data["epreuve_exercises"] = env.temp_data.get("epreuve_exercises", 0) + 1
        self.cells = [part for part in parts if is_cell(part)]
        self.hints = numbered([part for part in parts if is_frame(part, "hint")])
        self.paper = [part for part in parts if is_frame(part, "solution")]
        self.place = Place(relative(box.source, env), fence_line(env, box))
        self.session = f"exercice-{self.number}"
        self.exercise = self.read(setup)

    def read(self, setup: tuple[Block, ...]) -> Exercise:
        """The cells by their part in the exercise."""
        tags = [tag_of(cell) for cell in self.cells]
        first = tags.index("solution") if "solution" in tags else len(tags)
        blocks = [block_of(cell) for cell in self.cells]
        check = next((cell for cell in self.cells if tag_of(cell) == "check"), None)
        return Exercise(
            name=next(iter(self.box["names"]), ""),
            title=next((n.astext() for n in self.box[0] if "ep-title" in n["classes"]), ""),
            place=self.place,
            level=next((c.partition("-")[2] for c in self.box["classes"] if c.startswith("level-")), ""),
            minutes=int(self.box.get("minutes", 0)),
            setup=setup,
            before=tuple(b for b, tag in zip(blocks[:first], tags) if not tag),
            solution=tuple(b for b, tag in zip(blocks, tags) if tag == "solution"),
            after=tuple(b for b, tag in zip(blocks[first:], tags[first:]) if not tag),
            check=block_of(check) if check is not None else None,
            uses=tuple(check["cell_uses"]) if check is not None else (),
        )

    # -- what is wrong -----------------------------------------------------------

    def problems(self) -> Iterator[Problem]:
        """What the exercise lacks."""
        exercise = self.exercise
        if not exercise.name:
            yield problem(self.place, "no-name")
        if not exercise.level or not exercise.minutes:
            yield problem(self.place, "no-level")
        if not 1 <= len(self.hints) <= 3:
            yield problem(self.place, "hints", count=len(self.hints))
        if not exercise.solution and not self.paper:
            yield problem(self.place, "no-solution")
        if exercise.solution:
            yield from self.problems_of_code()

    def problems_of_code(self) -> Iterator[Problem]:
        """What the cells of the exercise lack."""
        if self.exercise.check is None:
            yield problem(self.place, "no-check")
        if not any(is_marked(block.source) for block in self.exercise.solution):
            yield problem(self.exercise.solution[0].place, "no-marks")
        for block in self.exercise.solution:
            if line := unbalanced(block.source):
                yield problem(Place(block.place.path, block.place.line + line - 1), "marks")

    # -- the section ----------------------------------------------------------------

    def section(self) -> nodes.section:
        """The exercise as readers see it, and the carriers of what runs, in the order of running."""
        box = self.box
        title = nodes.title("", "", *box[0].children)
        section = nodes.section("", title, ids=box["ids"] or [self.session], names=box["names"])
        section["classes"] = ["ep-exercise", *(c for c in box["classes"] if c.startswith("level-"))]
        section.source, section.line = box.source, box.line
        section["exercise"] = self.exercise.name
        section += self.first()
        section += box.children[1:]
        section += self.then()
        section += self.visible()
        for node in section.findall(lambda n: isinstance(n, nodes.inline) and "epreuve" in n):
            node["epreuve"] = replace(node["epreuve"], session=self.session)
        return section

    def first(self) -> Iterator[nodes.comment]:
        """The starter's whole session, then what the solution's needs to begin."""
        exercise, start = self.exercise, f"{self.session}-depart"
        if exercise.solution and exercise.check:
            for block in (*exercise.setup, *exercise.before):
                yield carrier(replace(block, session=start, role="replay"))
            for block in (*exercise.starter, *exercise.after):
                yield carrier(replace(block, session=start, role="starter", raises="", match=""))
            yield carrier(replace(exercise.check, session=start, role="refused"))
        if self.cells:
            yield from (carrier(replace(block, session=self.session, role="replay")) for block in exercise.setup)
            yield from (carrier(self.own(cell), literal_of(cell)) for cell in self.given(after=False))

    def then(self) -> Iterator[nodes.comment]:
        """The solution's session goes on: the answer, what is given after it, the check."""
        for cell in (*self.tagged("solution"), *self.given(after=True), *self.tagged("check")):
            yield carrier(self.own(cell), literal_of(cell))

    def own(self, cell: nodes.container) -> Block:
        """The block of a cell, in the solution's session."""
        return replace(block_of(cell), session=self.session, role="check" if tag_of(cell) == "check" else "")

    def tagged(self, tag: str) -> list[nodes.container]:
        """The cells that have a tag."""
        return [cell for cell in self.cells if tag_of(cell) == tag]

    def given(self, after: bool) -> list[nodes.container]:
        """The cells without a tag, before or after the answer."""
        answer = next((i for i, cell in enumerate(self.cells) if tag_of(cell) == "solution"), len(self.cells))
        return [cell for i, cell in enumerate(self.cells) if not tag_of(cell) and (i > answer) == after]

    def visible(self) -> list[nodes.Node]:
        """Starter, hints, check, expected result, solution, in this order."""
        conclusions = [n for n in self.parts if is_conclusion(n)]
        special = [*self.cells, *self.hints, *conclusions, *self.paper]
        made = [n for n in self.parts if n not in special]
        made += self.given(after=False)
        made += [starter_node(block) for block in self.exercise.starter]
        made += self.hints
        if checks := self.tagged("check"):
            made.append(folded(LABELS["check"], checks, "ep-exercise-check"))
        if solutions := self.tagged("solution"):
            for cell in solutions:
                show_solution(literal_of(cell))
            words = nodes.paragraph("", LABELS["expected"], classes=["ep-label"])
            made.append(nodes.container("", words, *self.given(after=True), classes=["ep-expected"]))
            made.append(folded(LABELS["solution"], [*solutions, *conclusions], "solution"))
        return made + self.paper


def show_solution(literal: nodes.literal_block) -> None:
    """Leave out of the listing the marks that say what students must write."""
    literal.rawsource = solution_of(literal.astext())
    literal.children = [nodes.Text(literal.rawsource)]


def fence_line(env: BuildEnvironment, box: nodes.admonition) -> int:
    """The line of the fence of a box; myst-nb may be one line off."""
    lines = Path(env.doc2path(env.docname)).read_text("utf-8").splitlines()
    near = (n for n in (box.line, box.line - 1, box.line + 1) if 0 < n <= len(lines) and "{exercise}" in lines[n - 1])
    return next(near, box.line)


def numbered(hints: list[nodes.admonition]) -> list[nodes.admonition]:
    """« Indice 1 », « Indice 2 »… when there are several."""
    for number, hint in enumerate(hints, 1):
        kicker = next(hint.findall(nodes.inline))
        kicker += nodes.Text(f"\u00a0{number}" if len(hints) > 1 else "")
    return hints


def is_conclusion(node: nodes.Node) -> bool:
    """Whether a node is what the exercise teaches, shown with its solution."""
    return isinstance(node, nodes.container) and "ep-conclusion" in node["classes"]


def carrier(block: Block, shown: nodes.literal_block | None = None) -> nodes.comment:
    """A block that runs here, and the listing, elsewhere, under which its outputs go."""
    node = nodes.comment("", "", epreuve=block)
    node.shown = shown
    if shown is not None:
        del shown["epreuve"]
    return node


def unload(doctree: nodes.document) -> None:
    """Take the carriers out, once the engine has noted their blocks."""
    for node in list(doctree.findall(nodes.comment)):
        if "epreuve" in node:
            if node.shown is not None:
                node.shown["epreuve"], node.shown["epreuve_index"] = node["epreuve"], node["epreuve_index"]
            node.parent.remove(node)


def starter_node(block: Block) -> nodes.container:
    """What a student begins with, as code to copy."""
    literal = nodes.literal_block(block.source, block.source, language="python", xml_space="preserve")
    words = nodes.paragraph("", LABELS["starter"], classes=["ep-label"])
    return nodes.container("", words, literal, classes=["ep-starter"])


def folded(title: str, children: list[nodes.Node], kind: str) -> nodes.admonition:
    """A folded box of the frame."""
    kicker = nodes.title("", "", nodes.inline("", title, classes=["ep-kicker"]))
    return nodes.admonition("", kicker, *children, classes=["ep-frame", kind], collapsible="closed")

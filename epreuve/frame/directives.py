"""What an author may write in the frame of a chapter.

Each directive gives one ordinary admonition with the classes ``ep-frame`` and
its own name, so every builder shows something sensible; :mod:`epreuve.frame.html`
then makes quizzes of them for the browser. Folded boxes use the ``collapsible``
attribute of Sphinx's own admonitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from epreuve.frame.labels import KICKERS, LABELS
from epreuve.frame.problems import note_problem, place_of
from epreuve.model import Place

LEVELS = ("facile", "moyen", "difficile")
VERDICTS = {"vrai": True, "faux": False}
MARK = re.compile(r"^\[(?P<mark>[ xX])\]\s+")


def is_frame(node: nodes.Node, kind: str = "ep-frame") -> bool:
    """Whether *node* is a box of the frame, of that *kind* when given."""
    return isinstance(node, nodes.admonition) and {"ep-frame", kind} <= set(node["classes"])


def fact_list(facts: list[tuple[str, list[nodes.Node]]]) -> nodes.definition_list:
    """A compact list of named facts: duration, prerequisites…"""
    items = (
        nodes.definition_list_item(
            "",
            nodes.term("", name),
            nodes.definition("", nodes.paragraph("", "", *value)),
        )
        for name, value in facts
    )
    return nodes.definition_list("", *items, classes=["ep-card-facts"])


def unbreakable(text: str) -> str:
    """Keep a number and its unit on the same line."""
    return re.sub(r"(?<=\d) (?=\w)", "\u00a0", text)


class Box(SphinxDirective):
    """A box of the frame: an introduced title, then the body."""

    kind: ClassVar[str]
    folded: ClassVar[bool] = False
    titled: ClassVar[bool] = False  #: whether a title is required
    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged, "class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        box = nodes.admonition(classes=["ep-frame", self.kind, *self.options.get("class", ())])
        self.set_source_info(box)
        self.add_name(box)
        if self.folded:
            box["collapsible"] = "closed"
        box += self.title()
        box += self.parse_content_to_nodes()
        if self.titled and not self.arguments:
            self.problem("title-missing", kind=self.kind)
        if not self.content:
            self.problem("empty", kind=self.kind)
        self.complete(box)
        return [box]

    def complete(self, box: nodes.admonition) -> None:
        """Finish *box* and report what it lacks."""

    def kicker(self) -> str:
        return KICKERS[self.kind]

    def title(self) -> nodes.title:
        """What the box is, then the words of the author, if any."""
        title = nodes.title("", "", nodes.inline("", self.kicker(), classes=["ep-kicker"]))
        self.set_source_info(title)
        if self.arguments:
            written, messages = self.parse_inline(self.arguments[0], lineno=self.lineno)
            separator = " " if self.kicker().endswith("?") else "\u00a0: "
            title += nodes.inline("", separator, classes=["ep-separator"])
            title += nodes.inline("", "", *written, *messages, classes=["ep-title"])
        return title

    def place(self) -> Place:
        return place_of(self.env, *self.get_source_info())

    def problem(self, label: str, **facts: object) -> None:
        note_problem(self.env, self.place(), label, **facts)


class Objectives(Box):
    """The card of a chapter: objectives, durations, prerequisites."""

    kind = "objectives"
    option_spec = Box.option_spec | {
        "lecture": directives.unchanged,
        "practical": directives.unchanged,
        "requires": directives.unchanged,
    }

    def complete(self, box: nodes.admonition) -> None:
        lecture = self.options.get("lecture", "")
        practical = self.options.get("practical", "")
        requires = [label.strip() for label in self.options.get("requires", "").split(",")]
        requires = [label for label in requires if label]
        items = list_items(box)
        self.env.epreuve_objectives[self.env.docname] = {
            "lecture": lecture,
            "practical": practical,
            "requires": requires,
            "items": [item.astext() for item in items],
        }
        if not lecture:
            self.problem("lecture-missing")
        if not 3 <= len(items) <= 5:
            self.problem("objectives-count", count=len(items))
        if facts := list(self.facts(lecture, practical, requires)):
            box += fact_list(facts)

    def facts(
        self, lecture: str, practical: str, requires: list[str]
    ) -> Iterator[tuple[str, list[nodes.Node]]]:
        """Durations, and links to the chapters to read before."""
        parts = {"lecture": lecture, "practical": practical}
        durations = [LABELS[part].format(**parts) for part in parts if parts[part]]
        if durations:
            yield LABELS["duration"], [nodes.Text(unbreakable(", ".join(durations)))]
        if requires:
            links: list[nodes.Node] = []
            for label in requires:
                links += [nodes.Text(", ")] if links else []
                links.append(self.link(label))
            yield LABELS["requires"], links

    def link(self, label: str) -> nodes.Node:
        """A reference to *label*, as the role ``:ref:`` writes it."""
        link = addnodes.pending_xref(
            "", nodes.inline("", label),
            refdomain="std", reftype="ref", reftarget=label.lower(),
            refexplicit=False, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        self.set_source_info(link)
        return link


class Keypoints(Box):
    """« À retenir »: one point per objective."""

    kind = "keypoints"

    def complete(self, box: nodes.admonition) -> None:
        known = self.env.epreuve_objectives.get(self.env.docname)
        count, objectives = len(list_items(box)), len(known["items"]) if known else 0
        if self.content and count < objectives:
            self.problem("keypoints-count", count=count, objectives=objectives)


class Predict(Box):
    """A question asked before its answer is shown."""

    kind = "predict"
    titled = True

    def complete(self, box: nodes.admonition) -> None:
        if self.content and not any(is_frame(node, "answer") for node in box.findall()):
            self.problem("answer-missing")


class Answer(Box):
    """The folded answer of a prediction."""

    kind = "answer"
    folded = True


class Pitfall(Box):
    """A trap: text and executed code."""

    kind = "pitfall"
    titled = True


class Details(Box):
    """A folded detail."""

    kind = "details"
    folded = True
    titled = True


class Hint(Box):
    """A folded hint."""

    kind = "hint"
    folded = True


class Solution(Box):
    """A folded solution."""

    kind = "solution"
    folded = True


class Misconception(Box):
    """An affirmation that the reader calls true or false."""

    kind = "misconception"
    titled = True
    option_spec = Box.option_spec | {"verdict": directives.unchanged}

    def complete(self, box: nodes.admonition) -> None:
        verdict = self.options.get("verdict", "").strip()
        if verdict not in VERDICTS:
            self.problem("verdict")
        box["verdict"] = VERDICTS.get(verdict, False)
        truth = LABELS["it-is-true" if box["verdict"] else "it-is-false"]
        box.insert(1, nodes.paragraph("", "", nodes.strong("", truth), classes=["ep-verdict"]))


class Exercise(Box):
    """A numbered exercise, with its level and its duration."""

    kind = "exercise"
    titled = True
    option_spec = Box.option_spec | {
        "level": directives.unchanged,
        "minutes": directives.unchanged,
    }

    def kicker(self) -> str:
        return KICKERS[self.kind].format(number=self.number)

    def run(self) -> list[nodes.Node]:
        self.number = self.env.new_serialno("epreuve-exercise") + 1
        return super().run()

    def complete(self, box: nodes.admonition) -> None:
        level, minutes = self.options.get("level", ""), self.options.get("minutes", "")
        if level not in LEVELS:
            self.problem("exercise-level")
        if minutes and not minutes.isdecimal():
            self.problem("exercise-minutes", minutes=minutes)
        parts = []
        if level in LEVELS:
            box["classes"].append(f"level-{level}")
            parts.append(LABELS["level"].format(level=level))
        if minutes.isdecimal():
            box["minutes"] = int(minutes)
        if minutes:
            parts.append(unbreakable(LABELS["minutes"].format(minutes=minutes)))
        if parts:
            box.insert(1, nodes.paragraph("", " · ".join(parts), classes=["ep-effort"]))


class Quiz(Box):
    """A question with choices, each with its feedback."""

    kind = "quiz"
    titled = True

    def complete(self, box: nodes.admonition) -> None:
        choices = next((node for node in box if isinstance(node, nodes.bullet_list)), None)
        if choices is None or len(choices) < 2:
            self.problem("quiz-choices")
            return
        choices["classes"].append("ep-choices")
        for item in choices:
            self.make_choice(item)
        right = sum(item["right"] for item in choices)
        if right == 0:
            self.problem("quiz-right")
        if right > 1:
            note = nodes.paragraph("", LABELS["several"], classes=["ep-several"])
            box.insert(box.index(choices), note)

    def make_choice(self, item: nodes.list_item) -> None:
        """Tell the choice from its feedback, and read its mark."""
        item["classes"].append("ep-choice")
        item["right"] = self.take_mark(item)
        feedback = nodes.container("", *item.children[1:], classes=["ep-feedback"])
        if not feedback.children:
            self.problem("quiz-feedback", choice=item.astext())
        verdict = nodes.strong("", LABELS["right" if item["right"] else "wrong"])
        feedback.insert(0, nodes.paragraph("", "", verdict, classes=["ep-verdict"]))
        del item.children[1:]
        item += feedback

    def take_mark(self, item: nodes.list_item) -> bool:
        """Remove « [x] » or « [ ] » from the choice; whether it is right."""
        text = next(item.findall(nodes.Text), None)
        mark = MARK.match(text or "")
        if text is None or mark is None:
            self.problem("quiz-mark", choice=item.astext().partition("\n")[0])
            return False
        text.parent.replace(text, nodes.Text(text[mark.end() :]))
        return mark["mark"] in "xX"


def list_items(box: nodes.Element) -> list[nodes.Node]:
    """The items of the lists that stand directly in *box*."""
    lists = (nodes.bullet_list, nodes.enumerated_list)
    return [item for child in box if isinstance(child, lists) for item in child]


DIRECTIVES: tuple[type[Box], ...] = (
    Objectives, Predict, Answer, Quiz, Misconception, Pitfall,
    Details, Keypoints, Hint, Solution, Exercise,
)  # fmt: skip

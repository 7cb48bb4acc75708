"""The frame in the browser: quizzes from ordinary lists, and the chapter's card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from epreuve.frame.directives import fact_list, is_frame
from epreuve.frame.labels import LABELS

STATES = ("right", "wrong", "partial", "empty")  #: of an answer, as in frame.js
VOID = frozenset({"input"})


class html_element(nodes.General, nodes.Element):  # noqa: N801  (docutils names)
    """An HTML element that docutils has no node for.

    ``tag`` and ``attributes`` say which; ``text`` is content that is part of the
    interface, not of the page: it stays out of the search index.
    """


def element(
    tag: str, *children: nodes.Node, classes: Sequence[str] = (), **attributes: Any
) -> html_element:
    """An element; ``data_right="1"`` is written ``data-right="1"``."""
    text, ids = attributes.pop("text", ""), [attributes.pop("id")] if "id" in attributes else []
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return html_element(
        "", *children, tag=tag, attributes=names, text=text, ids=ids, classes=list(classes)
    )


def visit_html_element(self: Any, node: html_element) -> None:
    tag = self.emptytag if node["tag"] in VOID else self.starttag
    self.body.append(tag(node, node["tag"], "", **node["attributes"]))
    self.body.append(self.encode(node["text"]))


def depart_html_element(self: Any, node: html_element) -> None:
    if node["tag"] not in VOID:
        self.body.append(f"</{node['tag']}>")


def complete_cards(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Add to the chapter's card what only the build knows: versions, downloads."""
    for box in doctree.findall(lambda node: is_frame(node, "objectives")):
        if facts := list(built_facts(app, docname)):
            box += fact_list(facts)


def built_facts(app: Sphinx, docname: str) -> Iterator[tuple[str, list[nodes.Node]]]:
    proof = getattr(app.env, "epreuve_proofs", {}).get(docname)
    if proof and proof.facts:
        yield LABELS["versions"], [nodes.Text(", ".join(value if name == "device" else f"{name} {value}" for name, value in proof.facts.items()))]
    if files := getattr(app.env, "epreuve_downloads", {}).get(docname):
        yield LABELS["downloads"], list(download_links(app.builder.get_target_uri(docname), files))


def download_links(here: str, files: list[tuple[str, str]]) -> Iterator[nodes.Node]:
    """Links to *files*, each some words and a path from the root of the site."""
    for position, (words, path) in enumerate(files):
        if position:
            yield nodes.Text(", ")
        yield nodes.reference("", words, refuri=path if "://" in path else relative_uri(here, path), internal=False)


def make_quizzes(doctree: nodes.document) -> None:
    """Quizzes and misconceptions become groups of buttons to choose from."""
    makers = {"quiz": quiz_element, "misconception": misconception_element}
    boxes = [node for node in doctree.findall(nodes.admonition) if is_frame(node)]
    for position, box in enumerate(boxes, start=1):
        for kind, make in makers.items():
            if is_frame(box, kind):
                box.replace_self(make(box, f"ep-{kind}-{position}"))


def fieldset(box: nodes.admonition, *children: nodes.Node) -> html_element:
    """A group of choices, named by the title of *box*."""
    legend = element("legend", *box[0].children, classes=("admonition-title",))
    statuses = {f"data_{state}": LABELS[f"status-{state}"] for state in STATES}
    classes = ("admonition", *box["classes"])
    group = element("fieldset", legend, *children, classes=classes, **statuses)
    group["ids"], group["names"] = box["ids"], box["names"]
    return group


def choice(
    name: str, position: int, kind: str, right: bool, label: list[nodes.Node]
) -> list[nodes.Node]:
    """One button and its label."""
    key, answer = f"{name}-{position}", "right" if right else "wrong"
    button = element("input", type=kind, name=name, id=key, data_answer=answer)
    return [button, element("label", *label, for_=key)]


def quiz_element(box: nodes.admonition, name: str) -> nodes.Element:
    """The HTML form of a quiz; *box* itself when it has no choices."""
    choices = next((node for node in box if "ep-choices" in node["classes"]), None)
    if choices is None:
        return box
    kind = "radio" if sum(item["right"] for item in choices) == 1 else "checkbox"
    rows = [quiz_row(item, name, position, kind) for position, item in enumerate(choices, start=1)]
    before = box.children[1 : box.index(choices)]
    after = box.children[box.index(choices) + 1 :]
    check = element(
        "p",
        element("button", type="button", text=LABELS["check"]),
        element("span", role="status", classes=("ep-status",)),
        classes=("ep-check",),
    )
    return fieldset(box, *before, element("ul", *rows, classes=("ep-choices",)), check, *after)


def quiz_row(item: nodes.list_item, name: str, position: int, kind: str) -> html_element:
    """A choice, with its feedback after it."""
    words, feedback = item.children
    button = choice(name, position, kind, item["right"], words.children)
    return element("li", *button, feedback, classes=("ep-choice",))


def misconception_element(box: nodes.admonition, name: str) -> nodes.Element:
    """The HTML form of a misconception: two choices, then the explanation."""
    yes = choice(name, 1, "radio", box["verdict"], [nodes.Text(LABELS["true"])])
    no = choice(name, 2, "radio", not box["verdict"], [nodes.Text(LABELS["false"])])
    status = element("p", role="status", classes=("ep-status",))
    body = nodes.container("", *box.children[1:], classes=["ep-feedback"])
    return fieldset(box, element("div", *yes, *no, status, body, classes=("ep-truth",)))

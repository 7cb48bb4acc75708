"""A resolved page as pieces of Markdown and of code, in order.

Notebooks and scripts are made from these pieces. Links become absolute when the
address of the site is known (``html_baseurl``), and plain words otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Callable, Iterator
from urllib.parse import urljoin

from docutils import nodes

from ..model import Result
from .labels import LABELS


@dataclass(frozen=True, slots=True)
class Code:
    """A code cell, or what stands for one."""

    source: str
    result: Result | None = None  #: what it gave; ``None`` shows nothing
    role: str = ""  #: in an exercise: "answer", "given", "check"
    exercise: str = ""  #: label of the exercise


@dataclass(frozen=True, slots=True)
class Page:
    """What writing a page needs to know."""

    results: tuple[Result, ...]
    url: str = ""  #: of the page, when the site has an address
    solutions: bool = True  #: whether answers are written
    exercise: list[str] = field(default_factory=list)  #: label of the one being written


Piece = str | Code
Writer = Callable[[nodes.Element, Page, int], Iterator[Piece]]

#: What a reader of a notebook has no use for.
SILENT = (nodes.comment, nodes.raw, nodes.target, nodes.substitution_definition, nodes.system_message, nodes.docinfo, nodes.field_list)
UNWANTED = {"ep-mark", "ep-output", "ep-figcaption", "ep-reading", "ep-card-facts", "ep-downloads", "ep-notes"}
FOLDED = {"answer", "hint", "details", "solution"}


def pieces(node: nodes.Node, page: Page, depth: int = 0) -> Iterator[Piece]:
    """The pieces of a block of the page."""
    if isinstance(node, nodes.Text) or isinstance(node, SILENT) or UNWANTED & set(node.get("classes", ())):
        return
    for kind, write in WRITERS:
        if isinstance(node, kind):
            yield from write(node, page, depth)
            return
    if isinstance(node, nodes.TextElement):
        if text := inline(node, page).strip():
            yield text
    else:
        yield from children(node, page, depth)


def children(node: nodes.Element, page: Page, depth: int) -> Iterator[Piece]:
    """The pieces of what a node holds."""
    for child in node.children:
        yield from pieces(child, page, depth)


def text_of(node: nodes.Element, page: Page, depth: int = 0) -> str:
    """The Markdown of a node that holds no code to run."""
    return "\n\n".join(p if isinstance(p, str) else fenced(p.source, "python") for p in children(node, page, depth))


def fenced(text: str, language: str = "") -> str:
    """A listing."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


# -- blocks -------------------------------------------------------------------------


def section(node: nodes.section, page: Page, depth: int) -> Iterator[Piece]:
    if "ep-exercise" in node["classes"]:
        page.exercise.append(node["exercise"])
        yield from exercise(node, page, depth + 1)
        page.exercise.pop()
    else:
        yield from children(node, page, depth + 1)


def title(node: nodes.title, page: Page, depth: int) -> Iterator[Piece]:
    yield f"{'#' * max(depth, 1)} {inline(node, page).strip()}"


def container(node: nodes.container, page: Page, depth: int) -> Iterator[Piece]:
    """A cell of code, or anything that only groups."""
    if "ep-cell" in node["classes"]:
        literal = next((n for n in node.findall(nodes.literal_block) if "epreuve_index" in n), None)
        if literal is not None:
            yield from cell(literal, page)
            return
    yield from children(node, page, depth)


def cell(literal: nodes.literal_block, page: Page) -> Iterator[Piece]:
    """A block of the page: code if it runs here, a listing otherwise."""
    result = page.results[literal["epreuve_index"]]
    block = result.block
    if block.kind != "code":
        yield fenced(literal.astext(), "bash" if block.kind == "command" else "python")
    elif block.skip is not None:
        yield f"{fenced(literal.astext(), 'python')}\n\n{LABELS['not-run'].format(reason=block.skip)}"
    elif block.session and not page.exercise:
        yield f"{fenced(literal.astext(), 'python')}\n\n{LABELS['other-session']}"
    else:
        role = {"check": "check", "": "given"}[block.role] if page.exercise else ""
        yield Code(literal.astext(), result, role, page.exercise[-1] if page.exercise else "")


def listing(node: nodes.literal_block, page: Page, depth: int) -> Iterator[Piece]:
    language = node.get("language", "")
    yield fenced(node.astext(), "" if language in ("none", "default", "text") else language)


def box(node: nodes.Admonition, page: Page, depth: int) -> Iterator[Piece]:
    """A box: its title in bold, then its content; folded when it can be."""
    head, body = node.children[0], node.children[1:]
    if not isinstance(head, nodes.title):
        head, body = None, node.children
    words = inline(head, page).strip() if head is not None else ""
    inside = [piece for child in body for piece in pieces(child, page, depth)]
    if FOLDED & set(node["classes"]) and all(isinstance(piece, str) for piece in inside):
        yield f"<details><summary>{words}</summary>\n\n" + "\n\n".join(inside) + "\n\n</details>"
    else:
        yield from ([f"**{words}**"] if words else [])
        yield from inside


def items(node: nodes.Element, page: Page, depth: int) -> Iterator[Piece]:
    """A list; one whose items hold code to run is written item after item."""
    start = node.get("start", 1)
    for number, item in enumerate(node.children, start):
        mark = f"{number}." if isinstance(node, nodes.enumerated_list) else "-"
        inside = list(children(item, page, depth))
        if any(isinstance(piece, Code) for piece in inside):
            first, *others = inside
            yield from [f"{mark} {first}", *others] if isinstance(first, str) else inside
        else:
            text = "\n\n".join(inside)
            yield indented(f"{mark} ", text)


def bullet_list(node: nodes.Element, page: Page, depth: int) -> Iterator[Piece]:
    """Items that follow each other make one piece."""
    tight = all(len(item) <= 1 for item in node.children)
    run: list[str] = []
    for piece in items(node, page, depth):
        if isinstance(piece, str):
            run.append(piece)
            continue
        if run:
            yield ("\n" if tight else "\n\n").join(run)
        run = []
        yield piece
    if run:
        yield ("\n" if tight else "\n\n").join(run)


def indented(mark: str, text: str) -> str:
    """Text under a mark, its other lines aligned."""
    blank = " " * len(mark)
    first, *others = text.splitlines() or [""]
    return "\n".join([mark + first, *(blank + line if line.strip() else "" for line in others)])


def definition(node: nodes.definition_list_item, page: Page, depth: int) -> Iterator[Piece]:
    terms = " / ".join(inline(term, page) for term in node.findall(nodes.term))
    body = next(iter(node.findall(nodes.definition)))
    yield f"**{terms.strip()}**"
    yield from children(body, page, depth)


def quote(node: nodes.block_quote, page: Page, depth: int) -> Iterator[Piece]:
    yield "\n".join(f"> {line}".rstrip() for line in text_of(node, page, depth).splitlines())


def displayed(node: nodes.math_block, page: Page, depth: int) -> Iterator[Piece]:
    yield f"$$\n{node.astext().strip()}\n$$"


def picture(node: nodes.image, page: Page, depth: int) -> Iterator[Piece]:
    if node.get("alt") and "ep-plot" not in node["classes"]:
        yield LABELS["figure"].format(alt=" ".join(node["alt"].split()))


def table(node: nodes.table, page: Page, depth: int) -> Iterator[Piece]:
    """A table; its first line is its head, even an empty one."""
    rows = [[cell_text(entry, page) for entry in row.findall(nodes.entry)] for row in node.findall(nodes.row)]
    if not rows:
        return
    if not list(node.findall(nodes.thead)):
        rows.insert(0, [""] * len(rows[0]))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    caption = next((inline(n, page) for n in node.children if isinstance(n, nodes.title)), "")
    yield "\n".join(lines) + (f"\n\n*{caption}*" if caption else "")


def cell_text(entry: nodes.entry, page: Page) -> str:
    """The text of an entry, on one line."""
    return re.sub(r"\s*\n\s*", " ", text_of(entry, page)).replace("|", "\\|")


def line_block(node: nodes.line_block, page: Page, depth: int) -> Iterator[Piece]:
    yield "  \n".join(inline(line, page) for line in node.findall(nodes.line))


def rule(node: nodes.transition, page: Page, depth: int) -> Iterator[Piece]:
    yield "---"


# -- exercises ------------------------------------------------------------------------


def exercise(node: nodes.section, page: Page, depth: int) -> Iterator[Piece]:
    """Statement, then what a student needs, or the answer and what it teaches."""
    parts = {name: [n for n in node.children if part_of(n) == name] for name in ("", "starter", "hint", "check", "expected", "solution")}
    for child in parts[""]:
        yield from pieces(child, page, depth)
    if page.solutions:
        yield from answers(parts, page, depth)
        return
    name = page.exercise[-1]
    for starter in parts["starter"]:
        yield Code(next(starter.findall(nodes.literal_block)).astext(), None, "answer", name)
    for hint in parts["hint"]:
        yield from pieces(hint, page, depth)
    for box in parts["expected"]:
        yield from expected(box, page)
    for box in parts["check"]:
        yield from (piece for piece in children(box, page, depth) if isinstance(piece, Code))


def part_of(node: nodes.Node) -> str:
    """What a child of an exercise is; "" for its statement and what is given."""
    classes = set(node.get("classes", ())) if isinstance(node, nodes.Element) else set()
    names = {"ep-starter": "starter", "hint": "hint", "ep-exercise-check": "check", "ep-expected": "expected", "solution": "solution"}
    return next((part for name, part in names.items() if name in classes), "")


def answers(parts: dict[str, list[nodes.Node]], page: Page, depth: int) -> Iterator[Piece]:
    """The solution, what is given after it, the check, the conclusion."""
    made = [piece for box in parts["solution"] for child in box.children[1:] for piece in pieces(child, page, depth)]
    code = [Code(p.source, p.result, "answer", p.exercise) for p in made if isinstance(p, Code)]
    given = [p for box in parts["expected"] for p in children(box, page, depth) if isinstance(p, Code)]
    checks = [p for box in parts["check"] for p in children(box, page, depth) if isinstance(p, Code)]
    yield from [*code, *given, *checks, *(p for p in made if isinstance(p, str))]


def expected(box: nodes.container, page: Page) -> Iterator[Piece]:
    """The cells given after the answer, without outputs, and what they should show."""
    for piece in children(box, page, 0):
        if isinstance(piece, Code):
            yield Code(piece.source, None, "given", piece.exercise)
    outputs = [n for n in box.findall(nodes.container) if "ep-output" in n["classes"]]
    texts = [n.astext() for output in outputs for n in output.findall(nodes.literal_block)]
    if texts:
        yield f"{LABELS['expected']}\n\n{fenced(chr(10).join(texts))}"
    if any(True for output in outputs for _ in output.findall(nodes.image)):
        yield LABELS["expected-figure"]


WRITERS: tuple[tuple[type | tuple[type, ...], Writer], ...] = (
    (nodes.section, section),
    (nodes.title, title),
    (nodes.container, container),
    (nodes.literal_block, listing),
    (nodes.Admonition, box),
    ((nodes.bullet_list, nodes.enumerated_list), bullet_list),
    (nodes.definition_list_item, definition),
    (nodes.block_quote, quote),
    (nodes.math_block, displayed),
    (nodes.image, picture),
    (nodes.table, table),
    (nodes.line_block, line_block),
    (nodes.transition, rule),
)


# -- inside a line ---------------------------------------------------------------------


def inline(node: nodes.Node, page: Page) -> str:
    """The Markdown of a run of text."""
    if isinstance(node, nodes.Text):
        return escaped(node.astext())
    if isinstance(node, nodes.literal):
        text = node.astext()
        return f"`` {text} ``" if "`" in text else f"`{text}`"
    if isinstance(node, nodes.math):
        return f"${node.astext()}$"
    if isinstance(node, SILENT) or UNWANTED & set(node.get("classes", ())):
        return ""
    if isinstance(node, nodes.image):
        return node.get("alt", "")
    text = "".join(inline(child, page) for child in node.children)
    if isinstance(node, nodes.reference):
        return linked(node, text, page)
    mark = {"strong": "**", "emphasis": "*", "title_reference": "*"}.get(node.tagname, "")
    return f"{mark}{text}{mark}" if text.strip() else text


def escaped(text: str) -> str:
    """Text whose characters mean nothing to Markdown."""
    return re.sub(r"([\\*_`$<\[\]])", r"\\\1", " ".join(text.split("\n")))


def linked(node: nodes.reference, text: str, page: Page) -> str:
    """A link that works anywhere, or its words."""
    uri = node.get("refuri", "")
    if re.match(r"https?://|mailto:", uri):
        return f"[{text}]({uri})"
    if page.url and (uri or node.get("refid")):
        return f"[{text}]({urljoin(page.url, uri or '#' + node['refid'])})"
    return text

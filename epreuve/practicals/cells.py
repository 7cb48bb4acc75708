"""The code cells of a MyST notebook become blocks of the engine.

myst-nb reads the file; we replace the container that it makes of each cell by the
node tree of a ``code-block``. Options are those of ``code-block``, written as the
cell's metadata; tags say what the cell is in an exercise.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

from ..markup import FIELDS, OPTIONS, relative
from ..model import Block, Place, Problem
from .labels import PROBLEMS

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

TAGS = ("solution", "check")


def is_cell(node: nodes.Node) -> bool:
    """Whether a node is a code cell, as myst-nb or we left it."""
    return isinstance(node, nodes.container) and (node.get("nb_element") == "cell_code" or "ep-notebook-cell" in node["classes"])


def problem(place: Place, code: str, **facts: object) -> Problem:
    """A problem of the practicals, worded by :mod:`.labels`."""
    message, remedy = PROBLEMS[code]
    return Problem(place, "exercise", message.format(**facts), remedy)


def adopt(env: BuildEnvironment, doctree: nodes.document) -> list[Problem]:
    """Replace every code cell of a page; what is wrong with their options is returned."""
    lines = Path(env.doc2path(env.docname)).read_text("utf-8").splitlines()
    starts = env.metadata[env.docname].get("source_map", [])
    path, problems = relative(None, env), []
    for cell in [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]:
        source = next(cell.findall(nodes.literal_block)).astext()
        fence = starts[cell["cell_index"] - 1] if cell["cell_index"] <= len(starts) else 1
        place = Place(path, first_line(lines, fence, source))
        metadata = cell["cell_metadata"]
        options, wrong = options_of(metadata)
        problems += [problem(Place(path, fence), "option", message=message) for message in wrong]
        block = Block(place, source, directive=Place(path, fence), name=str(metadata.get("name", "")), **options)
        cell.replace_self(engine_cell(block, metadata))
    return problems


def first_line(lines: list[str], fence: int, source: str) -> int:
    """Where the code of a cell begins (from 1), under its fence and options."""
    wanted = [line.strip() for line in source.splitlines()]
    for start in range(fence, len(lines)):
        if [line.strip() for line in lines[start : start + len(wanted)]] == wanted:
            return start + 1
    return fence + 1


def options_of(metadata: dict) -> tuple[dict[str, object], list[str]]:
    """The options of a block from the metadata of a cell, and what is wrong with them."""
    options, wrong = {}, []
    for name in FIELDS:
        if name in metadata and name != "session":
            try:
                options[name] = OPTIONS[name](str(metadata[name]))
            except ValueError as error:
                wrong.append(str(error))
    hidden = {part.partition("-")[2] for part in metadata.get("tags", ()) if part in ("hide-input", "hide-output")}
    if hidden:
        options["hide"] = frozenset("code" if part == "input" else part for part in hidden)
    return options, wrong


def engine_cell(block: Block, metadata: dict) -> nodes.container:
    """The node tree of a ``code-block``, as :mod:`epreuve.render` expects it."""
    literal = nodes.literal_block(block.source, block.source, language="python", epreuve=block, xml_space="preserve")
    cell = nodes.container("", literal, classes=["ep-cell", "ep-notebook-cell"])
    cell["cell_tags"] = [tag for tag in metadata.get("tags", ()) if tag in TAGS]
    cell["cell_uses"] = re.split(r"[\s,]+", str(metadata["uses"]).strip("[] ")) if "uses" in metadata else []
    if "figcaption" in metadata:
        text = str(metadata["figcaption"])
        cell += nodes.paragraph(text, text, classes=["ep-figcaption"])
    return cell


def literal_of(cell: nodes.container) -> nodes.literal_block:
    """The code of a cell."""
    return next(cell.findall(nodes.literal_block))


def block_of(cell: nodes.container) -> Block:
    """The block of a cell."""
    return literal_of(cell)["epreuve"]


def tag_of(cell: nodes.container) -> str:
    """``solution``, ``check`` or nothing."""
    return next(iter(cell["cell_tags"]), "")

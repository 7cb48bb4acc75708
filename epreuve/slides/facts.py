"""What is remembered of the slides of each page, in ``env.epreuve_decks[docname]``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.utils import get_source_line

from epreuve.model import Place

from .markup import slide, slide_break, speaker_notes, title_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


@dataclass(frozen=True, slots=True)
class Listing:
    """A block of code as it stands on a slide."""

    place: Place  #: of its first line, as in the proof
    lines: int  #: of code shown; 0 when it is hidden
    columns: int  #: of its widest line
    output: bool  #: whether what it gives is shown
    steps: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """What stands one under the other on a slide, the whole slide mostly."""

    title: str
    share: float  #: of the width of the slide
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Deck:
    """The slides of one page."""

    ids: frozenset[str]  #: of everything that can be reached on a slide
    only: frozenset[str]  #: those that are not on the page
    columns: tuple[Column, ...]


def on_builder_inited(app: Sphinx) -> None:
    if not hasattr(app.env, "epreuve_decks"):
        app.env.epreuve_decks = {}


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    getattr(env, "epreuve_decks", {}).pop(docname, None)


def on_env_merge_info(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    env.epreuve_decks.update({name: deck for name, deck in other.epreuve_decks.items() if name in docnames})


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    env = app.env
    slides = list(doctree.findall(slide))
    labels = env.domains.standard_domain.labels
    for node in slides:  # let :ref: write the title of a slide
        for name in node["names"]:
            labels[name] = (env.docname, node["ids"][0], title_of(node).astext())
    if slides:
        env.epreuve_decks[env.docname] = Deck(
            ids=frozenset(key for node in slides for key in ids_reached(node)),
            only=frozenset(key for node in slides if node["only"] for key in ids_in(node)),
            columns=tuple(column for node in slides for column in columns_of(node, app)),
        )


def ids_in(node: nodes.Element) -> Iterator[str]:
    """Identifiers on a slide."""
    for element in node.findall(nodes.Element):
        yield from element["ids"]


def ids_reached(node: slide) -> Iterator[str]:
    """Those on a slide, and those of the sections it stands for."""
    yield from ids_in(node)
    for section in sections_of(node):
        yield from section["ids"]


def sections_of(node: nodes.Node) -> list[nodes.section]:
    """The sections around a node, the chapter first."""
    found = []
    while (node := node.parent) is not None:
        if isinstance(node, nodes.section):
            found.insert(0, node)
    return found


# -- columns of code -------------------------------------------------------------------


def columns_of(node: slide, app: Sphinx) -> Iterator[Column]:
    """The columns of a slide and of its continuations that hold code."""
    title = title_of(node).astext()
    for part in split([child for child in node if not isinstance(child, speaker_notes)]):
        boxes = [box for child in part for box in child.findall(is_column)]
        inside = {id(literal) for box in boxes for literal in box.findall(nodes.literal_block)}
        literals = [found for child in part for found in child.findall(nodes.literal_block)]
        alone = [literal for literal in literals if id(literal) not in inside]
        for share, blocks in [(1.0, alone), *((share_of(box), list(box.findall(nodes.literal_block))) for box in boxes)]:
            if blocks:
                yield Column(title, share, tuple(listing(block, app) for block in blocks))


def split(children: list[nodes.Node]) -> Iterator[list[nodes.Node]]:
    """Cut the content of a slide at each ``.. suite::``."""
    part: list[nodes.Node] = []
    for child in children:
        if isinstance(child, slide_break):
            yield part
            part = []
        else:
            part.append(child)
    yield part


def is_column(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and "ep-column" in node["classes"]


def share_of(box: nodes.container) -> float:
    """What part of the slide's width a column has."""
    boxes = [child for child in box.parent if is_column(child)]
    return weight(box) / sum(map(weight, boxes))


def weight(box: nodes.container) -> int:
    """3 for ``ep-share-3``; 1 by default."""
    found = re.search(r"\bep-share-(\d)", " ".join(box["classes"]))
    return int(found[1]) if found else 1


def listing(literal: nodes.literal_block, app: Sphinx) -> Listing:
    """What a block of code takes on a slide."""
    block = literal.get("epreuve")
    hidden = block.hide if block else frozenset()
    lines = [] if "code" in hidden else literal.astext().splitlines()
    place = block.place if block else place_of(literal, app)
    widest = max(map(len, lines), default=0)
    return Listing(place, len(lines), widest, "output" not in hidden, literal.get("steps", ""))


def place_of(node: nodes.Element, app: Sphinx) -> Place:
    """File, relative to the project, and line of a node."""
    source, line = get_source_line(node)
    path = Path(app.srcdir, source or app.env.doc2path(app.env.docname))
    return Place(Path(os.path.relpath(path, app.srcdir)).as_posix(), line or 1)

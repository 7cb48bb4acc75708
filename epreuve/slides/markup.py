"""What an author writes for slides, and what the doctree keeps of it.

``slide``, ``slide_break`` and ``speaker_notes`` exist only until post-transforms:
:mod:`epreuve.slides.deck` or :mod:`epreuve.slides.page` replaces them, so that no
builder has to know them. Columns and increments are ordinary containers.
"""

from __future__ import annotations

import re
from itertools import takewhile

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .labels import LABELS

logger = logging.getLogger(__name__)

#: Boxes that a bare ``.. slide::`` does not take with it: the deck has a slide for each.
BOXES = {"objectives", "keypoints"}


class slide(nodes.General, nodes.Element):  # noqa: N801  (docutils names)
    """A ``slide_title``, then the content; ``marker`` while it waits for its content."""


class slide_title(nodes.TextElement):  # noqa: N801
    """The title of a slide, with its formulas and code."""


class slide_break(nodes.General, nodes.Element):  # noqa: N801
    """``.. suite::``: what follows goes on another slide."""


class speaker_notes(nodes.General, nodes.Element):  # noqa: N801
    """What only the speaker sees."""


# -- directives ------------------------------------------------------------------------


def only_slides(argument: str) -> str:
    """``:only:`` takes ``slides``."""
    if argument.strip() != "slides":
        raise ValueError(LABELS["only"].format(given=argument))
    return "slides"


def shares(argument: str) -> list[int]:
    """``3 2`` → [3, 2], the widths of two columns."""
    if not re.fullmatch(r"[1-9](\s+[1-9])*", argument.strip()):
        raise ValueError(LABELS["columns"].format(given=argument))
    return [int(share) for share in argument.split()]


class Slide(SphinxDirective):
    """``.. slide:: Titre``; without content, it runs to the next marker or title."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {
        "only": only_slides,
        "name": directives.unchanged_required,
        "class": directives.class_option,
        "background": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        node = slide(marker=not self.content, classes=self.options.get("class", []))
        node["only"] = self.options.get("only", "")
        self.set_source_info(node)
        self.add_name(node)
        if self.arguments:
            text, messages = self.parse_inline(self.arguments[0], lineno=self.lineno)
            title = slide_title(self.arguments[0], "", *text, *messages)
            self.set_source_info(title)
            node += title
        if "background" in self.options:
            self.set_background(node, self.options["background"])
        node += self.parse_content_to_nodes()
        return [node]

    def set_background(self, node: slide, value: str) -> None:
        """A colour, or a picture that Sphinx will copy."""
        if re.search(r"\.(png|jpe?g|svg|webp|avif|gif)$", value, re.IGNORECASE):
            node += nodes.image(uri=directives.uri(value), alt="", classes=["ep-background"])
        else:
            node["background"] = value


class Suite(SphinxDirective):
    """``.. suite::`` continues on a new slide."""

    def run(self) -> list[nodes.Node]:
        node = slide_break()
        self.set_source_info(node)
        return [node]


class Notes(SphinxDirective):
    """``.. notes::`` for the speaker."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        node = speaker_notes("", *self.parse_content_to_nodes())
        self.set_source_info(node)
        return [node]


class Column(SphinxDirective):
    """``.. column::``, inside ``.. columns::``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        node = nodes.container("", *self.parse_content_to_nodes(), classes=["ep-column"])
        self.set_source_info(node)
        return [node]


class Columns(SphinxDirective):
    """``.. columns:: 3 2``: side by side on a slide, one after the other on a phone."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        try:
            widths = shares(self.arguments[0]) if self.arguments else []
        except ValueError as error:
            raise self.error(str(error)) from error
        node = nodes.container("", *self.parse_content_to_nodes(), classes=["ep-columns"])
        self.set_source_info(node)
        columns = [child for child in node if "ep-column" in child.get("classes", ())]
        for column, share in zip(columns, widths, strict=False):
            column["classes"].append(f"ep-share-{share}")
        return [node]


class Incremental(SphinxDirective):
    """``.. incremental::``: the items of its lists, or its blocks, come one by one."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        node = nodes.container("", *self.parse_content_to_nodes(), classes=["ep-incremental"])
        self.set_source_info(node)
        for child in node:
            steps = child.children if isinstance(child, nodes.Sequential) else [child]
            for step in steps:
                if isinstance(step, nodes.Element):
                    step["classes"].append("fragment")
        return [node]


DIRECTIVES = {
    "slide": Slide,
    "suite": Suite,
    "notes": Notes,
    "columns": Columns,
    "column": Column,
    "incremental": Incremental,
}

# -- once a page is read ---------------------------------------------------------------


class GatherSlides(SphinxTransform):
    """Markers take their content, and each slide a title and an identifier."""

    default_priority = 300  # after labels have reached the nodes they precede

    def apply(self, **kwargs: object) -> None:
        slides = list(self.document.findall(slide))
        for node in slides:
            if node["marker"]:
                fill(node)
            if not isinstance(node[0] if node.children else None, slide_title):
                node.insert(0, borrowed_title(node))
            if not node["ids"]:
                node["ids"].append(free_id(self.document, node))
        for stray in list(self.document.findall(slide_break)):
            if not isinstance(stray.parent, slide):
                logger.warning(LABELS["stray"].format(name="suite"), location=stray, type="epreuve", subtype="slide")
                stray.parent.remove(stray)


def fill(marker: slide) -> None:
    """Give a marker what follows it; before a title, it takes the section's beginning."""
    while not (run := following(marker)) and not title_of(marker):
        section = section_after(marker)
        if section is None:
            break
        marker.parent.remove(marker)
        section.insert(1, marker)
    for node in run:
        marker.parent.remove(node)
        marker += node
    marker["marker"] = False


def following(marker: slide) -> list[nodes.Node]:
    """What stands between a marker and the next slide, box or title."""
    siblings = marker.parent.children[marker.parent.index(marker) + 1 :]
    return list(takewhile(lambda node: not ends_slide(node), siblings))


def ends_slide(node: nodes.Node) -> bool:
    """Whether a bare marker's slide ends before this node."""
    stops = (nodes.section, nodes.transition, slide)
    return isinstance(node, stops) or bool(BOXES & set(getattr(node, "attributes", {}).get("classes", ())))


def section_after(node: nodes.Node) -> nodes.section | None:
    """The section that begins just after a node, wherever it is nested."""
    while node.parent is not None:
        siblings = node.parent.children[node.parent.index(node) + 1 :]
        if siblings:
            return siblings[0] if isinstance(siblings[0], nodes.section) else None
        node = node.parent
    return None


def title_of(node: slide) -> slide_title | None:
    """The title of a slide, where it has one."""
    return next((child for child in node if isinstance(child, slide_title)), None)


def borrowed_title(node: slide) -> slide_title:
    """The title of the section, for a slide without its own."""
    section = node
    while section is not None and not isinstance(section, nodes.section):
        section = section.parent
    if section is None:
        return slide_title()
    title = section.next_node(nodes.title)
    return slide_title(title.rawsource, "", *(child.deepcopy() for child in title))


def free_id(document: nodes.document, node: slide) -> str:
    """An identifier made from the title, that nothing else has."""
    base = nodes.make_id(f"diapo-{title_of(node).astext()}")
    key, count = base, 1
    while key in document.ids:
        count += 1
        key = f"{base}-{count}"
    document.ids[key] = node
    return key

"""The doctree of a page becomes a deck: title, plan, slides, « À retenir ».

In the end the document holds ``stack`` nodes (one per section of the chapter), each
holding ``sheet`` nodes (one per slide), that :mod:`epreuve.slides.html` writes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from .facts import ids_in, sections_of, split
from .labels import LABELS
from .markup import slide, slide_title, title_of

if TYPE_CHECKING:
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

BUILDERS = ("revealjs", "dirrevealjs")
FOLDER = "diapos"  #: of the decks, inside the folder of the pages
LONG_LIST = 9  #: a plan with more entries goes on two columns


class stack(nodes.General, nodes.Element):  # noqa: N801  (docutils names)
    """Slides that follow each other under one section."""


class sheet(nodes.General, nodes.Element):  # noqa: N801
    """One slide; ``page`` is its place in the course, ``section`` what it belongs to."""


class MakeDeck(SphinxPostTransform):
    """Keep only what goes on slides, one ``sheet`` per slide."""

    default_priority = 60  # once references are resolved and outputs in place
    builders = BUILDERS

    def run(self, **kwargs: object) -> None:
        slides = list(self.document.findall(slide))
        chapter = self.document.next_node(nodes.section)
        if chapter is None:
            self.document.children = []
            return
        page = page_uri(builder_of(self), self.env.docname, self.env.docname)
        if slides:
            stacks = chapter_stacks(chapter, slides, page)
        else:
            stacks = [stub(chapter, page, list(self.other_decks()))]
        for box in stacks:
            copy_footnotes(self.document, box)
        self.document.children = []
        self.document += stacks
        number(list(self.document.findall(sheet)), chapter[0].astext())
        relink(self.document, self.env, builder_of(self))

    def other_decks(self) -> Iterator[nodes.reference]:
        """Links to the decks of the course, from the one of its first page."""
        if self.env.docname != self.config.root_doc:
            return
        for docname in sorted(self.env.epreuve_decks):
            uri = builder_of(self).get_relative_uri(self.env.docname, docname)
            yield nodes.reference("", self.env.titles[docname].astext(), refuri=uri, internal=True)


# -- the slides of a chapter -----------------------------------------------------------


def chapter_stacks(chapter: nodes.section, slides: list[slide], page: str) -> list[stack]:
    """Title and plan, the sections, what to remember."""
    claimed: set[str] = set(chapter["ids"])
    opening, parts = stack(), []
    last = None
    for node in slides:
        section = next(iter(sections_of(node)[1:2]), None)
        if not parts or section is not last:
            parts.append(stack())
            last = section
        parts[-1] += sheets_of(node, page, claimed)
    opening += title_sheet(chapter, page)
    opening += agenda(parts, page)
    return [opening, *parts, *keypoints(chapter, page)]


def sheets_of(node: slide, page: str, claimed: set[str]) -> Iterator[sheet]:
    """A slide and its continuations."""
    sections = sections_of(node)
    title = title_of(node)
    content = [child for child in node if child is not title and not isinstance(child, nodes.footnote)]
    anchor = section_id(node) if node["only"] else node["ids"][0]
    summary = any("keypoints" in box["classes"] for box in node.findall(nodes.admonition))  # of the chapter, not of its section
    for position, part in enumerate(split(content)):
        made = sheet("", continued(title, position), *part, page=f"{page}#{anchor}", classes=list(node["classes"]))
        made["ids"] = list(node["ids"]) if position == 0 else [f"{node['ids'][0]}-suite" + f"-{position}" * (position > 1)]
        made["section"] = sections[1][0].astext() if len(sections) > 1 and not summary else ""
        if "background" in node:
            made["background"] = node["background"]
        if position == 0:  # the first slide of a section stands for it
            new = [key for section in sections for key in section["ids"] if key not in claimed]
            claimed.update(new)
            made["ids"] += new
        yield made


def continued(title: slide_title, position: int) -> slide_title:
    """The title of a slide, or of its continuation."""
    copy = title.deepcopy()
    if position:
        before, after = LABELS["suite"].split("{title}")
        copy.children = [nodes.Text(before), *copy.children, nodes.inline("", after, classes=["ep-suite"])]
    return copy


def title_sheet(chapter: nodes.section, page: str, *content: nodes.Node) -> sheet:
    """The first slide: title of the chapter, and its objectives."""
    title = slide_title("", "", *(child.deepcopy() for child in chapter[0]))
    made = sheet("", title, ids=list(chapter["ids"]), classes=["ep-cover"], page=page, section="")
    box = next(chapter.findall(has_class("objectives")), None)
    goals = box and box.next_node(nodes.bullet_list)
    if goals:
        made += nodes.paragraph("", LABELS["objectives"], classes=["ep-kicker"])
        made += goals.deepcopy()
    made += content
    return made


def agenda(parts: list[stack], page: str) -> list[sheet]:
    """The plan: the sections that have slides, each a link to its first one."""
    starts = [part[0] for part in parts if part[0]["section"]]
    if len(starts) < 2:
        return []
    links = [nodes.reference("", start["section"], refid=start["ids"][0], internal=True) for start in starts]
    return [sheet("", slide_title("", LABELS["agenda"]), link_list(links), ids=["diapo-plan"], classes=["ep-agenda"], page=page, section="")]


def keypoints(chapter: nodes.section, page: str) -> Iterator[stack]:
    """« À retenir », from the box of that name, unless a slide holds it already."""
    box = next(chapter.findall(has_class("keypoints")), None)
    if box is None:
        return
    content = [child.deepcopy() for child in box if not isinstance(child, nodes.title)]
    title = slide_title("", LABELS["keypoints"])
    place = f"{page}#{section_id(box)}"
    yield stack("", sheet("", title, *content, ids=["diapo-a-retenir"], classes=["ep-keypoints"], page=place, section=""))


def stub(chapter: nodes.section, page: str, decks: list[nodes.reference]) -> stack:
    """The deck of a page without slides: its title, and where to go instead."""
    link = nodes.reference("", LABELS["read-page"], refuri=page, internal=True)
    words = [nodes.paragraph("", LABELS["decks"], classes=["ep-kicker"]), link_list(decks)] if decks else []
    if not decks:
        words = [nodes.paragraph("", LABELS["no-slides"])]
    return stack("", title_sheet(chapter, page, *words, nodes.paragraph("", "", link)))


def link_list(links: list[nodes.reference]) -> nodes.bullet_list:
    """Links, on two columns when they are many."""
    items = (nodes.list_item("", nodes.paragraph("", "", link)) for link in links)
    return nodes.bullet_list("", *items, classes=["ep-links", *(["ep-long"] if len(links) >= LONG_LIST else [])])


def section_id(node: nodes.Node) -> str:
    """Identifier of the section around a node."""
    return next((section["ids"][0] for section in reversed(sections_of(node)) if section["ids"]), "")


def has_class(name: str) -> object:
    """A condition on nodes: outside slides, with this class."""

    def found(node: nodes.Node) -> bool:
        return isinstance(node, nodes.Element) and name in node["classes"] and not inside_slide(node)

    return found


def inside_slide(node: nodes.Node) -> bool:
    while (node := node.parent) is not None:
        if isinstance(node, (slide, sheet)):
            return True
    return False


def number(sheets: list[sheet], chapter: str) -> None:
    """Say on each slide which one it is."""
    for position, made in enumerate(sheets, 1):
        made["number"], made["total"], made["chapter"] = position, len(sheets), chapter


def copy_footnotes(document: nodes.document, box: stack) -> None:
    """Put under each slide the footnotes it refers to; identifiers stay unique."""
    used: set[str] = set()
    for made in box.findall(sheet):
        keys = [reference.get("refid") for reference in made.findall(nodes.footnote_reference)]
        notes = [document.ids[key].deepcopy() for key in dict.fromkeys(keys) if key in document.ids]
        for note in notes:
            note["backrefs"] = []
            if used & set(note["ids"]):
                note["ids"] = []
            used.update(note["ids"])
        if notes:
            made += nodes.container("", *notes, classes=["ep-footnotes"])


# -- links -----------------------------------------------------------------------------


def builder_of(transform: SphinxPostTransform) -> Builder:
    """The builder a transform works for, found where Sphinx's own transforms find it: ``app`` leaves them in Sphinx 11."""
    return transform.env._app.builder


def page_uri(builder: Builder, docname: str, target: str) -> str:
    """From the deck of a page to a page of the course."""
    return relative_uri(posixpath.join(FOLDER, builder.get_target_uri(docname)), builder.get_target_uri(target))


def relink(document: nodes.document, env: BuildEnvironment, builder: Builder) -> None:
    """Links to what is on no slide lead to the course, in another tab."""
    here = set(ids_in(document))
    documents = {builder.get_target_uri(docname): docname for docname in env.found_docs}
    for link in document.findall(nodes.reference):
        target, anchor = destination(link, env.docname, documents, builder)
        if target is None:
            continue
        deck = env.epreuve_decks.get(target)
        ids: Iterable[str] = here if target == env.docname else deck.ids if deck else ()
        if anchor in ids or (deck and not anchor):
            continue
        link.attributes.pop("refid", None)
        link["refuri"] = page_uri(builder, env.docname, target) + (f"#{anchor}" if anchor else "")
        link["target"] = "_blank"


def destination(link: nodes.reference, docname: str, documents: dict[str, str], builder: Builder) -> tuple[str | None, str]:
    """Document and identifier that an internal link leads to."""
    if "refid" in link:
        return docname, link["refid"]
    path, _, anchor = link.get("refuri", "").partition("#")
    if not path:
        return (docname if anchor else None), anchor
    if not link.get("internal") or link["refuri"].startswith(("http:", "https:", "mailto:")):
        return None, ""
    here = posixpath.dirname(builder.get_target_uri(docname))
    return documents.get(posixpath.normpath(posixpath.join(here, path))), anchor

"""Slides on the pages of the course: their content, and a link to the deck.

What is for slides only (notes, titles, continuations) leaves the doctree of every
builder but the decks', hence the search index too.
"""

from __future__ import annotations

import posixpath
from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from .deck import BUILDERS, FOLDER, builder_of, destination
from .facts import sections_of
from .labels import LABELS
from .markup import slide, slide_break, slide_title, speaker_notes, title_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder

LINKED = ("html", "dirhtml")  #: builders whose pages lead to the decks


class MakePage(SphinxPostTransform):
    """Slides become ordinary containers, or nothing."""

    default_priority = 60

    def run(self, **kwargs: object) -> None:
        builder = builder_of(self)
        if builder.name in BUILDERS:
            return
        slides = list(self.document.findall(slide))
        if builder.name in LINKED and slides:
            deck = deck_uri(builder, self.env.docname, self.env.docname)
            link_sections(slides, deck)
            for node in slides:
                node.insert(1, deck_link(f"{deck}#/{node['ids'][0]}", LABELS["to-slide"].format(title=title_of(node).astext())))
        for node in slides:
            if node["only"]:
                node.parent.remove(node)
            else:
                box = nodes.container("", *node.children, classes=["ep-slide"], ids=node["ids"], names=node["names"])
                node.replace_self(box)
        for node in list(self.document.findall(for_slides_only)):
            node.parent.remove(node)
        self.relink()

    def relink(self) -> None:
        """Links to what is only on slides lead to the deck."""
        builder, env = builder_of(self), self.env
        documents = {builder.get_target_uri(docname): docname for docname in env.found_docs}
        for link in self.document.findall(nodes.reference):
            target, anchor = destination(link, env.docname, documents, builder)
            deck = env.epreuve_decks.get(target)
            if deck and anchor in deck.only:
                link.attributes.pop("refid", None)
                link["refuri"] = f"{deck_uri(builder, env.docname, target)}#/{anchor}"


def for_slides_only(node: nodes.Node) -> bool:
    """Whether a node means nothing on a page."""
    background = isinstance(node, nodes.image) and "ep-background" in node["classes"]
    return background or isinstance(node, (slide_title, slide_break, speaker_notes))


def deck_uri(builder: Builder, docname: str, target: str) -> str:
    """From a page to the deck of a page."""
    return relative_uri(builder.get_target_uri(docname), posixpath.join(FOLDER, f"{target}.html"))


def deck_link(uri: str, words: str) -> nodes.raw:
    """A small link to a slide; its words stay out of the search index."""
    words = escape(words)
    return nodes.raw("", f'<a class="ep-to-slide" href="{uri}" title="{words}" aria-label="{words}"></a>', format="html")


def link_sections(slides: list[slide], deck: str) -> None:
    """Each title of section leads to the first slide of the section."""
    seen: set[int] = set()
    for node in slides:
        for section in sections_of(node)[1:]:
            if id(section) not in seen:
                seen.add(id(section))
                section[0] += deck_link(f"{deck}#/{node['ids'][0]}", LABELS["to-section"])


def on_html_page_context(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """« Diaporama du chapitre », under the title of the page."""
    deck = app.env.epreuve_decks.get(pagename)
    if app.builder.name not in LINKED or doctree is None or deck is None:
        return
    link = f'<a href="{deck_uri(app.builder, pagename, pagename)}">{LABELS["deck"]}</a>'
    before, title, after = context["body"].partition("</h1>")
    context["body"] = f'{before}{title}\n<p class="ep-to-deck">{link}</p>{after}'

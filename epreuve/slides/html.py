"""How a deck is written: balanced ``<section>`` elements, Pygments code, notes."""

from __future__ import annotations

import posixpath
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

from .labels import LABELS

if TYPE_CHECKING:
    from .deck import sheet, stack
    from .markup import slide_title, speaker_notes

VEIL = "0.3"  #: of a background picture: text stays readable on it, light or dark


class DeckTranslator(HTML5Translator):
    """Sphinx's own HTML, with slides around it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stepped = count(1)  # blocks of code shown step by step, in this deck

    def visit_stack(self, node: stack) -> None:
        self.body.append("<section>\n")

    def depart_stack(self, node: stack) -> None:
        self.body.append("</section>\n")

    def visit_sheet(self, node: sheet) -> None:
        self.body.append(self.starttag(node, "section", **self.background(node)))
        self.body.append('<div class="ep-sheet">\n')

    def depart_sheet(self, node: sheet) -> None:
        number = LABELS["number"].format(number=node["number"], total=node["total"])
        trail = " · ".join(escape(name) for name in (node["chapter"], node["section"]) if name)
        self.body.append(
            f'</div>\n<div class="ep-foot"><span class="ep-trail">{trail}</span>'
            f'<a class="ep-course" href="{escape(node["page"])}" title="{LABELS["course-title"]}">{LABELS["course"]}</a>'
            f'<span class="ep-number" title="{number}">{node["number"]}&thinsp;/&thinsp;{node["total"]}</span></div>\n'
            "</section>\n"
        )

    def background(self, node: sheet) -> dict[str, str]:
        """Attributes that reveal.js reads: a colour, or a picture among those copied."""
        for image in node.findall(nodes.image):
            if "ep-background" in image["classes"] and image["uri"] in self.builder.images:
                path = posixpath.join(self.builder.imgpath, self.builder.images[image["uri"]])
                return {"data-background-image": path, "data-background-size": "cover", "data-background-opacity": VEIL}
        return {"data-background-color": node["background"]} if "background" in node else {}

    def visit_image(self, node: nodes.image) -> None:
        if "ep-background" in node["classes"]:
            raise nodes.SkipNode
        super().visit_image(node)

    def visit_slide_title(self, node: slide_title) -> None:
        self.tag = "h1" if "ep-cover" in node.parent["classes"] else "h2"
        self.body.append(f"<{self.tag}>")

    def depart_slide_title(self, node: slide_title) -> None:
        self.body.append(f"</{self.tag}>\n")

    def visit_speaker_notes(self, node: speaker_notes) -> None:
        self.body.append('<aside class="notes">\n')

    def depart_speaker_notes(self, node: speaker_notes) -> None:
        self.body.append("</aside>\n")

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        """Code by Pygments; with ``:steps:``, each line is a span and each step a fragment."""
        if not node.get("steps") or node.rawsource != node.astext():
            return super().visit_literal_block(node)
        name = f"l{next(self.stepped)}"
        node["highlight_args"] = {**node.get("highlight_args", {}), "linespans": name}
        first, *others = (escape(step.strip()) for step in node["steps"].split("|"))
        self.body.append(f'<div class="ep-steps" data-name="{name}" data-lines="{first}">\n')
        try:
            super().visit_literal_block(node)
        except nodes.SkipNode:
            self.body += [f'<span class="fragment ep-step" data-lines="{step}"></span>\n' for step in others]
            self.body.append("</div>\n")
            raise

    def add_permalink_ref(self, node: nodes.Element, title: str) -> None:
        """Slides have their own address; nothing is added to their titles."""

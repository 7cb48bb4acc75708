"""Definitions of the glossary, shown beside a term on hover and on focus."""

from __future__ import annotations

import re
from collections.abc import Mapping

from docutils import nodes
from sphinx import addnodes

from epreuve.frame.html import element

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[A-ZÀ-ÖØ-Þ«])")


def first_sentence(text: str) -> str:
    """The first sentence of *text*, on one line."""
    return SENTENCE_END.split(" ".join(text.split()), maxsplit=1)[0]


def definitions_of(doctree: nodes.document) -> dict[str, str]:
    """First sentence of each definition of the page's glossaries, by anchor."""
    found: dict[str, str] = {}
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            words = next(item.findall(nodes.definition)).astext()
            for term in item.findall(nodes.term):
                found |= dict.fromkeys(term["ids"], first_sentence(words))
    return found


def show_definitions(doctree: nodes.document, known: Mapping[str, str]) -> None:
    """Put beside each link to the glossary its definition, *known* by anchor."""
    links = [link for link in doctree.findall(nodes.reference) if is_term(link)]
    for position, link in enumerate(links, start=1):
        if text := known.get(anchor_of(link)):
            link.replace_self(with_definition(link, text, f"ep-tip-{position}"))


def is_term(link: nodes.reference) -> bool:
    """Whether *link* was written with the role ``:term:``."""
    return any("std-term" in words["classes"] for words in link.findall(nodes.inline))


def anchor_of(link: nodes.reference) -> str:
    return link.get("refid") or link.get("refuri", "").partition("#")[2]


def with_definition(link: nodes.reference, text: str, key: str) -> nodes.Node:
    """The same link, described by a tooltip that follows it."""
    address = link.get("refuri") or f"#{link['refid']}"
    classes = ("reference", "internal")
    described = element("a", *link.children, href=address, aria_describedby=key, classes=classes)
    tip = element("span", role="tooltip", id=key, classes=("ep-tip",), text=text)
    return element("span", described, tip, classes=("ep-term",))

"""The whole course as one HTML file, made for paper: a cover, a table of contents, then every page in order.

Pages are taken as they were built. Their identifiers get the name of the page in front,
so that links between pages become links inside the book.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import zip_longest
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

LABELS = {"contents": "Table des matières", "version": "Version {version}"}

#: What a sheet of paper has no use for.
SCREEN_ONLY = "script, .headerlink, .ep-to-slide, .ep-to-deck, .ep-report, .ep-reading, .ep-mark, .ep-tip, .ep-controls, .ep-data, .ep-search"
POINTING = ("for", "aria-labelledby", "aria-describedby", "aria-controls")  #: attributes that hold identifiers
BOOK_CSS = """
.ep-book { max-width: none; padding: 0; }
.ep-book > section { break-before: page; }
.ep-cover { display: flex; flex-direction: column; justify-content: center; height: 235mm; }
.ep-cover h1 { max-width: 9em; font-size: 34pt; }
.ep-cover h1::before { content: ""; display: block; width: 22mm; height: 1.6mm; margin-bottom: 8mm; border-radius: 1mm; background: var(--ep-accent); }
.ep-contents ul { padding: 0; list-style: none; }
.ep-contents .ep-level-1 { margin-top: 0.9em; font-weight: 650; break-after: avoid; }
.ep-contents .ep-level-2 { padding-left: 1.2em; font-size: 0.94em; }
.ep-contents li > a { display: flex; align-items: baseline; gap: 0.5em; text-decoration: none; }
.ep-contents li > a::after { order: 1; flex: 1; border-bottom: 1px dotted var(--ep-muted); content: ""; }
.ep-contents li > a > .ep-page { order: 2; min-width: 1.6em; text-align: right; font-variant-numeric: tabular-nums; }
"""


@dataclass(frozen=True)
class Leaf:
    """A page of the site, as the book needs it."""

    name: str  #: path of its file, from the folder of the site
    soup: BeautifulSoup

    @property
    def prefix(self) -> str:
        return re.sub(r"\W+", "-", self.name.removesuffix(".html"))

    @cached_property
    def article(self) -> Tag:
        return self.soup.select_one("[role=main]")

    def title(self) -> str:
        return heading(self.article.find("h1"))

    def parts(self) -> Iterator[tuple[str, str]]:
        """Identifier and title of each section, once identifiers are those of the book."""
        for title in self.article.select("section > h2"):
            yield title.parent["id"], heading(title)


def heading(title: Tag) -> str:
    """The words of a title."""
    return " ".join(title.get_text().split())


def leaves(site: Path) -> list[Leaf]:
    """Every page from the first one on, as « next » links them."""
    found, name = [], "index.html"
    while name and name not in [leaf.name for leaf in found]:
        leaf = Leaf(name, BeautifulSoup((site / name).read_text("utf-8"), "html.parser"))
        found.append(leaf)
        following = leaf.soup.find("link", rel="next")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), following["href"])) if following else ""
    return found


def prepare(leaf: Leaf, prefixes: Mapping[str, str], site: str) -> None:
    """Identifiers of the book, pictures found from its folder, links inside it."""
    for useless in leaf.article.select(SCREEN_ONLY):
        useless.decompose()
    for element in leaf.article.find_all(True):
        if element.get("id"):
            element["id"] = f"{leaf.prefix}--{element['id']}"
        for name in filter(element.has_attr, POINTING):
            element[name] = " ".join(f"{leaf.prefix}--{one}" for one in element[name].split())
        if element.get("src"):
            element["src"] = posixpath.join(site, posixpath.dirname(leaf.name), element["src"])
            element.attrs.pop("loading", None)
        if element.name == "a" and element.get("href"):
            relink(element, leaf, prefixes)


def relink(link: Tag, leaf: Leaf, prefixes: Mapping[str, str]) -> None:
    """A link to a page becomes one to its place in the book; other files of the site are not in the book."""
    parts = urlsplit(link["href"])
    if parts.scheme:
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(leaf.name), unquote(parts.path))) if parts.path else leaf.name
    if target in prefixes:
        link["href"] = f"#{prefixes[target]}" + (f"--{parts.fragment}" if parts.fragment else "")
    else:
        link.unwrap()


def entries(pages: list[Leaf]) -> list[tuple[int, str, str]]:
    """The table of contents in order: level, identifier, title. The home page is the cover."""
    found = []
    for leaf in pages[1:]:
        found.append((1, leaf.prefix, leaf.title()))
        found += [(2, anchor, title) for anchor, title in leaf.parts()]
    return found


def contents(listed: list[tuple[int, str, str]], sheets: Sequence[int]) -> str:
    """The table of contents; *sheets* are the numbers of its entries, once they are known."""
    lines = "".join(
        f'<li class="ep-level-{level}"><a href="#{anchor}">{escape(title)}<span class="ep-page">{sheet}</span></a></li>'
        for (level, anchor, title), sheet in zip_longest(listed, sheets, fillvalue="")
    )
    return f'<section class="ep-contents"><h1>{LABELS["contents"]}</h1><ul>{lines}</ul></section>'


def cover(home: Leaf, version: str) -> str:
    """Title, lead and version, taken from the home page, which loses them."""
    title, lead = home.article.find("h1").extract(), home.article.select_one(".ep-lead")
    words = f"<p>{LABELS['version'].format(version=escape(version))}</p>" if version else ""
    return f'<section class="ep-cover">{title}{lead.extract() if lead else ""}{words}</section>'


@dataclass
class Book:
    """The pages of a site, ready to be written for paper."""

    site: Path
    folder: Path  #: where the book is written; pictures and style sheets are found from there
    version: str = ""

    def __post_init__(self) -> None:
        self.pages = leaves(self.site)
        prefixes = {leaf.name: leaf.prefix for leaf in self.pages}
        self.back = Path(os.path.relpath(self.site, self.folder)).as_posix()
        for leaf in self.pages:
            prepare(leaf, prefixes, self.back)
        home = self.pages[0]
        self.title = home.title()
        self.entries = entries(self.pages)
        self.cover = cover(home, self.version)
        for useless in home.article.select(".ep-start"):
            useless.decompose()

    def write(self, sheets: Sequence[int] = ()) -> Path:
        """The file, with the numbers of the sheets in its table of contents."""
        head = "".join(self.head())
        body = "".join(f'<section id="{leaf.prefix}">{leaf.article.decode_contents()}</section>' for leaf in self.pages)
        path = self.folder / "cours.html"
        path.write_text(
            f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{escape(self.title)}</title>{head}'
            f"<style>{BOOK_CSS}</style></head>"
            f'<body data-theme="light"><article class="ep-book">{self.cover}{contents(self.entries, sheets)}{body}</article></body></html>',
            "utf-8",
        )
        return path

    def head(self) -> Iterator[str]:
        """Every style sheet that a page uses, once, and the colours that the theme writes in its pages."""
        sheets = [
            posixpath.normpath(posixpath.join(posixpath.dirname(leaf.name), link["href"]))
            for leaf in self.pages
            for link in leaf.soup.select("head link[rel=stylesheet]")
        ]
        for sheet in dict.fromkeys(sheets):
            yield f'<link rel="stylesheet" href="{posixpath.join(self.back, sheet)}">'
        yield from map(str, self.pages[0].soup.select("head style, body > style"))

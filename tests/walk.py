"""Walk a built site in a real browser: what sticks out, what is missing, what speaks English, what leads nowhere.

    python tests/walk.py build/html [--only chapters/01]

prints one line per defect, with the page or the slide, and exits 1 when there is one.
"""

from __future__ import annotations

import argparse
import posixpath
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from browser import FLAGS, find_browser
from bs4 import BeautifulSoup
from deck_check import LOOK, SMALLEST

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WORKERS = 2  #: browsers at once

#: What furo, Sphinx, reveal.js or an extension say when nobody translated them.
ENGLISH = re.compile(
    r"\b(toggle|skip to|back to|on this page|search|next|previous|home|permalink|link to|made with|contents|expand|collapse"
    r"|light|dark|mode|navigation of|please|activate|error|copy|copied|show|hide|source|view|edit|last updated|close|open"
    r"|slide|speaker|upcoming|elapsed|resume|pause|help|overview|fullscreen)\b",
    re.I,
)
FRENCH_TOO = re.compile(r"RuntimeError|source du|Code source|\bsource\b.{0,3}$|^Source\b|\bpause\b", re.I)
"""Sentences that these words do not make English."""


# ---- what is written: links and words -----------------------------------------------------------------------


def html_files(site: Path) -> list[Path]:
    """Pages and decks, without what only the server reads."""
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts)


def is_deck(site: Path, path: Path) -> bool:
    return path.relative_to(site).parts[0] == "diapos"


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Every place of a file that a link can lead to."""
    return frozenset(element[name] for name in ("id", "name") for element in soup(path).find_all(attrs={name: True}))


def broken_links(site: Path, path: Path) -> Iterator[str]:
    """Links and pictures of a file that lead to no file, or to no place of it."""
    for element in soup(path).find_all(["a", "img", "link", "script"]):
        address = element.get("href") or element.get("src")
        if not address or urlsplit(address).scheme or address in ("#", "#!"):
            continue
        parts = urlsplit(address)
        target = Path(posixpath.normpath(posixpath.join(path.parent.as_posix(), unquote(parts.path)))) if parts.path else path
        anchor = unquote(parts.fragment).removeprefix("/")
        if not target.is_file():
            yield f"lien rompu : {address}"
        elif anchor and target.suffix == ".html" and anchor not in anchors(target) and not anchor.startswith(":~:"):
            yield f"ancre absente : {address}"


def twice(path: Path) -> list[str]:
    """Identifiers that several elements of a file share: a link leads to the first only."""
    known = Counter(element["id"] for element in soup(path).find_all(id=True))
    return [f"identifiant en double : {name}" for name, count in known.items() if count > 1]


def words_shown(page: BeautifulSoup) -> Iterator[str]:
    """Every text and label of a page that is not code."""
    for element in page.find_all(True):
        yield from (element[name] for name in ("aria-label", "title", "placeholder", "alt") if element.has_attr(name))
    for text in page.find_all(string=True):
        if text.strip() and not any(parent.name in ("script", "style", "pre", "code", "annotation", "em", "cite") for parent in text.parents):
            yield text.strip()


def english(page: BeautifulSoup) -> Iterator[str]:
    """What is left in English of the interface."""
    for words in words_shown(page):
        if ENGLISH.search(words) and not FRENCH_TOO.search(words):
            yield f"en anglais : {words[:80]}"


def interface(path: Path, deck: bool) -> Iterator[str]:
    """English words of what surrounds the text: the text itself may quote some."""
    html = soup(path)
    if html.html.get("lang") != "fr":
        yield "la langue de la page n’est pas dite"
    around = [] if deck else html.select(".sidebar-drawer, .toc-title, .mobile-header, .related-pages, .skip-to-content, .ep-to-deck, .ep-report, .theme-toggle-container")
    for part in around:
        yield from english(part)
    for element in html.select("article [aria-label], article [title]"):
        yield from (f"en anglais : {element[n]}" for n in ("aria-label", "title") if element.has_attr(n) and ENGLISH.search(element[n]) and "diapositive" not in element[n].lower() and not element.find_parent("pre"))


# ---- what is seen ---------------------------------------------------------------------------------------------

OVERFLOW = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("article *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => `sort à droite : ${e.outerHTML.slice(0, 120)}`).slice(0, 3).concat("largeur " + document.documentElement.scrollWidth)"""
#: The page's own observers have answered once two frames were drawn.
SETTLED = "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"
FOLD = "(open) => document.querySelectorAll('article details').forEach((box) => box.open = open)"
MISSING = "() => [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => `image absente : ${i.src}`)"

#: axe takes as long as there are elements, and most are the colours of code and the boxes of formulas. Of each colour of a
#: page, on each background, one is kept; a formula becomes one text.
LIGHTEN = """() => {
  const seen = new Set();
  for (const span of document.querySelectorAll(".highlight span:not(:has(*))")) {
    const around = [".ep-output", "[class*=highlight-]", "pre > span, pre"].map((box) => span.closest(box)?.className);
    const kind = [span.className, ...around].join();
    seen.has(kind) ? span.replaceWith(span.textContent) : seen.add(kind);
  }
  for (const formula of document.querySelectorAll(".katex-html")) formula.textContent = formula.textContent;
}"""
#: A header that holds only a formula reads as MathML, which axe does not count as text.
RUN_AXE = """([where, rules]) => axe.run({include: [where], exclude: [["th:has(.katex)"]]},
    {resultTypes: ["violations"], preload: false, ...(rules && {runOnly: rules})})
  .then((result) => result.violations)"""
COLOURS = ["color-contrast", "link-in-text-block"]  #: the rules that depend on the theme
#: What reveal.js says around the slides.
AROUND = """() => [...document.querySelectorAll('.controls [aria-label], .progress, .reveal > [aria-label], .playback')]
  .map((e) => e.getAttribute('aria-label') || '').filter(Boolean)"""
SLIDES = "Reveal.getSlides().map((s) => ({id: s.id, ...Reveal.getIndices(s)}))"
READY = "window.Reveal && Reveal.isReady()"


def violations(page: Page, where: str = "html", rules: list[str] | None = None) -> list[str]:
    """What axe finds wrong."""
    if not page.evaluate("window.axe"):
        page.evaluate(AXE.read_text("utf-8"))
    return [f"axe {fault['id']} : {fault['nodes'][0]['html'][:160]}" for fault in page.evaluate(RUN_AXE, [where, rules])]


def overflow(page: Page) -> list[str]:
    """What sticks out of the window to the right, though nothing around it scrolls."""
    return page.evaluate(OVERFLOW)


class Walker:
    """A window with the network cut, used for one file after the other; `wrong` is what went wrong in the current one."""

    def __init__(self) -> None:
        from playwright.sync_api import sync_playwright

        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        self.wrong: list[str] = []
        context = self.browser.new_context(locale="fr-FR", reduced_motion="reduce")
        context.route(re.compile("^https?:"), self.cut)
        self.page = page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and self.wrong.append(f"console : {message.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"erreur : {error}"))
        page.on("requestfailed", lambda request: request.failure == "net::ERR_ABORTED" or self.wrong.append(f"échec : {request.url}"))

    def cut(self, route) -> None:
        self.wrong.append(f"demande au réseau : {route.request.url}")
        route.abort()

    def __enter__(self) -> Walker:
        return self

    def __exit__(self, *error: object) -> None:
        self.browser.close()
        self.playwright.stop()

    def show(self, width: int, height: int, scheme: str = "light") -> str:
        """Change the window; the words that say how it is."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)
        return f"{width} px, {'sombre' if scheme == 'dark' else 'clair'}"

    def look(self, site: Path, path: Path) -> list[str]:
        """Every defect of a file that only a browser sees."""
        self.wrong.clear()
        found = list(self.look_at_deck(path) if is_deck(site, path) else self.look_at_page(path))
        return list(dict.fromkeys([*found, *self.wrong]))

    # -- a page: on a screen, on a wall, on a phone; folded boxes closed, then open ------------------------------

    def look_at_page(self, path: Path) -> Iterator[str]:
        page = self.page
        self.show(1280, 720)
        page.goto(path.as_uri())
        page.wait_for_function("document.fonts.status === 'loaded'")
        yield from page.evaluate(MISSING)
        for width, height in ((1280, 720), (1920, 1080), (390, 844)):
            where = self.show(width, height)
            for unfolded in (False, True):
                page.evaluate(FOLD, unfolded)
                yield from (f"{where} : {fault}" for fault in overflow(page))
        page.evaluate(LIGHTEN)
        for width, height, scheme, rules in ((390, 844, "dark", None), (1280, 720, "dark", COLOURS), (1280, 720, "light", None)):
            where = self.show(width, height, scheme)
            page.evaluate(SETTLED)
            yield from (f"{where} : {fault}" for fault in violations(page, rules=rules))

    # -- a deck: every slide on two screens, then all of them as they are printed, then on a phone --------------

    def open_deck(self, path: Path, query: str = "", ready: str = READY) -> None:
        self.page.goto(path.as_uri() + query)
        self.page.wait_for_function(ready)

    def look_at_deck(self, path: Path) -> Iterator[str]:
        page = self.page
        for width, height, scheme in ((1280, 720, "light"), (1920, 1080, "dark")):
            where, query = self.show(width, height, scheme), "?sombre" if scheme == "dark" else ""
            self.open_deck(path, query)
            slides = page.evaluate(SLIDES)
            yield from (f"{where}, {fault}" for fault in self.look_at_slides(slides))
            if len(slides) > 1:
                yield from (f"{where}, toutes les diapositives : {fault}" for fault in self.look_at_print(path, query))
        where = self.show(390, 844)
        self.open_deck(path)
        yield from (f"{where} : {fault}" for fault in overflow(page))

    def look_at_slides(self, slides: list[dict]) -> Iterator[str]:
        """What surrounds the slides, then each of them."""
        page = self.page
        around = [f"en anglais : {label}" for label in page.evaluate(AROUND) if ENGLISH.search(label)]
        yield from (f"autour : {fault}" for fault in (*around, *violations(page)))
        for position, slide in enumerate(slides, 1):
            for fault in page.evaluate(LOOK, [slide["h"], slide["v"], SMALLEST]):
                yield f"{position}/{len(slides)} #{slide['id']} : {fault}"

    def look_at_print(self, path: Path, query: str) -> list[str]:
        """axe on all the slides at once; in the dark, only what depends on colours."""
        page = self.page
        self.open_deck(path, f"{query or '?'}&print-pdf", f"{READY} && document.querySelector('.pdf-page')")
        page.evaluate("for (const slide of document.querySelectorAll('section')) slide.removeAttribute('aria-hidden')")
        page.evaluate(LIGHTEN)
        return violations(page, ".slides", COLOURS if query else None)


# ---- the walk -----------------------------------------------------------------------------------------------------


def read(site: Path, path: Path) -> list[str]:
    """Every defect of a file that can be read in it."""
    return [*broken_links(site, path), *twice(path), *interface(path, is_deck(site, path))]


class Walk:
    """Files looked at in the background, by a few browsers: `walk[path]` waits for what is wrong in a file."""

    def __init__(self, site: Path, paths: Iterable[Path]) -> None:
        self.site, self.queue = site, SimpleQueue()
        self.found: dict[Path, Future[list[str]]] = {path: Future() for path in paths}
        for path in self.found:
            self.queue.put(path)
        self.threads = [Thread(target=self.work) for _ in range(WORKERS)]

    def __enter__(self) -> Walk:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(Empty):
            while True:  # nobody waits for the others any more
                self.queue.get_nowait()
        for thread in self.threads:
            thread.join()

    def __getitem__(self, path: Path) -> list[str]:
        return self.found[path].result()

    def work(self) -> None:
        """Playwright wants each browser in its own thread."""
        with Walker() as walker, suppress(Empty):
            while True:
                path = self.queue.get_nowait()
                try:
                    self.found[path].set_result([*read(self.site, path), *walker.look(self.site, path)])
                except Exception as error:  # told to who asks for this file; the others are looked at all the same
                    self.found[path].set_exception(error)


def defects(site: Path, only: str = "") -> Iterator[str]:
    """Every defect of a site: its file, how it was looked at, what is wrong."""
    paths = [path for path in html_files(site) if only in path.relative_to(site).as_posix()]
    with Walk(site, paths) as walk:
        for path in paths:
            yield from (f"{path.relative_to(site)} : {fault}" for fault in walk[path])


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("site", type=Path, help="le dossier des pages")
    arguments.add_argument("--only", default="", help="seulement les fichiers dont le chemin contient ceci")
    given = arguments.parse_args()
    number = 0
    for number, defect in enumerate(defects(given.site.resolve(), given.only), 1):
        print(defect, flush=True)
    print(f"{number} défauts")
    return int(number > 0)


if __name__ == "__main__":
    sys.exit(main())

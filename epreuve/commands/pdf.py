"""``epreuve pdf``: the course and each deck on paper, printed by Chromium from what ``epreuve site`` built."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..book import Book
from ..browser import FLAGS, find_browser
from ..project import BUILD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pypdf import PdfReader

LABELS = {
    "help": "imprime le cours (un fichier) et chaque diaporama en PDF",
    "no-site": "Rien à imprimer : {site} n’existe pas. Le construire : « epreuve site ».",
    "no-browser": "Aucun navigateur : installer le paquet chromium, ou « python -m playwright install chromium ».",
    "no-tools": "Il manque un paquet Python : {name}. L’installer : « pip install playwright pypdf ».",
    "book": "{path} : {sheets} pages, {size}",
    "deck": "{path} : {sheets} diapositives, {size}",
    "cut": "{path} : {sheets} pages pour {slides} diapositives.",
}
#: Small print at the foot of each sheet; Chromium fills in the numbers.
FOOT = (
    '<div style="width: 100%; padding: 0 18mm; display: flex; justify-content: space-between;'
    ' font: 8px sans-serif; color: #55606d"><span>{title}</span><span class="pageNumber"></span></div>'
)
MARGINS = {"top": "16mm", "bottom": "18mm", "left": "18mm", "right": "18mm"}
PATIENCE = 180_000  #: milliseconds; the course is one long page


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("pdf", help=LABELS["help"])
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print everything; 1 when a sheet is missing, 2 when nothing can be printed."""
    build = Path(options.source).resolve() / BUILD
    wrong = obstacle(build / "html")
    if wrong:
        print(wrong, file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    start, missing = time.perf_counter(), 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(FLAGS))
        for line, good in print_all(browser, build / "html", build / "pdf"):
            print(line, file=sys.stdout if good else sys.stderr, flush=True)
            missing += not good
        browser.close()
    print(f"{time.perf_counter() - start:.1f} s".replace(".", ","))
    return int(missing > 0)


def obstacle(site: Path) -> str:
    """Why nothing can be printed, if so."""
    if not (site / "index.html").exists():
        return LABELS["no-site"].format(site=site)
    for name in ("playwright", "pypdf"):
        try:
            __import__(name)
        except ImportError:
            return LABELS["no-tools"].format(name=name)
    return "" if find_browser() else LABELS["no-browser"]


def print_all(browser: Browser, site: Path, folder: Path) -> Iterator[tuple[str, bool]]:
    """Print the course, then the decks: a line for each, and whether it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    path = print_book(browser, site, folder)
    yield LABELS["book"].format(path=path.name, **facts(path)), True
    decks = site / "diapos"
    for deck in sorted(decks.rglob("*.html")):
        path = folder / "diapos" / f"{deck.stem}.pdf"
        path.parent.mkdir(exist_ok=True)
        slides = print_deck(browser, deck, path)
        if slides:
            name = path.relative_to(folder)
            whole = facts(path)["sheets"] == slides
            yield LABELS["deck" if whole else "cut"].format(path=name, slides=slides, **facts(path)), whole


def facts(path: Path) -> dict[str, object]:
    """Number of sheets and weight of a PDF."""
    size = path.stat().st_size
    return {"sheets": len(reader(path).pages), "size": f"{size / 1e6:.1f} Mo".replace(".", ",") if size >= 1e6 else f"{size // 1000} ko"}


def reader(path: Path) -> PdfReader:
    from pypdf import PdfReader

    return PdfReader(path)


# -- the course ------------------------------------------------------------------------


def print_book(browser: Browser, site: Path, folder: Path) -> Path:
    """The course, printed twice: the second time, its table of contents knows where everything is."""
    book, path = Book(site, folder), folder / "cours.pdf"
    print_page(browser, book.write(), path, book.title)
    sheets = sheets_of([title for _, _, title in book.entries], outline(reader(path)))
    print_page(browser, book.write(sheets), path, book.title)
    return path


def print_page(browser: Browser, source: Path, path: Path, title: str) -> None:
    """One HTML file on sheets of A4, numbered, with an outline."""
    page = opened(browser, source.as_uri())
    page.wait_for_function("[...document.images].every((image) => image.complete) && document.fonts.status === 'loaded'")
    page.pdf(
        path=path, format="A4", margin=MARGINS, print_background=True, outline=True, tagged=True,
        display_header_footer=True, header_template="<span></span>", footer_template=FOOT.format(title=title),
    )  # fmt: skip
    page.context.close()


def outline(pdf: PdfReader) -> list[tuple[str, int]]:
    """Every title of a PDF with the number of its sheet, in order."""

    def walk(items: list) -> Iterator[tuple[str, int]]:
        for item in items:
            if isinstance(item, list):
                yield from walk(item)
            else:
                yield " ".join(str(item.title).split()), pdf.get_destination_page_number(item) + 1

    return list(walk(pdf.outline))


def sheets_of(titles: Sequence[str], printed: Sequence[tuple[str, int]]) -> list[int | str]:
    """The sheet of each title: the first that has its words after the one before."""
    found, place = [], 0
    for title in titles:
        places = (at for at in range(place, len(printed)) if printed[at][0] == title)
        at = next(places, None)
        found.append(printed[at][1] if at is not None else "")
        place = at + 1 if at is not None else place
    return found


# -- decks -----------------------------------------------------------------------------


def print_deck(browser: Browser, deck: Path, path: Path) -> int:
    """A deck, a sheet per slide; the number of its slides, 0 for a page without slides."""
    page = opened(browser, f"{deck.as_uri()}?print-pdf", width=1280, height=720)
    page.wait_for_function("window.Reveal && Reveal.isReady() && document.querySelector('.pdf-page')")
    slides = page.evaluate("Reveal.getTotalSlides()")
    if slides > 1:
        page.pdf(path=path, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    page.context.close()
    return slides if slides > 1 else 0


def opened(browser: Browser, address: str, width: int = 900, height: int = 1200) -> Page:
    """A page with the network cut, in light colours, where nothing moves."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", color_scheme="light", offline=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    return page

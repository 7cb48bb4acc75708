"""Look at every slide of a deck in a real browser: what sticks out, is cut, is too small, comes from elsewhere, or fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SMALLEST = {"code": 20, "text": 26, "foot": 16}  # pixels of a slide that is 720 high

#: All fragments and answers shown; then rectangles against the slide, in its own pixels.
LOOK = """
async ([h, v, smallest]) => {
  Reveal.slide(h, v, 9999);
  const FIGURE = 0.95; // of its own size, where its words have 14 px; an answer, once open, may take some of its room
  const shown = (image) => Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
  const small = [...Reveal.getCurrentSlide().querySelectorAll(".ep-sheet img[src$='.svg']")].filter((image) => shown(image) < FIGURE);
  const told = small.map((image) => `figure réduite à ${Math.round(100 * shown(image))} % : « ${image.alt.slice(0, 40)} »`);
  for (const box of Reveal.getCurrentSlide().querySelectorAll("details")) box.open = true;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const slide = Reveal.getCurrentSlide(), scale = Reveal.getScale(), frame = slide.getBoundingClientRect();
  const area = slide.querySelector(".ep-sheet").getBoundingClientRect();
  const found = told, px = (length) => Math.round(length / scale);
  const say = (words, element) =>
    found.push(`${words} : <${element.localName} class="${element.className}"> « ${(element.textContent || element.alt || "").trim().split("\\n")[0].slice(0, 40)} »`);
  let furthest = null, most = 1; // one line per slide: the element that sticks out most
  for (const element of slide.querySelectorAll(".ep-sheet *")) {
    if (element.closest(".katex, aside.notes") || !element.getClientRects().length) continue;
    const box = element.getBoundingClientRect();
    const out = Math.max(box.bottom - area.bottom, box.right - area.right, area.left - box.left);
    if (px(out) > most) [furthest, most] = [element, px(out)];
    if (element.localName === "pre" && element.scrollWidth > element.clientWidth + 1) say("code coupé à droite", element);
    if (element.localName === "img" && !element.naturalWidth) say("image absente", element);
  }
  for (const part of slide.querySelectorAll(".ep-sheet .katex-base")) { // its height is not what is seen, its width is
    const out = part.getBoundingClientRect().right - area.right;
    if (px(out) > most) [furthest, most] = [part, px(out)];
  }
  if (furthest) say(`dépasse de ${most} px`, furthest);
  const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest(".katex, aside.notes, sup, svg, .footnote-reference") || !element.getClientRects().length) continue;
    const kind = element.closest(".ep-foot") ? "foot" : element.closest("pre, code, .code-block-caption") ? "code" : "text";
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < smallest[kind] - 0.01) say(`caractères de ${size} px, ${smallest[kind]} au moins`, element);
  }
  return [...new Set(found)];
}
"""


@contextmanager
def opened(browser: Browser, url: str, width: int = 1280, height: int = 720, **options: object) -> Iterator[tuple[Page, list[str]]]:
    """A deck once ready, with the network cut; the list grows with what goes wrong."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)
    page, wrong = context.new_page(), []

    def cut(route) -> None:
        wrong.append(f"demande à un autre hôte : {route.request.url}")
        route.abort()

    context.route(lambda address: address.startswith(("http:", "https:")) and not address.startswith(url[:url.find("/", 8)]), cut)
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(f"console : {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"erreur : {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"échec : {request.url}"))
    page.goto(url)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    try:
        yield page, wrong
    finally:
        context.close()


def check_deck(browser: Browser, url: str) -> list[str]:
    """The defects of a deck, one line each: which slide, what, where."""
    defects = []
    with opened(browser, url) as (page, wrong):
        slides = page.evaluate("Reveal.getSlides().map((s) => ({id: s.id, ...Reveal.getIndices(s)}))")
        for position, slide in enumerate(slides, 1):
            found = page.evaluate(LOOK, [slide["h"], slide["v"], SMALLEST])
            defects += [f"{position}/{len(slides)} #{slide['id']} {words}" for words in found]
        return [*defects, *dict.fromkeys(wrong)]

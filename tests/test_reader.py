"""What a student and a teacher do with the built course, step by step, in a real browser."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

ONE, TWO = "chapters/01_tenseurs", "chapters/02_autograd"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The address of the course on a plain static server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser):
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, locale="fr-FR", reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]
    )
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


# ---- a student ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["retropropagation", "rétropropagation"])
def test_find_backpropagation_without_accents(page, served: str, asked: str):
    """From the home page: type, read an excerpt, land where it is explained."""
    page.goto(f"{served}/index.html")
    page.get_by_role("textbox", name="Rechercher").first.fill(asked)
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results .search li .context mark")
    assert "rétropropagation" in page.locator("#search-results .context").all_inner_texts().__str__().lower()
    page.locator("#search-results .search li a").first.click()
    page.wait_for_load_state()
    assert "rétropropagation" in page.inner_text("article").lower()


def test_every_block_copied_from_chapter_1_runs_and_gives_the_same(page, site: Path, tmp_path: Path):
    """Nothing that the page says of the result goes to the clipboard, and the code runs in a new interpreter."""
    page.goto((site / f"{ONE}.html").as_uri())
    blocks = page.locator("article .ep-cell:not(:has(.ep-error)) > .highlight-python:not(.ep-hidden-code *)")
    copied = []
    for block in [block for block in blocks.all() if block.is_visible()][:12]:
        block.hover()
        block.locator(".ep-copy").click()
        text = page.evaluate("navigator.clipboard.readText()")
        assert "→" not in text and "≈" not in text and "Copier" not in text, text
        shown = [line.split("  # →")[0].rstrip() for line in block.locator("pre").inner_text().splitlines()]
        assert set(filter(None, text.splitlines())) <= set(shown) | {line.rstrip() for line in shown}
        copied.append(text)
    notebook = tmp_path / "carnet.py"
    steps = json.dumps(copied)
    notebook.write_text(f"space = {{}}\nfor code in {steps}:\n    exec(code, space)\nprint(space['erreur'].item())\n", "utf-8")
    done = subprocess.run([sys.executable, notebook], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) == pytest.approx(1.6)


def test_quiz_with_the_keyboard_alone(page, site: Path):
    page.goto((site / f"{ONE}.html").as_uri())
    quiz = page.locator("fieldset.ep-frame.quiz").first
    quiz.locator("input").first.focus()
    right = quiz.locator("input").evaluate_all("all => all.findIndex((input) => input.dataset.answer === 'right')")
    for _ in range(right):
        page.keyboard.press("ArrowDown" if quiz.locator("input[type=radio]").count() else "Tab")
    page.keyboard.press("Space")
    for _ in range(6):
        if page.evaluate("document.activeElement.matches('.ep-check button')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert quiz.locator(".ep-status").get_attribute("data-state") in ("right", "partial")
    assert quiz.locator(".ep-feedback:visible").count() >= 1
    assert quiz.locator(".ep-feedback:visible").first.inner_text().strip()


def test_a_term_is_defined_where_it_is_read(page, site: Path):
    """The pointer or the Tab key shows the definition of the glossary; Escape hides it."""
    page.goto((site / f"{ONE}.html").as_uri())
    term = page.locator(".ep-term:has(.ep-tip)").first
    tip = term.locator(".ep-tip")
    assert not tip.is_visible()
    term.locator("a").focus()
    assert tip.is_visible() and len(tip.inner_text()) > 20
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_print_chapter_1(page, site: Path, tmp_path: Path):
    """Every title, answer and feedback is on paper; no button, no menu, nothing cut at the margin."""
    pypdf = pytest.importorskip("pypdf")
    page.goto((site / f"{ONE}.html").as_uri())
    titles = [" ".join(t.split()).rstrip("¶▶ ") for t in page.locator("article :is(h1, h2)").all_inner_texts()]
    page.pdf(path=tmp_path / "un.pdf", format="A4")
    sheets = [" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(tmp_path / "un.pdf").pages]
    text = " ".join(sheets)
    assert 15 < len(sheets) < 40
    assert [title for title in titles if title not in text] == []
    feedback = page.locator("fieldset.quiz .ep-feedback p").first.text_content()
    assert " ".join(feedback.split())[:40] in text
    assert "Copier" not in text and "Haut de page" not in text
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


PAINTS = """window.painted = 0; window.moved = 0;
new PerformanceObserver((list) => list.getEntries().forEach((e) => painted = Math.max(painted, e.startTime))).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((e) => moved += e.value)).observe({type: "layout-shift", buffered: true});"""


def weight(path: Path) -> int:
    """Bytes of a file as a server sends it."""
    data = path.read_bytes()
    return len(data if path.suffix in (".woff2", ".png") else gzip.compress(data))


def test_pages_are_light_and_quick(browser, site: Path, served: str):
    """Each page: under 300 kB with its fonts and every figure, its text painted within a second, nothing that moves."""
    heavy, slow, restless = [], [], []

    def file_of(address: str) -> Path:
        return site / unquote(urlsplit(address).path).lstrip("/")

    for path in [site / "index.html", *sorted(site.glob("chapters/**/*.html")), *sorted(site.glob("tp/*.html"))]:
        name, painted = path.relative_to(site).as_posix(), []
        for _ in range(3):  # another process may have had the processor
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            page, asked = context.new_page(), set()
            page.add_init_script(PAINTS)
            page.on("requestfinished", lambda request, asked=asked: asked.add(file_of(request.url)))
            page.goto(f"{served}/{name}", wait_until="load")
            page.wait_for_timeout(200)
            painted.append(page.evaluate("painted"))
            moved = page.evaluate("moved")
            images = page.evaluate("[...document.querySelectorAll('article img[src]:not([src^=data])')].map((image) => image.src)")
            context.close()
            if painted[-1] < 1000:
                break
        files = asked | {file_of(image) for image in images}
        total = sum(weight(file) for file in files if file.is_file())
        heavy += [f"{name} : {total // 1000} ko"] * (total >= 300_000)
        slow += [f"{name} : {min(painted):.0f} ms"] * (min(painted) >= 1000)
        restless += [f"{name} : {moved:.3f}"] * (moved >= 0.01)
    assert (heavy, slow, restless) == ([], [], [])


def test_decks_are_soon_ready(browser, site: Path, served: str):
    slow = []
    for path in sorted(site.glob("diapos/chapters/*.html")):
        waited = []
        for _ in range(3):
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            start = time.perf_counter()
            page.goto(f"{served}/{path.relative_to(site).as_posix()}")
            page.wait_for_function("window.Reveal && Reveal.isReady()")
            waited.append(time.perf_counter() - start)
            page.close()
            if waited[-1] < 1.5:
                break
        slow += [f"{path.name} : {min(waited):.1f} s"] * (min(waited) >= 1.5)
    assert slow == []


# ---- a teacher --------------------------------------------------------------------------------------------------


def deck(page, site: Path, name: str, slide: str = "") -> None:
    page.goto(f"{(site / 'diapos' / name).as_uri()}.html{slide}")
    page.wait_for_function("window.Reveal && Reveal.isReady()")


def test_present_chapter_2_with_its_notes(page, teachers_site: Path):
    """A clicker turns the slides; the speaker's window follows, with notes, clock and next slide."""
    deck(page, teachers_site, TWO)
    with page.context.expect_page() as popup:
        page.keyboard.press("s")
    speaker = popup.value
    speaker.wait_for_selector(".speaker-controls-notes .value", state="attached")
    speaker.wait_for_function("document.querySelectorAll('iframe').length === 2")
    noted = page.evaluate("Reveal.getSlides().findIndex((slide) => slide.querySelector('aside.notes'))")
    page.evaluate("(index) => { const at = Reveal.getIndices(Reveal.getSlides()[index]); Reveal.slide(at.h, at.v); }", noted)
    expected = page.evaluate("Reveal.getCurrentSlide().querySelector('aside.notes').textContent.trim().slice(0, 12)")
    speaker.wait_for_function("(words) => document.querySelector('.speaker-controls-notes .value').textContent.includes(words)", arg=expected)
    text = speaker.inner_text("body")
    assert "min." in text and "Diapositive suivante" in text
    assert not re.search(r"\b(Upcoming|Notes only|Time|Loading|Click)\b", text)
    before = page.evaluate("location.hash")
    page.keyboard.press("PageDown")
    assert page.evaluate("location.hash") != before or page.evaluate("Reveal.getState().indexf") is not None
    speaker.close()


def test_overview_search_zoom_and_blackout(page, site: Path):
    deck(page, site, TWO)
    page.keyboard.press("Escape")
    assert page.evaluate("Reveal.isOverview()")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    assert page.evaluate("Reveal.isPaused()")
    page.keyboard.press("b")
    page.keyboard.press("Control+Shift+F")
    page.wait_for_selector(".searchbox input")
    page.keyboard.type("backward")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.searchbox input')?.value === 'backward'")
    found = "document.querySelectorAll('.slides em[style*=background]').length"
    page.wait_for_function(f"{found} > 0")
    assert "backward" in page.inner_text(".slides section.present .ep-sheet")


def test_the_menu_opens_where_the_reader_is(page, site: Path):
    page.goto((site / "chapters/annexes/glossaire.html").as_uri())
    here = page.locator(".current-page > .reference").bounding_box()
    assert 0 < here["y"] and here["y"] + here["height"] < page.viewport_size["height"]
    assert page.evaluate("scrollY") == 0


def test_from_a_section_to_its_slide_and_back(page, site: Path):
    page.goto((site / f"{TWO}.html").as_uri())
    link = page.locator("article h2 > .ep-to-slide").nth(2)
    section = link.evaluate("(a) => a.closest('section').querySelector('h2').textContent.replace(/[¶▶]/g, '').trim()")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert section in page.inner_text(".slides .present .ep-foot")
    slide = page.evaluate("Reveal.getCurrentSlide().id")
    page.keyboard.press("c")
    page.wait_for_url(f"**/{TWO}.html#{slide}")
    top = page.evaluate("(id) => document.getElementById(id).getBoundingClientRect().top", slide)
    assert -5 < top < 720


# ---- interactive figures: what is drawn is what torch computed ------------------------------------------------


def drawn(page, site: Path, name: str, kind: str):
    page.goto((site / f"{name}.html").as_uri())
    return page.locator(f"figure[data-kind={kind}]").first


def test_broadcasting_of_chapter_1_is_that_of_torch(page, site: Path):
    torch = pytest.importorskip("torch")
    figure = drawn(page, site, ONE, "broadcasting")
    choices = figure.locator("option").all_inner_texts()
    assert len(choices) >= 5
    for index, choice in enumerate(choices):
        a, b = (tuple(map(int, re.findall(r"\d+", shape))) for shape in choice.split(" et "))
        figure.locator("select").select_option(str(index))
        for _ in range(3):
            figure.get_by_role("button", name="Suivant").click()
        try:
            shape = tuple((torch.ones(a) + torch.ones(b)).shape)
            assert figure.locator("output").inner_text() == f"Le résultat a la forme {shape}."
            row = figure.locator(".ep-stage text").all_text_contents()
            assert row[row.index("résultat") + 1 :] == [str(size) for size in reversed(shape)]
        except RuntimeError as refusal:
            assert figure.locator("output").inner_text() == str(refusal)


def test_backward_of_chapter_2_is_that_of_torch(page, site: Path):
    torch = pytest.importorskip("torch")
    figure = drawn(page, site, TWO, "autograd")
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    nodes = {"x": x, "x²": x**2, "3x": 3 * x}
    nodes["y"] = nodes["x²"] + nodes["3x"]
    nodes["z"] = nodes["y"].sum()
    for node in nodes.values():
        node.retain_grad()
    nodes["z"].backward()
    assert figure.locator(".ep-grad").count() == 0, "aucun gradient avant backward()"
    following = figure.get_by_role("button", name="Suivant")
    while following.get_attribute("aria-disabled") != "true":
        following.click()
    texts = figure.locator(".ep-stage text").all_text_contents()
    for name, node in nodes.items():
        value, grad = texts[texts.index(name) + 1 : texts.index(name) + 3]
        assert torch.equal(torch.tensor(json.loads(value), dtype=torch.float), node.detach())
        assert torch.equal(torch.tensor(json.loads(grad.removeprefix("∇ ")), dtype=torch.float), node.grad)


def test_descent_of_chapter_3_is_that_of_torch(page, site: Path):
    """The five rates, the last of which diverges: each point of the path, recomputed here."""
    torch = pytest.importorskip("torch")
    figure = drawn(page, site, "chapters/03_perte_optimiseur", "descent")
    data = json.loads(figure.locator("script").text_content())["data"]
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert len(data["runs"]) == 5 and data["runs"][-1]["losses"][-1] > data["runs"][-1]["losses"][0]
    for index, run in enumerate(data["runs"]):
        move(figure, index)
        a, expected = torch.tensor(0.0, requires_grad=True), []
        for _ in run["path"]:
            loss = ((a * x - 2 * x) ** 2).mean()
            expected.append((a.item(), loss.item()))
            (slope,) = torch.autograd.grad(loss, a)
            a = (a - run["lr"] * slope).detach().requires_grad_()
        places = figure.locator(".ep-dot").evaluate_all("all => all.map((dot) => [dot.cx.baseVal.value, dot.cy.baseVal.value])")
        axes = data["x"], data["y"]
        for (left, top), point in zip(places, expected, strict=True):
            px, py = ((value - axis["min"]) / (axis["max"] - axis["min"]) for value, axis in zip(point, axes))
            assert (left, top) == (pytest.approx(px * 446, abs=0.1), pytest.approx(272 - py * 272, abs=0.1))


def move(figure, value: int) -> None:
    figure.locator("input").evaluate("(input, value) => { input.value = value; input.dispatchEvent(new Event('input')) }", value)


def test_activations_of_chapter_4_are_those_of_torch(page, site: Path):
    """Each function and its derivative, at five places of the slider, recomputed here."""
    torch = pytest.importorskip("torch")
    figure = drawn(page, site, "chapters/04_perceptron", "activations")
    functions = {
        "sigmoïde": torch.sigmoid, "tanh": torch.tanh, "ReLU": torch.relu, "rampe": lambda x: x.clamp(0, 1), "radiale": lambda x: torch.exp(-(x**2)),
    }  # fmt: skip
    data = json.loads(figure.locator("script").text_content())["data"]
    low, high = data["axes"]["y"]["min"], data["axes"]["y"]["max"]
    names = figure.locator("option").all_inner_texts()
    assert names == list(functions)
    for index, name in enumerate(names):
        figure.locator("select").select_option(str(index))
        for place in range(1, len(data["x"]), 19):
            move(figure, place)
            x = torch.tensor(data["x"][place], requires_grad=True)
            y = functions[name](x)
            (slope,) = torch.autograd.grad(y, x)
            heights = figure.locator(".ep-dot").evaluate_all("all => all.map((dot) => dot.cy.baseVal.value)")
            expected = [272 - (value.item() - low) / (high - low) * 272 for value in (y, slope)]
            assert heights == [pytest.approx(height, abs=0.1) for height in expected], (name, x)


#: Whether the middle of each cell of a grid lies in a rectangle of the second class, row by row from the bottom.
SIDES = """(all, n) => {
  const boxes = all.map((r) => [r.x, r.y, r.width, r.height].map((length) => length.baseVal.value));
  const inside = (x, y) => boxes.some(([left, top, width, height]) => x > left && x < left + width && y > top && y < top + height);
  return Array.from({length: n}, (_, row) => Array.from({length: n}, (_, column) => inside((column + 0.5) * 446 / n, 272 - (row + 0.5) * 272 / n)));
}"""


def test_boundary_of_chapter_5_is_that_of_torch(page, site: Path):
    """The same network trained here: each cell of the map at each epoch shown, and the share of right answers."""
    torch, datasets = pytest.importorskip("torch"), pytest.importorskip("sklearn.datasets")
    points, kinds = datasets.make_moons(120, noise=0.1, random_state=0)
    points, kinds = torch.tensor(1.3 * points - [0.6, 0.3]).float(), torch.tensor(kinds).float()[:, None]
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    figure = drawn(page, site, "chapters/05_mlp", "boundary")
    data = json.loads(figure.locator("script").text_content())["data"]
    line = torch.linspace(data["x"]["min"], data["x"]["max"], len(data["epochs"][0]["grid"]))
    up, across = torch.meshgrid(line, line, indexing="ij")
    done = 0
    for index, shown in enumerate(data["epochs"]):
        for _ in range(shown["epoch"] - done):
            optimizer.zero_grad()
            torch.nn.functional.binary_cross_entropy_with_logits(model(points), kinds).backward()
            optimizer.step()
        done = shown["epoch"]
        with torch.no_grad():
            chance = torch.sigmoid(model(torch.stack([across, up], dim=-1)))[..., 0]
            right = ((model(points) > 0) == (kinds > 0.5)).float().mean().item()
        move(figure, index)
        sides = torch.tensor(figure.locator(".ep-side-1").evaluate_all(SIDES, len(line)))
        sure = (chance - 0.5).abs() > 0.006  # probabilities are kept with two decimals
        assert torch.equal(sides[sure], (chance > 0.5)[sure]) and sure.float().mean() > 0.75, shown["epoch"]
        assert shown["accuracy"] == pytest.approx(right, abs=1e-3)


@pytest.mark.parametrize("name", [ONE, TWO, "chapters/04_perceptron", "chapters/05_mlp"])
def test_figures_have_an_image_and_a_table_without_javascript(site: Path, browser, name: str):
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / f"{name}.html").as_uri())
    figure = page.locator("figure.ep-interactive").first
    assert figure.locator("svg :is(rect, circle, polyline)").count() >= 3
    figure.locator("summary").click()
    assert figure.locator("td").first.is_visible()
    page.close()


def test_every_figure_of_the_course_says_what_it_shows(site: Path):
    silent = []
    for path in site.glob("chapters/**/*.html"):
        html = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        silent += [f"{path.name}: {image['src']}" for image in html.select("article img") if not image.get("alt", "").strip()]
        silent += [f"{path.name}: {svg['class']}" for svg in html.select("svg.ep-stage") if not svg.get("aria-label", "").strip()]
    assert silent == []

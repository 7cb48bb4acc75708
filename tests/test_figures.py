"""Interactive figures: the page carries the data, and the script draws exactly it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from epreuve import figures
from epreuve.frame.problems import on_epreuve_proved
from epreuve.model import Block, Place, Proof, Result

STATIC = Path(figures.__file__).parent / "static/epreuve"


def descent(lr: float) -> dict:
    """Gradient descent on w², in plain Python."""
    path = [[1.8, 1.8**2]]
    for _ in range(12):
        w = path[-1][0] - lr * 2 * path[-1][0]
        path.append([w, w * w])
    return {"lr": lr, "path": path, "losses": [y for _, y in path]}


AXES = {"x": {"label": "w", "min": -2, "max": 2}, "y": {"label": "perte", "min": 0, "max": 4}}
ABSCISSAS = [i / 10 for i in range(-30, 31)]
DATA = {
    "descent": AXES
    | {
        "lines": [[[i / 10, (i / 10) ** 2] for i in range(-20, 21)]],
        "runs": [descent(lr) for lr in (0.02, 0.1, 0.4, 0.9, 1.05)],
    },
    "boundary": {
        "x": {"label": "x₁", "min": -1, "max": 1},
        "y": {"label": "x₂", "min": -1, "max": 1},
        "points": [[-0.5, -0.5, 0], [0.5, 0.5, 1], [-0.6, 0.2, 0], [0.4, -0.1, 1]],
        "epochs": [
            {
                "epoch": 10 * k,
                "accuracy": 0.5 + k / 8,
                "grid": [[float(i + k * j / 4 > 9) for i in range(20)] for j in range(20)],
            }
            for k in range(5)
        ],
    },
    "activations": {
        "x": ABSCISSAS,
        "functions": [
            {
                "name": "tanh",
                "y": [math.tanh(x) for x in ABSCISSAS],
                "dy": [1 - math.tanh(x) ** 2 for x in ABSCISSAS],
            },
            {
                "name": "ReLU",
                "y": [max(0.0, x) for x in ABSCISSAS],
                "dy": [float(x > 0) for x in ABSCISSAS],
            },
        ],
    },
    "broadcasting": {
        "cases": [
            {"a": [3, 1], "b": [4], "result": [3, 4]},
            {"a": [2, 3], "b": [2], "result": None, "error": "The size of tensor a (3) must match"},
        ]
    },
    "autograd": {
        "nodes": [
            {"id": "x", "label": "x", "value": "2.0", "grad": "12.0"},
            {"id": "w", "label": "w", "value": "3.0", "grad": "8.0"},
            {"id": "mul", "label": "x * w", "value": "6.0", "grad": "2.0"},
            {"id": "loss", "label": "loss", "value": "12.0", "grad": "1.0"},
        ],
        "edges": [["x", "mul"], ["w", "mul"], ["mul", "loss"]],
        "steps": [
            {"text": "Avant backward(), aucun gradient.", "nodes": []},
            {"text": "Le gradient de loss vaut 1.", "nodes": ["loss"]},
            {"text": "Il remonte au produit.", "nodes": ["mul"]},
            {"text": "Puis aux feuilles.", "nodes": ["x", "w"]},
        ],
    },
}

PAGE = "Figures\n=======\n" + "".join(
    f"\n.. code-block:: python\n   :hide: code\n\n   {kind} = {data!r}\n"
    f"\n.. interactive:: {kind}\n   :data: {kind}\n   :alt: Figure {kind}\n   :caption: Légende {kind}\n"
    for kind, data in DATA.items()
)


@pytest.fixture
def drawn(build):
    """Build the page of the five figures, their data computed by its blocks."""

    def drawn(builder: str = "html", conf: str = "", *extensions: str):
        loaded = ["epreuve", "epreuve.figures", *extensions]
        built = build({"index": PAGE}, extensions=loaded, builder=builder, conf="epreuve_preload = ()\n" + conf)
        assert built.code == 0, built.warnings
        return built

    return drawn


@pytest.fixture
def page(drawn, browser):
    built = drawn(conf='html_theme = "furo"\n')
    opened = browser.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto((built.outdir / "index.html").as_uri())
    yield opened
    opened.close()
    assert errors == []


#: Surface of a rectangle, in pixels of the plot.
AREA = "one => one.width.baseVal.value * one.height.baseVal.value"

#: How much the page moved while it was loading.
SHIFT = """new Promise((answer) => {
  setTimeout(() => answer(0), 500);
  const sum = (list) => list.getEntries().reduce((total, one) => total + one.value, 0);
  new PerformanceObserver((list) => answer(sum(list))).observe({type: "layout-shift", buffered: true});
})"""


def figure(page, kind: str):
    return page.locator(f"figure[data-kind={kind}]")


def move(slider, value: int) -> None:
    change = "input.value = value; input.dispatchEvent(new Event('input'))"
    slider.evaluate(f"(input, value) => {{ {change} }}", value)


def centres(locator) -> list[tuple[float, float]]:
    """Centres of circles, in pixels of the plot."""
    return locator.evaluate_all("all => all.map(one => [one.cx.baseVal.value, one.cy.baseVal.value])")


def expected(points, axes) -> list[list[float]]:
    """The same, computed here from the data."""
    x, y = axes["x"], axes["y"]
    return [
        [
            pytest.approx((px - x["min"]) / (x["max"] - x["min"]) * 446, abs=0.02),
            pytest.approx(272 - (py - y["min"]) / (y["max"] - y["min"]) * 272, abs=0.02),
        ]
        for px, py in points
    ]


def test_the_script_is_small():
    assert (STATIC / "figures.js").stat().st_size <= 20_000


@pytest.mark.parametrize("kind", DATA)
def test_still_image_table_and_data_are_in_the_page(kind):
    html = figures.interactive_html(kind, DATA[kind], "Légende", "Ce qu’on voit")
    assert 'role="img" aria-label="Ce qu’on voit"' in html
    assert "<td>" in html and "<figcaption>Légende</figcaption>" in html
    payload = html.partition('<script type="application/json">')[2].partition("</script>")[0]
    data, computed = json.loads(payload)["data"], figures.finite(DATA[kind])
    assert {key: data[key] for key in computed if key != "nodes"} == {key: value for key, value in computed.items() if key != "nodes"}


def test_what_is_not_finite_is_not_drawn():
    assert figures.finite({"a": [1.0, float("nan"), [float("inf")]]}) == {"a": [1.0, None, [None]]}


def test_text_cannot_close_the_script():
    data = {"cases": [{"a": [1], "b": [1], "result": [1], "error": "</script><b>"}]}
    assert figures.interactive_html("broadcasting", data, "", "").count("</script>") == 1


@pytest.mark.parametrize("text", ["{}", "[1]", "nan", "pas du JSON", '{"runs": []}'])
def test_unfit_data_is_a_problem(text):
    result = Result(Block(Place("a.rst", 3), "x", "value", name="descent"), value=f"t{text}")
    (problem,) = figures.on_epreuve_proved(None, "a", Proof("a", (result,)))
    assert str(problem.place) == "a.rst:3" and "descent" in problem.message
    assert "figures.py" in problem.remedy


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        (".. interactive:: camembert\n", "« camembert »"),
        (".. interactive:: descent\n   :alt: a\n", ":data:"),
        (".. interactive:: descent\n   :data: d\n", ":alt:"),
    ],
)
def test_malformed_directive_is_a_problem(build, source, fact):
    built = build({"index": f"T\n=\n\n{source}"}, extensions=["epreuve.figures"])
    (problem,) = on_epreuve_proved(built.app, "index", None)
    assert fact in problem.message and str(problem.place) == "index.rst:4"
    assert problem.remedy in built.warnings


def test_other_builders_say_what_the_figure_shows(drawn):
    assert "Figure descent" in drawn("text").read("index.txt")


def test_script_draws_the_path_of_each_rate(page):
    one, data = figure(page, "descent"), DATA["descent"]
    for index, run in enumerate(data["runs"]):
        move(one.locator("input"), index)
        assert centres(one.locator(".ep-dot")) == expected(run["path"], data)
        assert one.locator("output").inner_text().startswith(f"Taux {run['lr']}".replace(".", ","))


@pytest.mark.parametrize("kind", ["descent", "boundary", "autograd"])
def test_script_begins_with_the_still_image(page, browser, kind):
    still = browser.new_page()
    still.set_content(figures.interactive_html(kind, DATA[kind], "", "Figure"))
    assert geometry(figure(page, kind)) == geometry(figure(still, kind))
    still.close()


def geometry(one) -> list[list[float]]:
    """Every number that places a shape, shape by shape."""
    names = "['cx', 'cy', 'x', 'y', 'width', 'height', 'd', 'points']"
    shapes = one.locator(".ep-stage :is(circle, rect, path, polyline)").evaluate_all(
        f"all => all.map(one => {names}.map(name => one.getAttribute(name) ?? '').join(' '))"
    )
    return sorted([round(float(n), 1) for n in re.findall(r"-?[\d.]+", shape)] for shape in shapes)


def test_script_colours_the_side_of_each_cell(page):
    one, data = figure(page, "boundary"), DATA["boundary"]
    for index, epoch in enumerate(data["epochs"]):
        move(one.locator("input"), index)
        sides = one.locator(".ep-side-1").evaluate_all(f"all => all.map({AREA})")
        share = sum(map(sum, epoch["grid"])) / 400
        assert sum(sides) / (446 * 272) == pytest.approx(share, abs=1e-3)
        assert centres(one.locator("circle")) == expected([point[:2] for point in data["points"]], data)


def test_script_shows_function_and_derivative(page):
    one, data = figure(page, "activations"), DATA["activations"]
    for index, function in enumerate(data["functions"]):
        one.locator("select").select_option(str(index))
        values = [value for each in data["functions"] for value in each["y"] + each["dy"]]
        axes = {"x": {"min": -3, "max": 3}, "y": {"min": min(values), "max": max(values)}}
        for place in (0, 17, 60):
            move(one.locator("input"), place)
            points = [(data["x"][place], function[part][place]) for part in ("y", "dy")]
            assert centres(one.locator(".ep-dot")) == expected(points, axes)
            assert one.locator("output").inner_text().startswith(function["name"])


def test_broadcasting_step_by_step_with_the_keyboard(page):
    one = figure(page, "broadcasting")
    one.get_by_role("button", name="Suivant").focus()
    boxes = one.locator(".ep-stage text")
    assert boxes.all_text_contents() == ["a", "1", "3", "b", "4"]
    page.keyboard.press("Enter")
    assert boxes.all_text_contents() == ["a", "1", "3", "b", "4", "1"]
    page.keyboard.press("Enter")
    assert boxes.all_text_contents() == ["a", "1 → 4", "3", "b", "4", "1 → 3"]
    page.keyboard.press("Enter")
    assert boxes.all_text_contents()[-3:] == ["résultat", "4", "3"]
    assert one.locator("output").inner_text() == "Le résultat a la forme (3, 4)."
    one.locator("select").select_option("1")
    for _ in range(3):
        one.get_by_role("button", name="Suivant").click()
    assert one.locator("output").inner_text() == DATA["broadcasting"]["cases"][1]["error"]


def test_autograd_shows_each_gradient_at_its_step(page):
    one, data = figure(page, "autograd"), DATA["autograd"]
    grads = {node["id"]: node["grad"] for node in data["nodes"]}
    seen: set[str] = set()
    for position, step in enumerate(data["steps"]):
        if position:
            one.get_by_role("button", name="Suivant").click()
        seen |= {f"∇ {grads[key]}" for key in step["nodes"]}
        assert set(one.locator(".ep-grad").all_text_contents()) == seen
        assert one.locator("output").inner_text() == step["text"]


def test_nothing_moves_when_the_script_starts(drawn, browser):
    address = (drawn(conf='html_theme = "furo"\n').outdir / "index.html").as_uri()
    page = browser.new_page()
    page.goto(address)
    assert page.evaluate(SHIFT) < 0.01
    page.close()


def test_figures_fit_a_phone(drawn, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((drawn(conf='html_theme = "furo"\n').outdir / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violation_for_axe(drawn, browser, axe, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto((drawn(conf='html_theme = "furo"\n').outdir / "index.html").as_uri())
    page.locator("details.ep-data summary").first.click()
    page.evaluate(axe)
    run = "axe.run('.ep-interactive').then(result => result.violations.map(one => one.id))"
    assert page.evaluate(run) == []
    page.close()


def test_keys_of_a_clicker_still_turn_the_slide(drawn, browser):
    pytest.importorskip("sphinx_revealjs")
    built = drawn("revealjs", "", "sphinx_revealjs")
    page = browser.new_page()
    page.goto((built.outdir / "index.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    turned = "window.turned = 0; document.addEventListener('keydown', () => window.turned++)"
    page.evaluate(turned)
    figure(page, "broadcasting").get_by_role("button", name="Suivant").focus()
    page.keyboard.press("Space")
    assert page.evaluate("window.turned") == 0
    page.keyboard.press("PageDown")
    assert page.evaluate("window.turned") == 1
    page.close()

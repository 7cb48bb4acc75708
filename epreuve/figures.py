"""Interactive figures, static and honest: data computed by the page, drawn by one script.

``.. interactive:: descent`` with ``:data: expression`` leaves a ``container`` that
carries a block of kind ``value``: the engine evaluates the expression, a dictionary,
in the page's session. The figure is then a still image, a table of the same data in
a folded box, and the data itself, from which ``figures.js`` draws.

The data of each kind (numbers that are not finite become ``null`` and are not drawn):

``descent``
    ``x`` and ``y``: ``{"label": "w", "min": -2, "max": 2}``; ``lines``: curves or contours
    behind, each a list of ``[x, y]``; ``runs``: ``{"lr": 0.1, "path": [[x, y], …],
    "losses": [one per point]}``; ``start`` (optional): the run shown first.
``boundary``
    ``x`` and ``y`` as above; ``points``: ``[x, y, class]`` with class 0 or 1; ``epochs``:
    ``{"epoch": 10, "accuracy": 0.9, "grid": rows of probabilities of class 1}``, the first
    row at the bottom; ``start`` (optional), else the last.
``activations``
    ``x``: abscissas; ``functions``: ``{"name": "ReLU", "y": […], "dy": […]}``;
    ``range`` (optional): ``[lowest, highest]`` ordinate shown.
``broadcasting``
    ``cases``: ``{"a": [3, 1], "b": [4], "result": [3, 4]}``, or ``"result": null`` with
    ``"error"``, the message of torch.
``autograd``
    ``nodes``: ``{"id": "x", "label": "x", "value": "2.0", "grad": "4.0"}``; ``edges``:
    ``[from, to]`` in the order of the computation; ``steps``: ``{"text": "…", "nodes":
    [ids whose gradient appears]}``, the first one before ``backward()``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from contextlib import suppress
from typing import Any, Final

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from epreuve.frame.problems import CODE, place_of, record_problem
from epreuve.model import Block, Problem, Proof

LABELS: Final = {
    # shown to students, by the page
    "data": "Données de la figure",
    "rate": "Taux {lr}",
    "step": "Pas",
    "epoch": "Époque",
    "accuracy": "Exactitude",
    "function": "Fonction",
    "derivative": "Dérivée",
    "shape-a": "Forme de a",
    "shape-b": "Forme de b",
    "result": "Résultat",
    "node": "Nœud",
    "value": "Valeur",
    "gradient": "Gradient",
    # shown to authors: fact, remedy
    "kind": "figure interactive inconnue : « {kind} »",
    "kind-remedy": "Choisir parmi : {kinds}.",
    "option": "la figure interactive n’a pas d’option « :{option}: »",
    "option-remedy": "Ajouter « :{option}: » sous la directive.",
    "unfit": "les données ne conviennent pas à « {kind} » : {reason}",
    "unfit-remedy": "Donner la forme décrite en tête de epreuve/figures.py.",
}

#: Words of the script, for its controls and its sentences.
SCRIPT_LABELS: Final = {
    "rate": "Taux d’apprentissage",
    "rateText": "Taux {lr} : perte {first} au départ, {last} après {steps} pas.",
    "diverges": "Taux {lr} : la perte n’est plus un nombre fini après {steps} pas.",
    "epoch": "Époque",
    "epochText": "Époque {epoch} : exactitude {accuracy}.",
    "function": "Fonction",
    "abscissa": "Abscisse x",
    "activationText": "{name} : f({x}) = {y} et f′({x}) = {dy}.",
    "case": "Formes",
    "and": "et",
    "align": "Les formes sont alignées par la droite.",
    "pad": "Les axes qui manquent à gauche valent 1.",
    "stretch": "Les axes de taille 1 sont étirés jusqu’à la taille de l’autre.",
    "clash": "Deux tailles diffèrent, et aucune ne vaut 1.",
    "result": "Le résultat a la forme {shape}.",
    "resultRow": "résultat",
    "previous": "Précédent",
    "next": "Suivant",
    "stage": "Étape {step} sur {count}",
}

VIEW = "0 0 500 320"
LEFT, TOP, WIDTH, HEIGHT = 44, 10, 446, 272  #: the plot, as in figures.js
BOX_WIDTH, BOX_HEIGHT = 92, 62  #: a node of the autograd graph
POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FAR = 1e4  #: pixels; what lies beyond is not worth an exact place

Data = dict[str, Any]


# Numbers and text ---------------------------------------------------------------


def finite(value: Any) -> Any:
    """*value* with ``None`` where a number is infinite or not a number; the others keep the digits of a ``float32``."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.8g}") if math.isfinite(value) else None
    return value


def written(number: Any) -> str:
    """A number as a French reader expects it, to four significant digits."""
    if number is None:
        return "—"
    mantissa, _, power = f"{number:.4g}".partition("e")
    power = f"\u00a0×\u00a010{str(int(power)).translate(POWERS)}" if power else ""
    return mantissa.replace(".", ",").replace("-", "\u2212") + power


def shape_text(shape: Sequence[int] | None) -> str:
    return "—" if shape is None else str(tuple(shape))


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """An HTML table, its cells already plain text."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in headers)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


# Drawing ------------------------------------------------------------------------


def scale(value: float, low: float, high: float, length: float) -> float:
    """Where *value* falls on *length* pixels."""
    return round(max(-FAR, min(FAR, (value - low) / (high - low) * length)), 2)


def on_plot(data: Data, x: float, y: float) -> tuple[float, float]:
    """Pixels of a point, from the corner at the top left of the plot."""
    across = scale(x, data["x"]["min"], data["x"]["max"], WIDTH)
    up = scale(y, data["y"]["min"], data["y"]["max"], HEIGHT)
    return across, round(HEIGHT - up, 2)


def plot(axes: Data, content: str) -> str:
    """A framed plot with the ends of its axes; what leaves the frame is cut."""
    x, y = axes["x"], axes["y"]
    bottom, right = TOP + HEIGHT, LEFT + WIDTH
    words = [
        (LEFT, bottom + 18, "start", written(x["min"])),
        (right, bottom + 18, "end", written(x["max"])),
        (LEFT + WIDTH / 2, bottom + 18, "middle", x.get("label", "")),
        (LEFT - 6, bottom, "end", written(y["min"])),
        (LEFT - 6, TOP + 12, "end", written(y["max"])),
        (LEFT - 6, TOP + HEIGHT / 2, "end", y.get("label", "")),
    ]
    texts = "".join(label(*word) for word in words)
    frame = f'<rect class="ep-frame-line" x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}"/>'
    area = f'<svg class="ep-plot" x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}">{content}</svg>'
    return area + frame + texts


def label(x: float, y: float, anchor: str, words: str, kind: str = "") -> str:
    names = f' class="{kind}"' if kind else ""
    return f'<text{names} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def polyline(kind: str, points: Iterable[tuple[float, float]]) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def dot(kind: str, point: tuple[float, float], radius: float = 4) -> str:
    return f'<circle class="{kind}" cx="{point[0]}" cy="{point[1]}" r="{radius}"/>'


def drawable(points: Iterable[Sequence[Any]]) -> list[Sequence[float]]:
    return [point for point in points if None not in point]


# One function draws the still image of each kind, one writes its table ----------


def draw_descent(data: Data) -> str:
    run = data["runs"][data.get("start", 0)]
    lines = [[on_plot(data, *point) for point in drawable(line)] for line in data["lines"]]
    path = [on_plot(data, *point) for point in drawable(run["path"])]
    behind = "".join(polyline("ep-curve", line) for line in lines)
    return plot(data, behind + polyline("ep-path", path) + "".join(dot("ep-dot", at) for at in path))


def table_descent(data: Data) -> str:
    runs = data["runs"]
    headers = [LABELS["step"], *(LABELS["rate"].format(lr=written(run["lr"])) for run in runs)]
    steps = range(max(len(run["losses"]) for run in runs))
    rows = (
        [str(step), *(written(loss_at(run["losses"], step)) for run in runs)] for step in steps
    )
    return table(headers, rows)


def loss_at(losses: list[float], step: int) -> float | None:
    return losses[step] if step < len(losses) else None


def draw_boundary(data: Data) -> str:
    epoch = data["epochs"][data.get("start", -1)]
    cells = "".join(draw_cell(*cell) for cell in cells_of(epoch["grid"]))
    points = (dot(f"ep-class-{kind}", on_plot(data, x, y)) for x, y, kind in data["points"])
    return plot(data, cells + "".join(points))


def cells_of(grid: list[list[float]]) -> Iterable[tuple[float, float, float, float, int]]:
    """Cells of class 1 or 0, neighbours of a row together: x, y, width, height, class."""
    height = HEIGHT / len(grid)
    for row, values in enumerate(grid):
        width, first = WIDTH / len(values), 0
        for column in range(1, len(values) + 1):
            side = values[first] >= 0.5
            if column == len(values) or (values[column] >= 0.5) != side:
                top = HEIGHT - (row + 1) * height
                yield first * width, top, (column - first) * width, height, int(side)
                first = column


def draw_cell(x: float, y: float, width: float, height: float, side: int) -> str:
    return (
        f'<rect class="ep-side-{side}" x="{x:.2f}" y="{y:.2f}" '
        f'width="{width:.2f}" height="{height:.2f}"/>'
    )


def table_boundary(data: Data) -> str:
    rows = ([str(epoch["epoch"]), written(epoch["accuracy"])] for epoch in data["epochs"])
    return table([LABELS["epoch"], LABELS["accuracy"]], rows)


def axes_of_activations(data: Data) -> Data:
    """The frame that holds every function and derivative, or the range asked for."""
    known = [v for one in data["functions"] for v in one["y"] + one["dy"] if v is not None]
    low, high = data.get("range") or (min(known), max(known))
    return {
        "x": {"label": "x", "min": data["x"][0], "max": data["x"][-1]},
        "y": {"label": "", "min": low, "max": high},
    }


def draw_activations(data: Data) -> str:
    axes, first = data["axes"], data["functions"][0]
    curves = ""
    for kind, values in (("ep-path", first["y"]), ("ep-path ep-derivative", first["dy"])):
        points = drawable(zip(data["x"], values, strict=True))
        curves += polyline(kind, [on_plot(axes, *point) for point in points])
    names = label(12, 22, "start", "f", "ep-name") + label(34, 22, "start", "f′", "ep-name ep-derivative")
    return plot(axes, curves + names)


def table_activations(data: Data) -> str:
    """About ten abscissas: the curves have too many for a table to be read."""
    functions = data["functions"]
    names = [name for one in functions for name in (one["name"], f"{one['name']}′")]
    every = max(1, len(data["x"]) // 10)
    rows = (
        [written(x), *(written(one[part][i]) for one in functions for part in ("y", "dy"))]
        for i, x in enumerate(data["x"])
        if i % every == 0
    )
    return table(["x", *names], rows)


def draw_broadcasting(data: Data) -> str:
    case = data["cases"][0]
    rows = [("a", case["a"]), ("b", case["b"])]
    return "".join(draw_shape(row, name, shape) for row, (name, shape) in enumerate(rows))


def draw_shape(row: int, name: str, shape: Sequence[int]) -> str:
    """A row of boxes, one per axis, aligned by the right."""
    y = 40 + 90 * row
    boxes = label(90, y + 32, "end", name)
    for position, size in enumerate(reversed(shape)):
        x = 330 - 70 * position
        boxes += f'<rect class="ep-box" x="{x}" y="{y}" width="60" height="50"/>'
        boxes += label(x + 30, y + 32, "middle", str(size))
    return boxes


def table_broadcasting(data: Data) -> str:
    rows = (
        [shape_text(case["a"]), shape_text(case["b"]), case.get("error") or shape_text(case["result"])]
        for case in data["cases"]
    )
    return table([LABELS["shape-a"], LABELS["shape-b"], LABELS["result"]], rows)


def place_nodes(data: Data) -> list[Data]:
    """Nodes with the corner of their box: a column per depth in the computation."""
    depth = dict.fromkeys((node["id"] for node in data["nodes"]), 0)
    for _ in data["nodes"]:
        for source, target in data["edges"]:
            depth[target] = max(depth[target], depth[source] + 1)
    columns = [[key for key in depth if depth[key] == d] for d in range(max(depth.values()) + 1)]
    across = (500 - BOX_WIDTH) / max(1, len(columns) - 1)
    corners = {
        key: (round(column * across, 1), round(320 * (row + 0.5) / len(keys) - BOX_HEIGHT / 2, 1))
        for column, keys in enumerate(columns)
        for row, key in enumerate(keys)
    }
    return [node | dict(zip("xy", corners[node["id"]], strict=True)) for node in data["nodes"]]


def draw_autograd(data: Data) -> str:
    """The graph before ``backward()``: values, and no gradient."""
    known = {node["id"]: node for node in data["nodes"]}
    edges = (draw_edge(known[source], known[target]) for source, target in data["edges"])
    return "".join(edges) + "".join(map(draw_node, data["nodes"]))


def draw_edge(source: Data, target: Data) -> str:
    x, y = source["x"] + BOX_WIDTH, source["y"] + BOX_HEIGHT / 2
    end_x, end_y = target["x"], target["y"] + BOX_HEIGHT / 2
    middle = (x + end_x) / 2
    curve = f"M{x} {y}C{middle} {y} {middle} {end_y} {end_x} {end_y}"
    return f'<path class="ep-edge" d="{curve}m-7 -4l7 4l-7 4"/>'


def draw_node(node: Data) -> str:
    x, middle = node["x"], node["x"] + BOX_WIDTH / 2
    size = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}"'
    return (
        f'<rect class="ep-box" x="{x}" y="{node["y"]}" {size}/>'
        + label(middle, node["y"] + 20, "middle", node["label"], "ep-name")
        + label(middle, node["y"] + 37, "middle", node.get("value", ""))
    )


def table_autograd(data: Data) -> str:
    headers = [LABELS["node"], LABELS["value"], LABELS["gradient"]]
    rows = ([node["label"], node.get("value", ""), node.get("grad", "")] for node in data["nodes"])
    return table(headers, rows)


def complete(kind: str, data: Data) -> Data:
    """Add what both the still image and the script need to know of the layout."""
    if kind == "activations":
        return data | {"axes": axes_of_activations(data)}
    if kind == "autograd":
        return data | {"nodes": place_nodes(data)}
    return data


#: What draws and what tabulates each kind.
KINDS: dict[str, tuple[Callable[[Data], str], Callable[[Data], str]]] = {
    "descent": (draw_descent, table_descent),
    "boundary": (draw_boundary, table_boundary),
    "activations": (draw_activations, table_activations),
    "broadcasting": (draw_broadcasting, table_broadcasting),
    "autograd": (draw_autograd, table_autograd),
}


def interactive_html(kind: str, data: Data, caption: str, alt: str) -> str:
    """The figure: still image, place of the controls, caption, table and data."""
    draw, tabulate = KINDS[kind]
    data = complete(kind, finite(data))
    payload = json.dumps({"labels": SCRIPT_LABELS, "data": data}, ensure_ascii=False)
    payload = payload.replace("</", r"<\/")  # a text of the data cannot close the element
    return f"""<figure class="ep-interactive" data-kind="{kind}">
<svg class="ep-stage" viewBox="{VIEW}" role="img" aria-label="{escape(alt)}">{draw(data)}</svg>
<div class="ep-controls"></div>
<output class="ep-outcome"></output>
<figcaption>{escape(caption)}</figcaption>
<details class="ep-data"><summary>{LABELS["data"]}</summary>
<div class="ep-table" tabindex="0" role="region" aria-label="{LABELS["data"]}">{tabulate(data)}</div></details>
<script type="application/json">{payload}</script>
</figure>"""


# Sphinx -------------------------------------------------------------------------


class Interactive(SphinxDirective):
    """The place of a figure, whose data the session will compute."""

    required_arguments = 1
    option_spec = {
        "data": directives.unchanged,
        "alt": directives.unchanged,
        "caption": directives.unchanged,
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        kind, place = self.arguments[0], place_of(self.env, *self.get_source_info())
        if kind not in KINDS:
            facts = {"kind": kind, "kinds": ", ".join(KINDS)}
            record_problem(self.env, problem(place, "kind", **facts))
            return []
        for option in ("data", "alt"):
            if not self.options.get(option):
                record_problem(self.env, problem(place, "option", option=option))
        text = {name: self.options.get(name, "") for name in ("alt", "caption")}
        figure = nodes.container(classes=["ep-interactive-place"], figure=kind, place=place, **text)
        figure["epreuve"] = Block(place, self.options.get("data", ""), "value", name=kind)
        figure += nodes.paragraph("", self.options.get("alt", ""))
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]


def problem(place: Any, name: str, **facts: Any) -> Problem:
    fact, remedy = LABELS[name].format(**facts), LABELS[f"{name}-remedy"].format(**facts)
    return Problem(place, CODE, fact, remedy)


def html_of(kind: str, text: str, caption: str, alt: str) -> str:
    """The figure whose data is the JSON *text*. Raises ``ValueError`` when it does not fit the kind."""
    try:
        return interactive_html(kind, json.loads(text), caption, alt)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


class PutFigures(SphinxPostTransform):
    """Give each figure the data that the session computed."""

    default_priority = 22
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        proof = self.env.epreuve_proofs.get(self.env.docname)
        for figure in list(self.document.findall(lambda n: "ep-interactive-place" in getattr(n, "attributes", {}).get("classes", ()))):
            value = proof.results[figure["epreuve_index"]].value if proof else None
            if value:
                with suppress(ValueError):  # reported by on_epreuve_proved
                    html = html_of(figure["figure"], value[1:], figure["caption"], figure["alt"])
                    figure.children = [nodes.raw("", html, format="html")]


def on_epreuve_proved(app: Sphinx, docname: str, proof: Proof) -> list[Problem]:
    """The figures of a page whose data does not fit."""
    found = []
    for result in proof.results:
        if result.block.kind == "value" and result.block.name in KINDS and result.value:
            try:
                html_of(result.block.name, result.value[1:], "", "")
            except ValueError as error:
                found.append(problem(result.block.place, "unfit", kind=result.block.name, reason=str(error)))
    return found


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("epreuve")
    app.setup_extension("epreuve.frame")
    app.add_directive("interactive", Interactive)
    app.add_post_transform(PutFigures)
    app.connect("epreuve-proved", on_epreuve_proved)
    app.add_css_file("epreuve/figures.css")
    app.add_js_file("epreuve/figures.js", loading_method="defer")
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }

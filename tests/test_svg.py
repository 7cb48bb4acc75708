"""Drawings made lighter draw the same lines."""

from __future__ import annotations

import math
import random
import re

import pytest

from epreuve.svg import lighter, shorter

SVG = '<svg><path d="{}"/></svg>'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("M 0 0 \nL 10 0 \nL 20 0 \nL 20 10 \nz", "M0 0l20 0 0 10z"),
        ("M 7.25 140.06 \nL 7.2 138.83 \nL 9.3 135.49", "M7.2 140.1l0-1.3 2.1-3.3"),
        ("M 1 1 \nL 2 2 \nM 5 5 \nL 4 4", "M1 1l1 1m3 3l-1-1"),
        ("M 1 1 \nL 2 1 \nL 2 2 \nz\nM 5 5 \nL 6 6 \nz", "M1 1l1 0 0 1zm4 4l1 1z"),
        ("M 0 0 \nL 10 0 \nL 5 0", "M0 0l10 0-5 0"),
        ("M 3 3 \nL 3 3", "M3 3l0 0"),
    ],
)
def test_straight_lines(path: str, expected: str):
    assert shorter(path) == expected


def test_curves_keep_their_points():
    path = "M 0 1.23456 \nC 0.79 1.5 1.55 1.18 2.12 2.12 \nz"
    assert lighter(SVG.format(path)) == SVG.format(path.replace("1.23456", "1.23"))


def corners(path: str) -> list[list[tuple[float, float]]]:
    """The points of what `shorter` writes, read on their own."""
    found, here = [], (0.0, 0.0)
    for command, numbers in re.findall(r"([Mmlz])([^Mmlz]*)", path):
        values = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        for x, y in zip(values[::2], values[1::2]):
            here = (x, y) if command == "M" else (here[0] + x, here[1] + y)
            if command in "Mm":
                found.append([])
            found[-1].append(here)
        if command == "z":
            here = found[-1][0]
    return found


def distance(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """To a segment."""
    length = math.dist(a, b) ** 2
    t = 0 if not length else max(0, min(1, sum((p - q) * (r - q) for p, q, r in zip(point, a, b)) / length))
    return math.dist(point, [q + t * (r - q) for q, r in zip(a, b)])


def test_no_line_moves_by_more_than_a_tenth_of_a_point():
    luck = random.Random(0)
    for _ in range(50):
        points = [(luck.uniform(0, 500), luck.uniform(0, 300))]
        for _ in range(200):
            points.append((points[-1][0] + luck.choice([0, 0.05, 2.1]), points[-1][1] + luck.choice([0, 0, -0.03, 1.2])))
        text = "M {} {} \n".format(*points[0]) + "".join(f"L {x} {y} \n" for x, y in points[1:])
        (drawn,) = corners(shorter(text))
        assert len(drawn) < len(points)
        assert max(min(distance(p, a, b) for a, b in zip(drawn, drawn[1:])) for p in points) < 0.1


def test_what_matplotlib_draws_is_lighter():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    import io

    figure, axes = pyplot.subplots()
    axes.contourf([[math.sin(x / 9) * math.cos(y / 7) for x in range(60)] for y in range(60)])
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    pyplot.close(figure)
    assert len(lighter(buffer.getvalue())) < 0.6 * len(buffer.getvalue())

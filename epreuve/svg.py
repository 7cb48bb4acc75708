"""Lighter drawings: what matplotlib writes, in fewer characters, with nothing that can be seen less."""

from __future__ import annotations

import re

PRECISION = 0.1  #: points; a seventh of a pixel on the page
LINE = re.compile(r'\bd="(M [-\d. \nMLz]+)"')  #: straight lines only; curves keep their points
POINT = re.compile(r"([ML]) (\S+) (\S+)|z")
NUMBER = re.compile(r"-?\d+\.\d{3,}")
PLACED = re.compile(r'\b(?:d|x|y|points|transform)="(?!scale)[^"]*"')

Point = tuple[int, int]  #: tenths of a point


def lighter(svg: str) -> str:
    """The same drawing: coordinates to a hundredth of a point, and straight lines without the points that they do not need."""
    svg = PLACED.sub(lambda found: NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), found[0]), svg)
    return LINE.sub(lambda found: f'd="{shorter(found[1])}"', svg)


def shorter(path: str) -> str:
    """A path of straight lines, in relative coordinates."""
    written, here = [], (0, 0)
    for points, closed in pieces(path):
        kept = straightened(points)
        for position, point in enumerate(kept):
            step = f"{decimal(point[0] - here[0])} {decimal(point[1] - here[1])}"
            written.append(("m" if position == 0 else "l") + step if position < 2 else joined(step))
            here = point
        if closed:
            written.append("z")
            here = kept[0]
    return "".join(written).replace("m", "M", 1).replace(" -", "-")


def pieces(path: str) -> list[tuple[list[Point], bool]]:
    """Its lines: their points, and whether each is closed."""
    found: list[tuple[list[Point], bool]] = []
    for command in POINT.finditer(path):
        if command[0] == "z":
            found[-1] = (found[-1][0], True)
            continue
        point = (round(float(command[2]) / PRECISION), round(float(command[3]) / PRECISION))
        if command[1] == "M":
            found.append(([], False))
        found[-1][0].append(point)
    return found


def straightened(points: list[Point]) -> list[Point]:
    """Without the points that lie on the way from the one before to the one after."""
    kept = points[:1]
    for point in points[1:]:
        if point == kept[-1] and len(kept) > 1:
            continue
        while len(kept) > 1 and between(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def between(before: Point, point: Point, after: Point) -> bool:
    """Whether *point* is on the segment from *before* to *after*."""
    ax, ay = point[0] - before[0], point[1] - before[1]
    bx, by = after[0] - point[0], after[1] - point[1]
    return ax * by == ay * bx and ax * bx + ay * by > 0


def decimal(tenths: int) -> str:
    """``-3`` → ``-.3``"""
    sign, (whole, rest) = "-" if tenths < 0 else "", divmod(abs(tenths), round(1 / PRECISION))
    return f"{sign}{whole or ''}{f'.{rest}' if rest else ''}" or "0"


def joined(step: str) -> str:
    """A further step of the same line: a minus sign separates by itself."""
    return step if step.startswith("-") else f" {step}"

"""A slide that holds too much code is a problem, said with the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from epreuve.model import Place, Problem, Proof, Result

from .facts import Column, Listing
from .labels import LABELS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MOST_LINES = 18  #: of code and output, one under the other
MOST_COLUMNS = 80  #: of code, on the width of a slide
COLUMNS_AT_SMALLEST = 96  #: that a slide can hold in the smallest font allowed
STEP = re.compile(r"(\d+)(?:-(\d+))?")


def on_epreuve_proved(app: Sphinx, docname: str, proof: Proof) -> list[Problem]:
    deck = app.env.epreuve_decks.get(docname)
    columns = deck.columns if deck else ()
    outputs = {result.block.place: output_lines(result) for result in proof.results}
    return [problem for column in columns for problem in problems_of(column, outputs)]


def problems_of(column: Column, outputs: dict[Place, int]) -> Iterator[Problem]:
    """What does not fit in one column of a slide."""
    lines = sum(listing.lines + listing.output * outputs.get(listing.place, 0) for listing in column.listings)
    if lines > MOST_LINES:
        message = LABELS["too-long"].format(title=column.title, lines=lines, most=MOST_LINES)
        yield Problem(column.listings[0].place, "slide", message, LABELS["split"])
    most = most_columns(column.share)
    for listing in column.listings:
        if listing.columns > most:
            message = LABELS["too-wide"].format(title=column.title, columns=listing.columns, most=most)
            yield Problem(listing.place, "slide", message, LABELS["shorten"])
        if not steps_exist(listing):
            message = LABELS["steps"].format(steps=listing.steps, lines=listing.lines)
            yield Problem(listing.place, "slide", message, LABELS["steps-remedy"])


def most_columns(share: float) -> int:
    """Columns of code that fit in a part of the slide's width."""
    return MOST_COLUMNS if share == 1 else min(MOST_COLUMNS, int(COLUMNS_AT_SMALLEST * share) - 3)


def output_lines(result: Result) -> int:
    """Lines of text shown under a block; a figure takes the room that is left."""
    shown = [output.data for output in result.outputs if output.mime == "text/plain" and not output.stated]
    if result.failure and result.block.raises:
        shown += ["frame"] * len(result.failure.frames) + [f"{result.failure.type}: {result.failure.message}"]
    lines = [line for text in shown for line in text.strip("\n").splitlines()]
    return sum(max(1, ceil(len(line) / MOST_COLUMNS)) for line in lines)  # a long message goes on


def steps_exist(listing: Listing) -> bool:
    """Whether ``:steps:`` names lines of the block."""
    if not listing.steps or not listing.lines:
        return True
    ranges = [STEP.fullmatch(part.strip()) for step in listing.steps.split("|") for part in step.split(",")]
    return all(found and 0 < int(found[1]) <= int(found[2] or found[1]) <= listing.lines for found in ranges)

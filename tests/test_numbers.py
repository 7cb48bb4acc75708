"""No measured number is typed by hand.

A decimal number or a percentage of the prose must come from ``:val:`` or ``:says:``, or be there to be read in the
page's code or outputs. Questions and notes, where wrong numbers are quoted, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from prose import prose_of

from epreuve import expect
from epreuve.french import python_number

PAGES = sorted((ROOT / "chapters").rglob("*.rst"))
SUSPECT = re.compile(r"\d[\d  ]*,\d{2,}|\d+,\d+[  ]%|\d{2,}[  ]%")
QUOTING = re.compile(r"^(\s*)\.\. (notes|quiz|predict|misconception|answer|math)::|^(\s*):alt:")
ROLE = re.compile(r":(?:says|val|math):`[^`]*`")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_numbers_of_the_prose_come_from_the_run(page: Path, course) -> None:
    proof = course.env.epreuve_proofs[page.relative_to(ROOT).with_suffix("").as_posix()]
    known = {t for r in proof.results for text in texts(r) for t in expect.tokens(text) if expect.is_number(t)}
    typed = [f"{page.name}:{n}: {number}" for n, number in suspects(page) if not read_somewhere(python_number(number), known)]
    assert typed == []


def texts(result) -> Iterator[str]:
    """All that a reader can see of a block, or that the page computes."""
    yield result.block.source
    yield from (o.text for o in result.observations)
    yield from (o.text or o.data for o in result.outputs if o.mime != "image/svg+xml")
    yield (result.value or "  ")[1:]


def suspects(page: Path) -> Iterator[tuple[int, str]]:
    """(line, number) of what looks like a measure in the prose."""
    source = page.read_text("utf-8")
    shown = prose_of(ROLE.sub(lambda role: " " * len(role[0]), source), ".rst").split("\n")
    quoting: int | None = None
    for number, (line, raw) in enumerate(zip(shown, source.split("\n")), 1):
        indent = len(raw) - len(raw.lstrip())
        if quoting is not None and raw.strip() and indent <= quoting:
            quoting = None
        if quoting is None and (found := QUOTING.match(raw)):
            quoting = len(found[1] if found[1] is not None else found[3])
            continue
        if quoting is None:
            yield from ((number, m[0]) for m in SUSPECT.finditer(line))


def read_somewhere(number: str, known: set[str]) -> bool:
    """Whether a number agrees with one that the page shows, as such or in per cent."""
    hundredth = f"{float(number) / 100:.{len(number.partition('.')[2]) + 2}f}"
    return any(expect.agrees(n, k, approximate=True) for n in (number, hundredth) for k in known)

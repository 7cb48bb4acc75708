"""The longest sessions start first: what their text announces, loops multiplied and calls followed."""

from __future__ import annotations

import pytest

from epreuve.effort import effort_of

TRAIN = "def train(steps=10):\n    for _ in range(steps):\n        step()\n"
LONGER_FIRST = {
    "a loop over a plain line": (("for _ in range(100): f()",), ("f()",)),
    "more turns": (("for _ in range(500): f()",), ("for _ in range(50): f(); g(); h()",)),
    "loops inside each other": (("for _ in range(30):\n    for _ in range(30): f()",), ("for _ in range(100): f()",)),
    "a function called with a number": ((TRAIN, "train(4000)"), (TRAIN, "train(steps=40)")),
    "a default": ((TRAIN.replace("10", "4000"), "train()"), (TRAIN, "train()")),
    "a number that has a name": (("epochs = 900", "for _ in range(epochs): f()"), ("epochs = 9", "for _ in range(epochs): f()")),
    "a function that another calls": ((TRAIN, "def both():\n    train(900)\n    train(900)", "both()"), (TRAIN, "train(900)")),
    "a comprehension": (("[f(i) for i in range(1000)]",), ("[f(i) for i in range(10)]",)),
    "a method": (("class M:\n    def fit(self, n):\n        for _ in range(n): f()", "M().fit(5000)"), (TRAIN, "train(400)")),
}


@pytest.mark.parametrize("case", LONGER_FIRST)
def test_the_longer_session_is_known(case: str) -> None:
    longer, shorter = LONGER_FIRST[case]
    assert effort_of(longer) > effort_of(shorter)


def test_a_function_counts_where_it_is_called() -> None:
    assert effort_of((TRAIN.replace("10", "100000"),)) < 20


@pytest.mark.parametrize("source", ["for x in", "def f(n):\n    return f(n)\nf(3)", "for _ in []: x = " + "+".join("1" * 3000), "for _ in range(0, 10, 0): f()"])
def test_no_text_stops_a_build(source: str) -> None:
    assert effort_of((source,)) >= 0

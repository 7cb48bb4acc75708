"""Checkpoints: an edit runs from the nearest one, and gives what a run from the beginning gives."""

from __future__ import annotations

import random
import time

import pytest

from epreuve import pipeline
from epreuve.model import Block, Place
from epreuve.pool import Pool
from epreuve.settings import Settings

WORK = "import time; end = time.perf_counter() + 0.08\nwhile time.perf_counter() < end: pass\n"
BLOCKS = (
    "import random, os\ntotal = [0]",
    WORK + "total.append(random.random())",
    "total.append(random.randint(0, 9))\ntotal",
    WORK + "open('journal.txt', 'a').write('un ')\nopen('journal.txt').read()",
    "total.append(len(total))\nopen('journal.txt', 'a').write('deux ')\nopen('journal.txt').read(), total",
    "total[-1] + random.random()",
)


def settings(store, **more) -> Settings:
    return Settings(root=str(store), store=str(store / "store"), preload=(), jobs=2, timeout=20, **more)


def prove(pool: Pool, sources) -> list[tuple]:
    """What a reader sees of each block."""
    blocks = [Block(Place("page.rst", 10 * i + 1), source) for i, source in enumerate(sources)]
    proof = pipeline.prove({"page": blocks}, pool.settings, pool)["page"]
    return [(r.outputs, r.failure, r.value) for r in proof.results]


def edited(sources: list[str], chance: random.Random) -> list[str]:
    """The page after one edit at a random place."""
    sources, place = list(sources), chance.randrange(len(sources))
    kind = chance.choice(("change", "change", "add", "remove", "break"))
    if kind == "add":
        sources.insert(place, f"total.append({chance.randrange(100)})\ntotal")
    elif kind == "remove" and len(sources) > 3 and place:
        del sources[place]
    elif kind == "break":
        sources[place] = sources[place] + f"\ninconnu_{chance.randrange(9)}"
    else:
        sources[place] = sources[place] + f"\ntotal.append({chance.randrange(100)} + random.random())\ntotal"
    return sources


def test_random_edits_equal_cold_runs(tmp_path) -> None:
    """Every page of a session of edits is that of a run with nothing kept."""
    chance, sources = random.Random(1), list(BLOCKS)
    (tmp_path / "live").mkdir()
    with Pool(settings(tmp_path / "live", checkpoints=6)) as live:
        prove(live, sources)
        for number in range(25):
            sources = list(BLOCKS) if number % 8 == 7 else edited(sources, chance)
            seen = prove(live, sources)
            assert len(live.shelf.saved) <= 6
            (tmp_path / f"cold{number}").mkdir()
            with Pool(settings(tmp_path / f"cold{number}")) as cold:
                assert seen == prove(cold, sources)


def test_only_the_edited_block_runs(tmp_path) -> None:
    """Five seconds of work above the edited block are not done again."""
    slow = "import time\ntime.sleep(3)\nx = 1"
    with Pool(settings(tmp_path, checkpoints=4)) as pool:
        prove(pool, [slow, "x"])
        start = time.perf_counter()
        (_, last) = prove(pool, [slow, "x + 41"])
        assert last[0][0].data == "42"
        assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "unsafe",
    ["import threading; threading.Thread(target=time.sleep, args=(30,)).start()", "f = open('a', 'w')", "import subprocess; p = subprocess.Popen(['sleep', '30'])"],
)
def test_what_cannot_be_copied_is_run_again(tmp_path, unsafe: str) -> None:
    with Pool(settings(tmp_path, checkpoints=4)) as pool:
        first = prove(pool, [WORK + unsafe + "\nx = 1", "x"])
        assert pool.shelf.saved == {}
        assert [f for _, f, _ in first] == [None, None]
        assert prove(pool, [WORK + unsafe + "\nx = 1", "x + 1"])[1][0][0].data == "2"

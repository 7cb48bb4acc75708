"""``epreuve live`` under random edits, each page compared with a cold build of the same text: ``edits.py FOLDER [EDITS] [SEED]``.

Every version of the page (outputs, figures, numbers of the prose, problems) that the live process wrote must be, byte for
byte, the one that Sphinx writes from nothing, without recorded results or checkpoints. Prints what was done, ends with 1
at the first difference and leaves both pages there.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.tools import put  # noqa: E402

CONF = """extensions = ["epreuve"]
epreuve_store = "build/epreuve"
exclude_patterns = ["build"]
language = "fr"
html_theme = "basic"
"""
WORK = "for _ in range({n}): torch.randn(200, 200) @ torch.randn(200, 200)\n"
START = (
    "import random, torch, numpy as np\nfrom torch import nn\ntotal = [0]",
    "torch.manual_seed({n})\n" + WORK.format(n=40) + "x = torch.randn(4)\nx",
    "total.append(random.random())\ntotal",
    "model = nn.Linear(4, 2)\noptimizer = torch.optim.Adam(model.parameters(), lr=0.01)",
    "for _ in range(60):\n    optimizer.zero_grad()\n    loss = model(x).pow(2).sum()\n    loss.backward()\n    optimizer.step()\nloss",
    WORK.format(n=60) + "np.random.rand(3) * {n}",
    "print(open('donnees.txt').read(), len(total))",
    "sum(total), model.weight.sum()",
)
ADDED = (
    "total.append({n} + random.random())\ntotal", "x = x * {n}\nx", "torch.rand(2) + {n}", WORK.format(n=50) + "print({n})",
    "nom_inconnu + {n}", "if {n}", "np.random.rand() + {n}", "x.mean()  # → tensor({n}.)", "total.clear()", "del x",
)  # fmt: skip
PATIENCE = 120  #: seconds


def text(blocks: list[str], version: int) -> str:
    """The page."""
    cells = "".join(f"\n.. code-block:: python\n\n{''.join(f'   {line}' for line in b.splitlines(True))}\n" for b in blocks)
    return f"Page\n====\n\nVersion {version}.\n{cells}\nTotal :val:`len(total)`.\n"


def edited(blocks: list[str], before: list[list[str]], chance: random.Random) -> tuple[str, list[str]]:
    """What kind of edit, and the blocks after it."""
    kind = chance.choice(("prose", "number", "number", "number", "add", "add", "remove", "swap", "undo", "data"))
    place, blocks = chance.randrange(len(blocks)), list(blocks)
    if kind == "number":
        blocks[place] += f"\n{chance.randrange(100)}"
    elif kind == "add":
        blocks.insert(place + 1, chance.choice(ADDED).format(n=chance.randrange(1, 9)))
    elif kind == "remove" and len(blocks) > 4:
        del blocks[place]
    elif kind == "swap":
        other = chance.randrange(len(blocks))
        blocks[place], blocks[other] = blocks[other], blocks[place]
    elif kind == "undo":
        blocks = list(chance.choice(before[-10:]))
    return kind, blocks[:14]


class Cold:
    """Builds from nothing, over and over, with one process that keeps torch loaded."""

    def __init__(self, root: Path) -> None:
        from epreuve.pool import Pool

        self.root, self.pool, self.new_pool = root, None, Pool

    def page(self, files: dict[str, str]) -> str:
        """The page that Sphinx writes."""
        from sphinx.application import Sphinx
        from sphinx.util.docutils import docutils_namespace, patch_docutils

        shutil.rmtree(self.root / "build", ignore_errors=True)
        for name, content in files.items():
            put(self.root / name, content)
        with patch_docutils(str(self.root)), docutils_namespace():
            app = Sphinx(
                str(self.root), str(self.root), str(self.root / "build/html"), str(self.root / "build/doctrees"), "html",
                status=None, warning=io.StringIO(), confoverrides={"epreuve_live": True},  # our pool outlives the build
            )  # fmt: skip
            self.pool = app.epreuve_pool = self.pool or self.new_pool(app.epreuve_settings)
            app.build()
        return (self.root / "build/html/index.html").read_text("utf-8")


def live_page(root: Path, version: int) -> str:
    """The page that the live process wrote for a version, once it is whole."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            page = (root / "build/live/html/index.html").read_text("utf-8")
        except OSError:
            page = ""
        if f"Version {version}." in page and page.rstrip().endswith("</html>"):
            return page
        time.sleep(0.02)
    raise TimeoutError(f"version {version} : rien après {PATIENCE} s")


def main(work: Path, count: int, seed: int) -> int:
    """Edit, wait, compare."""
    chance, done, seconds = random.Random(seed), Counter(), []
    shutil.rmtree(work, ignore_errors=True)
    files = {"conf.py": CONF, "donnees.txt": "0", "index.rst": text(START, 0)}
    for name, content in files.items():
        put(work / "direct" / name, content)
    cold, blocks, before = Cold(work / "froid"), list(START), [list(START)]
    command = [sys.executable, "-m", "epreuve", "--source", str(work / "direct"), "live", "--port", "0"]
    live = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        live_page(work / "direct", 0)
        for version in range(1, count + 1):
            kind, blocks = edited(blocks, before, chance)
            before.append(blocks)
            if kind == "data":
                files["donnees.txt"] = str(version)
                put(work / "direct" / "donnees.txt", files["donnees.txt"])
            files["index.rst"] = text(blocks, version)
            start = time.perf_counter()
            put(work / "direct" / "index.rst", files["index.rst"])
            found = live_page(work / "direct", version)
            seconds.append(time.perf_counter() - start)
            done[kind] += 1
            if found != (wanted := cold.page(files)):
                put(work / "direct.html", found)
                put(work / "froid.html", wanted)
                print(f"version {version} ({kind}) : différente, voir {work}/direct.html et froid.html")
                return 1
    finally:
        live.terminate()
        live.wait()
        if cold.pool:
            cold.pool.close()
    print(json.dumps({"modifications": dict(done), "égales": sum(done.values()), "médiane (s)": round(sorted(seconds)[len(seconds) // 2], 3)}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    count, seed = [int(n) for n in sys.argv[2:4]] + [200, 1][len(sys.argv) - 2 :]
    sys.exit(main(Path(sys.argv[1]).resolve(), count, seed))

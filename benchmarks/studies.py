"""What is measured. Each study builds the same pages with each tool in turn (A B C A B C…)."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from . import course
from .course import Block, Page
from .measure import Measure, as_json, run
from .tools import GALLERY, JUPYTER, MYST, OURS, SPHINX, TOOLS, TWO_KERNELS, Tool, empty, put

IMPORT = [sys.executable, "-c", "import torch, matplotlib.pyplot"]


class Record:
    """Raw measures, written after each one: an interrupted run is not lost."""

    def __init__(self, path: Path, facts: dict[str, str]) -> None:
        self.path = path
        self.data = json.loads(path.read_text("utf-8")) if path.exists() else {"measures": {}, "numbers": {}}
        self.data["facts"] = {**facts, "charge": []}
        self.started: set[str] = set()

    def add(self, study: str, action: str, tool: str, value: Measure | float) -> None:
        """Note a measure, and the load of the machine; what an earlier run noted of a study goes when it starts again."""
        if study not in self.started:
            self.started.add(study)
            for kind in ("measures", "numbers"):
                self.data[kind] = {k: v for k, v in self.data[kind].items() if not k.startswith(f"{study}/")}
        key, kind = f"{study}/{action}/{tool}", "measures" if isinstance(value, Measure) else "numbers"
        self.data[kind].setdefault(key, []).append(as_json(value) if isinstance(value, Measure) else round(value, 4))
        self.data["facts"]["charge"].append(round(os.getloadavg()[0], 1))
        put(self.path, json.dumps(self.data, ensure_ascii=False, indent=1))
        shown = f"{value.seconds:.2f} s" if isinstance(value, Measure) else f"{value:.4f}"
        print(f"{key} : {shown}", file=sys.stderr, flush=True)


@dataclass
class Bench:
    """Where and how much to measure."""

    work: Path
    snapshot: Path  #: our sources, at the commit that is measured
    record: Record
    repetitions: int
    scale: float
    pages: int
    without: set[str]

    def root(self, study: str, tool: Tool) -> Path:
        """Folder of a project."""
        return self.work / study / tool.name.replace(" ", "_")

    def build(self, study: str, action: str, tool: Tool, pages: list[Page], sampled: bool = False) -> Measure:
        """Write what changed, build, note the time."""
        root = self.root(study, tool)
        tool.write(root, pages)
        measure = run(tool.command(root), root, {**tool.env, "PYTHONPATH": str(self.snapshot)}, sampled)
        self.record.add(study, action, tool.name, measure)
        if tool.name == OURS.name:
            self.note_execution(study, action, root)
        return measure

    def note_execution(self, study: str, action: str, root: Path) -> None:
        """How much our last build executed: seconds in all, of the longest page, and blocks."""
        report = json.loads((root / "build/epreuve/rapport.json").read_text("utf-8"))
        new = action == "froid"  # all of it ran, even where a second builder then found it again
        pages = [sum(b["seconds"] for b in p["blocks"] if new or not b["reused"]) for p in report["pages"].values()]
        self.record.add(study, action, "exécution", sum(pages))
        self.record.add(study, action, "plus longue page", max(pages))
        self.record.add(study, action, "blocs exécutés", report["summary"]["executed"])

    def imports(self, study: str) -> None:
        """Time to import torch and pyplot."""
        self.record.add(study, "import", "python", run(IMPORT, self.work))


def benchmark(bench: Bench) -> None:
    """Six pages: built from nothing, again, after an edit of the prose, after one of the last block of the longest page."""
    name, tools = "cours d’essai", [t for t in TOOLS if t is not TWO_KERNELS and t.name not in bench.without]
    for n in range(bench.repetitions):
        first = course.benchmark(bench.scale, edit=2 * n, prose=2 * n)
        prose = course.benchmark(bench.scale, edit=2 * n, prose=2 * n + 1)
        code = course.benchmark(bench.scale, edit=2 * n + 1, prose=2 * n + 1)
        bench.imports(name)
        present = tools if n == 0 or bench.repetitions >= 5 else [t for t in tools if t not in (JUPYTER, GALLERY)]
        for tool in present:
            empty(bench.root(name, tool))
            bench.build(name, "froid", tool, first)
        if n == 0:
            bench.record.data["sorties"] = same_outputs(bench, name, tools, first)
        for action, pages in (("rien", first), ("prose", prose), ("dernier bloc", code)):
            for tool in present:
                bench.build(name, action, tool, pages)


def same_outputs(bench: Bench, study: str, tools: list[Tool], pages: list[Page]) -> str:
    """Compare what every tool showed. Raises ``RuntimeError`` where one differs."""
    tools = [tool for tool in tools if tool.outputs]
    for page in pages:
        shown = {tool.name: tool.shown(bench.root(study, tool), page) for tool in tools}
        if len(set(shown.values())) > 1:
            raise RuntimeError(f"sorties différentes, page {page.name} :\n" + "\n".join(f"  {k} : {v}" for k, v in shown.items()))
    characters = sum(len(tools[0].shown(bench.root(study, tools[0]), page)[0]) for page in pages)
    return f"identiques ({len(pages)} pages, {characters} caractères, {', '.join(tool.name for tool in tools)})"


def training(bench: Bench) -> None:
    """Pages that mostly train, against two Jupyter kernels of one thread each; the time of each page too."""
    name, pages = "entraînements", course.training(bench.scale)
    for n in range(bench.repetitions):
        bench.imports(name)
        for tool in (OURS, TWO_KERNELS, SPHINX):
            empty(bench.root(name, tool))
            bench.build(name, "froid", tool, pages)
        if n == 0:
            same_outputs(bench, name, [OURS, TWO_KERNELS], pages)
        for page, seconds in page_seconds_of_ours(bench.root(name, OURS)).items():
            bench.record.add(name, page, OURS.name, seconds)
        for page, seconds in page_seconds_of_notebooks(bench.root(name, TWO_KERNELS)).items():
            bench.record.add(name, page, TWO_KERNELS.name, seconds)


def page_seconds_of_ours(root: Path) -> dict[str, float]:
    """Seconds spent in the blocks of each page."""
    report = json.loads((root / "build/epreuve/rapport.json").read_text("utf-8"))
    return {name: sum(b["seconds"] for b in p["blocks"]) for name, p in report["pages"].items() if p["blocks"]}


def page_seconds_of_notebooks(root: Path) -> dict[str, float]:
    """What MyST-NB says of each page: from the start of its kernel to its last output."""
    with open(root / "build/doctrees/environment.pickle", "rb") as file:
        env = pickle.load(file)
    return {name: data["exec_data"]["runtime"] for name, data in env.nb_metadata.items() if data.get("exec_data")}


def own_course(bench: Bench) -> None:
    """Our own course as it is, without execution, and its blocks alone in MyST-NB."""
    name, root = "notre cours", bench.snapshot
    blocks = own_blocks(root)
    commands = both_builders(root, "build/nu")
    site = [sys.executable, "-m", "epreuve", "site"]
    notebooks = replace(MYST, conf={**MYST.conf, "nb_execution_allow_errors": True, "nb_execution_raise_on_error": False})
    for n in range(bench.repetitions):
        bench.imports(name)
        for action in ("froid", "rien"):
            if action == "froid":
                shutil.rmtree(root / "build", ignore_errors=True)
            bench.record.add(name, action, OURS.name, run(site, root, {"PYTHONPATH": str(root)}))
            bench.note_execution(name, action, root)
            for builder, command in commands.items():
                if action == "froid" and builder == "revealjs":  # one reading: the decks begin with that of the pages
                    shutil.copytree(root / "build/nu/doctrees-html", root / "build/nu/doctrees-revealjs")
                bench.record.add(name, action, f"sphinx {builder}", run(command, root, {"PYTHONPATH": str(root)}))
        if MYST.name not in bench.without and n < 2:
            empty(bench.root(name, MYST))
            bench.build(name, "froid", notebooks, blocks)


def both_builders(root: Path, out: str) -> dict[str, list[str]]:
    """Sphinx over our sources with nothing executed: the pages, then the decks, each with its own environment."""
    command = [sys.executable, "-m", "sphinx", "-q", "-D", "epreuve_run=0"]
    return {b: [*command, "-d", f"{out}/doctrees-{b}", "-b", b, ".", f"{out}/{b}"] for b in ("html", "revealjs")}


def own_blocks(root: Path) -> list[Page]:
    """The pages of our course, reduced to the blocks that run."""
    code = """if True:
        import json, sys
        from epreuve.project import load
        blocks = load(".", epreuve_run=False).env.epreuve_blocks
        pages = {d: [(b.source, b.raises) for b in bs if b.kind == "code" and b.skip is None and not b.needs and not b.role] for d, bs in blocks.items()}
        json.dump(pages, open(sys.argv[1], "w"))"""
    target = root / "blocs.json"
    run([sys.executable, "-c", code, str(target)], root, {"PYTHONPATH": str(root)})
    pages = json.loads(target.read_text("utf-8"))
    return [
        Page(name.replace("/", "-"), name, tuple(Block(source, raises=raises or "") for source, raises in blocks))
        for name, blocks in pages.items() if blocks
    ]  # fmt: skip


def large(bench: Bench) -> None:
    """Many cheap pages: a third of them, two thirds, all."""
    name = "grand cours"
    for n in range(min(bench.repetitions, 3)):
        for part in (1, 2, 3):
            pages = course.cheap(bench.pages * part // 3)
            for tool in (OURS, SPHINX):
                shutil.rmtree(bench.root(name, tool), ignore_errors=True)
                bench.root(name, tool).mkdir(parents=True)
                bench.build(name, f"{len(pages)} pages", tool, pages, sampled=True)
        bench.imports(name)


COUNTED = """
extensions = ["epreuve", "epreuve.slides"]
epreuve_store = "build/epreuve"
exclude_patterns = ["build"]
language = "fr"

def setup(app):
    app.connect("source-read", lambda app, docname, source: open({read!r}, "a").write(docname + "\\n"))
"""


def counters(bench: Bench) -> None:
    """Pages and decks: how many times each page is read and each block is executed."""
    name, root, counted = "compteurs", bench.work / "compteurs" / "epreuve", bench.work / "compteurs"
    shutil.rmtree(counted, ignore_errors=True)
    read, executed = counted / "lu", counted / "exécuté"
    put(root / "conf.py", COUNTED.format(read=str(read)))
    put(root / "index.rst", "Cours\n=====\n\n.. toctree::\n\n   a\n   b\n")
    for page in "ab":
        blocks = "".join(
            f".. slide:: Diapositive {n}\n\n   .. code-block:: python\n\n"
            f"      with open({str(executed)!r}, 'a') as file:\n          _ = file.write('{page}{n}\\n')\n\n"
            for n in range(3)
        )
        put(root / f"{page}.rst", f"Page {page}\n======\n\n{blocks}")
    run(OURS.command(root), root, {"PYTHONPATH": str(bench.snapshot)})
    for label, path, wanted in (("lectures par page", read, 3), ("exécutions par bloc", executed, 6)):
        bench.record.add(name, label, "epreuve", len(path.read_text("utf-8").splitlines()) / wanted)


def first_tensor(bench: Bench) -> None:
    """From nothing running to the first tensor of a page: a fork of our warm process, a Jupyter kernel."""
    script = Path(__file__).with_name("first_tensor.py")
    for tool, count in (("epreuve", 20), ("noyau Jupyter", max(3, bench.repetitions))):
        command = [sys.executable, str(script), tool.split()[0], str(count)]
        said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(bench.snapshot)})
        for value in json.loads(said.stdout.splitlines()[-1]):
            bench.record.add("premier tenseur", "à chaud", tool, value)


def live(bench: Bench) -> None:
    """``make live``: from a save to the new output in the browser (see live.py)."""
    script = Path(__file__).with_name("live.py")
    env = {**os.environ, "PYTHONPATH": str(bench.snapshot)}
    (bench.work / "live").mkdir(exist_ok=True)
    said = subprocess.run([sys.executable, str(script), str(bench.work / "live")], capture_output=True, text=True, env=env)
    if said.returncode:
        print(said.stdout + said.stderr, file=sys.stderr)
        return
    for label, values in json.loads(said.stdout.splitlines()[-1]).items():
        for value in values:
            bench.record.add("make live", label, "epreuve", value)


def edits(bench: Bench) -> None:
    """``make live`` under random edits, each page compared with a cold build (see edits.py)."""
    script, count = Path(__file__).with_name("edits.py"), 200 if bench.repetitions >= 5 else 50
    env = {**os.environ, "PYTHONPATH": str(bench.snapshot)}
    command = [sys.executable, str(script), str(bench.work / "modifications"), str(count)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    bench.record.add("modifications", "essayées", "epreuve", count)
    bench.record.add("modifications", "égales", "epreuve", 0 if done.returncode else json.loads(done.stdout)["égales"])


def quantile(values: list[float], share: float) -> float:
    """Value under which that share of values is."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(100 * share) - 1] if len(values) > 1 else values[0]


STUDIES = {
    "compteurs": counters,
    "tenseur": first_tensor,
    "essai": benchmark,
    "entrainements": training,
    "notre": own_course,
    "grand": large,
    "live": live,
    "modifications": edits,
}

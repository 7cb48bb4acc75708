"""Notebooks and scripts: valid, the same each time, run anywhere, and no answer where a student must write one."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import zlib
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

from epreuve import expect, project
from epreuve.practicals.starter import BEGIN, END, INLINE, MIDDLE
from epreuve.products.markdown import Code, escaped
from epreuve.products.notebook import notebook, packages_of
from epreuve.products.script import script

CHAPTERS = sorted(p.stem for p in (ROOT / "chapters").glob("[0-9]*.rst"))
PRACTICALS = sorted(p.stem for p in (ROOT / "tp").glob("[0-9]*.md"))
BLANKS = re.compile(r"\s+")


@pytest.fixture(scope="module")
def carnets(site: Path) -> Path:
    return site / "carnets"


def files(page: str) -> list[str]:
    return [f"{page}.ipynb"] if page in CHAPTERS and page not in PRACTICALS else [f"tp_{page}.ipynb", f"tp_{page}_solutions.ipynb"]


NOTEBOOKS = [f"{c}.ipynb" for c in CHAPTERS] + [f"tp_{p}{s}.ipynb" for p in PRACTICALS for s in ("", "_solutions")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_valid_and_alone(name: str, carnets: Path):
    text = (carnets / name).read_text("utf-8")
    data = nbformat.reads(text, 4)
    nbformat.validate(data)
    assert (data.nbformat, data.nbformat_minor) == (4, 5)
    assert len({cell.id for cell in data.cells}) == len(data.cells)
    code = "\n".join(c.source for c in data.cells if c.cell_type == "code")
    assert not re.search(r"^\s*(import|from) epreuve", code, re.M)
    prose = "\n".join(c.source for c in data.cells if c.cell_type == "markdown")
    assert not re.search(r"\]\((?!https?:|mailto:)", re.sub(r"`[^`]*`|\$[^$]*\$", "", prose)), "un lien ne mène nulle part"


# ---- answers -------------------------------------------------------------------------------------------------


def answer_lines(source: str) -> list[str]:
    """The lines that a student must find, and what the results of the others would tell."""
    kept, inside = [], ""
    for line in source.splitlines():
        if BEGIN.match(line):
            inside = "answer"
        elif MIDDLE.match(line):
            inside = "start"
        elif END.match(line):
            inside = ""
        elif inside == "answer" or INLINE.match(line):
            kept.append(re.sub(r"\s*# solution\s*$", "", line).strip())
    return [line for line in kept if len(line) > 12 and not line.startswith("#")]


def cells_of(page: str) -> tuple[str, list[str], list[str]]:
    """Source of a practical, its solution cells, its other cells."""
    text = (ROOT / f"tp/{page}.md").read_text("utf-8")
    cells = re.findall(r"^```\{code-cell\}.*?^```", text, re.M | re.S)
    solutions = [c for c in cells if re.search(r"tags: \[solution", c)]
    return text, solutions, [c for c in cells if c not in solutions]


def public_of(page: str) -> str:
    """What a practical shows to students before they answer: statement, given code, checks, starts."""
    text, solutions, others = cells_of(page)
    prose = "".join(re.split("|".join(map(re.escape, [*solutions, *others])), text))
    starts = "\n".join(line.lstrip("# ") for c in solutions for line in start_lines(c))
    return folded(prose + "".join(others) + starts)


def secrets_of(page: str, shown: str = "") -> list[str]:
    """The answers of a practical, those that it or another one (``shown``) gives to read aside."""
    shown = shown or public_of(page)
    return [line for c in cells_of(page)[1] for line in answer_lines(c) if folded(line) not in shown]


def start_lines(source: str) -> list[str]:
    """What students are given of a solution: lines outside the answers, and written starts."""
    kept, inside = [], ""
    for line in source.splitlines():
        inside = "answer" if BEGIN.match(line) else "start" if MIDDLE.match(line) else "" if END.match(line) else inside
        if inside != "answer" and not INLINE.match(line):
            kept.append(line)
    return kept


def folded(text: str) -> str:
    return BLANKS.sub("", text)


def layers(data: bytes, depth: int = 0):
    """A file's bytes, and all that is folded in them: compressed, base64, JSON strings."""
    yield data
    if depth > 3:
        return
    for opened in (gzip.decompress, zlib.decompress):
        try:
            yield from layers(opened(data), depth + 1)
        except (OSError, zlib.error, EOFError):
            pass
    for run in re.findall(rb"[A-Za-z0-9+/_-]{40,}={0,2}", data):
        try:
            inner = base64.b64decode(run + b"=" * (-len(run) % 4), altchars=b"-_" if b"-" in run or b"_" in run else None)
        except ValueError:
            continue
        if inner[:2] == b"\x1f\x8b" or inner[:1] == b"x" or sum(32 <= c < 127 or c == 10 for c in inner[:200]) > 0.9 * len(inner[:200]):
            yield from layers(inner, depth + 1)
    for run in re.findall(rb'"(?:[^"\\]|\\.)*\\[nu"](?:[^"\\]|\\.)*"', data):
        try:
            yield json.loads(run).encode()
        except ValueError:
            pass


def leaks(data: bytes, secrets: list[str]) -> list[str]:
    text = "\n".join(folded(layer.decode("utf-8", "replace")) for layer in layers(data))
    return [line for line in secrets if folded(line) in text]


@pytest.mark.parametrize("page", PRACTICALS)
def test_no_answer_in_a_student_notebook(page: str, carnets: Path):
    secrets = secrets_of(page)
    assert len(secrets) > 2
    assert leaks((carnets / f"tp_{page}.ipynb").read_bytes(), secrets) == []
    assert all(not cell.get("outputs") for cell in json.loads((carnets / f"tp_{page}.ipynb").read_text("utf-8"))["cells"])


@pytest.mark.parametrize("page", PRACTICALS)
def test_the_search_for_leaks_finds_them(page: str, carnets: Path):
    secrets = secrets_of(page)
    data = (carnets / f"tp_{page}_solutions.ipynb").read_bytes()
    assert len(leaks(data, secrets)) == len(secrets)
    hidden = json.dumps({"x": base64.b64encode(gzip.compress(data)).decode()}).encode()
    assert len(leaks(hidden, secrets)) == len(secrets)


def test_only_pages_and_solution_notebooks_hold_answers(site: Path):
    """Folded on their own page and in the search index by design; nowhere else on the site."""
    shown = "".join(map(public_of, PRACTICALS))  # what one practical gives is no secret of another
    secrets = {page: secrets_of(page, shown) for page in PRACTICALS}
    allowed = {f"tp/{page}.html" for page in PRACTICALS} | {f"carnets/tp_{page}_solutions.ipynb" for page in PRACTICALS} | {"searchindex.js"}
    found = {}
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        if path.is_file() and name not in allowed and path.suffix in {".html", ".ipynb", ".py", ".js", ".json", ".md", ".txt", ".inv", ".gz", ".zip", ""}:
            for page, lines in secrets.items():
                distinctive = [line for line in lines if len(line) > 30]
                if name.startswith(("chapters/", "diapos/chapters/", "carnets/0")):
                    continue  # a chapter may teach what its practical asks
                if hit := leaks(path.read_bytes(), distinctive):
                    found[name] = hit
    assert found == {}


# ---- they run, with torch, matplotlib and scikit-learn only --------------------------------------------------------------------------------------------------

BLOCKER = """
import sys

class Without:
    # What a finder finds, less what a student lacks
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {names}:
            return self.finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""


def brought_by(*roots: str) -> set[str]:
    """Distributions that come with some others, these included."""
    found, left = set(), list(roots)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name not in found:
            found.add(name)
            try:
                needs = metadata.requires(name) or ()
            except metadata.PackageNotFoundError:
                continue
            left += [re.match(r"[\w.-]+", need)[0] for need in needs if "extra ==" not in need]
    return found


@pytest.fixture(scope="module")
def students_machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment where nothing else can be imported, whatever is installed here."""
    held = brought_by("torch", "matplotlib", "scikit-learn", "ipykernel", "nbclient")
    names = {top for top, owners in metadata.packages_distributions().items() if not {re.sub(r"[-_.]+", "-", o).lower() for o in owners} & held}
    assert "sphinx" in names and "torch" not in names
    folder = tmp_path_factory.mktemp("machine")
    (folder / "sitecustomize.py").write_text(BLOCKER.format(names=set(names | {"epreuve", "torchviz", "torchsummary", "torchinfo", "pandas"})), "utf-8")
    return {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}


def executed(path: Path, folder: Path, environment: dict[str, str]) -> nbformat.NotebookNode:
    """A notebook, once a kernel of a student's machine has run it in an empty folder."""
    data = nbformat.read(path, 4)
    client = NotebookClient(data, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, **environment})
    return data


def test_the_students_machine_lacks_the_rest(students_machine, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", "import torch, matplotlib, sklearn, numpy\ntry:\n    import sphinx\nexcept ModuleNotFoundError:\n    print('absent')"],
        cwd=tmp_path, env={**os.environ, **students_machine}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "absent\n", done.stderr


@pytest.fixture(scope="module")
def students(carnets: Path, students_machine, ahead):
    return ahead(test_a_student_notebook_runs_and_only_checks_fail, lambda page, folder: executed(carnets / f"tp_{page}.ipynb", folder, students_machine))


@pytest.fixture(scope="module")
def solutions(carnets: Path, students_machine, ahead):
    return ahead(test_a_solution_notebook_runs_without_an_error, lambda page, folder: executed(carnets / f"tp_{page}_solutions.ipynb", folder, students_machine))


@pytest.fixture(scope="module")
def scripts(carnets: Path, students_machine, ahead):
    def run(chapter: str, folder: Path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-W", "ignore", str(carnets / f"{chapter}.py")]
        return subprocess.run(command, cwd=folder, env={**os.environ, **students_machine}, capture_output=True, text=True, timeout=300)

    return ahead(test_a_script_runs, run)


@pytest.mark.parametrize("page", PRACTICALS)
def test_a_student_notebook_runs_and_only_checks_fail(page: str, students):
    for cell in students[page].result().cells:
        errors = [o for o in cell.get("outputs", ()) if o.output_type == "error"]
        is_check = cell.metadata.get("epreuve", {}).get("role") == "check"
        assert [e.ename for e in errors] == (["AssertionError"] if is_check else []), cell.source


@pytest.mark.parametrize("page", PRACTICALS)
def test_a_solution_notebook_runs_without_an_error(page: str, solutions):
    errors = [(o.ename, o.evalue) for c in solutions[page].result().cells for o in c.get("outputs", ()) if o.output_type == "error"]
    assert errors == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_script_runs(chapter: str, scripts):
    done = scripts[chapter].result()
    assert done.returncode == 0, done.stderr[-2000:]


# ---- where they open -------------------------------------------------------------------------------------------


def test_launch_buttons_when_the_repository_is_known(build):
    from test_practicals import PAGE

    conf = "epreuve_repository = 'https://github.com/ecole/cours'\ndef setup(app): app.add_config_value('epreuve_repository', '', 'html', str)"
    built = build({"index.md": PAGE}, extensions=["epreuve", "epreuve.frame", "epreuve.practicals", "epreuve.products"], conf=conf)
    assert "https://colab.research.google.com/github/ecole/cours/blob/gh-pages/carnets/index.ipynb" in built.read()
    assert "https://mybinder.org/v2/gh/ecole/cours/gh-pages?labpath=carnets/index.ipynb" in built.read()


# ---- the pieces ------------------------------------------------------------------------------------------------


def test_the_same_bytes_and_stable_identifiers():
    made = [notebook(["# Titre", Code("x = 1"), "texte", Code("x = 1")], "p") for _ in range(2)]
    assert made[0] == made[1]
    before = [cell["id"] for cell in json.loads(made[0])["cells"]]
    after = [cell["id"] for cell in json.loads(notebook(["# Titre", Code("x = 1"), Code("y = 2"), "texte", Code("x = 1")], "p"))["cells"]]
    assert [key for key in after if key in before] == before


def test_packages_that_a_student_may_lack():
    assert packages_of("import torchviz\nfrom torchsummary import summary\nimport torch, os") == ["torch-summary", "torchviz"]


def test_what_comes_from_a_missing_package_is_missing_too():
    made = script([Code("z = 1\nimport torchviz\ns = torchviz"), Code("s.x"), Code("z"), Code("s = 3"), Code("s")])
    assert made.count("try:") == 2
    assert "\ns.x" not in made and "# %%\nz\n" in made and made.endswith("# %%\ns\n")


def test_text_means_nothing_else_in_markdown():
    assert escaped("a_b * [c] $5 <d>") == r"a\_b \* \[c\] \$5 \<d>"


def test_a_script_of_nothing():
    assert script([Code("x = 3")]) == "# %%\nx = 3\n"

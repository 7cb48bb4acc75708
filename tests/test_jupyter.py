"""The course's blocks give in a real Jupyter kernel what the pages show.

Differences declared here, and only these: a kernel groups stdout and stderr,
the engine keeps their order; figures are compared by number; errors by type and
message; a torchviz graph, which a kernel without the ``dot`` program cannot draw; blocks that measure or ask for entropy are ``:volatile:``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

from epreuve.model import Result

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHAPTERS = sorted(p.stem for p in (ROOT / "chapters").glob("[0-9]*.rst"))
#: what the engine does before the first block of a session
PREPARE = """
import random, numpy, torch, matplotlib
matplotlib.use("module://matplotlib_inline.backend_inline")
random.seed(0); numpy.random.seed(0); torch.manual_seed(0); torch.set_num_threads(1)
"""


def in_a_kernel(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """A notebook, once a kernel prepared as a session is has run it."""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(PREPARE))
    client = NotebookClient(notebook, timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, "OMP_NUM_THREADS": "1"})
    del notebook.cells[0]
    return notebook


def blocks_of(course: Sphinx, chapter: str) -> list[Result]:
    """What the first session of a chapter ran."""
    results = course.env.epreuve_proofs[f"chapters/{chapter}"].results
    return [r for r in results if r.block.kind == "code" and not r.block.session and not r.skipped]


@pytest.fixture(scope="module")
def kernels(course, ahead):
    def run(chapter: str, folder: Path) -> nbformat.NotebookNode:
        cells = [nbformat.v4.new_code_cell(result.block.source) for result in blocks_of(course, chapter)]
        return in_a_kernel(nbformat.v4.new_notebook(cells=cells), folder)

    return ahead(test_same_outputs_as_a_kernel, run)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_same_outputs_as_a_kernel(chapter: str, course, kernels) -> None:
    results, notebook = blocks_of(course, chapter), kernels[chapter].result()
    different = [
        f"{result.block.place}\n  page   : {ours(result)}\n  noyau  : {theirs(cell)}"
        for result, cell in zip(results, notebook.cells, strict=True)
        if result.block.volatile is None and ours(result) != theirs(cell)
    ]
    assert different == []


def ours(result: Result) -> tuple[object, ...]:
    """Streams, values, number of figures and error that a page's block gave."""
    texts = [o.data for o in result.outputs if o.kind in ("stdout", "stderr") and not is_warning(o.data)]
    values = [(o.text or o.data) for o in result.outputs if o.kind in ("value", "display")]
    figures = sum(o.kind == "figure" for o in result.outputs)
    error = f"{result.failure.type}: {result.failure.message}" if result.failure else ""
    return folded("".join(texts)), [folded(v) for v in values], figures, folded(error)


def theirs(cell) -> tuple[object, ...]:
    """The same of a notebook's cell."""
    streams = [o for o in cell.outputs if o.output_type == "stream"]
    texts = [o.text for o in streams if o.name == "stdout"] + [o.text for o in streams if o.name == "stderr" and not is_warning(o.text)]
    rich = [o for o in cell.outputs if o.output_type in ("execute_result", "display_data")]
    pictures = [o for o in rich if any(m.startswith("image/") for m in o.data)]
    values = [o.data["text/plain"] for o in rich if o not in pictures]
    errors = [o for o in cell.outputs if o.output_type == "error"]
    if [e.ename for e in errors] == ["ExecutableNotFound"]:
        return "", [], 1, ""
    error = next((f"{e.ename}: {e.evalue}" for e in errors), "")
    return folded("".join(texts)), [folded(v) for v in values], len(pictures), folded(error)


def is_warning(text: str) -> bool:
    """A Python warning, whose place and form differ."""
    return bool(re.search(r"\w*Warning:", text))


def folded(text: str) -> str:
    """Text without what a process gives by chance or for a terminal: addresses, blanks, colours."""
    return re.sub(r"\s+", " ", re.sub(r"0x[0-9a-f]{6,}", "0x…", re.sub(r"\x1b\[[0-9;]*m", "", text))).strip()
